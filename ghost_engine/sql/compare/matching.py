"""Which table and column of the prediction met which of the reference.

Equal names meet first, then equivalent ones, then what is left is assigned so that the total
likeness is greatest. So a name that is right can never be taken by another. Tables under quite
another name meet through their columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ghost_engine.sql.compare.assignment import Pair, assign, tie_break
from ghost_engine.sql.compare.families import type_family
from ghost_engine.sql.compare.names import Name, column_name, table_name
from ghost_engine.sql.compare.similarity import (
    SIMILAR,
    Tier,
    is_equivalent,
    is_same,
    name_similarity,
    name_tier,
    table_name_similarity,
)
from ghost_engine.sql.schema import Column, Schema, Table

SHARED_COLUMNS = 2  # least number of telling columns through which two tables may meet
SHARED_SHARE = 0.5  # and their least share of both tables' telling columns
TELL_NOTHING = ("id", "created_at", "updated_at", "deleted_at")  # every table has them
_SAME_SPELLING = 0.002  # parts `tag` from `tags` where a table has both
_SAME_TYPE = 0.05

Content = frozenset[tuple[str, ...]]  # meanings of a table's telling columns
Weigh = Callable[[int, int], float]  # 0 where the two may not meet


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """Two columns that met. `similarity` is of their names, `same_type` of their type families."""

    predicted: str
    reference: str
    tier: Tier
    similarity: float
    same_type: bool


@dataclass(frozen=True, slots=True)
class TableMatch:
    """Two tables that met, by qualified name, and the columns that met in them."""

    predicted: str
    reference: str
    tier: Tier
    similarity: float
    columns: tuple[ColumnMatch, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """A schema with what the comparison keeps asking about it. Tables and columns are sorted."""

    tables: tuple[Table, ...]
    enums: frozenset[str]

    @classmethod
    def of(cls, schema: Schema) -> Side:
        tables = tuple(sorted(schema.tables, key=_table_order))
        return cls(tables, frozenset(enum.name for enum in schema.enums))

    def family(self, column: Column) -> str:
        return type_family(column.type, self.enums)


def match_schemas(predicted: Schema, reference: Schema) -> tuple[TableMatch, ...]:
    """All tables and columns that met, in the order of the reference's names."""
    ours, theirs = Side.of(predicted), Side.of(reference)
    return tuple(
        TableMatch(
            left.qualified,
            right.qualified,
            tier,
            similarity,
            match_columns(left, right, ours, theirs),
        )
        for left, right, tier, similarity in match_tables(ours.tables, theirs.tables)
    )


def match_tables(
    predicted: Sequence[Table], reference: Sequence[Table], ignored: Content = frozenset()
) -> list[tuple[Table, Table, Tier, float]]:
    """The tables that met, with how and how alike their names are.

    Args:
        ignored: meanings of columns that must not decide which tables meet.
    """
    ours = [table_name(table.name) for table in predicted]
    theirs = [table_name(table.name) for table in reference]
    our_content = [_telling_columns(table) - ignored for table in predicted]
    their_content = [_telling_columns(table) - ignored for table in reference]

    def weigh(left: int, right: int) -> float:
        content = _shared_content(our_content[left], their_content[right])
        return 1.0 + content + _closeness(ours[left], theirs[right])

    def weigh_unlike(left: int, right: int) -> float:
        similarity = table_name_similarity(ours[left], theirs[right])
        content = _shared_content(our_content[left], their_content[right])
        if similarity < SIMILAR and not content:
            return 0.0
        return similarity + content + tie_break(ours[left].key, theirs[right].key)

    found = []
    for left, right in _meet(ours, theirs, weigh, weigh_unlike):
        similarity = table_name_similarity(ours[left], theirs[right])
        tier = name_tier(ours[left], theirs[right]) or (
            "similar" if similarity >= SIMILAR else "columns"
        )
        found.append((predicted[left], reference[right], tier, similarity))
    return found


def match_columns(
    predicted: Table, reference: Table, ours: Side, theirs: Side
) -> tuple[ColumnMatch, ...]:
    """The columns that met in two tables that met."""
    mine = sorted(predicted.columns, key=_column_order)
    wanted = sorted(reference.columns, key=_column_order)
    my_names = [column_name(column.name, predicted.name) for column in mine]
    names = [column_name(column.name, reference.name) for column in wanted]

    def same_type(left: int, right: int) -> bool:
        return ours.family(mine[left]) == theirs.family(wanted[right])

    def weigh(left: int, right: int) -> float:
        typed = _SAME_TYPE * same_type(left, right)
        return 1.0 + typed + _closeness(my_names[left], names[right])

    def weigh_unlike(left: int, right: int) -> float:
        similarity = name_similarity(my_names[left], names[right])
        if similarity < SIMILAR:
            return 0.0
        return similarity - 1.0 + weigh(left, right)

    return tuple(
        ColumnMatch(
            mine[left].name,
            wanted[right].name,
            name_tier(my_names[left], names[right]) or "similar",
            name_similarity(my_names[left], names[right]),
            same_type(left, right),
        )
        for left, right in _meet(my_names, names, weigh, weigh_unlike)
    )


def _meet(
    ours: Sequence[Name], theirs: Sequence[Name], weigh: Weigh, weigh_unlike: Weigh
) -> list[Pair]:
    """Equal names, then equivalent ones, then the best of the rest; ordered by the right side."""
    pairs: list[Pair] = []
    for equal in (is_same, is_equivalent, None):
        lefts = sorted(set(range(len(ours))) - {left for left, _ in pairs})
        rights = sorted(set(range(len(theirs))) - {right for _, right in pairs})
        weights: dict[Pair, float] = {}
        for left in lefts:
            for right in rights:
                if equal is None:
                    weights[left, right] = weigh_unlike(left, right)
                elif equal(ours[left], theirs[right]):
                    weights[left, right] = weigh(left, right)
        pairs += assign({pair: weight for pair, weight in weights.items() if weight > 0.0})
    return sorted(pairs, key=lambda pair: pair[1])


def _closeness(first: Name, second: Name) -> float:
    """A small weight that decides between names of one meaning."""
    spelling = (first.raw == second.raw) + (first.raw.casefold() == second.raw.casefold())
    return _SAME_SPELLING * spelling + tie_break(first.key, second.key)


def _shared_content(ours: Content, theirs: Content) -> float:
    """Dice's coefficient of the telling columns, or 0 where too few are shared."""
    shared = len(ours & theirs)
    share = 2 * shared / max(1, len(ours) + len(theirs))
    return share if shared >= SHARED_COLUMNS and share >= SHARED_SHARE else 0.0


def _telling_columns(table: Table) -> Content:
    meanings = {column_name(column.name, table.name).meaning for column in table.columns}
    return frozenset(meanings - {column_name(name, "").meaning for name in TELL_NOTHING})


def _table_order(table: Table) -> tuple[str, str]:
    return table_name(table.name).key, table.qualified


def _column_order(column: Column) -> tuple[str, str]:
    return column_name(column.name, "").key, column.name
