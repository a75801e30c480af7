"""A run on storage that forgets order: whole files with numbers, each proven when it is read.

Made for Google Drive behind FUSE, where uploads lag and overtake each other, locks mean nothing,
and renames onto a file may make a second one. So a checkpoint is one ZIP, every name is written
once and never again, nothing is believed unless it unpacks with its checksums, and what is
superseded goes only when its successor is there. `save` writes; `restore` is a module of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ghost_engine.jobs.folder import RunFolder, read_json
from ghost_engine.jobs.status import read_attempt, read_status
from ghost_engine.training import checkpoints
from ghost_engine.training.checkpoints import Checkpoint

RUNS = "runs"
DATASET = "dataset.zip"
STATE = re.compile(r"state-(\d+)\.zip")
CHECKPOINT = re.compile(r"checkpoint-(\d+)-(\d+)\.zip")
ADAPTER = re.compile(r"adapter-(\d+)\.zip")
KEPT_STATES = 2
KEPT_CHECKPOINTS = 2
_COPY_BYTES = 8 << 20
_PARTIAL = ".partial-"
_ROOM = ".zip-"
_SMALL = (".json", ".jsonl", ".yaml", ".txt")
_FIRST = ("metrics.jsonl", "samples.jsonl", "vram.jsonl")
"""Copied before events.jsonl: a row must never be there without the start of its attempt."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What `save` knows to be on the storage; `state` counts the snapshots."""

    step: int | None = None
    state: int = 0


def place_of(keep: Path, run_id: str) -> Path:
    """Where a run lies in a folder that is kept."""
    return keep / RUNS / run_id


def save(folder: RunFolder, place: Path, *, whole: bool = False) -> Kept:
    """Bring the storage up to what the run's folder holds now.

    Args:
        place: `place_of` it in a folder that is there: one that is not is a Drive that came off.
        whole: the run has ended: its adapter too.

    Raises:
        OSError: the storage does not take it. What was there before is still there.
    """
    place.parent.mkdir(exist_ok=True)
    place.mkdir(exist_ok=True)
    for leftover in (*place.glob(f"{_PARTIAL}*"), *folder.path.glob(f"{_ROOM}*")):
        _remove(leftover)  # of one that was killed
    if not _is_there(place / DATASET) and folder.dataset.is_dir():
        _write(place / DATASET, folder.path, _files(folder.dataset))
    step = _save_checkpoints(folder, place)
    if whole:
        _save_adapter(folder, place)
    state = max((each for each, _ in numbered(place, STATE)), default=0) + 1
    _write(place / f"state-{state:06}.zip", folder.path, _small(folder), packed=True)
    _forget(path for each, path in numbered(place, STATE) if each <= state - KEPT_STATES)
    return Kept(step, state)


def adapter_of(place: Path) -> Path | None:
    """The newest adapter of a run on the storage, as a ZIP."""
    with suppress(OSError):
        return next((path for _, path in reversed(numbered(place, ADAPTER))), None)
    return None


def numbered(place: Path, form: re.Pattern[str]) -> list[tuple[int, Path]]:
    """The files of a form by their number."""
    found = ((form.fullmatch(path.name), path) for path in place.iterdir())
    return sorted((int(match[1]), path) for match, path in found if match)


def checkpoints_in(place: Path) -> list[tuple[int, int, Path]]:
    """Attempt, step and file of each checkpoint, in the order in which they were made."""
    found = ((CHECKPOINT.fullmatch(path.name), path) for path in place.iterdir())
    return sorted((int(match[2]), int(match[1]), path) for match, path in found if match)


def lineage_of(folder: RunFolder) -> int:
    """The first attempt whose checkpoints count."""
    attempt = read_attempt(folder)
    return attempt.lineage if attempt else 1


# -- writing ---------------------------------------------------------------------------------------


def _save_checkpoints(folder: RunFolder, place: Path) -> int | None:
    lineage = lineage_of(folder)
    newest = checkpoints.newest(folder.checkpoints, lineage)
    best = checkpoints.best(folder.checkpoints, lineage)
    wanted = [each for each in (newest, best) if each is not None]
    for each in wanted:
        target = place / _name(each)
        if not _is_there(target):
            with suppress(FileNotFoundError):  # rotated away meanwhile: the next one comes
                _write(target, folder.path, _files(each.path))
    spared = {_name(each) for each in wanted}
    there = [path for *_, path in checkpoints_in(place)]
    _forget(path for path in there[:-KEPT_CHECKPOINTS] if path.name not in spared)
    return newest.step if newest and _held(place, newest) else None


def _save_adapter(folder: RunFolder, place: Path) -> None:
    """The adapter of a run that has ended. Once it has finished, one checkpoint is enough: free
    storage is small."""
    number = _adapter_number(folder)
    if number is None:
        return
    target = place / f"adapter-{number}.zip"
    if not _is_there(target):
        _write(target, folder.path, _files(folder.adapter))
    if read_status(folder).state == "finished":
        best = checkpoints.best(folder.checkpoints, lineage_of(folder))
        lead = best or checkpoints.newest(folder.checkpoints, lineage_of(folder))
        if lead and _held(place, lead):
            _forget(path for *_, path in checkpoints_in(place) if path.name != _name(lead))


def _held(place: Path, checkpoint: Checkpoint) -> bool:
    return _is_there(place / _name(checkpoint))


def _is_there(path: Path) -> bool:
    """With its end, at least: where nothing can be renamed, a copy may have been cut short."""
    return path.is_file() and zipfile.is_zipfile(path)


def _name(checkpoint: Checkpoint) -> str:
    return f"checkpoint-{checkpoint.step}-{checkpoint.attempt}.zip"


def _adapter_number(folder: RunFolder) -> int | None:
    """The attempt that wrote the adapter; None while there is none."""
    about = read_json(folder.adapter / "ghost.json")
    return int(about.get("attempt", 0)) if about else None


def _small(folder: RunFolder) -> list[Path]:
    """The run's own small files. Locks, wishes and what is half written stay here."""
    there = (path for path in folder.path.iterdir() if path.suffix in _SMALL)
    chosen = sorted(path for path in there if path.is_file() and not path.name.startswith("."))
    chosen = [path for path in chosen if path != folder.elsewhere]
    return sorted(chosen, key=lambda path: path.name not in _FIRST)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _write(target: Path, root: Path, files: Iterable[Path], *, packed: bool = False) -> None:
    """One ZIP, made here and copied in one piece: a FUSE storage dislikes being written back and
    forth."""
    how = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with tempfile.NamedTemporaryFile(dir=root, prefix=_ROOM) as local:
        with zipfile.ZipFile(local, "w", how) as archive:
            for path in files:
                archive.write(path, path.relative_to(root).as_posix())
        local.flush()
        _place(Path(local.name), target)


def _place(source: Path, target: Path) -> None:
    partial = target.with_name(f"{_PARTIAL}{target.name}")
    _copy(source, partial)
    try:
        partial.rename(target)
    except OSError:  # a storage that cannot rename: a torn copy is found out when it is read
        _copy(source, target)
        _remove(partial)


def _copy(source: Path, target: Path) -> None:
    try:
        with source.open("rb") as old, target.open("wb") as new:
            shutil.copyfileobj(old, new, _COPY_BYTES)
            new.flush()
            with suppress(OSError):
                os.fsync(new.fileno())
    except OSError:
        _remove(target)
        raise


def _forget(paths: Iterable[Path]) -> None:
    for path in list(paths):
        _remove(path)


def _remove(path: Path) -> None:
    """Emptied first: what is deleted on Drive goes to its bin, and counts there."""
    with suppress(OSError):
        os.truncate(path, 0)
    with suppress(OSError):
        path.unlink()
