"""How many processors this process may use, which is not how many the machine has."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def usable_cores() -> int:
    """The processors this process may use: by its mask, and by a container's quota."""
    mine = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    try:
        quota, period = _CPU_QUOTA.read_text().split()
        mine = min(mine, max(1, int(quota) // int(period)))
    except (OSError, ValueError):  # no such file, or "max"
        pass
    return mine
