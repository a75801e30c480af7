"""Folders that appear whole or not at all, and the manifest that says what is in them.

An export is built in a hidden folder beside its place and renamed when everything is on the disk.
An earlier export in that place is replaced; anything else there is left alone and refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from ghost_engine.errors import FileError

MANIFEST = "manifest.json"
_LEFT_SECONDS = 3600
_FILE_SUFFIXES = {".json", ".jsonl", ".csv", ".parquet", ".zip"}


@dataclass(frozen=True, slots=True)
class Written:
    """One file of an export."""

    bytes: int
    sha256: str


@dataclass
class Folder:
    """A folder being built at `place`; `files` are those in it, by their relative names."""

    place: Path
    files: dict[str, Written] = field(default_factory=dict)

    def write(self, name: str, data: bytes) -> None:
        path = self.place / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        self.files[name] = Written(len(data), hashlib.sha256(data).hexdigest())

    @contextmanager
    def stream(self, name: str) -> Iterator[Stream]:
        """A file to be written piece by piece."""
        with (self.place / name).open("wb") as file:
            stream = Stream(file)
            yield stream
        self.files[name] = Written(stream.bytes, stream.digest.hexdigest())

    def finish(self, manifest: dict[str, Any]) -> None:
        """Write the manifest: what is given, then every file with its size and hash."""
        listed = {
            name: {"bytes": self.files[name].bytes, "sha256": self.files[name].sha256}
            for name in sorted(self.files)
        }
        text = json.dumps({**manifest, "files": listed}, ensure_ascii=False, indent=1)
        (self.place / MANIFEST).write_text(text + "\n", "utf-8")


class Stream:
    """A file that counts and hashes what goes into it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.bytes = 0

    def write(self, text: str) -> None:
        data = text.encode("utf-8")
        self._file.write(data)
        self.digest.update(data)
        self.bytes += len(data)


@contextmanager
def whole_folder(path: Path) -> Iterator[Folder]:
    """A folder that lies at `path` once the block ends well; otherwise nothing changed there.

    Raises:
        FileError: something else is at `path`, or it cannot be written.
    """
    _refuse_others(path)
    partial = path.with_name(f".{path.name}.partial-{uuid4().hex[:12]}")
    try:
        _clear_leftovers(path)
        partial.mkdir(parents=True)
        yield Folder(partial)
        os.sync()  # or a power cut could leave half a dataset under a whole one's name
        _swap(partial, path)
    except OSError as error:
        raise FileError(
            f"{path} cannot be written: {error.strerror or error}.", "Choose another folder."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _refuse_others(path: Path) -> None:
    if path.suffix.lower() in _FILE_SUFFIXES and not path.is_dir():
        raise FileError(
            f"{path} names a file, and an export is a folder: rows, pictures and a manifest.",
            f"Name a folder, such as {path.with_suffix('')}.",
        )
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise FileError(f"{path} is in the way; an export is a folder.", "Choose another name.")
    if not path.is_dir() or not any(path.iterdir()):
        return
    strange = _strangers(path)
    if strange:
        raise FileError(
            f"{path} holds {strange}, which no export put there; nothing was changed.",
            "Choose another folder, or empty this one.",
        )


def _strangers(path: Path) -> str:
    """What is in the folder and not in its manifest; "" if it is an export and no more."""
    try:
        listed = json.loads((path / MANIFEST).read_text("utf-8"))["files"]
        known = {*listed, MANIFEST}
    except (OSError, ValueError, KeyError, TypeError):
        return next(iter(sorted(each.name for each in path.iterdir())))
    for root, _, names in os.walk(path):
        for name in names:
            relative = Path(root, name).relative_to(path).as_posix()
            if relative not in known:
                return relative
    return ""


def _clear_leftovers(path: Path) -> None:
    """What exports that were killed left behind; a young one may be another's at work."""
    for left in path.parent.glob(f".{path.name}.partial-*"):
        if time.time() - left.stat().st_mtime > _LEFT_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _swap(partial: Path, path: Path) -> None:
    if path.is_dir() and any(path.iterdir()):
        old = partial.with_name(partial.name + "-old")
        path.rename(old)
        partial.rename(path)
        shutil.rmtree(old, ignore_errors=True)
    else:
        partial.rename(path)
