"""Picture files by content: `<folder>/ab/abcdef....png`, written whole or not at all, and kept.

A file's name is the SHA-256 of its bytes, so writing one twice is writing it once, and a row that
names a picture is committed only after the picture is on the disk. Nothing here decodes pictures.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from ghost_engine.data.records import Extension
from ghost_engine.errors import StoreError

_HASH = re.compile(r"[0-9a-f]{64}")
_FLUSHES_AT_ONCE = 8  # they wait for the disk, and a journal takes several in one go


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures below `folder`, which is made when first needed."""

    folder: Path

    def path(self, key: str, extension: Extension) -> Path:
        """Where the picture of this hash lies or would lie.

        Raises:
            StoreError: `key` is no SHA-256 in hex.
        """
        if not _HASH.fullmatch(key):
            raise StoreError(f"{key[:80]} is not the hash of a picture.")
        return self.folder / key[:2] / f"{key}.{extension}"

    def read(self, key: str, extension: Extension) -> bytes:
        """The file's bytes.

        Raises:
            StoreError: it is gone or cannot be read.
        """
        path = self.path(key, extension)
        try:
            return path.read_bytes()
        except OSError as error:
            raise StoreError(
                f"The picture {path} cannot be read: {error.strerror or error}.",
                "Import it again, or restore a backup.",
            ) from error

    def keep(self, files: Iterable[tuple[str, Extension, bytes]]) -> None:
        """Put files of (hash, extension, bytes) on the disk; returns when they will survive.

        Raises:
            StoreError: one cannot be written, or its bytes do not have its hash.
        """
        wanted = {self.path(key, kind): data for key, kind, data in files}
        fresh = {path: data for path, data in wanted.items() if not path.exists()}
        if not fresh:
            return
        folders = {path.parent for path in fresh}
        try:
            for folder in folders:
                folder.mkdir(parents=True, exist_ok=True)
            with ThreadPoolExecutor(_FLUSHES_AT_ONCE) as pool:
                list(pool.map(_write, fresh, fresh.values()))
                list(pool.map(_flush_folder, folders | {self.folder}))
        except OSError as error:
            raise StoreError(
                f"A picture cannot be written below {self.folder}: {error.strerror or error}.",
                "Check the folder and the free space.",
            ) from error


def _write(path: Path, data: bytes) -> None:
    if hashlib.sha256(data).hexdigest() != path.stem:
        raise StoreError(f"The bytes given for picture {path.stem} have another hash.")
    partial = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with open(partial, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise


def _flush_folder(folder: Path) -> None:
    """A rename lasts only once its folder is on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
