"""Which process a pid meant: numbers are used again, so a birth goes with each.

A zombie counts as dead: it does nothing any more.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Identity:
    """One process. `birth` is exact on Linux (boot and clock ticks), so that no clock step fools
    it; elsewhere it is the creation time as text."""

    pid: int
    create_time: float
    birth: str

    @property
    def alive(self) -> bool:
        now = identify(self.pid)
        return now is not None and now.birth == self.birth


def identify(pid: int) -> Identity | None:
    """The process that has this pid now; None where there is none, or only a zombie."""
    return None if _is_dead(pid) else _look(pid)


def kill_group(identity: Identity) -> None:
    """Kill -9 the process and the group it leads; nobody, if its number is another's now.

    A group outlives its leader: while it has members, no new process gets the leader's number.
    """
    leader = _look(identity.pid)
    if identity.pid > 0 and (leader is None or leader.birth == identity.birth):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(identity.pid, signal.SIGKILL)


def _look(pid: int) -> Identity | None:
    """The process or zombie with this pid."""
    if pid <= 0:
        return None
    try:
        created = psutil.Process(pid).create_time()
        return Identity(pid, created, _birth(pid) or f"{created:.2f}")
    except (psutil.Error, OSError):
        return None


def _is_dead(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except (psutil.Error, OSError, ValueError):
        return True


def _birth(pid: int) -> str:
    if sys.platform != "linux":
        return ""
    about = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    ticks = about.rpartition(")")[2].split()[19]  # field 22, counted behind the name
    boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    return f"{boot}/{ticks}"
