"""Runs in a few numbers: the best of each, the time left, and two or more side by side.

Reads run folders only, of any kind of job: what a run has not measured is left out.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import yaml

from ghost_engine.jobs.folder import read_json
from ghost_engine.jobs.metrics import read_metrics
from ghost_engine.jobs.records import Run

Row = Mapping[str, Any]

_LAST_STEPS = 20


def _last(values: Sequence[float]) -> float:
    return values[-1]


_WORTH: dict[str, Callable[[Sequence[float]], float]] = {
    "step": _last,
    "loss": _last,
    "eval_loss": min,
    "valid_share": max,
    "score": max,
    "tokens_per_second": statistics.median,
    "vram_allocated_gib": max,
    "vram_reserved_gib": max,
}
"""What a run is judged by, and which of its values counts."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs side by side: `settings` are only those that differ; None where a run has none."""

    ids: tuple[str, ...]
    settings: Mapping[str, Mapping[str, Any]]
    metrics: Mapping[str, Mapping[str, float | None]]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def summarize(rows: Iterable[Row]) -> dict[str, float]:
    """The last loss, the best validation loss, shares and scores, the usual speed, the peaks."""
    known = list(rows)
    found: dict[str, float] = {}
    for name, choose in _WORTH.items():
        values = [row[name] for row in known if isinstance(row.get(name), int | float)]
        if values:
            found[name] = choose(values)
    return found


def compare_runs(runs: Sequence[Run]) -> Comparison:
    """The settings in which runs differ, and their numbers side by side."""
    ids = tuple(run.id for run in runs)
    asked = {run.id: settings_of(run) for run in runs}
    keys = dict.fromkeys(key for each in asked.values() for key in each)
    settings = {key: {name: asked[name].get(key) for name in ids} for key in keys}
    numbers = {run.id: summarize(read_metrics(run.folder)) for run in runs}
    named = [name for name in _WORTH if any(name in each for each in numbers.values())]
    return Comparison(
        ids,
        {key: each for key, each in settings.items() if _differ(each.values())},
        {name: {one: numbers[one].get(name) for one in ids} for name in named},
    )


def settings_of(run: Run) -> dict[str, Any]:
    """The settings in force: config.yaml, and what the last attempt had changed in it."""
    try:
        values = yaml.safe_load(run.folder.config.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        values = None
    document = read_json(run.folder.attempt) or {}
    changed = document.get("overrides") or {}
    return {**(values if isinstance(values, dict) else {}), **changed}


def waiting_share(rows: Sequence[Row]) -> float | None:
    """How much of the time of these steps went by waiting for their batches; None where it was
    not measured."""
    late = rows[-_LAST_STEPS:]
    known = [row for row in late if row.get("step_seconds") and "waited_seconds" in row]
    if not known:
        return None
    return sum(row["waited_seconds"] for row in known) / sum(row["step_seconds"] for row in known)


def seconds_left(
    rows: Sequence[Row], attempt: int, total_steps: int | None, now: datetime
) -> float | None:
    """By the usual pace of the attempt's last steps; None until there is one.

    Evaluations and checkpoints between steps count as far as the median lets them: little.
    """
    if not total_steps:
        return None
    recent = [row for row in rows if row.get("attempt") == attempt and "loss" in row]
    recent = recent[-_LAST_STEPS:]
    times = [(int(row["step"]), datetime.fromisoformat(row["time"])) for row in recent]
    pairs = zip(times, times[1:], strict=False)
    paces = [(b - a).total_seconds() / (j - i) for (i, a), (j, b) in pairs if j > i]
    if not paces:
        return None
    step, last = times[-1]
    since = (now - last).total_seconds()
    return max(0.0, statistics.median(paces) * (total_steps - step) - since)


def _differ(values: Iterable[Any]) -> bool:
    known = list(values)
    return any(each != known[0] for each in known[1:])
