"""Things by the height they stand at: of a large picture few are looked at for each place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

Thing = TypeVar("Thing")
STEP = 64  # pixels


class Levels(Generic[Thing]):
    """Things with the heights, in pixels, between which they stand."""

    def __init__(self, placed: Iterable[tuple[Thing, float, float]] = ()) -> None:
        self._things: list[Thing] = []
        self._at: dict[int, list[int]] = {}
        for thing, top, bottom in placed:
            self.add(thing, top, bottom)

    def add(self, thing: Thing, top: float, bottom: float) -> None:
        """Adds what stands from `top` to `bottom`."""
        for step in _steps(top, bottom):
            self._at.setdefault(step, []).append(len(self._things))
        self._things.append(thing)

    def between(self, top: float, bottom: float) -> list[Thing]:
        """All that may reach into these heights, in the order in which it was added."""
        found = {number for step in _steps(top, bottom) for number in self._at.get(step, ())}
        return [self._things[number] for number in sorted(found)]


def _steps(top: float, bottom: float) -> range:
    return range(int(top) // STEP, int(bottom) // STEP + 1)
