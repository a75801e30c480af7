"""Who waits for the GPU, and in which order; a queued run whose supervisor was killed gets another.

There is no list of the waiting anywhere: it follows from the folders, so it cannot disagree with
them. Oldest first, by the time each was queued.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ghost_engine.errors import JobError
from ghost_engine.jobs.folder import RunFolder
from ghost_engine.jobs.locks import Lock, is_held, take
from ghost_engine.jobs.records import Run, Status, now
from ghost_engine.jobs.status import read_job, read_status

_FIRST = datetime.min.replace(tzinfo=UTC)


class Line:
    """The runs that wait for the GPU, looked at again and again: only changed files are read."""

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._seen: dict[str, tuple[tuple[int, int], Status, bool]] = {}

    def read(self) -> list[RunFolder]:
        """Oldest first."""
        waiting = []
        for place in _places(self._runs):
            status, gpu = self._look(place)
            if gpu and status.state == "queued":
                waiting.append((status.queued or _FIRST, place.name, RunFolder(place)))
        return [folder for *_, folder in sorted(waiting, key=lambda one: one[:2])]

    def _look(self, place: Path) -> tuple[Status, bool]:
        folder = RunFolder(place)
        try:
            about = folder.status.stat()
        except OSError:
            return Status("lost"), False
        mark = (about.st_mtime_ns, about.st_ino)
        seen = self._seen.get(place.name)
        if seen is None or seen[0] != mark:
            job = read_job(folder)
            seen = (mark, read_status(folder), job is not None and job.gpu)
            self._seen[place.name] = seen
        return seen[1], seen[2]


def in_line(runs: Iterable[Run]) -> list[Run]:
    """Those of `runs` that wait for the GPU, oldest first."""
    waiting = [run for run in runs if run.job.gpu and run.state == "queued"]
    return sorted(waiting, key=lambda run: (run.status.queued or _FIRST, run.id))


def time_of_arrival(runs: Path) -> datetime:
    """Now, or just after the last in line where the clock has been set back."""
    waiting = Line(runs).read()
    last = read_status(waiting[-1]).queued if waiting else None
    return max(now(), last + timedelta(microseconds=1)) if last else now()


def take_gpu(runs: Path, run_id: str) -> Lock | None:
    """The lock of the GPU, with the name of who has it; None while somebody else does."""
    lock = take(runs / "gpu.lock")
    if lock is not None:
        lock.path.write_text(f"{run_id}\n", "utf-8")
    return lock


def gpu_holder(runs: Path) -> str:
    """The run that took the GPU last; "" if none has said so yet."""
    try:
        return (runs / "gpu.lock").read_text("utf-8").strip()
    except OSError:
        return ""


def revive(runs: Path) -> int:
    """Start a supervisor for each queued run that has none; returns for how many."""
    folders = [RunFolder(place) for place in _places(runs)]
    queued = [folder for folder in folders if read_status(folder).state == "queued"]
    return sum(revive_run(folder) for folder in queued)


def revive_run(folder: RunFolder) -> bool:
    """Start a supervisor if the run is queued and has none; says whether it did."""
    if is_held(folder.lock):
        return False
    try:
        lock = take(folder.lock)
        if lock is None:
            return False
        if read_status(folder).state != "queued":  # somebody was quicker, and it has ended since
            lock.release()
            return False
        start_supervisor(folder, lock)
    except (OSError, JobError):
        return False  # an archive, or a disk that is full: it stays queued, and is tried again
    return True


def start_supervisor(folder: RunFolder, lock: Lock, *, orphan_seconds: float | None = None) -> None:
    """Start the run's supervisor, detached, and hand it the run's lock without a gap.

    Args:
        orphan_seconds: how long to wait for a worker of a supervisor that was killed.

    Raises:
        JobError: it cannot be started; the lock is given up.
    """
    command = [sys.executable, "-m", "ghost_engine.jobs.supervisor", str(folder.path)]
    command += ["--lock", str(lock.fd)]
    if orphan_seconds is not None:
        command += ["--orphan-seconds", str(orphan_seconds)]
    try:
        with open(folder.log, "ab") as log:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(lock.fd,),
                cwd=_directory(folder),
                env=_environment(),
            )
    except OSError as error:
        lock.release()
        raise JobError(
            f"Run {folder.id} cannot be started: {error.strerror or error}.",
            "It stays queued; listing the runs tries again.",
        ) from error
    lock.hand_over()
    threading.Thread(target=child.wait, daemon=True).start()  # reaped, so never a zombie


def _directory(folder: RunFolder) -> Path | None:
    """Where it was launched: `.env` and relative paths mean the same there."""
    job = read_job(folder)
    directory = Path(job.cwd) if job is not None and job.cwd else None
    return directory if directory is not None and directory.is_dir() else None


def _environment() -> dict[str, str]:
    package_root = str(Path(__file__).resolve().parents[2])
    paths = (package_root, os.environ.get("PYTHONPATH"))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def _places(runs: Path) -> list[Path]:
    try:
        return [place for place in runs.iterdir() if not place.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []
