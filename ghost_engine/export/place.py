"""Where an export's files lie while they are made, and how they get to their place in one go.

Finished parts stand in a hidden folder beside the place they go to, so that a rename suffices;
export.json comes last. A folder never holds an export.json that lists another export's files.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from ghost_engine.errors import ExportError
from ghost_engine.export.config import ExportConfig
from ghost_engine.export.result import FILE, Export, read_export
from ghost_engine.jobs.folder import write_json

MODELFILE = "Modelfile"
REPLACED = "replaced.json"
"""In the partial folder: the export.json of the export whose place is taken."""


def partial_folder(config: ExportConfig, job_id: str) -> Path:
    """Where a job's parts stand until all are there; on the same disk as their place."""
    return config.folder.absolute() / f".{config.name}.{job_id}.partial"


def partial_folders(out: Path) -> list[Path]:
    """Those of all jobs that write, or wrote, to a folder."""
    return sorted(out.glob(".*.partial")) if out.is_dir() else []


def targets(config: ExportConfig) -> tuple[str, ...]:
    """The names that an export will take in its folder."""
    parts = [config.file(part) for part in (*config.quants, "mmproj")]
    merged = [merged_name(config)] if config.keep_merged else []
    return (*parts, *merged, MODELFILE, FILE)


def merged_name(config: ExportConfig) -> str:
    """The folder of the merged weights."""
    return f"{config.name}-merged"


def strangers(config: ExportConfig) -> str:
    """What stands in the folder already and is not this export's, in words; "" if nothing does."""
    out = config.folder
    old = read_export(out)
    if old is not None:
        of = f" of run {old.run}" if old.run else ""
        return f"{out} holds an export{of} already: {old.name}, {len(old.files)} files"
    there = [name for name in targets(config) if (out / name).exists()]
    if not there:
        return ""
    more = f" and {len(there) - 1} more" if len(there) > 1 else ""
    return f"{out} holds {there[0]}{more} already"


def refusal(found: str) -> ExportError:
    """What is said where the folder is taken."""
    return ExportError(f"{found}.", "Name another folder with --out, or replace it with --force.")


def place(partial: Path, out: Path, made: Export, *, replace: bool) -> None:
    """Move the parts to their place, then write export.json; done again after a kill, it goes on.

    Args:
        partial: holds the parts that are not in place yet; removed in the end.
        out: where they go.
        made: lists them.
        replace: whether files of another export may go.

    Raises:
        ExportError: there are such files and they may not, or a part is missing.
        OSError: the disk does not take it.
    """
    units = _units(made)
    with _turn(out):
        _set_aside(partial, out, made, units, replace)
        old = read_export(partial / REPLACED)
        for name in _units(old) - units if old else ():
            _remove(out / name)
        for name in sorted(units):
            _move(partial / name, out / name)
        _sync_names(out)
        write_json(out / FILE, made.to_dict())
    shutil.rmtree(partial, ignore_errors=True)


def sync(path: Path) -> None:
    """Wait until a file, or all files of a folder and their names, are on the disk."""
    if not path.is_dir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
        return
    for each in path.iterdir():
        sync(each)
    _sync_names(path)


def _sync_names(folder: Path) -> None:
    """Wait until renames in a folder are on the disk."""
    file = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems cannot sync a folder
            os.fsync(file)
    finally:
        os.close(file)


@contextmanager
def _turn(out: Path) -> Iterator[None]:
    """One export at a time moves files into a folder."""
    file = os.open(out, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems cannot lock a folder
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _set_aside(partial: Path, out: Path, made: Export, units: set[str], replace: bool) -> None:
    """From here on the folder holds no finished export until ours is."""
    old = read_export(out)
    foreign = old is not None and old.job != made.job
    meets = [name for name in units if (partial / name).exists() and (out / name).exists()]
    if not replace and (foreign or meets):
        raise refusal(f"{out} holds {FILE if foreign else meets[0]} of another export")
    if foreign:
        os.replace(out / FILE, partial / REPLACED)
        _sync_names(out)


def _move(source: Path, target: Path) -> None:
    if not source.exists():
        if not target.exists():
            raise ExportError(
                f"{target.name} is gone from {source.parent}.", "Start the export anew."
            )
        return  # a kill came after this one's move
    if target.is_dir():
        shutil.rmtree(target)
    os.replace(source, target)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _units(export: Export) -> set[str]:
    """What is moved as one: files, and the first folder of those in folders. Names that lead out
    of the folder are passed over: export.json may come from anywhere."""
    found = {PurePosixPath(made.path).parts[:1] for made in export.files}
    return {parts[0] for parts in found if parts and parts[0] not in ("/", "..", ".")}
