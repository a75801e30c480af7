"""The vertical runs of lines in the gap between two layers: which run lies left of which.

A run joins lines that come from the left at some heights to lines that leave to the right at
others. Runs that would overlap get tracks of their own, ordered so that few lines cross.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Run:
    """One vertical run; heights in pixels. `track` counts from 0, from the left."""

    left: list[float] = field(default_factory=list)
    right: list[float] = field(default_factory=list)
    track: int = 0

    @property
    def low(self) -> float:
        return min(self.left + self.right)

    @property
    def high(self) -> float:
        return max(self.left + self.right)


def assign_tracks(runs: Sequence[Run]) -> int:
    """Sets the track of each run; how many tracks there are."""
    order = _ordered(runs)
    for index, run in enumerate(order):
        before = [other.track for other in order[:index] if _overlap(run, other)]
        run.track = 1 + max(before, default=-1)
    return 1 + max((run.track for run in order), default=-1)


def _ordered(runs: Sequence[Run]) -> list[Run]:
    """Neighbours change places as long as that removes a crossing."""
    order = sorted(runs, key=lambda run: (run.low, run.high))
    for _ in order:
        swapped = False
        for index in range(len(order) - 1):
            first, second = order[index], order[index + 1]
            if _cost(second, first) < _cost(first, second):
                order[index], order[index + 1] = second, first
                swapped = True
        if not swapped:
            break
    return order


def _cost(left: Run, right: Run) -> int:
    """Crossings when `left` lies left of `right`."""
    outgoing = sum(right.low < height < right.high for height in left.right)
    return outgoing + sum(left.low < height < left.high for height in right.left)


def _overlap(run: Run, other: Run) -> bool:
    return run.low < other.high + 10 and other.low < run.high + 10
