"""Counting: how many elements of each kind are right, and the score made of them.

An element is right when what it names met its counterpart: a primary key when its table and all
its columns did, a foreign key when its table, columns and target did. Nothing is weighed here but
the six kinds against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from ghost_engine.sql.compare.matching import TableMatch
from ghost_engine.sql.compare.similarity import Tier
from ghost_engine.sql.schema import Schema, Table

WEIGHTS: Mapping[str, float] = {
    "table": 0.25,
    "column": 0.30,
    "column_typed": 0.10,
    "pk": 0.10,
    "fk": 0.15,
    "relationship": 0.10,
}
Key = tuple[str, frozenset[str]]  # a table and its columns
Reference = tuple[str, frozenset[str], str]  # a table, its columns and the table they point at


@dataclass(frozen=True, slots=True)
class Tally:
    """Elements of one kind: how many are `right`, of how many on each side."""

    right: int
    predicted: int
    reference: int

    @property
    def counts(self) -> bool:
        """False where neither side has one: there is nothing to be right or wrong about."""
        return self.predicted + self.reference > 0

    @property
    def precision(self) -> float:
        return self.right / self.predicted if self.predicted else float(not self.reference)

    @property
    def recall(self) -> float:
        return self.right / self.reference if self.reference else float(not self.predicted)

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.predicted + self.reference) if self.counts else 1.0

    def to_dict(self) -> dict[str, Any]:
        return {
            "p": self.precision,
            "r": self.recall,
            "f1": self.f1,
            "right": self.right,
            "predicted": self.predicted,
            "reference": self.reference,
        }


@dataclass(frozen=True, slots=True)
class Tallies:
    """One tally for each kind of element; the fields are the names in `WEIGHTS`."""

    table: Tally
    column: Tally
    column_typed: Tally
    pk: Tally
    fk: Tally
    relationship: Tally

    @property
    def score(self) -> float:
        """The weighted mean F1 of the kinds that occur on either side; 1 if none does."""
        counted = [kind for kind in WEIGHTS if getattr(self, kind).counts]
        if not counted:
            return 1.0
        total = sum(WEIGHTS[kind] * getattr(self, kind).f1 for kind in counted)
        return float(total / sum(WEIGHTS[kind] for kind in counted))

    def to_dict(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name).to_dict() for field in fields(self)}


@dataclass(frozen=True, slots=True)
class _Elements:
    """What a schema has of each kind that is compared by what it names."""

    keys: frozenset[Key]
    references: frozenset[Reference]

    @classmethod
    def of(cls, schema: Schema) -> _Elements:
        return cls(
            keys=frozenset(_primary_keys(schema.tables)),
            references=frozenset(_references(schema.tables)),
        )

    @property
    def relationships(self) -> frozenset[tuple[str, str]]:
        return frozenset((table, target) for table, _, target in self.references)


class _Meeting:
    """From the prediction's names to the reference's, where they met."""

    def __init__(self, matches: Iterable[TableMatch]) -> None:
        self._tables = {match.predicted: match.reference for match in matches}
        self._columns = {
            (match.predicted, column.predicted): column.reference
            for match in matches
            for column in match.columns
        }

    def table(self, name: str) -> str | None:
        return self._tables.get(name)

    def columns(self, table: str, names: frozenset[str]) -> frozenset[str | None]:
        return frozenset(self._columns.get((table, name)) for name in names)

    def right_keys(self, ours: _Elements, theirs: _Elements) -> int:
        met = ((self.table(table), self.columns(table, names)) for table, names in ours.keys)
        return sum(key in theirs.keys for key in met)

    def right_references(self, ours: _Elements, theirs: _Elements) -> int:
        met = (
            (self.table(table), self.columns(table, names), self.table(target))
            for table, names, target in ours.references
        )
        return sum(reference in theirs.references for reference in met)

    def right_relationships(self, ours: _Elements, theirs: _Elements) -> int:
        met = ((self.table(table), self.table(target)) for table, target in ours.relationships)
        return sum(pair in theirs.relationships for pair in met)


def tally(predicted: Schema, reference: Schema, matches: tuple[TableMatch, ...]) -> Tallies:
    """Count both sides and what is right between them."""
    ours, theirs = _Elements.of(predicted), _Elements.of(reference)
    meeting = _Meeting(matches)
    columns = [column for match in matches for column in match.columns]
    sizes = _count_columns(predicted), _count_columns(reference)
    return Tallies(
        table=Tally(len(matches), len(predicted.tables), len(reference.tables)),
        column=Tally(len(columns), *sizes),
        column_typed=Tally(sum(column.same_type for column in columns), *sizes),
        pk=Tally(meeting.right_keys(ours, theirs), len(ours.keys), len(theirs.keys)),
        fk=Tally(
            meeting.right_references(ours, theirs), len(ours.references), len(theirs.references)
        ),
        relationship=Tally(
            meeting.right_relationships(ours, theirs),
            len(ours.relationships),
            len(theirs.relationships),
        ),
    )


def only_tier(matches: tuple[TableMatch, ...], tier: Tier) -> tuple[TableMatch, ...]:
    """The matches, of tables and of columns in them, that were made in that way."""
    return tuple(
        TableMatch(
            match.predicted,
            match.reference,
            match.tier,
            match.similarity,
            tuple(column for column in match.columns if column.tier == tier),
        )
        for match in matches
        if match.tier == tier
    )


def _primary_keys(tables: Iterable[Table]) -> Iterable[Key]:
    return (
        (table.qualified, frozenset(table.primary_key)) for table in tables if table.primary_key
    )


def _references(tables: Iterable[Table]) -> Iterable[Reference]:
    return (
        (table.qualified, frozenset(key.columns), key.target)
        for table in tables
        for key in table.foreign_keys
    )


def _count_columns(schema: Schema) -> int:
    return sum(len(table.columns) for table in schema.tables)
