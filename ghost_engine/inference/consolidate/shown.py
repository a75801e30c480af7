"""What the screens show in columns: the values of one, and the names of a table's rows.

Both come from the text read off the screens, as it stands there; a first and a last name of one row
count as one name. Engines that read no text show nothing, which is no evidence for or against.
"""

from __future__ import annotations

import re

from ghost_engine.inference.consolidate.columns import ColumnGroup
from ghost_engine.inference.consolidate.sources import Source, is_blank, normalised
from ghost_engine.inference.consolidate.tables import TableGroup
from ghost_engine.sql.compare.names import column_name, table_name
from ghost_engine.sql.schema import Column, Table

_NAMES = frozenset(
    (("name",), ("title",), ("label",), ("full", "name"), ("display", "name"), ("code",))
)
_TELLING = 4  # letters from which a name inside a longer text is no accident
_FIRST, _LAST = ("first", "name"), ("last", "name")


def shown_values(columns: ColumnGroup) -> frozenset[str]:
    """All that any screen shows in a column, as it is compared."""
    return frozenset(
        normalised(value)
        for source, table, column in columns.members
        for values in source.values(table, column.name)
        for value in values
        if not is_blank(value)
    )


def row_names(group: TableGroup) -> frozenset[str]:
    """What the rows of a table are called on its screens, also by number, as it is compared."""
    return frozenset(
        name for source, table in group.members for name in _names(source, table) if name
    )


def names_rows(table: Table) -> bool:
    """Whether a table's rows have a name, by which others could show them."""
    meanings = {column_name(column.name, table.name).words for column in table.columns}
    named = any(
        _is_name(table, each) or (_is_number(table, each) and _is_unique(table, each))
        for each in table.columns
    )
    return named or {_FIRST, _LAST} <= meanings


def count_called(values: frozenset[str], names: frozenset[str]) -> int:
    """How many of `values` are one of `names`, or hold one as whole words."""
    telling = [f" {name} " for name in names if len(name) >= _TELLING]
    return sum(value in names or any(t in f" {value} " for t in telling) for value in values)


def look_alike(values: frozenset[str], names: frozenset[str]) -> bool:
    """Whether most of `values` are built like one of `names`: two words, or `ab 99 999`."""
    shapes = {_shape(name) for name in names}
    return 2 * sum(_shape(value) in shapes for value in values) >= len(values) > 0


def _shape(text: str) -> str:
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", text))


def _names(source: Source, table: Table) -> list[str]:
    found = [
        normalised(value)
        for column in table.columns
        if any(tells(table, column) for tells in (_is_name, _is_number, _is_unique))
        for values in source.values(table, column.name)
        for value in values
        if not is_blank(value)
    ]
    return found + _whole_names(source, table)


def _is_name(table: Table, column: Column) -> bool:
    words = column_name(column.name, table.name).words
    return words in _NAMES or words == table_name(table.name).words


def _is_unique(table: Table, column: Column) -> bool:
    """Whether a column tells the rows apart, as a plate does cars."""
    alone = {table.primary_key, *(unique.columns for unique in table.uniques)}
    return (column.name,) in alone


def _is_number(table: Table, column: Column) -> bool:
    return column_name(column.name, table.name).words == ("number",)


def _whole_names(source: Source, table: Table) -> list[str]:
    """First and last names that stand in the same rows, put together, either way round."""
    parts: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {
        column_name(column.name, table.name).words: source.values(table, column.name)
        for column in table.columns
    }
    found = []
    for first in parts.get(_FIRST, ()):
        for last in parts.get(_LAST, ()):
            if len(first) == len(last):
                for one, other in zip(first, last, strict=True):
                    found += [normalised(f"{one} {other}"), normalised(f"{other} {one}")]
    return found
