"""Two schemas of the same screen, column by column: what both have, and what only one has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ghost_engine.sql.compare import TableMatch, compare
from ghost_engine.sql.render.keys import key_marks, short_type
from ghost_engine.sql.schema import Schema, Table

State = Literal["same", "renamed", "other type", "only first", "only second"]


@dataclass(frozen=True, slots=True)
class ColumnPair:
    """A column in the first schema and the one that met it in the second. Of one that only one
    schema has, the other side's texts are empty. Types carry their keys: `bigint PK`."""

    table: str
    column: str
    first: str
    second: str
    state: State


@dataclass(frozen=True, slots=True)
class Differing:
    """All columns of two schemas, and how alike these are: 0 to 1, the mean of both directions."""

    pairs: tuple[ColumnPair, ...]
    score: float

    def count(self, *states: State) -> int:
        return sum(pair.state in states for pair in self.pairs)


def differ(first: Schema, second: Schema) -> Differing:
    """Compare two schemas; tables and columns of like names and contents meet."""
    there, back = compare(first, second), compare(second, first)
    pairs: list[ColumnPair] = []
    for match in there.matches:
        one, other = first.table(match.predicted), second.table(match.reference)
        if one and other:
            pairs += _of_both(one, other, match)
    met_first = {match.predicted for match in there.matches}
    met_second = {match.reference for match in there.matches}
    for table in first.tables:
        if table.qualified not in met_first:
            pairs += [_alone(table, column.name, "only first") for column in table.columns]
    for table in second.tables:
        if table.qualified not in met_second:
            pairs += [_alone(table, column.name, "only second") for column in table.columns]
    return Differing(tuple(pairs), (there.score + back.score) / 2)


def _of_both(one: Table, other: Table, match: TableMatch) -> list[ColumnPair]:
    name = _names(one.qualified, other.qualified)
    met = {each.predicted: each.reference for each in match.columns}
    pairs = []
    for column in one.columns:
        partner = met.get(column.name)
        if partner is None:
            pairs.append(_alone(one, column.name, "only first", name))
            continue
        mine, theirs = _typed(one, column.name), _typed(other, partner)
        state: State = "renamed" if partner != column.name else "same"
        state = "other type" if mine != theirs else state
        pairs.append(ColumnPair(name, _names(column.name, partner), mine, theirs, state))
    taken = set(met.values())
    pairs += [
        _alone(other, column.name, "only second", name)
        for column in other.columns
        if column.name not in taken
    ]
    return pairs


def _alone(table: Table, column: str, state: State, name: str = "") -> ColumnPair:
    typed = _typed(table, column)
    first, second = (typed, "") if state == "only first" else ("", typed)
    return ColumnPair(name or table.qualified, column, first, second, state)


def _typed(table: Table, name: str) -> str:
    column = table.column(name)
    kind = short_type(column.type) if column else ""
    needed = ["NOT NULL"] if column and not column.nullable else []
    targets = [
        f"→ {key.target}.{key.target_columns[key.columns.index(name)]}"
        for key in table.foreign_keys
        if name in key.columns
    ]
    marks = [mark for mark in key_marks(table, name) if mark != "FK"]
    return " ".join([kind, *marks, *([] if "PK" in marks else needed), *targets])


def _names(first: str, second: str) -> str:
    return first if first == second else f"{first} / {second}"
