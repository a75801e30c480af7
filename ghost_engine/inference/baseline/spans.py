"""Rows of a table that are no record, or more than one: units under the labels ("kcal", "g"), and
records side by side with one cell that spans them all.

Lines and records with their columns go in; what they are comes out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ghost_engine.inference.baseline.columns import Record, place_texts
from ghost_engine.inference.baseline.texts import Row, Text, group_rows
from ghost_engine.inference.baseline.vocabulary import kind_of_value

MIN_UNITS = 2  # columns
MIN_SPANNED = 2  # columns with a value of one kind on several lines

_UNIT = re.compile(r"[\[(]?(?:[a-zµμ°%€$£]{1,4}[A-Z]?|[kMG]?[A-Z]{1,2}|\w{1,3}/\w{1,3})[\])]?\d?")
_NUMBER = re.compile(r"[-+]?\d[\d.,]*%?")


def without_units(records: Sequence[Record]) -> tuple[Record, ...]:
    """The records but for a first one that only says what the numbers below are counted in."""
    if len(records) < 2 or not _are_units(records[0]):
        return tuple(records)
    numbers = sum(
        any(
            _NUMBER.fullmatch(text.text)
            for record in records[1:]
            for text in record.get(column, ())
        )
        for column in records[0]
    )
    return tuple(records[numbers == len(records[0]) :])


def _are_units(record: Record) -> bool:
    units = [text for texts in record.values() for text in texts]
    return len(record) >= MIN_UNITS and all(_UNIT.fullmatch(unit.text) for unit in units)


def part_spanned(band: Sequence[Row], header: Sequence[Text]) -> list[tuple[Row, ...]]:
    """The lines of a record; of several, where values of the same kinds stand on several lines in
    the same columns."""
    if len(band) < 2:
        return [tuple(band)]
    rows = group_rows(text for row in band for text in row)
    kinds = [_kinds(row, header) for row in rows]
    first = next((kind for kind in kinds if len(kind) >= MIN_SPANNED), None)
    if first is None:
        return [tuple(band)]
    starts = [number for number, kind in enumerate(kinds) if kind == first]
    if len(starts) < 2:
        return [tuple(band)]
    cuts = [0, *starts[1:], len(rows)]
    return [rows[start:end] for start, end in zip(cuts, cuts[1:], strict=False)]


def _kinds(row: Row, header: Sequence[Text]) -> dict[int, str]:
    """The kinds of the values of a line that are not words, by column."""
    return {
        column: kind
        for column, texts in place_texts(row, header).items()
        if len(texts) == 1 and (kind := kind_of_value(texts[0].text)) != "text"
    }
