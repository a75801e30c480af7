"""llama.cpp's own server, one model at a time, in a process of its own on a port of this machine.

`serve` starts it, waits until the model is loaded and stops it; `Server` asks it. Whatever kills it
(a broken file, no memory, a native abort) becomes an `EngineError` in words, here and not there. It
answers only to whoever holds its key: a page in somebody's browser does not.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import secrets
import tempfile
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import httpx

from ghost_engine.cores import usable_cores
from ghost_engine.errors import Cancelled, EngineError, EngineUnavailable
from ghost_engine.inference.llamacpp import xllama
from ghost_engine.inference.llamacpp.ends import explain
from ghost_engine.inference.llamacpp.process import (
    Leashed,
    Stop,
    python_environment,
)
from ghost_engine.inference.llamacpp.talk import ask
from ghost_engine.inference.llamacpp.wheel import INSTALL, Wheel, find_wheel

ANSWER_SECONDS = 3600.0
_HEALTH_SECONDS = 5.0
_POLL_SECONDS = 0.05
_LAST_WORDS_BYTES = 64_000
_LISTENING = re.compile(rb"listening on http://127\.0\.0\.1:(\d+)")


def _never() -> bool:
    return False


class Server:
    """A running llama.cpp with one model. `pid` is the server's own process; `marker` stands in a
    raw prompt where a picture goes, and is another one in every server."""

    def __init__(self, program: Leashed, log: _Log, url: str, key: str) -> None:
        self._program, self._log = program, log
        self.url, self.pid = url, program.pid
        self.headers = {"Authorization": f"Bearer {key}"}
        self.marker = str(self.props().get("media_marker", ""))

    @property
    def runs(self) -> bool:
        """Whether its process is there."""
        return self._program.ended() is None

    def is_well(self, stop: Stop = _never) -> bool:
        """Whether it answers, too.

        Raises:
            Cancelled: `stop` said yes.
        """
        if not self.runs:
            return False
        try:
            self._one("GET", "/health", None, _HEALTH_SECONDS, stop)
        except EngineError:
            return False
        return True

    def props(self) -> dict[str, Any]:
        """What the server says of itself and its model (`build_info`, `chat_template`...).

        Raises:
            EngineError: it died.
        """
        return self._one("GET", "/props", None, 60, _never)

    def post(
        self,
        path: str,
        document: dict[str, Any],
        timeout_seconds: float = ANSWER_SECONDS,
        stop: Stop = _never,
    ) -> dict[str, Any]:
        """Ask, and wait for the whole answer.

        Raises:
            EngineError: it refused, took longer than that, or died.
            Cancelled: `stop` said yes; the server stops working on it.
        """
        return self._one("POST", path, document, timeout_seconds, stop)

    def stream(
        self,
        path: str,
        document: dict[str, Any],
        timeout_seconds: float = ANSWER_SECONDS,
        stop: Stop = _never,
        silence_seconds: float = math.inf,
    ) -> Generator[dict[str, Any], None, None]:
        """Ask, and take the answer event by event (`"stream": true` is added).

        Raises:
            As `post`, also where nothing came for `silence_seconds`.
        """
        asked = {**document, "stream": True}
        yield from self._events("POST", path, asked, timeout_seconds, stop, silence_seconds)

    def _one(
        self, method: str, path: str, document: dict[str, Any] | None, seconds: float, stop: Stop
    ) -> dict[str, Any]:
        with contextlib.closing(self._events(method, path, document, seconds, stop)) as answers:
            for answer in answers:
                return answer
        raise EngineError(f"llama.cpp gave no answer to {path}.", "Try again.")

    def _events(
        self,
        method: str,
        path: str,
        document: dict[str, Any] | None,
        seconds: float,
        stop: Stop,
        silence_seconds: float = math.inf,
    ) -> Generator[dict[str, Any], None, None]:
        request = httpx.Request(method, self.url + path, json=document, headers=self.headers)
        try:
            yield from ask(request, seconds, stop, silence_seconds)
        except httpx.TransportError as error:
            code = self._program.wait(5)
            if code is None:
                raise EngineError(
                    f"llama.cpp does not answer ({error or type(error).__name__}).",
                    "Start it again.",
                ) from error
            raise explain(code, self._log.tail(), "while it answered") from error


@contextlib.contextmanager
def serve(
    text: Path,
    mmproj: Path | None,
    *,
    context: int = 4096,
    threads: int | None = None,
    log: Path | None = None,
    start_seconds: float = 600,
    stop: Stop = _never,
    gpu: bool = False,
    lean: bool = True,
    options: tuple[str, ...] = (),
    other: bool = False,
) -> Iterator[Server]:
    """Serve a model for as long as the block lasts.

    Args:
        text: the GGUF of the text model.
        mmproj: the GGUF of its vision part; without it, no pictures.
        context: tokens of prompt, picture and answer together.
        threads: of the processor; all that may be used if None.
        log: where the server's words are appended to; a temporary file if None.
        start_seconds: how long loading may take.
        stop: asked while it loads.
        gpu: use a graphics card (Vulkan) where there is one.
        lean: leave the weights in the file, mapped; else they may be copied into a form that is
            quicker and takes as much memory again.
        options: more of the server's own options.
        other: by the other llama.cpp, the one in `xllamacpp`: for files that this one cannot run.
            It has no `gpu`, `lean` and `options`.

    Raises:
        EngineUnavailable: llama.cpp is not installed.
        EngineError: it cannot load the files, in words.
        Cancelled: `stop` said yes.
    """
    for file in (text, mmproj):
        if file is not None and not file.is_file():
            raise EngineError(f"{file} does not exist.", "Export the model again.")
    key, cores = secrets.token_urlsafe(24), threads or usable_cores()
    if other:
        environment = python_environment(os.environ)
        command = xllama.command(text, mmproj, context, cores)
    else:
        wheel = find_wheel()
        environment = wheel.environment()
        command = [*_command(wheel, text, mmproj, context, cores, gpu, lean), *options]
    with _Log(log) as words:
        try:
            program = Leashed(command, {**environment, "LLAMA_API_KEY": key}, words.descriptor)
        except OSError as error:
            raise EngineUnavailable(f"{command[0]} cannot be started: {error}.", INSTALL) from error
        try:
            url = _wait_for(program, words, text.name, key, start_seconds, stop)
            yield Server(program, words, url, key)
        finally:
            program.stop()


def _command(
    wheel: Wheel,
    text: Path,
    mmproj: Path | None,
    context: int,
    threads: int,
    gpu: bool,
    lean: bool,
) -> list[str]:
    """Port 0: the kernel picks one that is free, and nobody can take it in between."""
    given = ["--model", str(text), "--ctx-size", str(context), "--threads", str(threads)]
    given += ["--host", "127.0.0.1", "--port", "0", "--offline", "--no-ui", "--no-slots"]
    given += ["--parallel", "1", "--cache-ram", "0", "--jinja", "--no-warmup", "--fit", "off"]
    given += ["--mmproj", str(mmproj)] if mmproj else ["--no-mmproj"]
    given += [] if gpu else ["--device", "none", "--no-mmproj-offload"]
    given += ["--no-repack"] if lean else []
    return [str(wheel.server), *given]


def _wait_for(
    program: Leashed, log: _Log, name: str, key: str, start_seconds: float, stop: Stop
) -> str:
    """Its address, once the model is loaded."""
    give_up = time.monotonic() + start_seconds
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(trust_env=False, timeout=10, headers=headers) as client:
        while time.monotonic() < give_up:
            if stop():
                raise Cancelled("Stopped at your request.")
            if (code := program.wait(_POLL_SECONDS)) is not None:
                raise explain(code, log.tail(), f"while it loaded {name}")
            found = _LISTENING.search(log.tail())
            url = f"http://127.0.0.1:{int(found[1])}" if found else ""
            with contextlib.suppress(httpx.TransportError):
                if url and client.get(f"{url}/health").is_success:
                    return url
    raise EngineError(
        f"llama.cpp did not load {name} in {start_seconds:.0f} seconds.",
        "Close other programs, or try again: what was read stays in the system's cache.",
    )


class _Log:
    """What the server writes: a file of the caller's, of which only our part is read, or ours."""

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("ab+", buffering=0) if path else tempfile.TemporaryFile(buffering=0)
        self.descriptor = self._file.fileno()
        self._begin = os.fstat(self.descriptor).st_size

    def __enter__(self) -> _Log:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def tail(self) -> bytes:
        end = os.fstat(self.descriptor).st_size
        begin = max(self._begin, end - _LAST_WORDS_BYTES)
        return os.pread(self.descriptor, _LAST_WORDS_BYTES, begin)
