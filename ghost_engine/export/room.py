"""What this machine has room for: the disk of a folder, and memory, inside a container too."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of main memory: all that this machine or container has, and what is free now."""

    total_bytes: int
    free_bytes: int


def free_disk(folder: Path) -> int:
    """Bytes free on the disk of a folder, which need not be there yet."""
    return shutil.disk_usage(existing(folder)).free


def same_disk(one: Path, other: Path) -> bool:
    """Whether two folders share their space."""
    return existing(one).stat().st_dev == existing(other).stat().st_dev


def is_writable(folder: Path) -> bool:
    """Whether files can be made in a folder, or the folder itself where it is not there yet."""
    place = existing(folder)
    return place.is_dir() and os.access(place, os.W_OK | os.X_OK)


def existing(folder: Path) -> Path:
    """The nearest folder above that is there."""
    folder = folder.expanduser().absolute()
    while not folder.exists():
        folder = folder.parent
    return folder


def memory() -> Memory:
    """The machine's memory, or the container's where that is less."""
    there = psutil.virtual_memory()
    limit, used = _number("memory.max"), _number("memory.current")
    if limit is None or limit >= there.total:
        return Memory(there.total, there.available)
    cached = _cached()
    return Memory(limit, min(there.available, max(0, limit - (used or 0) + cached)))


def _cached() -> int:
    """Pages of files, which a container gives back when it needs room."""
    with suppress(OSError, ValueError, IndexError):
        for line in (_CGROUP / "memory.stat").read_text("ascii").splitlines():
            if line.startswith("inactive_file "):
                return int(line.split()[1])
    return 0


def _number(name: str) -> int | None:
    with suppress(OSError, ValueError):
        return int((_CGROUP / name).read_text("ascii"))
    return None
