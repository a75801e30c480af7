"""Programs of our own that may crash: started on a leash, watched, and gone when we are gone.

`Leashed` is one running program; `run_program` runs one to its end and hands its lines over as they
come. What they write goes to files, so that the last words are there however they end.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ghost_engine.errors import Cancelled

Stop = Callable[[], bool]
LEASH = Path(__file__).with_name("leash.py")
POLL_SECONDS = 0.1
PATIENCE_SECONDS = 5.0
_KEPT_BYTES = 64_000


class Leashed:
    """A running program. It is killed when this object, or this process, is gone."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], output: int) -> None:
        """Start it, in a session of its own, its output and errors going to a descriptor.

        Raises:
            OSError: it cannot be started.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(LEASH), str(theirs.fileno()), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # Ctrl+C is the owner's to handle
            )
        self._link = ours
        ours.settimeout(PATIENCE_SECONDS * 6)
        try:
            said = ours.recv(32)
        except TimeoutError:
            said = b""
        if not said.strip().isdigit():
            self.stop(0)
            raise OSError(f"{command[0]} cannot be started")
        self.pid = int(said)

    def ended(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self._process.poll()

    def wait(self, seconds: float) -> int | None:
        """As `ended`, after at most that long."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Ask it to end; kill it after that long."""
        if self._process.poll() is None and patience_seconds:
            self._process.terminate()
            self.wait(patience_seconds)
        self._link.close()  # the leash kills it
        if self.wait(PATIENCE_SECONDS) is None:
            self._process.kill()
            self._process.wait()


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: its exit code (negative for a signal) and its last words."""

    code: int
    words: str

    @property
    def how(self) -> str:
        """In words: "with exit code 1", "by SIGABRT"."""
        return how_it_ended(self.code)


def how_it_ended(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"with exit code {code}"
    try:
        return f"by {signal.Signals(-code).name}"
    except ValueError:
        return f"by signal {-code}"


def run_program(
    command: Sequence[str],
    environment: Mapping[str, str],
    on_line: Callable[[str], None],
    stop: Stop,
) -> Ended:
    """Run a program to its end.

    Args:
        command: the program and its arguments.
        environment: its whole environment.
        on_line: gets every whole line it writes, soon after.
        stop: asked ten times a second.

    Raises:
        Cancelled: `stop` said yes; the program is gone.
        OSError: it cannot be started.
    """
    with tempfile.TemporaryFile() as output:
        program = Leashed(command, environment, output.fileno())
        lines = _Lines(output.fileno())
        try:
            while (code := program.wait(POLL_SECONDS)) is None:
                if stop():
                    raise Cancelled("Stopped at your request.")
                for line in lines.new():
                    on_line(line)
        finally:
            program.stop(0)
        for line in lines.new(whole=True):
            on_line(line)
        return Ended(code, lines.tail())


class _Lines:
    """The lines of a file that another process writes; its own place in it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._place, self._rest = descriptor, 0, b""

    def new(self, whole: bool = False) -> list[str]:
        """The lines since the last call; `whole`: what has no line break yet, too."""
        while read := os.pread(self._descriptor, 1 << 20, self._place):
            self._place += len(read)
            self._rest += read
        *lines, self._rest = self._rest.split(b"\n")
        if whole and self._rest:
            lines.append(self._rest)
        return [line.decode(errors="replace") for line in lines]

    def tail(self) -> str:
        begin = max(0, self._place - _KEPT_BYTES)
        return os.pread(self._descriptor, _KEPT_BYTES, begin).decode(errors="replace")


def python_program(module: str, *arguments: str) -> list[str]:
    """How to start one of our modules; -P keeps the working directory off its path."""
    return [sys.executable, "-P", "-m", module, *arguments]


def python_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which our modules are found."""
    root = str(Path(__file__).parents[3])
    path = os.pathsep.join(filter(None, (root, environment.get("PYTHONPATH"))))
    return {**environment, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
