"""A queue at one server: whoever came first is served first, and everyone knows their place."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator

from ghost_engine.inference.protocol import CancelToken

_POLL_SECONDS = 0.05


class Turns:
    """Used by threads of one process."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._line: deque[object] = deque()

    def enter(self) -> object:
        """A place at the end of the line; `leave` has to be called with it."""
        place = object()
        with self._changed:
            self._line.append(place)
        return place

    def wait(self, place: object, cancel: CancelToken) -> Generator[int, None, None]:
        """How many are in front, whenever that changes; ends when nobody is.

        Raises:
            Cancelled: `cancel` was set.
        """
        told = 0
        while ahead := self._ahead(place):
            cancel.raise_if_cancelled()
            if ahead != told:
                yield ahead
                told = ahead
            with self._changed:
                self._changed.wait(_POLL_SECONDS)
        cancel.raise_if_cancelled()

    def is_first(self, place: object) -> bool:
        """Whether nobody is in front."""
        return self._ahead(place) == 0

    def leave(self, place: object) -> None:
        """Let the next one in; called twice, it does nothing more."""
        with self._changed:
            if place in self._line:
                self._line.remove(place)
            self._changed.notify_all()

    def _ahead(self, place: object) -> int:
        with self._changed:
            return self._line.index(place)
