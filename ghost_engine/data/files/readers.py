"""Any dataset, whatever its form, as a stream of rows: `for item in read_rows(path): ...`.

The form is told by the content, never by the name: JSON arrays, JSON Lines, CSV, folders of
pictures, Hugging Face folders. Pictures are found, not opened, and SQL is not judged. A row that
cannot be used is passed over with its line and reason; a file that is no dataset is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import TextIO

from ghost_engine.data.files.columnar import kind_of, read_columns
from ghost_engine.data.files.folders import column_files, dataset_in, read_folder
from ghost_engine.data.files.jsontext import MAX_ROW_CHARACTERS, Value, read_array, read_lines
from ghost_engine.data.files.places import Places, Refused
from ghost_engine.data.files.rows import NotARow, Row, Skipped, row_from
from ghost_engine.data.files.tables import delimiter_of, read_table
from ghost_engine.errors import FileError

_TRIED_ROWS = 20  # when none of the first rows has a known form, the file has none
_HINT = (
    "Give a JSON array or JSON Lines with messages, image and sql, or instruction, input and "
    "output; a CSV with these names on top; a folder of pictures; or a Hugging Face folder."
)

Items = Iterator[Value | Skipped]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset that was recognised and not read yet.

    `form` is its name for people. `folder` is where picture paths begin. `share_read` tells how
    much of it was read so far, 0 to 1.
    """

    path: Path
    form: str
    folder: Path
    items: Items
    share_read: Callable[[], float]


def read_rows(path: Path, image_root: Path | None = None) -> Iterator[Row | Skipped]:
    """The rows of a dataset in its order, and what was passed over, as it is read.

    Args:
        path: a dataset file or folder.
        image_root: where picture paths are tried first.

    Raises:
        FileError: it cannot be read, or is no dataset; names the first line that says so.
    """
    return rows_of(open_dataset(path), image_root)


def open_dataset(path: Path) -> Dataset:
    """Recognise a dataset by its content.

    Raises:
        FileError: it cannot be read, or is no dataset of a known form.
    """
    if path.is_dir():
        return _open_folder(path)
    if not path.exists():
        raise FileError(f"{path} does not exist.", "Check the path.")
    if not path.is_file():  # opening a pipe would wait for somebody to write
        raise FileError(f"{path} is neither a file nor a folder.", "Check the path.")
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise FileError(
            f"{path} cannot be read: {error.strerror or error}.", "Check the path."
        ) from error
    kind = kind_of(head)
    if kind is not None:
        return _open_columns([path], path)
    return _open_text(path, head)


def rows_of(dataset: Dataset, image_root: Path | None = None) -> Iterator[Row | Skipped]:
    """The rows of an opened dataset, their pictures looked for.

    Raises:
        FileError: there is no such `image_root`, or none of the first rows has a known form.
    """
    if image_root is not None and not image_root.is_dir():
        raise FileError(f"--image-root {image_root} is no folder.", "Check the path.")
    places = Places(dataset.folder, image_root)
    return (_placed(item, places) for item in _formed(dataset))


def _formed(dataset: Dataset) -> Iterator[Row | Skipped]:
    """Rows by their keys; raises when no row at the beginning is one."""
    items = (_row(item) for item in dataset.items)
    first: list[Row | Skipped] = []
    for item in items:
        first.append(item)
        if isinstance(item, Row):
            break
        if len(first) == _TRIED_ROWS:
            raise _no_dataset(dataset, first[0])
    if not any(isinstance(item, Row) for item in first):
        raise _no_dataset(dataset, first[0] if first else None)
    return chain(first, items)


def _row(item: Value | Skipped) -> Row | Skipped:
    if isinstance(item, Skipped):
        return item
    try:
        return row_from(*item)
    except NotARow as error:
        return Skipped(item[0], _sentence(error))


def _placed(item: Row | Skipped, places: Places) -> Row | Skipped:
    if isinstance(item, Skipped) or item.image is None or item.image_bytes is not None:
        return item
    try:
        return replace(item, image_path=places.find(item.image))
    except Refused as error:
        return Skipped(item.line, _sentence(error))


def _no_dataset(dataset: Dataset, first: Row | Skipped | None) -> FileError:
    name = dataset.path.name or str(dataset.path)
    if not isinstance(first, Skipped):
        return FileError(f"{name} holds no rows ({dataset.form}).", _HINT)
    place = f"line {first.line}: {first.reason}"
    return FileError(f"{name} is no dataset this can read ({dataset.form}); {place}", _HINT)


# -- forms -----------------------------------------------------------------------------------------


def _open_folder(folder: Path) -> Dataset:
    speaker = dataset_in(folder)
    if speaker is not None:
        return open_dataset(speaker)
    columns = column_files(folder)
    if columns:
        return _open_columns(columns, folder)
    return Dataset(folder, "a folder of pictures", folder, read_folder(folder), lambda: 0.0)


def _open_columns(files: list[Path], path: Path) -> Dataset:
    folder = path if path.is_dir() else path.parent
    done = 0

    def items() -> Items:
        nonlocal done
        line = 1
        for file in files:
            with file.open("rb") as opened:
                kind = kind_of(opened.read(16))
            if kind is None:
                raise FileError(
                    f"{file} is neither Parquet nor Arrow.", "Remove it, or save it again."
                )
            for number, row in read_columns(file, kind, line):
                yield number, row
                line = number + 1
            done += 1

    return Dataset(path, "Hugging Face columns", folder, items(), lambda: done / len(files))


def _open_text(path: Path, head: bytes) -> Dataset:
    _refuse_binary(path, head)
    start = head.decode("utf-8-sig", "replace").lstrip()
    if not start:
        raise FileError(f"{path.name} is empty.", _HINT)
    if start.startswith("["):
        return _stream(path, "a JSON array", "\n", read_array)
    if start.startswith("{"):
        return _stream(path, "JSON Lines", "\n", read_lines)
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        delimiter = delimiter_of(file.readline(MAX_ROW_CHARACTERS))
    if delimiter is None:
        first = " ".join(start.splitlines()[0].split())[:80]
        raise FileError(f'{path.name} is no dataset this can read; it begins "{first}".', _HINT)
    return _stream(path, "CSV", "", lambda file: read_table(file, delimiter))


def _stream(path: Path, form: str, newline: str, read: Callable[[TextIO], Items]) -> Dataset:
    """Bytes that are no UTF-8 come through marked, so that only their own row is lost."""
    size = max(1, path.stat().st_size)
    share = 0.0

    def items() -> Items:
        nonlocal share
        with (
            path.open("rb") as raw,
            TextIOWrapper(raw, "utf-8-sig", "surrogateescape", newline) as file,
        ):
            for item in read(file):
                share = min(1.0, raw.tell() / size)
                yield item

    return Dataset(path, form, path.parent, items(), lambda: share)


def _refuse_binary(path: Path, head: bytes) -> None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileError(f"{path.name} is UTF-16 text.", "Save it as UTF-8.")
    if head.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        raise FileError(f"{path.name} is an archive.", "Unpack it and name what is inside.")
    if b"\0" in head:
        raise FileError(f"{path.name} is a binary file, no dataset this can read.", _HINT)


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[0].upper()}{text[1:]}."
