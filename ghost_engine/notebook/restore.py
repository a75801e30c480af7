"""A run brought back from storage: whatever is whole of it, and fits together.

Uploads overtake each other, so every file is unpacked only if all of its checksums hold, and a
checkpoint only if the state beside it knows the attempt that wrote it (see `archive`).
"""

from __future__ import annotations

import tempfile
import zipfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ghost_engine.errors import JobError
from ghost_engine.jobs.folder import RunFolder
from ghost_engine.jobs.records import Job, now
from ghost_engine.jobs.status import read_attempt, read_job, read_status
from ghost_engine.notebook.archive import (
    ADAPTER,
    DATASET,
    RUNS,
    STATE,
    checkpoints_in,
    lineage_of,
    numbered,
)
from ghost_engine.training import checkpoints

BROKEN = (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, EOFError)
"""What reading a file that is not whole raises."""

_NOT_WHOLE = "The machine ended before it was uploaded. Start a new run."


def jobs(keep: Path) -> list[tuple[Path, Job]]:
    """The runs on the storage that can be told what they are, newest first."""
    found = []
    with suppress(OSError):
        for place in sorted((keep / RUNS).iterdir(), reverse=True):
            with tempfile.TemporaryDirectory() as room:
                if _newest_state(place, Path(room)) and (job := read_job(RunFolder(Path(room)))):
                    found.append((place, job))
    return found


def restore(place: Path, runs: Path) -> RunFolder:
    """Bring a run back from the storage, so that it can be resumed here.

    Raises:
        JobError: its state or its examples are not whole on the storage, or there is no room here.
    """
    runs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=runs) as room:
        folder = RunFolder(Path(room) / place.name)
        folder.path.mkdir()
        try:
            if not _newest_state(place, folder.path):
                raise JobError(f"Of run {place.name} no state is whole in {place}.", _NOT_WHOLE)
            _unpack(place / DATASET, folder.path)
            _restore_checkpoints(place, folder)
            _restore_adapter(place, folder)
        except BROKEN as error:
            said = f"Run {place.name} cannot be brought back: {error}."
            raise JobError(said, _NOT_WHOLE) from error
        folder.path.rename(runs / place.name)
    return RunFolder(runs / place.name)


def _newest_state(place: Path, target: Path) -> bool:
    with suppress(OSError):
        for _, path in reversed(numbered(place, STATE)):
            with suppress(*BROKEN):
                _unpack(path, target)
                return True
    return False


def _restore_checkpoints(place: Path, folder: RunFolder) -> None:
    """Those that the state can know: one of a later attempt may have another shape."""
    attempt = read_attempt(folder)
    for number, _, path in checkpoints_in(place):
        if attempt and number <= attempt.attempt:
            with suppress(*BROKEN):
                _unpack(path, folder.path)
    checkpoints.sweep(folder.checkpoints, lineage_of(folder))


def _restore_adapter(place: Path, folder: RunFolder) -> None:
    """The adapter; a run that says it is finished and has lost it writes it again."""
    for _, path in reversed(numbered(place, ADAPTER)):
        with suppress(*BROKEN):
            _unpack(path, folder.path)
            return
    status = read_status(folder)
    if status.state == "finished":
        folder.outcome.unlink(missing_ok=True)
        folder.save(folder.status, replace(status, state="stopped", updated=now()).to_dict())


def _unpack(path: Path, target: Path) -> None:
    """Everything or nothing of a ZIP; every checksum is looked at before the first file is made."""
    with zipfile.ZipFile(path) as archive:
        if any(_leads_out(name) for name in archive.namelist()):
            raise ValueError(f"{path.name} names files outside of its folder")
        if (broken := archive.testzip()) is not None:
            raise ValueError(f"{path.name} is damaged at {broken}")
        archive.extractall(target)


def _leads_out(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not parts or parts[0] == "/" or ".." in parts or "\\" in name
