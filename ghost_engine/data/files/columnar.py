"""Parquet and Arrow files, as Hugging Face `datasets` writes them, read a few rows at a time.

pyarrow reads them; `datasets` itself is never imported. A picture column is a path, bytes, or a
struct of both; all other columns become values as JSON would hold them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from ghost_engine.data.files.jsontext import Value
from ghost_engine.errors import FileError

ROWS_AT_ONCE = 16  # pictures travel inside: a batch of these is what memory holds
Kind = Literal["Parquet", "Arrow"]


def kind_of(head: bytes) -> Kind | None:
    """What a file with these first bytes is."""
    if head.startswith(b"PAR1"):
        return "Parquet"
    return "Arrow" if head.startswith((b"ARROW1", b"\xff\xff\xff\xff")) else None


def read_columns(path: Path, kind: Kind, first_line: int = 1) -> Iterator[Value]:
    """The rows of a file as mappings, numbered from `first_line`.

    Raises:
        FileError: pyarrow is not there, or cannot read it.
    """
    try:
        import pyarrow
    except ImportError as error:
        raise FileError(
            f"{path} is a {kind} file, and pyarrow is not installed.", "pip install pyarrow"
        ) from error
    line = first_line
    try:
        for batch in _parquet(path) if kind == "Parquet" else _arrow(path):
            batch.validate(full=True)  # offsets in a crafted file may point anywhere
            for row in batch.to_pylist():
                yield line, {name: _plain(value) for name, value in row.items()}
                line += 1
    except (pyarrow.ArrowException, OSError, ValueError, NotImplementedError) as error:
        reason = " ".join(str(error).split())[:200]
        raise FileError(
            f"{path.name} cannot be read as {kind}, from row {line} on: {reason}.",
            "Save the dataset again, or export it as JSON Lines.",
        ) from error


def _plain(value: object) -> object:
    """The value in JSON's types, bytes aside; dates and the like become text."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bytes | None) else str(value)


def _parquet(path: Path) -> Iterator[Any]:
    from pyarrow import parquet

    with parquet.ParquetFile(path, memory_map=True) as file:
        yield from file.iter_batches(batch_size=ROWS_AT_ONCE)


def _arrow(path: Path) -> Iterator[Any]:
    """`datasets` writes the streaming form; the file form is told by its first bytes."""
    import pyarrow

    with pyarrow.memory_map(str(path)) as source:
        is_file = source.read(6) == b"ARROW1"
        source.seek(0)
        if is_file:
            reader = pyarrow.ipc.open_file(source)
            batches = (reader.get_batch(index) for index in range(reader.num_record_batches))
        else:
            batches = iter(pyarrow.ipc.open_stream(source))
        for batch in batches:
            for start in range(0, batch.num_rows, ROWS_AT_ONCE):
                yield batch.slice(start, ROWS_AT_ONCE)
