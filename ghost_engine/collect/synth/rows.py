"""Sample rows of a domain: typed values that respect keys, uniqueness and order of dates.

Every table has a seed of its own, so its rows do not depend on which other tables were asked for;
only tables that a screen needs are filled. Foreign keys hold the target's row number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from ghost_engine.collect.synth.domain import Column, Domain, Label, Table
from ghost_engine.collect.synth.values import (
    EPOCH,
    Filling,
    Make,
    compile_call,
    faker_of,
    name_of_call,
)

Row = Mapping[str, Any]
_TRIES = 60
_DIFFER = re.compile(r"\b(\w+)\s*(?:<>|!=)\s*(\w+)\b")


class Data:
    """The rows of one application: `rows(table)[i]`, made when first asked for."""

    def __init__(self, domain: Domain, language: str, seed: str) -> None:
        self.domain = domain
        self.language = language
        self._seed = seed
        self._tables: dict[str, list[dict[str, Any]]] = {}

    def rows(self, table: str) -> list[dict[str, Any]]:
        if table not in self._tables:
            self._tables[table] = made = self._make(self.domain.tables[table])
            self._sum_up(self.domain.tables[table], made)
        return self._tables[table]

    def target_number(self, column: Column, row: Row) -> int | None:
        """Which row of its table a foreign key points at, or None."""
        number = row[column.name]
        return None if number is None else number % len(self.rows(str(column.references)))

    def target(self, column: Column, row: Row) -> Row | None:
        """The row that a foreign key points at, or None."""
        number = self.target_number(column, row)
        return None if number is None else self.rows(str(column.references))[number]

    def children(self, column: Column, number: int) -> list[dict[str, Any]]:
        """The rows whose foreign key `column` points at row `number`."""
        rows = self.rows(column.table)
        return [row for row in rows if self.target_number(column, row) == number]

    def enum(self, column: Column) -> tuple[Label, ...]:
        return self.domain.enums.get(column.type, ())

    def _make(self, table: Table) -> list[dict[str, Any]]:
        faker = faker_of(self.language)
        faker.seed_instance(f"{self._seed}/{self.domain.name}/{table.name}")
        filling = Filling(faker, self.language, lambda name: self.domain.words(name, self.language))
        makers = [(column, self._maker(column, table)) for column in table.columns]
        seen: dict[str, set[Any]] = {column.name: set() for column in table.columns}
        keys: set[tuple[Any, ...]] = set()
        rows: list[dict[str, Any]] = []
        for number in range(table.rows):
            for _ in range(_TRIES):
                row = _fill_row(filling, makers, number, seen)
                key = tuple(row[name] for name in _combined_key(table))
                equal = any(row[one] == row[other] for one, other in _unequal(table))
                if not equal and (not key or key not in keys):
                    keys.add(key)
                    rows.append(row)
                    for column in seen:
                        seen[column].add(_hashable(row[column]))
                    break
        return rows

    def _maker(self, column: Column, table: Table) -> Make:
        if column.references:
            return self._pointer(column, table)
        if column.gen and name_of_call(column.gen) != "sum":
            return compile_call(column.gen)
        labels = self.enum(column)
        if labels:
            values = [label.value for label in labels]
            weights = [label.weight for label in labels]
            return lambda f: f.random.choices(values, weights)[0]
        return _by_type(column.type)

    def _pointer(self, column: Column, table: Table) -> Make:
        size = self.domain.tables[str(column.references)].rows
        if column.references == table.name:  # a tree: point at an earlier row, or at none
            return lambda f: (
                f.random.randrange(f.number) if f.number and f.random.random() < 0.7 else None
            )
        share = float(column.gen[4:-1]) if column.gen.startswith("ref(") else 1.0
        reach = max(1, round(size * share))
        if column.unique:
            return lambda f: f.number if f.number < size else None
        return lambda f: f.random.randrange(reach)

    def _sum_up(self, table: Table, rows: list[dict[str, Any]]) -> None:
        """Totals over children, once the table stands; children only need its row numbers."""
        for column in table.columns:
            if name_of_call(column.gen) != "sum":
                continue
            child, _, field = column.gen[4:-1].strip().partition(".")
            key = next(
                each
                for each in self.domain.tables[child].references
                if each.references == table.name
            )
            totals: dict[int, Decimal] = {}
            for row in self.rows(child):
                parent = row[key.name]
                if parent is not None and row[field] is not None:
                    totals[parent] = totals.get(parent, Decimal(0)) + Decimal(str(row[field]))
            for number, row in enumerate(rows):
                row[column.name] = totals.get(number, Decimal("0.00"))


def _unequal(table: Table) -> list[tuple[str, str]]:
    """Pairs of columns that a CHECK wants to differ, such as a part and what it is part of."""
    clauses = [*table.constraints, *(clause for c in table.columns for clause in c.clauses)]
    found = [match for clause in clauses for match in _DIFFER.findall(clause.text)]
    names = {column.name for column in table.columns}
    return [(one, other) for one, other in found if {one, other} <= names]


def _combined_key(table: Table) -> tuple[str, ...]:
    """Columns that only together are unique: a composite key or a UNIQUE over several."""
    if len(table.primary_key) > 1:
        return table.primary_key
    several = [
        tuple(sorted(clause.columns))
        for clause in table.constraints
        if clause.text.upper().startswith("UNIQUE")
    ]
    return several[0] if several else ()


def _fill_row(
    filling: Filling,
    makers: list[tuple[Column, Make]],
    number: int,
    seen: dict[str, set[Any]],
) -> dict[str, Any]:
    filling.number, filling.row = number, {}
    for column, make in makers:
        filling.row[column.name] = _value(filling, column, make, seen[column.name])
    return filling.row


def _value(filling: Filling, column: Column, make: Make, seen: set[Any]) -> Any:
    if column.nullable and column.empty and filling.random.random() < column.empty:
        return None
    value = make(filling)
    if column.unique and not column.references:
        for attempt in range(_TRIES):
            if _hashable(value) not in seen:
                break
            value = make(filling) if attempt < _TRIES - 1 else f"{value} {filling.number}"
    return value


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _by_type(kind: str) -> Make:
    """A value for a column that names no generator: keys count up, the rest is plausible."""
    kind = kind.lower()
    if kind.startswith(("bigint", "integer", "smallint")):
        return lambda f: f.number + 1
    calls = {
        "boolean": "bool(0.6)",
        "date": "date(-1y,0d)",
        "timestamptz": "datetime(-1y,0d)",
        "timestamp": "datetime(-1y,0d)",
        "time": "time(8:00,18:00,15)",
        "uuid": "uuid",
        "numeric": "money(1,900)",
        "inet": "ipv4",
        "interval": "duration(10,180)",
        "jsonb": "json",
        "text": "sentence(2,4)",
        "varchar": "sentence(2,4)",
    }
    return compile_call(calls.get(kind.split("(")[0].strip(), "word"))


def today() -> date:
    """The day every screen takes for today."""
    return EPOCH.date()


def is_temporal(value: Any) -> bool:
    """Whether a value is a date or a time."""
    return isinstance(value, date | datetime | time)
