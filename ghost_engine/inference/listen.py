"""An answer that comes in pieces, heard in a thread of its own.

`listen` turns an asynchronous source into a plain iterator whose waiting ends at any moment: when
somebody stops it, when nothing came for too long, or when its reader goes away. The source is then
cancelled where it waits, which closes its connection: a server on the other end stops working.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import dataclass
from typing import Generic, TypeVar

from ghost_engine.errors import Cancelled, EngineError

Piece = TypeVar("Piece")
Source = Callable[[], AsyncIterator[Piece]]

_POLL_SECONDS = 0.05
_LEAVE_SECONDS = 1.0


def listen(
    source: Source[Piece],
    *,
    stop: Callable[[], bool],
    silence_seconds: float,
    silent: Callable[[], EngineError],
) -> Generator[Piece, None, None]:
    """The pieces of `source`, in order.

    Args:
        source: called in the thread, where an event loop runs; what it opens, it closes.
        stop: asked twenty times a second, and before every piece.
        silence_seconds: how long nothing may come; the reader's own time does not count.
        silent: what to raise then.

    Raises:
        Cancelled: `stop` said yes.
        EngineError: `silent`'s, after the silence.
        Exception: whatever `source` raises.
    """
    thread = _Thread(source)
    try:
        heard = time.monotonic()
        while True:
            if stop():
                raise Cancelled("Stopped at your request.")
            item = thread.next(_POLL_SECONDS)
            if item is None:
                if time.monotonic() - heard > silence_seconds:
                    raise silent()
            elif isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            else:
                yield item.piece
                heard = time.monotonic()
    finally:
        thread.leave()


@dataclass(frozen=True, slots=True)
class _Heard(Generic[Piece]):
    piece: Piece


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


class _Thread(Generic[Piece]):
    """A thread with an event loop that runs the source; its end is the last item."""

    def __init__(self, source: Source[Piece]) -> None:
        self._items: queue.SimpleQueue[_Heard[Piece] | _End] = queue.SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._hear(source))
        self._thread = threading.Thread(target=self._run, name="listen", daemon=True)
        self._thread.start()

    def next(self, seconds: float) -> _Heard[Piece] | _End | None:
        """The next item; None if nothing came so far."""
        try:
            return self._items.get(timeout=seconds)
        except queue.Empty:
            return None

    def leave(self) -> None:
        """Cancel the source where it waits. A name that is looked up goes on behind our back."""
        with contextlib.suppress(RuntimeError):  # it is over, and its loop closed
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(_LEAVE_SECONDS)

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        except BaseException as raised:  # noqa: B036 - raised again by `listen`, where it is awaited
            error = raised
        finally:
            self._items.put(_End(error))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _hear(self, source: Source[Piece]) -> None:
        async for piece in source():
            self._items.put(_Heard(piece))
