"""How long a run will take, by runs like it in the past: `past_pace`, `steps_of`. Loads no torch.

Like it: the same model, loader and device, context and batch, and what else decides the work of a
step. What was never run here has no pace, and nothing is guessed for it.
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ghost_engine.jobs.folder import read_rows
from ghost_engine.jobs.records import Run
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.footprint import Loader
from ghost_engine.training.summary import settings_of

ALIKE = (
    "base_model",
    "phase",
    "max_seq_length",
    "batch_size",
    "gradient_accumulation_steps",
    "gpus",
    "load_in_4bit",
    "use_dora",
    "tune_vision",
)
"""Settings that decide what a step costs: runs that agree in them are alike."""

_ENOUGH_RUNS = 5
_TAIL_BYTES = 64 * 1024  # some hundred steps: the pace of late, at the same price for any run


@dataclass(frozen=True, slots=True)
class Pace:
    """What steps took: the median of `runs` past runs, each by its own median.

    `other_seconds` is what such a run spends beside its steps: loading, validation, saving; the
    median of those that finished at the first attempt, 0 if none did.
    """

    seconds_per_step: float
    other_seconds: float
    runs: int

    def seconds(self, steps: int) -> float:
        """About how long a run of so many steps takes."""
        return self.other_seconds + self.seconds_per_step * steps


def steps_of(config: TrainingConfig, examples: int) -> int:
    """Optimizer steps of a run over so many examples; an epoch's last step may be a short one."""
    if config.max_steps is not None:
        return config.max_steps
    batches = math.ceil(examples / config.batch_size)
    steps = math.ceil(batches / config.gradient_accumulation_steps)
    return max(1, math.ceil(steps * (config.epochs or 0)))


def past_pace(
    config: TrainingConfig, runs: Iterable[Run], *, loader: Loader, on_gpu: bool
) -> Pace | None:
    """The pace of past runs like this one; None if there was none.

    Args:
        config: the run to come.
        runs: training runs of this machine, newest first; the first few alike count.
        loader: what it will be loaded with.
        on_gpu: whether it will run on a card.
    """
    paces: list[float] = []
    others: list[float] = []
    for run in runs:
        if len(paces) == _ENOUGH_RUNS:
            break
        pace = _step_seconds(run.folder.metrics) if _is_alike(run, config, loader, on_gpu) else None
        if pace is None:
            continue
        paces.append(pace)
        other = _other_seconds(run, pace)
        others += [] if other is None else [other]
    if not paces:
        return None
    return Pace(statistics.median(paces), statistics.median(others) if others else 0.0, len(paces))


def _is_alike(run: Run, config: TrainingConfig, loader: Loader, on_gpu: bool) -> bool:
    settings, wanted = {"gpus": 1, **settings_of(run)}, config.model_dump(mode="json")
    if any(settings.get(name) != wanted[name] for name in ALIKE):
        return False
    loaded = [row for row in read_rows(run.folder.events) if row.get("event") == "loaded"]
    if not loaded:
        return False
    device = str(loaded[-1].get("device"))
    return loaded[-1].get("loader") == loader and device.startswith("cuda") == on_gpu


def _step_seconds(metrics: Path) -> float | None:
    """The median time from one step to the next, within attempts."""
    rows = [row for row in _last_rows(metrics) if "loss" in row]
    gaps = (
        (_time(later) - _time(row)).total_seconds() / (later["step"] - row["step"])
        for row, later in zip(rows, rows[1:], strict=False)
        if row["attempt"] == later["attempt"] and later["step"] > row["step"]
    )
    return statistics.median(known) if (known := list(gaps)) else None


def _other_seconds(run: Run, pace: float) -> float | None:
    """What the whole run took beside its steps; None unless it went through in one go."""
    status = run.status
    if run.state != "finished" or status.attempt != 1 or not (status.started and status.ended):
        return None
    whole = (status.ended - status.started).total_seconds()
    return max(0.0, whole - pace * (status.step or 0))


def _last_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows in the last part of a file of metrics."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL_BYTES))
            lines = file.read().split(b"\n")
    except OSError:
        return
    for line in lines[1:-1] if size > _TAIL_BYTES else lines[:-1]:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and {"attempt", "step", "time"} <= row.keys():
            yield row


def _time(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["time"])
