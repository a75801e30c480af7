"""CSV and its cousins read as a stream of mappings, by the names in the first line.

The delimiter is the one with which the first line holds names this knows; quoted cells may span
lines. A record that does not fit its header is passed over with its reason.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

from ghost_engine.data.files.jsontext import MAX_ROW_CHARACTERS, Value
from ghost_engine.data.files.rows import IMAGE_NAMES, SQL_NAMES, Skipped

_DELIMITERS = (",", ";", "\t", "|")


def delimiter_of(first_line: str) -> str | None:
    """The delimiter of a table with this header; None when it names no picture and no SQL."""
    wanted = {*IMAGE_NAMES, *SQL_NAMES}
    found = [
        (len(wanted & set(names)), len(names), delimiter)
        for delimiter in _DELIMITERS
        if (names := _names(first_line, delimiter))
    ]
    known, _, delimiter = max(found, default=(0, 0, ","), key=lambda each: each[:2])
    return delimiter if known else None


def read_table(file: TextIO, delimiter: str) -> Iterator[Value | Skipped]:
    """The records under the header, each with the line it begins on.

    Args:
        file: open with `newline=""`, as the csv module wants it.
    """
    csv.field_size_limit(MAX_ROW_CHARACTERS)  # of the whole process; its own default is 128 KB
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    names = [name.strip().lower() for name in next(reader)]
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Skipped(line, f"the record is broken: {error}")
            continue
        if len(cells) > len(names):
            yield Skipped(line, f"it has {len(cells)} cells, and the header names {len(names)}")
        elif any(cells):
            yield line, dict(zip(names, cells, strict=False))


def _names(line: str, delimiter: str) -> list[str]:
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []
    return [cell.strip().lower() for cell in cells]
