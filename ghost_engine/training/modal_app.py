"""The Modal app: one function that trains a run in a container, and `modal run` to start one.

`modal run -m ghost_engine.training.modal_app --preset a10g --gpu A10G` does what `ghost train --on
modal` does. The image comes from our own pins; volumes keep the base models and the runs, a Dict
the words between both sides. Secrets are known by name alone. Needs `pip install -r
requirements-modal.txt`; nothing else imports this module.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import modal

from ghost_engine.jobs.worker import describe
from ghost_engine.settings import get_settings
from ghost_engine.training.remote.container import work
from ghost_engine.training.remote.gpus import host
from ghost_engine.training.remote.place import Home
from ghost_engine.training.remote.rehearsal import FolderHome

APP = "ghost-architect"
FUNCTION = "train"
PYTHON = "3.11"
RUNS = "ghost-architect-runs"
MODELS = "ghost-architect-models"
BOARD = "ghost-architect-board"
GRACE_SECONDS = 1800
"""Beyond the hours that were asked for: to save, to write the adapter, to commit."""

_ROOT = Path(__file__).resolve().parents[2]
_SYSTEM = ("build-essential", "libgomp1", "libgl1", "libglib2.0-0")
"""A C compiler for Triton; what OpenCV's wheel takes from the system."""


def pins(name: str = "requirements-gpu.txt", folder: Path = _ROOT) -> list[str]:
    """The requirements of a file and of those that it includes, as one list: Modal copies a single
    file, and would not find the others. Empty inside the container, which has none."""
    path = folder / name
    if not path.is_file():
        return []
    found: list[str] = []
    for line in path.read_text("utf-8").splitlines():
        words = line.split("#")[0].strip()
        if words.startswith("-r"):
            found += pins(words.removeprefix("-r").strip(), folder)
        elif words:
            found.append(words)
    return list(dict.fromkeys(found))


def make_image() -> modal.Image:
    """Our pins on a plain Debian; the code itself is laid on top when a container starts, so that
    a change of it builds nothing anew."""
    image = modal.Image.debian_slim(python_version=PYTHON).apt_install(*_SYSTEM)
    image = image.uv_pip_install(*pins()) if pins() else image
    image = image.env(
        {"HF_HOME": "/models", "GHOST_CACHE_DIR": "/root/cache", "PYTHONPATH": "/root"}
    )
    for folder in ("ghost_engine", "configs"):
        image = image.add_local_dir(
            _ROOT / folder, f"/root/{folder}", ignore=["**/__pycache__", "**/*.pyc"]
        )
    return image


app = modal.App(APP, include_source=False)
runs = modal.Volume.from_name(RUNS, create_if_missing=True)
models = modal.Volume.from_name(MODELS, create_if_missing=True)
board = modal.Dict.from_name(BOARD, create_if_missing=True)


class MountedHome:
    """A `Home` in one of Modal's containers."""

    volume = Path("/runs")

    def commit(self) -> None:
        runs.commit()

    def claim(self, key: str, value: str) -> str:
        board.put(key, value, skip_if_exists=True)
        return str(board.get(key))

    def get(self, key: str) -> str:
        return str(board.get(key, ""))


def home() -> Home:
    """The volume and the board; those of the rehearsal where the function is called locally."""
    return FolderHome(get_settings().cache_dir / "rehearsal") if modal.is_local() else MountedHome()


@app.function(
    name=FUNCTION,
    image=make_image(),
    volumes={"/runs": runs, "/models": models},
    cpu=host().cores,
    memory=host().memory_gib * 1024,
    timeout=3600,  # the follower sets both by the order: with_options(gpu=, timeout=)
    startup_timeout=1800,
    retries=modal.Retries(max_retries=3, initial_delay=10.0),
    single_use_containers=True,
)
def train(order: dict[str, Any]) -> dict[str, Any]:
    """Train the run of an order; see `remote.container.work`.

    Modal calls it again with the same order when the container is taken away. What goes wrong in
    our own code is returned, not raised: it would go wrong again, for money.
    """
    call = modal.current_function_call_id() or f"local-{order['run']}"
    try:
        with tempfile.TemporaryDirectory() as disk:
            return work(order, home(), call, Path(disk))
    except Exception as error:  # the border: whatever it is, the follower has to hear it
        return {"state": "failed", "error": describe(error).to_dict()}


@app.local_entrypoint()
def main(
    preset: str = "a10g",
    config: str = "",
    dataset: str = "",
    gpu: str = "",
    hours: float = 12.0,
    settings: str = "",
    name: str = "",
    secret: str = "",
    force: bool = False,
) -> None:
    """Train on Modal and watch it, as `ghost train --on modal` does; --settings "key=value ..."."""
    words = [sys.executable, "-m", "ghost_engine", "train", "--on", "modal", "--hours", str(hours)]
    words += ["--config", config] if config else ["--preset", preset]
    for flag, value in (("dataset", dataset), ("gpu", gpu), ("name", name), ("secret", secret)):
        words += [f"--{flag}", value] if value else []
    for setting in settings.split():
        words += ["--set", setting]
    words += ["--force"] if force else []
    raise SystemExit(subprocess.call(words))
