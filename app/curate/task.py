"""Work that a dialog waits for: a thread that says how far it is and can be told to stop.

The page looks at it from time to time; leaving the page does not end it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from ghost_engine.errors import Cancelled

Outcome = TypeVar("Outcome")


class Task(Generic[Outcome]):
    """One piece of work. `result` or `error` is set once `done`.

    Args:
        work: is given the task, to `tell` how far it is and to look at `stopping`.
    """

    def __init__(self, work: Callable[[Task[Outcome]], Outcome]) -> None:
        self.share = 0.0
        self.words = "Starting"
        self.result: Outcome | None = None
        self.error: BaseException | None = None
        self.started = time.monotonic()
        self._done = threading.Event()
        self._stop = threading.Event()
        threading.Thread(target=self._run, args=(work,), name="curate", daemon=True).start()

    @property
    def done(self) -> bool:
        return self._done.is_set()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    @property
    def seconds_left(self) -> float | None:
        """None until there is a pace."""
        seconds = time.monotonic() - self.started
        if self.share < 0.02 or seconds < 1:
            return None
        return seconds * (1 - self.share) / self.share

    def wait(self, seconds: float) -> bool:
        """Waits for the end, so long at most; whether it is done."""
        return self._done.wait(seconds)

    def stop(self) -> None:
        self._stop.set()

    def tell(self, share: float, words: str) -> None:
        """Says how far the work is, from 0 to 1.

        Raises:
            Cancelled: somebody asked it to stop.
        """
        self.share, self.words = min(max(share, 0.0), 1.0), words
        if self.stopping:
            raise Cancelled("Stopped.", "")

    def _run(self, work: Callable[[Task[Outcome]], Outcome]) -> None:
        try:
            self.result = work(self)
        except Exception as error:  # kept for the page, which is the border
            self.error = error
        finally:
            self._done.set()
