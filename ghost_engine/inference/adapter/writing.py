"""The process that holds a run's model, seen from its owner: started, asked, left alone, gone.

Loading takes minutes, so one process is shared by all who ask in this program and kept for a while
after the last answer. It ends with this program however that ends, and frees the card by itself
once nobody has asked for `IDLE_SECONDS`.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ghost_engine.errors import EngineError
from ghost_engine.jobs.locks import Lock

IDLE_SECONDS = 300.0
POLL_SECONDS = 0.05
_ROOT = Path(__file__).parents[3]
_LAST_WORDS = 2000  # bytes
_PATIENCE_SECONDS = 2.0


def command(run: Path) -> list[str]:
    """How to start `ghost_engine.training.writer`; -P keeps the working directory off its path."""
    return [sys.executable, "-P", "-m", "ghost_engine.training.writer", str(run)]


class Writer:
    """A running process with the model of one run. Belongs to one thread at a time."""

    def __init__(self, run: Path, line: Sequence[str], gpu: Lock | None) -> None:
        """Start it; the lock of the card, if there is one, lives as long as it does.

        Raises:
            EngineError: it cannot be started.
        """
        self.run, self.ready = run, False
        self._asked = 0
        self._said: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._words = tempfile.TemporaryFile()
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        try:
            self._process = subprocess.Popen(
                line,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._words,
                text=True,
                encoding="utf-8",
                env={**os.environ, "PYTHONPATH": path},
                pass_fds=(gpu.fd,) if gpu else (),
                start_new_session=True,  # Ctrl+C is the owner's to handle
            )
        except OSError as error:
            self._words.close()
            raise EngineError(f"The model cannot be loaded: {error}.", "Try again.") from error
        finally:
            if gpu is not None:
                gpu.hand_over()
        self._ear = threading.Thread(target=self._listen, name="adapter", daemon=True)
        self._ear.start()

    def ask(self, question: dict[str, Any]) -> int:
        """Ask, and get the number of the question; answers to an older one are passed over."""
        self._asked += 1
        self._send({"id": self._asked, **question})
        return self._asked

    def stop(self, number: int) -> None:
        """Have it end that answer; returns at once."""
        with suppress(EngineError):
            self._send({"stop": number})

    def said(self, number: int | None = None) -> dict[str, Any] | None:
        """The next thing it said about a question (of loading, with None); None if nothing came
        for a moment.

        Raises:
            EngineError: it failed, or is gone.
        """
        try:
            said = self._said.get(timeout=POLL_SECONDS)
        except queue.Empty:
            return None
        if said is None:
            raise self._gone()
        if "ready" in said:
            self.ready = True
        if said.get("id") != number and "id" in said:
            return None
        if "failed" in said:
            raise EngineError(said["failed"], said.get("hint", ""))
        return said

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End it, in the middle of an answer too."""
        self._process.kill()
        self._process.wait()
        self._ear.join(_PATIENCE_SECONDS)
        self._words.close()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what is left unsent has nobody to go to
                if pipe is not None:
                    pipe.close()

    def _send(self, document: dict[str, Any]) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        try:
            pipe.write(json.dumps(document) + "\n")
            pipe.flush()
        except (OSError, ValueError) as error:
            raise self._gone() from error

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with suppress(OSError, ValueError):  # closed by `close`, or a line cut by a kill
            for line in self._process.stdout:
                self._said.put(json.loads(line))
        self._said.put(None)

    def _gone(self) -> EngineError:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE_SECONDS)
        if self._words.closed:
            return EngineError("The process with the model was ended.", "Try again.")
        size = os.fstat(self._words.fileno()).st_size
        tail = os.pread(self._words.fileno(), _LAST_WORDS, max(0, size - _LAST_WORDS))
        lines = tail.decode(errors="replace").strip().splitlines()
        last = f" Its last words: {lines[-1][:300]}" if lines else ""
        return EngineError(
            f"The process with the model ended (exit code {self._process.returncode}).{last}",
            "Try again; if the memory was short, close other programs.",
        )


class Shared:
    """The one writer of this program, and whose turn it is to ask it."""

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self.idle_seconds = idle_seconds
        self._turn = threading.Lock()
        self._writer: Writer | None = None
        self._left = 0.0
        self._watched = False

    @property
    def writer(self) -> Writer | None:
        return self._writer

    def holds(self, run: Path) -> bool:
        """Whether the model of that run is loaded, or being loaded."""
        writer = self._writer
        return writer is not None and writer.alive and writer.run == run

    @property
    def loaded(self) -> bool:
        writer = self._writer
        return writer is not None and writer.alive

    def wait_turn(self) -> Iterator[None]:
        """Ends when it is the caller's turn; yields while it is somebody else's."""
        while not self._turn.acquire(timeout=POLL_SECONDS):
            yield

    def start(self, run: Path, line: Sequence[str], gpu: Lock | None) -> Writer:
        """A new writer in place of the one that is there; in the caller's turn."""
        self.close()
        self._writer = Writer(run, line, gpu)
        return self._writer

    def close(self) -> None:
        """End the writer; in the caller's turn."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def leave(self) -> None:
        """The end of the caller's turn. The writer goes when nobody asks for a while."""
        self._left = time.monotonic()
        watch = not self._watched and self._writer is not None
        self._watched = self._watched or watch
        self._turn.release()
        if watch:
            threading.Thread(target=self._watch, name="adapter-idle", daemon=True).start()

    def _watch(self) -> None:
        while True:
            time.sleep(min(1.0, self.idle_seconds / 4))
            if not self._turn.acquire(blocking=False):
                continue
            try:
                if time.monotonic() - self._left >= self.idle_seconds or not self.loaded:
                    self.close()
                    self._watched = False
                    return
            finally:
                self._turn.release()


SHARED = Shared()
