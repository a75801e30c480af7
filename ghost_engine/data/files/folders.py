"""Folders as datasets: what kind a folder is, and the pictures in it with the SQL beside them.

A folder that holds a dataset file of a known name is read through that file; otherwise every
picture in it is a row, in the order of names, with NAME.sql beside it where there is one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ghost_engine.data.files.jsontext import Value
from ghost_engine.data.files.rows import Skipped
from ghost_engine.errors import FileError
from ghost_engine.sql.rules import MAX_SCRIPT_BYTES

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
# What an export or a Hugging Face folder calls its rows, and the project its shipped data.
DATASET_NAMES = (
    "dataset_vision.json",
    "dataset.json",
    "pairs.jsonl",
    "metadata.jsonl",
    "metadata.csv",
)
COLUMN_SUFFIXES = (".arrow", ".parquet")


def dataset_in(folder: Path) -> Path | None:
    """The dataset file that speaks for a folder; None when there is none.

    Raises:
        FileError: there are several, so that one has to be chosen.
    """
    found = [folder / name for name in DATASET_NAMES if (folder / name).is_file()]
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise FileError(f"{folder} holds {names}.", f"Name one of them, such as {found[0]}.")
    return found[0] if found else None


def column_files(folder: Path) -> list[Path]:
    """The Arrow and Parquet files below a folder, in order; those of a cache are left out."""
    found = [path for path in _walk(folder) if path.suffix.lower() in COLUMN_SUFFIXES]
    return [path for path in found if not path.name.startswith("cache-")]


def read_folder(folder: Path) -> Iterator[Value | Skipped]:
    """Every picture below a folder, numbered in order; its SQL is the file of the same name."""
    pictures = (path for path in _walk(folder) if path.suffix.lower() in PICTURE_SUFFIXES)
    for number, path in enumerate(pictures, 1):
        row = {"image": path.relative_to(folder).as_posix()}
        try:
            sql = _sql_beside(path, folder)
        except _NoText as error:
            yield Skipped(number, str(error))
            continue
        yield number, {**row, "sql": sql} if sql else row


class _NoText(ValueError):
    """Why the SQL beside a picture cannot be used."""


def _sql_beside(picture: Path, folder: Path) -> str:
    path = picture.with_suffix(".sql")
    if not path.is_file():
        return ""
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
        raise _NoText(f"{path.name} is a link that leaves its folder")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_SCRIPT_BYTES + 1)
    except OSError as error:
        raise _NoText(f"{path.name} cannot be read: {error.strerror or error}") from error
    if len(data) > MAX_SCRIPT_BYTES:
        raise _NoText(f"{path.name} is larger than {MAX_SCRIPT_BYTES // 1024} KB")
    return data.decode("utf-8-sig", "surrogateescape")


def _walk(folder: Path) -> Iterator[Path]:
    """All files below, by name; hidden ones and linked folders are left out."""
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(root, name)
