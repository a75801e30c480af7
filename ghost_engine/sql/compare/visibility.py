"""The visible score's view: both schemas without what the screenshot hides.

A reference comes from an application; its screenshot shows only part of it. Hidden tables and
columns are taken out of the reference, and whatever of the prediction stands for them is taken out
of the prediction, with the keys that need them. So they cost nothing when absent and nothing when
present. What is left is counted like any other pair of schemas.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from ghost_engine.sql.compare.matching import (
    ColumnMatch,
    Side,
    TableMatch,
    match_columns,
    match_tables,
)
from ghost_engine.sql.compare.names import Name, column_name, table_name
from ghost_engine.sql.compare.similarity import (
    SIMILAR,
    Tier,
    is_equivalent,
    is_same,
    name_similarity,
    table_name_similarity,
)
from ghost_engine.sql.schema import Schema, Table

Visible = Literal["visible", "structural", "hidden"]
ColumnKey = tuple[str, str]  # qualified table, column


@dataclass(frozen=True, slots=True)
class Visibility:
    """What a screenshot shows of its reference, by the names of the reference's catalog.

    A column that is not listed counts as visible. A table that is not listed is hidden if all its
    columns are.
    """

    columns: Mapping[ColumnKey, Visible]
    tables: Mapping[str, Visible] = field(default_factory=dict)

    def hidden_tables(self, schema: Schema) -> frozenset[str]:
        """The qualified names of the tables of `schema` that the screenshot hides."""
        return frozenset(table.qualified for table in schema.tables if self._hides_table(table))

    def hides_column(self, table: str, column: str) -> bool:
        return self.columns.get((table, column)) == "hidden"

    def _hides_table(self, table: Table) -> bool:
        if table.qualified in self.tables:
            return self.tables[table.qualified] == "hidden"
        hidden = [self.hides_column(table.qualified, column.name) for column in table.columns]
        return bool(hidden) and all(hidden)


@dataclass(frozen=True, slots=True)
class VisiblePart:
    """Both schemas without the hidden parts, and what met between them."""

    predicted: Schema
    reference: Schema
    matches: tuple[TableMatch, ...]


def visible_part(predicted: Schema, reference: Schema, visibility: Visibility) -> VisiblePart:
    """What the visible score counts."""
    hidden = visibility.hidden_tables(reference)
    shown = _without(reference, hidden, _hidden_columns(reference, visibility))
    ours = _without(predicted, _standing_for(predicted, reference, hidden), frozenset())
    excused: set[ColumnKey] = set()
    matches = []
    for mine, theirs, tier, similarity in _match_shown(ours, shown, reference, visibility):
        names = _hidden_names(reference.table(theirs.qualified), visibility)
        kept, gone = _set_aside(mine, theirs, names)
        columns = match_columns(kept, theirs, Side.of(predicted), Side.of(reference))
        gone |= _resembling_columns(kept, columns, names)
        excused |= {(mine.qualified, name) for name in gone}
        matches.append(TableMatch(mine.qualified, theirs.qualified, tier, similarity, columns))
    unmet = frozenset(ours.table_names) - {match.predicted for match in matches}
    strays = _resembling_tables(ours, unmet, reference, hidden)
    return VisiblePart(_without(ours, strays, frozenset(excused)), shown, tuple(matches))


def _match_shown(
    ours: Schema, shown: Schema, reference: Schema, visibility: Visibility
) -> list[tuple[Table, Table, Tier, float]]:
    """Which tables meet; whether hidden columns are there or not must make no difference."""
    hidden = frozenset(
        name.meaning for table in reference.tables for name in _hidden_names(table, visibility)
    )
    return match_tables(Side.of(ours).tables, Side.of(shown).tables, hidden)


def _set_aside(mine: Table, theirs: Table, hidden: list[Name]) -> tuple[Table, set[str]]:
    """The predicted table without the columns that are hidden ones, and the names of those."""
    shown = [column_name(column.name, theirs.name) for column in theirs.columns]
    gone = {
        column.name
        for column in mine.columns
        if _is_one_of(column_name(column.name, mine.name), hidden, shown)
    }
    kept = tuple(column for column in mine.columns if column.name not in gone)
    return replace(mine, columns=kept), gone


def _standing_for(predicted: Schema, reference: Schema, hidden: frozenset[str]) -> frozenset[str]:
    """The predicted tables that are hidden ones of the reference."""
    names = [table_name(table.name) for table in reference.tables if table.qualified in hidden]
    shown = [table_name(table.name) for table in reference.tables if table.qualified not in hidden]
    return frozenset(
        table.qualified
        for table in predicted.tables
        if _is_one_of(table_name(table.name), names, shown)
    )


def _is_one_of(name: Name, hidden: Iterable[Name], shown: Iterable[Name]) -> bool:
    """True for the name of something hidden that is not as much that of something shown."""
    shown = list(shown)
    for equal in (_is_spelled_alike, is_same, is_equivalent):
        if any(equal(name, other) for other in shown):
            return False
        if any(equal(name, other) for other in hidden):
            return True
    return False


def _is_spelled_alike(first: Name, second: Name) -> bool:
    return first.raw.casefold() == second.raw.casefold()


def _resembling_columns(
    table: Table, columns: Iterable[ColumnMatch], hidden: list[Name]
) -> set[str]:
    """The columns that met none and resemble a hidden one."""
    met = {column.predicted for column in columns}
    return {
        column.name
        for column in table.columns
        if column.name not in met
        and any(
            name_similarity(column_name(column.name, table.name), other) >= SIMILAR
            for other in hidden
        )
    }


def _resembling_tables(
    schema: Schema, unmet: frozenset[str], reference: Schema, hidden: frozenset[str]
) -> frozenset[str]:
    """The tables that met none and resemble a hidden one."""
    others = [table_name(table.name) for table in reference.tables if table.qualified in hidden]
    return frozenset(
        table.qualified
        for table in schema.tables
        if table.qualified in unmet
        and any(table_name_similarity(table_name(table.name), other) >= SIMILAR for other in others)
    )


def _hidden_columns(schema: Schema, visibility: Visibility) -> frozenset[ColumnKey]:
    return frozenset(
        (table.qualified, column.name)
        for table in schema.tables
        for column in table.columns
        if visibility.hides_column(table.qualified, column.name)
    )


def _hidden_names(table: Table | None, visibility: Visibility) -> list[Name]:
    if table is None:
        return []
    return [
        column_name(column.name, table.name)
        for column in table.columns
        if visibility.hides_column(table.qualified, column.name)
    ]


def _without(schema: Schema, tables: frozenset[str], columns: frozenset[ColumnKey]) -> Schema:
    """The schema without those tables and columns and the keys that need them."""
    kept = tuple(
        _table_without(table, tables, columns)
        for table in schema.tables
        if table.qualified not in tables
    )
    return replace(schema, tables=kept)


def _table_without(table: Table, tables: frozenset[str], columns: frozenset[ColumnKey]) -> Table:
    def stays(owner: str, names: Iterable[str]) -> bool:
        return all((owner, name) not in columns for name in names)

    return replace(
        table,
        columns=tuple(item for item in table.columns if stays(table.qualified, [item.name])),
        primary_key=table.primary_key if stays(table.qualified, table.primary_key) else (),
        foreign_keys=tuple(
            key
            for key in table.foreign_keys
            if key.target not in tables
            and stays(table.qualified, key.columns)
            and stays(key.target, key.target_columns)
        ),
    )
