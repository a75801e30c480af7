"""What an export takes while it runs: the anonymous memory of its processes, and its files.

Anonymous memory (RssAnon) is what the machine has to have; pages of mapped files can be given back
at any time and are not counted.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

SAMPLE_SECONDS = 0.2


class Gauge:
    """Samples in the background while it is open; keeps the largest values.

    Args:
        files: gives the files and folders whose sizes are added up, each time anew.
        peak_bytes: of memory, seen before.
        high_water_bytes: of the files, seen before.
    """

    def __init__(
        self,
        files: Callable[[], Iterable[Path]],
        peak_bytes: int = 0,
        high_water_bytes: int = 0,
    ) -> None:
        self.peak_bytes = peak_bytes
        self.high_water_bytes = high_water_bytes
        self._files = files
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self.sample()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        self.sample()

    def sample(self) -> None:
        """Look now."""
        self.peak_bytes = max(self.peak_bytes, sum(map(anonymous_bytes, family(os.getpid()))))
        self.high_water_bytes = max(self.high_water_bytes, sum(map(bytes_of, self._files())))

    def _run(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            self.sample()


def family(pid: int) -> Iterator[int]:
    """A process and all that descend from it."""
    yield pid
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [each for task in tasks for each in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        children = _children(pid)
    for child in children:
        yield from family(int(child))


def anonymous_bytes(pid: int) -> int:
    """Memory of a process that no file backs; all that is resident where that is not told."""
    with suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
        return 0  # it has ended
    with suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0


def bytes_of(path: Path) -> int:
    """The size of a file, or of all files in a folder; what goes meanwhile counts as 0."""
    with suppress(OSError):
        if not path.is_dir():
            return path.stat().st_size
        return sum(bytes_of(each) for each in path.iterdir())
    return 0


def _children(pid: int) -> list[str]:
    """Where the kernel does not list them."""
    if Path("/proc/self/status").exists():
        return []
    with suppress(psutil.Error):
        return [str(child.pid) for child in psutil.Process(pid).children()]
    return []
