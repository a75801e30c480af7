"""The weights to merge into: in a folder, in the hub's cache, or to be downloaded.

`find_base` looks without asking anybody, in milliseconds; `fetch_base` downloads what is missing,
in a child process that can be stopped at any moment and goes on where it was. Loads no torch.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ghost_engine.errors import ConfigError, ExportError
from ghost_engine.export.watch import bytes_of
from ghost_engine.inference.llamacpp.process import (
    python_environment,
    python_program,
    run_program,
)
from ghost_engine.settings import get_settings
from ghost_engine.training.base_model import cache_folder, is_cached, locate
from ghost_engine.training.config import SMOKE_MODEL
from ghost_engine.training.shapes import find_shape

WANTED = ("*.safetensors", "*.json", "tokenizer.model", "*.jinja", "LICENSE*")
"""What is downloaded of a hub's model; other forms of the same weights are left there."""

Tell = Callable[[int, int, str], None]
Stop = Callable[[], bool]

_FETCH = "ghost_engine.export.fetch"
_LOOK_SECONDS = 0.5
_SMALL_FILES_BYTES = 40 * 10**6  # tokenizer and configurations of a released Gemma-3


@dataclass(frozen=True, slots=True)
class Base:
    """Where a base is. Without a `folder` it is `download_bytes` away, or there is a `problem`."""

    name: str
    folder: Path | None = None
    download_bytes: int = 0
    problem: str = ""
    hint: str = ""


def find_base(name: str) -> Base:
    """Where the weights of a base are on this machine. Asks no hub: the size of a download is
    that of the published shapes.
    """
    if name == SMOKE_MODEL:
        return Base(name, _smoke_folder() if _smoke_folder().is_dir() else None)
    folder = Path(name).expanduser()
    if (folder / "config.json").is_file():
        return Base(name, folder.absolute())
    if folder.exists() or name.startswith((".", "/", "~")) or name.count("/") != 1:
        return Base(
            name,
            problem=f"The base {name} is no model folder: it has no config.json.",
            hint="Name a folder with the 16-bit weights, or a model of the hub as owner/name.",
        )
    return _of_hub(name)


def check_hub(name: str) -> int:
    """Ask the hub whether it would give a model, and how large its weights are, in bytes.

    Raises:
        ExportError: it would not, or does not answer.
    """
    place = locate(name)
    if place.kind == "nowhere":
        raise ExportError(place.problem, place.hint)
    return place.download_bytes


def fetch_base(name: str, tell: Tell, stop: Stop) -> Path:
    """The folder of a base, downloaded or built if it is not here.

    Args:
        name: as in the configuration.
        tell: told the bytes done and in all.
        stop: asked twice a second; what is there by then is kept for the next time.

    Raises:
        ExportError: it cannot be had; the hub's reason is named.
        Cancelled: `stop` said so.
    """
    if name == SMOKE_MODEL:
        from ghost_engine.training.tiny import build_random_gemma3

        return build_random_gemma3(_smoke_folder())
    found = find_base(name)
    if found.folder is not None:
        return found.folder
    if found.problem:
        raise ExportError(found.problem, found.hint)
    return _download(name, tell, stop)


def _smoke_folder() -> Path:
    """Where training builds its tiny model."""
    return get_settings().cache_dir / "models" / "smoke"


def _of_hub(name: str) -> Base:
    try:
        from huggingface_hub import constants, try_to_load_from_cache
    except ImportError:
        return Base(
            name,
            problem=f"Without huggingface_hub nobody can tell whether {name} is on this machine.",
            hint="Run `pip install -r requirements-train-cpu.txt`.",
        )
    if is_cached(name):
        return Base(name, Path(str(try_to_load_from_cache(name, "config.json"))).parent)
    if constants.HF_HUB_OFFLINE:
        return Base(
            name,
            problem=f"The base {name} is not on this machine, and HF_HUB_OFFLINE forbids to fetch"
            " it.",
            hint="Unset HF_HUB_OFFLINE, or name a folder with the weights: --base FOLDER.",
        )
    return Base(name, download_bytes=_published_bytes(name))


def _published_bytes(name: str) -> int:
    """What a released 16-bit Gemma-3 takes; 0 where the name does not say its size."""
    try:
        return 2 * find_shape(name).parameters + _SMALL_FILES_BYTES
    except ConfigError:
        return 0


# -- the download ------------------------------------------------------------------------------


def _download(name: str, tell: Tell, stop: Stop) -> Path:
    total = check_hub(name)
    told = _Telling(cache_folder() / f"models--{name.replace('/', '--')}" / "blobs", name, total)

    def go_on() -> bool:
        told.look(tell)
        return stop()

    lines: list[str] = []
    environment = python_environment(os.environ)
    ended = run_program(python_program(_FETCH, name), environment, lines.append, go_on)
    said = _last_word(lines)
    if "folder" in said:
        return Path(said["folder"])
    raise ExportError(
        f"The base {name} could not be downloaded:"
        f" {said.get('problem') or f'its process ended {ended.how}'}.",
        said.get("hint", "Check the network and resume: it goes on where it was."),
    )


class _Telling:
    """How much of a model is there by now, told twice a second."""

    def __init__(self, blobs: Path, name: str, total: int) -> None:
        self._blobs, self._name, self._total = blobs, name, total
        self._looked = 0.0

    def look(self, tell: Tell) -> None:
        if time.monotonic() - self._looked >= _LOOK_SECONDS:
            self._looked = time.monotonic()
            tell(min(bytes_of(self._blobs), self._total), self._total, self._name)


def _last_word(lines: list[str]) -> dict[str, Any]:
    """What the child said of its end."""
    with suppress(ValueError, IndexError):
        said = json.loads(lines[-1])
        if isinstance(said, dict):
            return said
    return {}
