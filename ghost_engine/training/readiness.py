"""What this machine lacks for a training run, each thing with the next step. Loads no torch.

Packages, a GPU, the base model, room on the disk: what a run would otherwise die of minutes after
its start. Whether it fits the card is `memory`'s question.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from ghost_engine.errors import ConfigError, GhostError, TrainingError
from ghost_engine.hardware import Survey, survey
from ghost_engine.settings import get_settings
from ghost_engine.training import base_model
from ghost_engine.training.config import SMOKE_MODEL, TrainingConfig
from ghost_engine.training.footprint import Loader
from ghost_engine.training.shapes import adapter_parameters, find_shape

PACKAGES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets", "bitsandbytes")
"""What the plain loader needs; Unsloth is welcome where there is a GPU."""

FOR_CPU = "Run `make train PRESET=smoke`, or `pip install -r requirements-train-cpu.txt`."
FOR_GPU = "Run `make install-gpu`, or `pip install -r requirements-gpu.txt`."
_ADAPTER_BYTES = 4
_OPTIMIZER_BYTES = {"adamw_8bit": 2.1, "paged_adamw_8bit": 2.1, "adamw_torch": 8.0}
_SPARE_BYTES = 10**9


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that is missing, and what to do."""

    what: Literal["packages", "gpu", "model", "disk"]
    message: str
    hint: str


def lacks(
    config: TrainingConfig,
    there: Survey | None = None,
    place: base_model.Place | None = None,
) -> tuple[Lack, ...]:
    """What a run of this configuration lacks here; empty if it can start.

    Asks the hub about a base model that is not on this machine, for some seconds at most.

    Args:
        there: the cards, if they were looked up already.
        place: where the base model is, likewise; nobody is asked then.
    """
    there = survey() if there is None else there
    looks = (_gpu, _several, _packages)
    first = [each for look in looks if (each := look(config, there))]
    if first:  # enough to do; the hub is asked when the rest stands
        return tuple(first)
    place = place or base_model.locate(config.base_model)
    model = _model(place)
    return (*((model,) if model else ()), *_disk(config, place))


def runs_on_gpu(config: TrainingConfig, there: Survey | None = None) -> bool:
    """Whether the run takes a card: one is asked for, or there."""
    if config.device == "auto":
        return bool((survey() if there is None else there).cards)
    return config.device == "cuda"


def count_gpus(config: TrainingConfig, there: Survey | None = None) -> int:
    """How many processes train: one a card; on the processor, as many as are asked for.

    Raises:
        TrainingError: there are fewer cards here than are asked for.
    """
    if not runs_on_gpu(config, there):
        return 1 if config.gpus == "all" else config.gpus
    cards = len((survey() if there is None else there).cards)
    if config.gpus == "all":
        return max(1, cards)
    if cards and config.gpus > cards:
        raise TrainingError(
            f"gpus {config.gpus}: a program here sees {cards} card{'s' if cards > 1 else ''}.",
            "Set gpus=all, which takes what is there, or go on where there are as many.",
        )
    return config.gpus


def expected_loader(config: TrainingConfig, *, elsewhere: bool = False) -> Loader:
    """The loader that a run will take, as far as can be told without torch.

    Args:
        elsewhere: on another machine, with all of requirements-gpu.txt installed.
    """
    if config.loader != "auto":
        return config.loader
    if config.device == "cpu":
        return "plain"
    return "unsloth" if elsewhere or not absent(("unsloth",)) else "plain"


def absent(packages: Iterable[str] = PACKAGES) -> tuple[str, ...]:
    """Those that are not installed; none is imported."""
    return tuple(name for name in packages if importlib.util.find_spec(name) is None)


def has_cuda_torch() -> bool:
    """Whether the torch installed here was built for CUDA, by the name of its version."""
    try:
        return not metadata.version("torch").endswith("+cpu")
    except metadata.PackageNotFoundError:
        return False


def _gpu(config: TrainingConfig, there: Survey) -> Lack | None:
    if there.cards or config.device == "cpu" or config.base_model == SMOKE_MODEL:
        return None
    return Lack(
        "gpu",
        f"There is no NVIDIA GPU here: {there.note}.",
        "`--preset smoke` trains a tiny model without one; `--estimate` tells what would fit.",
    )


def _several(config: TrainingConfig, there: Survey) -> Lack | None:
    """Cards that are asked for and not here, or that cannot share a step's batches."""
    try:
        config.batches_a_gpu(count_gpus(config, there))
    except GhostError as error:
        return Lack("gpu", error.message, error.hint)
    return None


def _packages(config: TrainingConfig, there: Survey) -> Lack | None:
    on_gpu = runs_on_gpu(config, there)
    hint = FOR_GPU if on_gpu else FOR_CPU
    wanted = (*PACKAGES, "unsloth") if config.loader == "unsloth" else PACKAGES
    missing = absent(wanted)
    if missing:
        return Lack("packages", f"Not installed: {', '.join(missing)}.", hint)
    if on_gpu and not has_cuda_torch():
        return Lack("packages", "The torch installed here is a build without CUDA.", hint)
    return None


def _model(place: base_model.Place) -> Lack | None:
    return Lack("model", place.problem, place.hint) if place.kind == "nowhere" else None


def _disk(config: TrainingConfig, place: base_model.Place) -> list[Lack]:
    runs, hub = _existing(get_settings().runs_dir), None
    wanted = {runs: checkpoint_bytes(config) + _SPARE_BYTES}
    if place.download_bytes:
        hub = _existing(base_model.cache_folder())
        same = hub.stat().st_dev == runs.stat().st_dev
        home = runs if same else hub
        wanted[home] = wanted.get(home, 0) + place.download_bytes
    found = []
    for folder, needed in wanted.items():
        free = shutil.disk_usage(folder).free
        if free < needed:
            holds = "checkpoints" if folder == runs else "the base model"
            found.append(
                Lack(
                    "disk",
                    f"The disk of {folder} has {free / 1e9:.1f} GB free;"
                    f" {holds} and the rest need {needed / 1e9:.1f} GB.",
                    "Free some, keep fewer checkpoints (keep_checkpoints),"
                    " or set GHOST_RUNS_DIR or HF_HOME elsewhere.",
                )
            )
    return found


def checkpoint_bytes(config: TrainingConfig) -> int:
    """About what a run writes: the checkpoints kept, the best, one under way, and the adapter.

    0 where the model's shape is not known beforehand.
    """
    try:
        shape = find_shape(config.base_model)
    except ConfigError:
        return 0
    parameters = adapter_parameters(
        shape,
        config.target_modules,
        config.rank,
        dora=config.use_dora,
        vision=config.tune_vision,
    )
    one = parameters * (_ADAPTER_BYTES + _OPTIMIZER_BYTES[config.optimizer])
    return int((config.keep_checkpoints + 2) * one + parameters * _ADAPTER_BYTES)


def _existing(folder: Path) -> Path:
    """The nearest folder above that is there."""
    folder = folder.absolute()
    while not folder.exists():
        folder = folder.parent
    return folder
