"""The queue in front of a few reading processes.

Pictures are taken first come, first served, each by the next free process; what is in the cache
never waits. Processes start when they are first needed and stay.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from ghost_engine.errors import Cancelled, GhostError, OcrError
from ghost_engine.ocr.cache import LineCache
from ghost_engine.ocr.lines import Line, Readable
from ghost_engine.ocr.process import Died, ReadingProcess

Lines = tuple[Line, ...]


class Ticket:
    """One picture's place in the queue, then its text. Safe across threads."""

    def __init__(self, picture: Readable, queue: deque[Ticket], lock: threading.Condition) -> None:
        self.picture = picture
        self._queue = queue
        self._lock = lock
        self._finished = threading.Event()
        self._outcome: Lines | GhostError = ()

    @property
    def position(self) -> int | None:
        """1 for the next in line; None while it is being read and afterwards."""
        with self._lock:
            return self._queue.index(self) + 1 if self in self._queue else None

    @property
    def done(self) -> bool:
        return self._finished.is_set()

    def wait(self, timeout_seconds: float) -> bool:
        """Waits until it is done, at most that long; says whether it is."""
        return self._finished.wait(timeout_seconds)

    def result(self) -> Lines:
        """Waits for the lines, top to bottom.

        Raises:
            Cancelled: `cancel` came first.
            OcrError: the reader failed, or took too long.
        """
        self._finished.wait()
        if isinstance(self._outcome, GhostError):
            raise self._outcome
        return self._outcome

    def cancel(self) -> None:
        """Leaves the queue. What is being read already is read to its end and kept."""
        with self._lock:
            if self in self._queue:
                self._queue.remove(self)
                self.finish(Cancelled("Stopped at your request."))

    def finish(self, outcome: Lines | GhostError) -> None:
        """Called by the pool, once."""
        self._outcome = outcome
        self._finished.set()


class Pool:
    """At most `workers` processes of `command`, each given `timeout_seconds` a picture."""

    def __init__(
        self, command: Sequence[str], workers: int, timeout_seconds: float, cache: LineCache
    ) -> None:
        self._command = tuple(command)
        self._workers = workers
        self._timeout_seconds = timeout_seconds
        self._cache = cache
        self._queue: deque[Ticket] = deque()
        self._lock = threading.Condition()
        self._processes: list[ReadingProcess] = []
        self._idle = 0
        self._closed = False

    def submit(self, picture: Readable) -> Ticket:
        """Queues a picture; a ticket for one in the cache is done at once.

        Raises:
            OcrError: the pool was closed.
        """
        ticket = Ticket(picture, self._queue, self._lock)
        known = self._cache.get(picture.content_hash)
        if known is not None:
            ticket.finish(known)
            return ticket
        with self._lock:
            if self._closed:
                raise _closed()
            self._queue.append(ticket)
            if len(self._queue) > self._idle:
                self._add_process()
            self._lock.notify()
        return ticket

    def warm(self) -> None:
        """Starts the first process ahead of need; does not wait for it."""
        with self._lock:
            if not self._processes and not self._closed:
                self._add_process()

    def close(self) -> None:
        """Ends the processes; every waiting ticket fails."""
        with self._lock:
            self._closed = True
            waiting = list(self._queue)
            self._queue.clear()
            self._lock.notify_all()
        for ticket in waiting:
            ticket.finish(_closed())
        for process in self._processes:
            process.close()

    def _add_process(self) -> None:
        if len(self._processes) >= self._workers:
            return
        process = ReadingProcess(self._command, self._timeout_seconds)
        self._processes.append(process)
        threading.Thread(target=self._serve, args=(process,), daemon=True).start()

    def _serve(self, process: ReadingProcess) -> None:
        try:
            process.start()
        except (OcrError, Died):
            pass  # the first picture tries again, and its ticket tells
        while (ticket := self._take()) is not None:
            ticket.finish(self._read(process, ticket.picture))

    def _take(self) -> Ticket | None:
        with self._lock:
            self._idle += 1
            while not self._queue and not self._closed:
                self._lock.wait()
            self._idle -= 1
            return self._queue.popleft() if self._queue else None

    def _read(self, process: ReadingProcess, picture: Readable) -> Lines | GhostError:
        known = self._cache.get(picture.content_hash)  # its twin may have been read meanwhile
        if known is not None:
            return known
        try:
            lines = process.read(picture.pixels)
        except OcrError as error:
            return error
        except Exception as error:  # a ticket that never ends would hold its page for ever
            return OcrError(f"The text reader failed: {error}.")
        self._cache.put(picture.content_hash, lines)
        return lines


def _closed() -> OcrError:
    return OcrError("The text reader was closed.", "Start the program again.")
