"""One worker process on its leash: started, watched, killed with all it started, and its end told.

The leash is a pipe that only the supervisor can write to: when the supervisor ends, however it
ends, the worker reads its end and leaves by itself. The worker also inherits the locks of its
folder and of the GPU, so they are free only when it is gone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from ghost_engine.jobs.folder import RunFolder, now_text
from ghost_engine.jobs.identity import Identity, identify
from ghost_engine.jobs.locks import Lock
from ghost_engine.jobs.log import log_tail
from ghost_engine.jobs.records import Job, RunError
from ghost_engine.jobs.worker import DISK_FULL_STATUS, FULL_HINT, INHERITED

LOG_LINES = 20


class Child:
    """The worker of one attempt."""

    def __init__(self, folder: RunFolder, job: Job, attempt: int, locks: Sequence[Lock]) -> None:
        """Start it.

        Raises:
            OSError: it cannot be started.
        """
        self._folder = folder
        self._killed = False
        self._ended = threading.Event()
        leash, self._leash = os.pipe()
        handed = [leash, *(lock.fd for lock in locks)]
        try:
            with open(folder.log, "ab", buffering=0) as log:
                log.write(f"--- attempt {attempt}, {now_text()}\n".encode())
                self._log_start = log.tell()
                self._process = subprocess.Popen(
                    [sys.executable, "-m", job.worker, str(folder.path)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    process_group=0,
                    pass_fds=handed,
                    env={**os.environ, "PYTHONUNBUFFERED": "1", INHERITED: _numbers(handed)},
                )
        except BaseException:
            os.close(self._leash)
            raise
        finally:
            os.close(leash)
        self.identity = identify(self._process.pid) or Identity(self._process.pid, time.time(), "")
        threading.Thread(target=self._wait, daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self, seconds: float) -> bool:
        """Wait for its end, at most that long; says whether it has ended."""
        return self._ended.wait(seconds)

    def kill(self) -> None:
        """Kill -9 the worker and whatever it started in its group."""
        self._killed = True
        self._kill_group()

    def close(self) -> None:
        """After its end: kill what it left behind."""
        self._kill_group()
        os.close(self._leash)

    def why(self) -> RunError:
        """How it ended, for a worker that left no word of its own."""
        code = self._process.returncode
        lines = [line for line in log_tail(self._folder.log, 200, self._log_start) if line.strip()]
        details = {"exit_code": code, "log": lines[-LOG_LINES:]}
        said = f" Its last line: {lines[-1][:300]}" if lines else ""
        if code == DISK_FULL_STATUS:
            return RunError("disk_full", "The disk is full.", FULL_HINT, details)
        if code == -signal.SIGKILL and not self._killed:
            return RunError("killed", f"The worker was killed (signal 9).{said}", _KILLED, details)
        how = f"with exit code {code}" if code >= 0 else f"by {_signal_name(-code)}"
        return RunError(
            "crashed", f"The worker ended {how} and left no word.{said}", _CRASHED, details
        )

    def _wait(self) -> None:
        self._process.wait()
        self._ended.set()

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError, PermissionError):  # macOS: a group of zombies only
            os.killpg(self._process.pid, signal.SIGKILL)


_KILLED = (
    "Most often the machine ran out of memory (the kernel's log says so): close other programs or"
    " ask for less, then resume."
)
_CRASHED = "The log has its last words; resume to try again."


def _numbers(descriptors: Sequence[int]) -> str:
    return ",".join(map(str, descriptors))


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
