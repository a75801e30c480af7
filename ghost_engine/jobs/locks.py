"""File locks that say who lives: the kernel gives them back when the last holder ends.

`flock` belongs to the open file, not to the process: a child that inherits the descriptor holds
the lock too. So a launcher hands a run's lock to its supervisor without a gap, and the GPU stays
taken until a worker is gone even if its supervisor was killed. (`filelock` takes the same locks
but keeps the descriptor to itself.)
"""

from __future__ import annotations

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

POLL_SECONDS = 0.02


@dataclass(slots=True)
class Lock:
    """A lock that this process holds. `fd` may be inherited by a child."""

    path: Path
    fd: int

    def release(self) -> None:
        """Give it up, for children that inherited it too."""
        if self.fd >= 0:
            fcntl.flock(self.fd, fcntl.LOCK_UN)
            self.hand_over()

    def hand_over(self) -> None:
        """Close this process's copy; a child that inherited it keeps the lock."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def take(path: Path, wait_seconds: float = 0.0) -> Lock | None:
    """The lock at `path`, or None where somebody keeps it all that time.

    Raises:
        OSError: the file cannot be made or locked.
    """
    deadline = time.monotonic() + wait_seconds
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return Lock(path, file)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(file)
                return None
        except BaseException:
            os.close(file)
            raise
        time.sleep(POLL_SECONDS)


def adopt(path: Path, fd: int) -> Lock | None:
    """The lock inherited as `fd`, or None if that is not the file at `path`."""
    try:
        if not os.path.samestat(os.fstat(fd), os.stat(path)):
            return None
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return None
    os.set_inheritable(fd, False)
    return Lock(path, fd)


def is_held(path: Path) -> bool:
    """Whether anybody holds the lock now; True also where this cannot be known.

    Looks with a shared lock for an instant, so that two who look never see each other.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except OSError:
        return True
    finally:
        os.close(file)
