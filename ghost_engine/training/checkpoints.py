"""Checkpoints are folders that are whole or not there.

`writing` gives a folder with another name to fill; when the block ends well its files are flushed
to the disk, `complete.json` is written last as the mark, and the folder gets its name. `complete`
reads the marks and believes none that does not fit its files. What a checkpoint holds is the
trainer's business; nothing here imports torch.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MARK = "complete.json"
BEST = "best.json"
_PREFIX = "step-"
_PARTIAL = ".partial-"
_OLD = ".old-"
_HASHED_BYTES = 1 << 20
"""Files up to this size are hashed; of larger ones the size must do, or saving takes too long."""


@dataclass(frozen=True)
class Checkpoint:
    """One whole checkpoint. `eval_loss` is None where no validation ran at its step."""

    path: Path
    step: int
    attempt: int
    eval_loss: float | None = None


@contextmanager
def writing(
    folder: Path, step: int, attempt: int, eval_loss: float | None = None
) -> Iterator[Path]:
    """A folder to fill; named `step-N` in `folder` once the block ends without an error.

    An error in the block, a full disk among them, leaves nothing behind. A checkpoint of the same
    step is replaced.
    """
    mark = {"step": step, "attempt": attempt, "eval_loss": eval_loss}
    with replacing(folder / f"{_PREFIX}{step}") as partial:
        yield partial
        listing = _listing(partial)
        _write_synced(partial / MARK, {**mark, "files": listing})


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A folder to fill that becomes `target`, flushed to the disk, when the block ends well.

    Until then an older `target` stays; a crash in between leaves one of the two, whole.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{_PARTIAL}{target.name}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        _sync_tree(partial)
        _rename_over(partial, target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def restore_replaced(target: Path) -> None:
    """Take the older `target` back if the process died between the two renames of `replacing`."""
    old = target.with_name(f"{_OLD}{target.name}")
    if old.exists() and not target.exists():
        old.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(target.with_name(f"{_PARTIAL}{target.name}"), ignore_errors=True)


def complete(folder: Path, lineage: int = 0) -> list[Checkpoint]:
    """The whole checkpoints of attempts from `lineage` on, by step.

    One whose files do not fit its mark is no checkpoint.
    """
    found = (_read(path) for path in sorted(folder.glob(f"{_PREFIX}*")))
    counted = [each for each in found if each is not None and each.attempt >= lineage]
    return sorted(counted, key=lambda each: each.step)


def newest(folder: Path, lineage: int = 0) -> Checkpoint | None:
    """The whole checkpoint of the highest step, or None."""
    return next(reversed(complete(folder, lineage)), None)


def best(folder: Path, lineage: int = 0) -> Checkpoint | None:
    """The whole checkpoint of the lowest validation loss, the earliest of equals, or None."""
    judged = [each for each in complete(folder, lineage) if each.eval_loss is not None]
    return min(judged, key=lambda each: each.eval_loss or 0.0, default=None)


def rotate(folder: Path, keep: int, lineage: int = 0) -> list[str]:
    """Keep the newest `keep` checkpoints and the best; name the best in `best.json`.

    Returns:
        The names of those removed.
    """
    whole = complete(folder, lineage)
    lead = best(folder, lineage)
    if lead is not None:
        named = {"step": lead.step, "eval_loss": lead.eval_loss, "path": lead.path.name}
        _write_synced(folder / f".{BEST}", named)
        (folder / f".{BEST}").replace(folder / BEST)
    surplus = [each.path for each in whole[:-keep] if each != lead]
    return [_remove(path) for path in surplus]


def sweep(folder: Path, lineage: int = 0) -> list[str]:
    """Remove what can never be resumed from: half-written, damaged, or before `lineage`.

    Returns:
        The names of those removed.
    """
    if not folder.is_dir():
        return []
    for path in folder.glob(f"{_OLD}*"):
        restore_replaced(path.with_name(path.name.removeprefix(_OLD)))
    good = {each.path for each in complete(folder, lineage)}
    if best(folder, lineage) is None:
        (folder / BEST).unlink(missing_ok=True)
    candidates = [*folder.glob(f"{_PREFIX}*"), *folder.glob(f"{_PARTIAL}*")]
    return [_remove(path) for path in sorted(candidates) if path not in good]


def sha256(path: Path) -> str:
    """The file's SHA-256, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read(path: Path) -> Checkpoint | None:
    try:
        mark = json.loads((path / MARK).read_text("utf-8"))
        listed = {name: tuple(said) for name, said in mark["files"].items()}
        if listed != {name: tuple(said) for name, said in _listing(path).items()}:
            return None
        values = {key: mark[key] for key in ("step", "attempt", "eval_loss")}
        return Checkpoint(path, **values)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _listing(folder: Path) -> dict[str, list[Any]]:
    """Every file with its size and, if small, its hash."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MARK)
    return {
        path.relative_to(folder).as_posix(): [
            path.stat().st_size,
            sha256(path) if path.stat().st_size <= _HASHED_BYTES else None,
        ]
        for path in files
    }


def _remove(path: Path) -> str:
    """The mark goes first: a removal cut short must not look whole."""
    (path / MARK).unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)
    return path.name


def _rename_over(partial: Path, target: Path) -> None:
    """A folder cannot be renamed onto a full one: the old one steps aside for a moment."""
    old = target.with_name(f"{_OLD}{target.name}")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    partial.rename(target)
    _sync(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def _write_synced(path: Path, values: dict[str, Any]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        json.dump(values, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_tree(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
