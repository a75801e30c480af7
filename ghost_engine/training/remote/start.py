"""Start a run elsewhere: what stands in the way, what it will cost, and the launch here.

The data is frozen here, as for any run, and the follower hands it over. What is refused here costs
nothing; what is refused there, minutes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ghost_engine.errors import ConfigError, TrainingError
from ghost_engine.jobs.launch import launch
from ghost_engine.jobs.reading import list_runs
from ghost_engine.jobs.records import Run
from ghost_engine.training.config import SMOKE_MODEL, TrainingConfig
from ghost_engine.training.data import Step, freeze
from ghost_engine.training.footprint import Loader
from ghost_engine.training.memory import Estimate, estimate_vram
from ghost_engine.training.pace import past_pace
from ghost_engine.training.readiness import expected_loader
from ghost_engine.training.remote.gpus import DEFAULT, NO_GPU, Gpu, find_gpu
from ghost_engine.training.remote.places import INSTALL, PLACES, has_modal
from ghost_engine.training.remote.record import NAME, TITLES, Remote, Where, read_remote
from ghost_engine.training.shapes import find_shape
from ghost_engine.training.start import KIND, WORKER

FOLLOWER = "ghost_engine.training.remote.follower"
FAREWELL = "ghost_engine.training.remote.farewell:say_farewell"
HOURS = 12.0
LONGEST_HOURS = 23.0
"""Modal ends what takes a day; an hour of it is kept for saving."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What a run would cost. `most_usd` is for all the hours that may be paid for at once;
    `seconds` and `usd` follow from past runs on this GPU, None if there were none."""

    gpu: Gpu
    hours: float
    most_usd: float
    seconds: float | None = None
    usd: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "gpu": self.gpu.name,
            "gpus": self.gpu.cards,
            "usd_per_hour": self.gpu.usd_per_hour,
            "price_seen": self.gpu.seen,
            "hours": self.hours,
            "usd_at_most": self.most_usd,
            "seconds": self.seconds,
            "usd": self.usd,
        }

    @property
    def words(self) -> str:
        """In a line or two."""
        several = f"{self.gpu.cards} " if self.gpu.cards > 1 else ""
        price = f"{several}{self.gpu.name}: about ${self.gpu.usd_per_hour:.2f} an hour"
        most = f"at most ${self.most_usd:.2f} ({self.hours:g} h, then it saves and stops)"
        if self.seconds is None or self.usd is None:
            return f"{price}, {most}. How long it takes here is not known yet."
        likely = f"about {self.seconds / 3600:.1f} h and ${self.usd:.2f} by past runs"
        return f"{price}, {likely}, {most}."


def start_remote(
    config: TrainingConfig,
    where: str,
    *,
    gpu: str = "",
    hours: float = HOURS,
    secret: str = "",
    name: str = "",
    by: str = "",
    image_root: Path | None = None,
    force: bool = False,
    worker: str = WORKER,
    progress: Callable[[Step], None] = lambda _: None,
) -> Run:
    """Start training elsewhere; returns once the data is frozen and the follower started.

    Args:
        config: what to train, as for a run on this machine.
        where: one of `PLACES`.
        gpu: one of `known_gpus`; "" for the default, or none where the configuration asks for
            the processor.
        hours: what may be paid for before it saves and stops.
        secret: the name of a secret at Modal with HF_TOKEN, for a base model behind a login.
        name, by, image_root, progress: as for `training.start.start`.
        force: although it will not fit.
        worker: the module that does the work there.

    Raises:
        TrainingError: something stands in the way.
        DatasetError: there is nothing to train on.
        JobError: the run's folder cannot be made.
    """
    chosen = choose_gpu(config, gpu)
    check(config, where, chosen, hours, force=force)
    price = chosen.usd_per_hour if where == "modal" else 0.0
    remote = Remote(_where(where), chosen.name, chosen.cards, price, hours, secret, worker)
    return launch(
        KIND,
        FOLLOWER,
        config.to_yaml(),
        name=name,
        by=by,
        farewell=FAREWELL,
        files={NAME: json.dumps(remote.to_dict(), indent=2)},
        fill=lambda folder: freeze(config, folder.path, image_root=image_root, progress=progress),
    )


def choose_gpu(config: TrainingConfig, name: str = "") -> Gpu:
    """The GPU asked for, as many as the configuration wants; without a word A10G, or none for the
    processor.

    Raises:
        TrainingError: nobody knows it, or there are not so many in one machine.
    """
    chosen = find_gpu(name or (NO_GPU if config.device == "cpu" else DEFAULT))
    return chosen if config.gpus == "all" or chosen.card is None else chosen.several(config.gpus)


def check(
    config: TrainingConfig, where: str, gpu: Gpu, hours: float, *, force: bool = False
) -> None:
    """Refuse what would fail there.

    Raises:
        TrainingError: says what stands in the way, and the next step.
    """
    if not 0 < hours <= LONGEST_HOURS:
        raise TrainingError(
            f"{hours:g} hours cannot be asked for.",
            f"Give more than 0, at most {LONGEST_HOURS:g}; a resume goes on for as long again.",
        )
    at_modal = _where(where) == "modal"
    local = Path(config.base_model).expanduser()
    if config.base_model != SMOKE_MODEL and (local.exists() or config.base_model.count("/") != 1):
        raise TrainingError(
            f"The base model {config.base_model} is a folder of this machine.",
            "Name a model of the hub, as owner/name: the other machine downloads it.",
        )
    if gpu.card is None and config.device != "cpu":
        raise TrainingError("Without a GPU only the processor is left.", "Set device=cpu.")
    found = estimate_on(config, gpu)
    if found is not None and not found.fits and not force:
        raise TrainingError(
            f"It needs about {found.total_gib:.1f} GiB; {gpu.name} has {gpu.memory_gib:.1f}.",
            "Choose a larger one with --gpu, or --force it: the ladder then gives way, for money.",
        )
    if at_modal:
        _check_modal()


def estimate_on(config: TrainingConfig, gpu: Gpu) -> Estimate | None:
    """The predicted peak there; None without a card, or where the model's shape is not known."""
    if gpu.card is None or config.device == "cpu":
        return None
    try:
        shape = find_shape(config.base_model)
    except ConfigError:
        return None
    return estimate_vram(config, shape, gpu.card, loader=expected_loader(config, elsewhere=True))


def quote(config: TrainingConfig, gpu: Gpu, hours: float, steps: int | None = None) -> Quote:
    """What it would cost, by the list price and past runs on the same GPU.

    Args:
        steps: how many it has; those of the configuration without it, if it says so.
    """
    most = round(gpu.cost(hours * 3600), 2)
    steps = steps or config.max_steps
    loader: Loader = expected_loader(config, elsewhere=True)
    alike = [run for run in list_runs(kind=KIND, start_queued=False) if _is_on(run, gpu)]
    pace = past_pace(config, alike, loader=loader, on_gpu=gpu.card is not None)
    if pace is None or steps is None:
        return Quote(gpu, hours, most)
    seconds = pace.seconds(steps)
    return Quote(gpu, hours, most, seconds, round(gpu.cost(seconds), 2))


def _is_on(run: Run, gpu: Gpu) -> bool:
    remote = read_remote(run.folder)
    if remote is None or remote.where != "modal":
        return False
    return (remote.gpu, remote.gpus) == (gpu.name, gpu.cards)


def _where(where: str) -> Where:
    if where not in TITLES:
        raise TrainingError(
            f'"{where}" is no place to train.', f"Choose {' or '.join(PLACES)}, or leave it out."
        )
    return "modal" if where == "modal" else "rehearsal"


def _check_modal() -> None:
    if not has_modal():
        raise TrainingError("Modal's client is not installed here.", f"Run `{INSTALL}`.")
    from ghost_engine.training.remote.modal_place import has_token

    if not has_token():
        raise TrainingError("Modal does not know this machine yet.", "Run `modal setup` once.")
