"""A question to an engine, at work in a thread of its own, and what it has told so far.

The page only looks at it: reruns, other pages and a dropped line lose nothing. Dropping the last
reference to a `Running` cancels it, so a session that is gone works for nobody.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field

from ghost_engine.data.images import Picture
from ghost_engine.errors import EngineError
from ghost_engine.inference.protocol import CancelToken, Options, Progress, Result, Written
from ghost_engine.inference.registry import AUTO
from ghost_engine.inference.run import stream

RUNS_AT_ONCE = 64  # threads, over all sessions; reading itself queues in a far smaller pool

_places = threading.BoundedSemaphore(RUNS_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Ask:
    """Which engine is asked, and how."""

    engine: str = AUTO
    options: Options = field(default_factory=Options)


@dataclass
class Heard:
    """One answer as far as it is written. Times are of the monotonic clock."""

    picture: int
    attempt: int
    first: float
    last: float
    pieces: list[str]

    @property
    def text(self) -> str:
        return "".join(self.pieces)


@dataclass
class Feed:
    """What a run's thread writes and the page reads. Of result and error one is set at the end."""

    progress: Progress | None = None
    heard: list[Heard] = field(default_factory=list)
    result: Result | None = None
    error: BaseException | None = None
    done: threading.Event = field(default_factory=threading.Event)

    def take(self, item: Progress | Written | Result) -> None:
        if isinstance(item, Progress):
            self.progress = item
        elif isinstance(item, Result):
            self.result = item
        else:
            self._write(item)

    def _write(self, item: Written) -> None:
        now = time.monotonic()
        last = self.heard[-1] if self.heard else None
        if last is None or (last.picture, last.attempt) != (item.picture, item.attempt):
            self.heard.append(Heard(item.picture, item.attempt, now, now, [item.text]))
        else:
            last.pieces.append(item.text)
            last.last = now


class Running:
    """One request at work.

    Raises:
        EngineError: too many requests are at work in this process.
    """

    def __init__(self, pictures: Sequence[Picture], ask: Ask | None = None) -> None:
        if not _places.acquire(blocking=False):
            raise EngineError(
                f"{RUNS_AT_ONCE} screenshots are being read already.", "Try again in a minute."
            )
        self.feed = Feed()
        self.started = time.monotonic()
        self._cancel = CancelToken()
        weakref.finalize(self, self._cancel.cancel)
        work = (self.feed, tuple(pictures), ask or Ask(), self._cancel)
        threading.Thread(target=_consume, args=work, name="inference", daemon=True).start()

    @property
    def done(self) -> bool:
        return self.feed.done.is_set()

    @property
    def seconds(self) -> float:
        """How long ago it was asked for."""
        return time.monotonic() - self.started

    @property
    def cancelling(self) -> bool:
        return self._cancel.cancelled

    def cancel(self) -> None:
        self._cancel.cancel()


def _consume(feed: Feed, pictures: Sequence[Picture], ask: Ask, cancel: CancelToken) -> None:
    """The thread: it must not hold the `Running`, whose end is what cancels it."""
    try:
        for item in stream(pictures, engine=ask.engine, cancel=cancel, options=ask.options):
            feed.take(item)
    except Exception as error:  # kept for the page, which is the border
        feed.error = error
    finally:
        _places.release()
        feed.done.set()
