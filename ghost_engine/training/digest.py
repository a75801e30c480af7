"""A list of runs at a glance: what each was, its best numbers, how long it worked, what it held.

A `Shelf` is asked again and again and reads only what grew: of a run that has ended, nothing. How
much disk a run takes, and its removal with the trials of its adapter, are here too.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from ghost_engine.errors import JobError
from ghost_engine.jobs import control
from ghost_engine.jobs.folder import read_rows
from ghost_engine.jobs.notes import read_notes
from ghost_engine.jobs.records import Run, now
from ghost_engine.training.config import PRESETS, load_preset
from ghost_engine.training.curves import Curves, LiveCurves, Numbers
from ghost_engine.training.summary import settings_of
from ghost_engine.training.trial import KIND as TRIAL
from ghost_engine.training.trial import read_trials

_CHOICE: dict[str, Callable[[Numbers], Any]] = {
    "loss": lambda values: values[-1],
    "eval_loss": np.min,
    "valid_share": np.max,
    "score": np.max,
    "vram_reserved_gib": np.max,
}
"""The numbers of the list, and which of a run's values counts."""

_NEAR = 12
"""With more settings changed than this, a run is of no preset."""

_NOT_AT_WORK = frozenset({"lost", "resumed", "queued", "stop_asked"})
"""Events that somebody else may write while the run does nothing."""

Mark = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Digest:
    """One run in a line. `worked_seconds` leaves out the time between attempts; `metrics` has
    only what was measured: `loss` (the last), `eval_loss` (the lowest), `valid_share` and `score`
    (the highest), `vram_reserved_gib` (the peak)."""

    gist: str
    metrics: Mapping[str, float]
    worked_seconds: float | None
    tags: tuple[str, ...]


@dataclass(slots=True)
class _Kept:
    gist: str = ""
    curves: LiveCurves | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    measured: Mark | None = None
    spans: tuple[float, datetime | None] = (0.0, None)
    happened: Mark | None = None
    tags: tuple[str, ...] = ()
    tagged: Mark | None = None


class Shelf:
    """Digests of runs, each read once and again only where its files have grown. Threads may
    share it."""

    def __init__(self) -> None:
        self._kept: dict[Path, _Kept] = {}
        self._guard = threading.Lock()

    def digest(self, run: Run) -> Digest:
        """One run in a line."""
        with self._guard:
            kept = self._kept.setdefault(run.path, _Kept())
            kept.gist = kept.gist or gist(settings_of(run))
            self._measure(kept, run)
            if (happened := _mark(run.folder.events)) != kept.happened:
                kept.happened, kept.spans = happened, _spans(read_rows(run.folder.events))
            self._read_tags(kept, run)
            return Digest(kept.gist, kept.metrics, _worked(kept.spans, run), kept.tags)

    def metrics(self, run: Run) -> Mapping[str, float]:
        """Its best numbers alone, to put runs in order by."""
        with self._guard:
            kept = self._kept.setdefault(run.path, _Kept())
            self._measure(kept, run)
            return kept.metrics

    def tags(self, run: Run) -> tuple[str, ...]:
        """Its tags alone, to look for runs by."""
        with self._guard:
            kept = self._kept.setdefault(run.path, _Kept())
            self._read_tags(kept, run)
            return kept.tags

    def _measure(self, kept: _Kept, run: Run) -> None:
        measured = _mark(run.folder.metrics)
        if measured == kept.measured:
            return
        curves = kept.curves or LiveCurves(run.folder)
        kept.metrics, kept.measured = best_of(curves.refresh()), measured
        kept.curves = curves if run.active else None  # the columns of what has ended are let go

    def _read_tags(self, kept: _Kept, run: Run) -> None:
        tagged = _mark(run.folder.notes)
        if tagged != kept.tagged:
            kept.tagged, kept.tags = tagged, read_notes(run.folder).tags


def best_of(curves: Curves) -> dict[str, float]:
    """The last loss, the lowest validation loss, the highest shares and scores, the peak."""
    found = {name: curves[name].y for name in _CHOICE}
    return {name: float(_CHOICE[name](y)) for name, y in found.items() if len(y)}


def gist(settings: Mapping[str, Any]) -> str:
    """A configuration in a few words: its preset and how much was changed, the model, the size."""
    if not settings:
        return ""
    preset = nearest_preset(settings)
    model = str(settings.get("base_model", "")).rstrip("/").rsplit("/", 1)[-1]
    model = "" if preset.split(",")[0] == model else model
    rank = f"r{settings.get('rank')}{' DoRA' if settings.get('use_dora') else ''}"
    steps, epochs = settings.get("max_steps"), settings.get("epochs")
    length = (
        f"{steps} steps" if steps else f"{epochs:g} epoch{'s' * (epochs != 1)}" if epochs else ""
    )
    context = f"{settings.get('max_seq_length')} tokens"
    words = (preset, model, rank, context, length)
    return " · ".join(word for word in words if word)


def nearest_preset(settings: Mapping[str, Any]) -> str:
    """The preset that a configuration began as, and how many settings differ from it."""
    base, phase = settings.get("base_model"), settings.get("phase", "vision")
    found = []
    for name, values in _preset_values().items():
        if values["base_model"] == base and values["phase"] == phase:
            changed = sum(settings.get(key, value) != value for key, value in values.items())
            found.append((changed, name))
    if not found or min(found)[0] > _NEAR:
        return "own settings"
    changed, name = min(found)
    return f"{name}, {changed} changed" if changed else name


def bytes_of(run: Run) -> int:
    """What a run and the trials of its adapter take on the disk."""
    folders = [run.path, *(trial.job.path for trial in read_trials(run) if trial.job)]
    return sum(
        path.lstat().st_size for folder in folders for path in folder.rglob("*") if path.is_file()
    )


def delete_run(run: Run) -> None:
    """Remove a run with all its files and the jobs that tried its adapter.

    Raises:
        JobError: it or such a job is at work, or the folder cannot be removed.
    """
    jobs = [trial.job for trial in read_trials(run) if trial.job and trial.job.job.kind == TRIAL]
    if any(job.active for job in jobs):
        raise JobError(
            f"The adapter of run {run.id} is being tried.", "Wait for the answer, or cancel it."
        )
    control.delete(run)
    for job in jobs:
        control.delete(job)


def _spans(events: Sequence[Mapping[str, Any]]) -> tuple[float, datetime | None]:
    """Seconds of the attempts that are over, and when the one that is not began.

    One that was killed with its supervisor has no end: its last event stands for it.
    """
    seconds, begun, last = 0.0, None, None
    for row in events:
        name, time = row.get("event"), _time(row)
        if name in _NOT_AT_WORK or time is None:
            continue
        if begun is not None and name in ("attempt_started", "attempt_ended"):
            ended = time if name == "attempt_ended" else last or begun
            seconds, begun = seconds + (ended - begun).total_seconds(), None
        if name == "attempt_started":
            begun = time
        last = time
    return seconds, begun


def _worked(spans: tuple[float, datetime | None], run: Run) -> float | None:
    """An attempt that nobody saw ending is counted to the last sign of life."""
    seconds, begun = spans
    if begun is not None:
        seconds += max(0.0, ((_last_sign(run) or begun) - begun).total_seconds())
    return seconds or None


def _last_sign(run: Run) -> datetime | None:
    if run.active:
        return now()
    signs = [_mark(path)[1] for path in (run.folder.progress, run.folder.metrics, run.folder.log)]
    return datetime.fromtimestamp(max(signs) / 1e9, tz=now().tzinfo) if any(signs) else None


def _time(row: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(str(row.get("time")))
    except ValueError:
        return None


def _mark(path: Path) -> Mark:
    """What is another one when the file was changed; zeros where there is none."""
    try:
        about = path.stat()
    except OSError:
        return (0, 0)
    return about.st_size, about.st_mtime_ns


@functools.cache
def _preset_values() -> dict[str, dict[str, Any]]:
    return {name: load_preset(name).model_dump(mode="json") for name in PRESETS}
