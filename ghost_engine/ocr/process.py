"""One reading process, seen from its owner: started on first use, replaced when it dies.

A process that takes longer than its timeout is killed. It belongs to one thread at a time; only
`close` may be called from another.
"""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ghost_engine.errors import OcrError
from ghost_engine.ocr.frames import LINES, PICTURE, READY, read_frame, write_frame
from ghost_engine.ocr.lines import Line, load_lines

if TYPE_CHECKING:
    from PIL import Image

ATTEMPTS = 2
ROOT = Path(__file__).parents[2]

# For glibc: with a heap for each thread it keeps what all of them gave back. One heap grows instead
# of a mapping for each large array, whose every page the kernel would clear anew (a sixth of the
# time of finding text); the worker gives it back after each picture.
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),  # the most it takes
    "MALLOC_TRIM_THRESHOLD_": str(512 * 2**20),
}

Pipes = subprocess.Popen[bytes]


def worker_command(threads: int) -> tuple[str, ...]:
    """How to start `ghost_engine.ocr.worker`; -P keeps the working directory off its path."""
    return (sys.executable, "-P", "-m", "ghost_engine.ocr.worker", str(threads))


class Died(Exception):
    """The process ended by itself while it was asked something."""


class ReadingProcess:
    """A process of `command` that is given `timeout_seconds` for each picture, and to load."""

    def __init__(self, command: Sequence[str], timeout_seconds: float) -> None:
        self._command = tuple(command)
        self._timeout_seconds = timeout_seconds
        self._process: Pipes | None = None
        self._lock = threading.Lock()
        self._closed = False

    def start(self) -> None:
        """Starts the process unless it runs, and waits until it has loaded.

        Raises:
            OcrError: it did not start, or took too long.
            Died: it ended while loading.
        """
        with self._lock:
            if self._closed:
                raise OcrError("The text reader was closed.", "Start the program again.")
            if self._process is not None:
                return
            self._process = process = _launch(self._command)
        kind, body = self._ask(process, lambda: None)
        if kind != READY:
            self._stop(process)
            raise OcrError(
                f"The text reader did not start: {_said(body)}.",
                "Run `ghost doctor`.",
            )

    def read(self, pixels: Image.Image) -> tuple[Line, ...]:
        """The lines of one RGB picture, top to bottom.

        Raises:
            OcrError: the picture cannot be read, took too long, or ended the process twice.
        """
        for _ in range(ATTEMPTS):
            try:
                self.start()
                return self._read_once(pixels)
            except Died as error:
                last = error
        raise OcrError(
            f"The text reader ended unexpectedly, {ATTEMPTS} times ({last}).",
            "Free some memory and try again.",
        ) from last

    def close(self) -> None:
        """Ends the process; it is not started again."""
        with self._lock:
            self._closed = True
            process = self._process
        if process is not None:
            self._stop(process)

    def _read_once(self, pixels: Image.Image) -> tuple[Line, ...]:
        process = self._process
        if process is None or process.stdin is None:
            raise Died("it was not running")
        pipe, size = process.stdin, struct.pack(">II", *pixels.size)
        kind, body = self._ask(process, lambda: write_frame(pipe, PICTURE, size, pixels.tobytes()))
        if kind != LINES:
            raise OcrError(f"The text of the picture could not be read: {_said(body)}.")
        return load_lines(body)

    def _ask(self, process: Pipes, send: Callable[[], None]) -> tuple[bytes, bytes]:
        """Sends, then waits for one answer, until the clock kills the process."""
        expired = threading.Event()
        clock = threading.Timer(self._timeout_seconds, _expire, (process, expired))
        clock.daemon = True
        clock.start()
        try:
            send()
            assert process.stdout is not None
            return read_frame(process.stdout)
        except (OSError, EOFError, ValueError) as error:
            self._stop(process)
            if expired.is_set():
                raise OcrError(
                    f"Reading took longer than {self._timeout_seconds:g} seconds.",
                    "Crop the screenshot, or raise GHOST_OCR_TIMEOUT_SECONDS.",
                ) from error
            raise Died(f"exit code {process.returncode}") from error
        finally:
            clock.cancel()

    def _stop(self, process: Pipes) -> None:
        with self._lock:
            if self._process is process:
                self._process = None
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what is left unsent has nobody to go to
                    pipe.close()


def _launch(command: tuple[str, ...]) -> Pipes:
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path, **_ENVIRONMENT},
            start_new_session=True,  # Ctrl+C is the parent's to handle
        )
    except OSError as error:
        raise OcrError(f"The text reader cannot be started: {error}.") from error


def _expire(process: Pipes, expired: threading.Event) -> None:
    expired.set()
    process.kill()


def _said(body: bytes) -> str:
    return body.decode(errors="replace")
