"""One llama.cpp server for each model, shared by all sessions of this process.

It is started with the first question, looked after before each, started once more where it dies
over one, and stopped when nobody has asked for a while, when memory is wanted for another model and
when this process ends, however it does. It answers one question at a time; others wait in line.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from ghost_engine.errors import EngineError
from ghost_engine.inference.llamacpp.files import Files
from ghost_engine.inference.llamacpp.turns import Turns
from ghost_engine.inference.protocol import CancelToken, Progress

if TYPE_CHECKING:  # its HTTP client takes a while to load
    from ghost_engine.inference.llamacpp.server import Server

IDLE_SECONDS = 900.0
"""How long a server is kept with nobody asking: the time to look at an answer and ask again."""

CHAT = "/v1/chat/completions"
_TOLD_SECONDS = 0.5
_HEADROOM = 1.2
_COPIED = 2.2  # weights in the file and once more, in a quicker form


@dataclass(frozen=True, slots=True)
class Restarted:
    """The server died over the question, which is asked again: forget what it wrote."""

    reason: str


Heard = Progress | Restarted | dict[str, Any]


class SharedServer:
    """The one server of a model; `shared_server` gives it."""

    def __init__(self, files: Files, other: bool) -> None:
        self.files, self._other = files, other
        self.turns = Turns()
        self.used = time.monotonic()
        self._server: Server | None = None
        self._stack = contextlib.ExitStack()
        self._context = 0
        self._timer: threading.Timer | None = None

    @property
    def pid(self) -> int | None:
        """The server's own process; None while there is none."""
        return self._server.pid if self._server is not None and self._server.runs else None

    def ask(
        self, document: dict[str, Any], context: int, cancel: CancelToken, silence_seconds: float
    ) -> Generator[Heard, None, None]:
        """Wait for one's turn, then take the answer event by event.

        Args:
            document: of `/v1/chat/completions`.
            context: tokens of question and answer that have to have room.
            cancel: looked at all the time.
            silence_seconds: the longest that nothing may come.

        Raises:
            Cancelled: `cancel` was set; the server stops working on it.
            EngineError: it cannot be started, refused, fell silent, or died twice.
        """
        place = self.turns.enter()
        try:
            for ahead in self.turns.wait(place, cancel):
                yield Progress("waiting", _waiting(self.files.name, ahead), None, ahead)
            try:
                yield from self._ask(document, context, cancel, silence_seconds)
            except EngineError as error:
                if self._server is None or self._server.runs:
                    raise
                yield Restarted(error.message)
                yield from self._ask(document, context, cancel, silence_seconds)
        finally:
            self.used = time.monotonic()
            self._stop_later()
            self.turns.leave(place)

    def stop_if_idle(self) -> bool:
        """Stop the server, unless somebody is served or waits."""
        place = self.turns.enter()
        try:
            if not self.turns.is_first(place):
                return False
            self.close()
            return True
        finally:
            self.turns.leave(place)

    def close(self) -> None:
        """Stop the server, whoever uses it."""
        self._server = None
        self._stack.close()

    def _ask(
        self, document: dict[str, Any], context: int, cancel: CancelToken, silence_seconds: float
    ) -> Generator[Heard, None, None]:
        server = yield from self._ready(context, cancel)
        answer = server.stream(
            CHAT, document, stop=lambda: cancel.cancelled, silence_seconds=silence_seconds
        )
        with contextlib.closing(answer):
            yield from answer

    def _ready(self, context: int, cancel: CancelToken) -> Generator[Progress, None, Server]:
        """The server as it runs, if it is well and has room enough; else a new one."""
        if self._server is not None:
            if context <= self._context and self._server.is_well(lambda: cancel.cancelled):
                return self._server
            if self._server.runs and context <= self._context:  # it hangs, and would not listen
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._server.pid, signal.SIGKILL)
            self.close()
        _make_room(self)
        self._server = yield from self._load(context, cancel)
        self._context = context
        return self._server

    def _load(self, context: int, cancel: CancelToken) -> Generator[Progress, None, Server]:
        """Start it in a thread, and tell how long that takes."""
        loading = _Loading(self.files, self._other, context, cancel)
        try:
            while (loaded := loading.next(_TOLD_SECONDS)) is None:
                yield Progress("reading", _loading(self.files, loading.seconds))
            self._stack = loading.keep()
            return loaded
        finally:
            loading.leave()

    def _stop_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(IDLE_SECONDS, self._stop_now)
        self._timer.daemon = True
        self._timer.start()

    def _stop_now(self) -> None:
        if time.monotonic() - self.used >= IDLE_SECONDS:
            self.stop_if_idle()


class _Loading:
    """A thread that starts a server; left before it is kept, it stops it again."""

    def __init__(self, files: Files, other: bool, context: int, cancel: CancelToken) -> None:
        self._files, self._other, self._context = files, other, context
        self._cancel = cancel
        self._left = False
        self._stack = contextlib.ExitStack()
        self._began = time.monotonic()
        self._done: SimpleQueue[Server | BaseException] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="llama.cpp loads", daemon=True)
        self._thread.start()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def next(self, seconds: float) -> Server | None:
        """The server, once it is there."""
        try:
            made = self._done.get(timeout=seconds)
        except Empty:
            return None
        if isinstance(made, BaseException):
            raise made
        return made

    def keep(self) -> contextlib.ExitStack:
        """What stops the server; it is the caller's from now on."""
        return self._stack.pop_all()

    def leave(self) -> None:
        self._left = True
        self._thread.join()
        self._stack.close()

    def _run(self) -> None:
        try:
            self._done.put(self._stack.enter_context(self._starting()))
        except BaseException as error:  # raised again by `next`, where it is waited for
            self._done.put(error)

    def _starting(self) -> contextlib.AbstractContextManager[Server]:
        from ghost_engine.inference.llamacpp.server import serve

        return serve(
            self._files.text,
            self._files.mmproj,
            context=self._context,
            stop=lambda: self._left or self._cancel.cancelled,
            lean=not _has_room(_COPIED * self._files.bytes),
            other=self._other,
        )


_all: dict[tuple[Path, Path | None], SharedServer] = {}
_all_lock = threading.Lock()


def shared_server(files: Files, other: bool) -> SharedServer:
    """This process's server for these files; it is started when it is asked.

    Args:
        files: the model.
        other: whether it needs the other llama.cpp.
    """
    key = (files.text.resolve(), files.mmproj.resolve() if files.mmproj else None)
    with _all_lock:
        if key not in _all:
            _all[key] = SharedServer(files, other)
        return _all[key]


@atexit.register
def close_all() -> None:
    """Stop every server of this process."""
    with _all_lock:
        for server in _all.values():
            server.close()


def _make_room(new: SharedServer) -> None:
    """Stop servers that nobody uses, the longest unused first, while memory is short."""
    with _all_lock:
        others = [server for server in _all.values() if server is not new and server.pid]
    for server in sorted(others, key=lambda server: server.used):
        if _has_room(_HEADROOM * new.files.bytes):
            return
        server.stop_if_idle()


def _has_room(wanted: float) -> bool:
    """Whether so many bytes of memory are free."""
    import psutil

    return bool(psutil.virtual_memory().available >= wanted)


def _waiting(name: str, ahead: int) -> str:
    return f"{name} answers somebody else; place {ahead} in line"


def _loading(files: Files, seconds: float) -> str:
    return f"llama.cpp loads {files.name} ({files.bytes / 1e9:.1f} GB), {seconds:.0f} s so far"
