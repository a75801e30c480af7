"""How a rank ends with the others: none outlives its launcher, none waits for a dead one.

The launcher (`several`) starts each rank in a session of its own, so a kill of the launcher's group
does not reach them, and a rank that waits for a card's kernel hears no signal of Python's. So the
kernel is asked to kill it with its launcher, and a thread hears the signals.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable

from ghost_engine.jobs.folder import RunFolder
from ghost_engine.jobs.identity import identify
from ghost_engine.jobs.log import say
from ghost_engine.jobs.status import read_outcome

LAUNCHER = "GHOST_LAUNCHER_PID"
"""The launcher's process number, for its ranks."""

LEFT_STATUS = 76
"""Exit status of a rank that ends since another one did (EX_PROTOCOL); it is never the culprit."""

_PR_SET_PDEATHSIG = 1
_NOTICE_SECONDS = 3.0
_SIGNS = ("gloo", "nccl", "connection closed by peer", "connection reset by peer")


def bind() -> None:
    """Die with the launcher, and keep the run's lock (the launcher's stdin) to this process.

    The lock came as stdin because that is what the launcher's children inherit. It stays open here,
    so the worker counts as alive until its last rank is gone, but no child of a rank gets it.
    """
    launcher = int(os.environ.get(LAUNCHER, "0"))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if launcher and os.getppid() != launcher:  # it died before the kernel was asked
        os._exit(LEFT_STATUS)
    os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def hear_end(pids: Callable[[], tuple[int, ...]]) -> None:
    """Leave at once when a signal comes and another rank is dead; otherwise it is a wish to stop.

    The launcher sends SIGTERM to the ranks that are left. Signals are written to a pipe by the
    interpreter's own handler, which runs even while the main thread waits for a card.

    Args:
        pids: the ranks, once they know each other.
    """
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    threading.Thread(target=_hear, args=(reads, pids), daemon=True).start()


def is_left(error: BaseException, folder: RunFolder, attempt: int, pids: tuple[int, ...]) -> bool:
    """Whether this error only means that another rank has ended; it waits a moment to see that."""
    text = f"{type(error).__name__} {error}".lower()
    if type(error).__name__.startswith("Dist") or any(sign in text for sign in _SIGNS):
        until = time.monotonic() + _NOTICE_SECONDS
        while time.monotonic() < until:
            if _one_is_dead(pids) or read_outcome(folder, attempt) is not None:
                return True
            time.sleep(0.05)
    return False


def leave() -> None:
    """End without a word: the rank that ended first has it."""
    say(traceback.format_exc())
    say("Another process of this run has ended: leaving.")
    sys.stderr.flush()
    os._exit(LEFT_STATUS)


def _hear(pipe: int, pids: Callable[[], tuple[int, ...]]) -> None:
    while True:
        came = os.read(pipe, 1)
        if came and came[0] == signal.SIGTERM and _one_is_dead(pids()):
            say("Another process of this run has ended: leaving.")
            os._exit(LEFT_STATUS)


def _one_is_dead(pids: tuple[int, ...]) -> bool:
    return any(identify(pid) is None for pid in pids)
