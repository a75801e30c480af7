"""How far an export is, in its own units, and how long the phase will take at this pace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ghost_engine.jobs.records import Status, now

BYTES = frozenset({"base", "placing", "publishing"})
"""Phases that count bytes; the others count tensors, or steps of a proof."""
_UNITS = {"merging": "tensor", "quantizing": "tensor"}
_SOON_SECONDS = 2.0
_SOON_SHARE = 0.01
_GIGABYTES = 5 * 10**8


def amount(status: Status) -> str:
    """How far the phase is: "tensor 12 of 626", "3.1 of 24.4 GB"; "" where nobody said."""
    done, total = status.step or 0, status.total_steps or 0
    if total <= 1:
        return ""
    if status.phase in BYTES:
        size, unit = (1e9, "GB") if total >= _GIGABYTES else (1e6, "MB")
        return f"{done / size:.1f} of {total / size:.1f} {unit}"
    return f"{_UNITS.get(status.phase, 'step')} {done:,} of {total:,}"


def seconds_left(
    events: Iterable[Mapping[str, Any]], status: Status, at: datetime | None = None
) -> float | None:
    """What is left of the phase by its pace so far; None while that says nothing yet.

    Args:
        events: the job's, of which the last `stage` is when this phase began.
        status: the job's, as it stands.
        at: now, if somebody asked before.
    """
    begun = next((row for row in reversed(list(events)) if row.get("event") == "stage"), None)
    if begun is None or begun.get("phase") != status.phase or not status.total_steps:
        return None
    before = int(begun.get("done") or 0)
    done = (status.step or 0) - before
    elapsed = ((at or now()) - datetime.fromisoformat(str(begun["time"]))).total_seconds()
    ahead = status.total_steps - before
    if done <= 0 or done < _SOON_SHARE * ahead or elapsed < _SOON_SECONDS:
        return None
    return max(0.0, elapsed / done * (ahead - done))
