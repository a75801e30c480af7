"""Fills the tables of an open sandbox: values read off the screen where they fit, fakes elsewhere.

Tables come parents first; foreign keys pick rows that were stored, and those that close a circle
are set when every table stands. A row that PostgreSQL refuses is tried again with other values,
then dropped and counted.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg

from ghost_engine.sql.postgres import Box
from ghost_engine.sql.samples import rows as stored
from ghost_engine.sql.samples.fakes import Fakes
from ghost_engine.sql.samples.kinds import (
    Kinds,
    checked_columns,
    ordered_pairs,
    read_kinds,
)
from ghost_engine.sql.samples.plan import (
    MAX_ROWS,
    Values,
    by_column,
    follow_labels,
    parents_first,
    writable,
)
from ghost_engine.sql.samples.readings import is_nothing, read_as
from ghost_engine.sql.schema import Column, ForeignKey, Schema, Table

ATTEMPTS = 8  # tries of one row before it is dropped
BUDGET_SECONDS = 12.0  # for all tables together; what is left then stays empty

Row = dict[str, str | None]  # a stored row; its place under the key ""


@dataclass
class Filled:
    """What became of one table. `read` marks the columns of each row that came off the screen."""

    table: Table
    rows: list[Row] = field(default_factory=list)
    read: list[set[str]] = field(default_factory=list)
    made: bool = True  # False: the rows are the script's own
    unfit: int = 0  # texts off the screen that no row holds
    refused: int = 0  # rows


class Filler:
    """Fills one sandbox; `run` does it all."""

    def __init__(self, box: Box, schema: Schema, values: Values, count: int, seed: int) -> None:
        self.box, self.schema, self.count = box, schema, count
        self.kinds: Kinds = read_kinds(box, schema)
        self.fakes = Fakes(seed)
        self.values = by_column(schema, values)
        self.links = follow_labels(schema, self.kinds, self.values)
        self.filled: dict[str, Filled] = {}
        self.deadline = time.monotonic() + BUDGET_SECONDS

    def run(self) -> list[Filled]:
        """Fill every table, in the order of the schema."""
        stored.defer_keys(self.box, self.schema)
        for table in parents_first(self.schema):
            self.filled[table.qualified] = self._fill(table)
        for filled in self.filled.values():
            if filled.made:
                self._close_circles(filled)
        stored.settle(self.box, self.schema)
        for filled in self.filled.values():
            _refresh(self.box, filled)
        return [self.filled[name] for name in self.schema.table_names if name in self.filled]

    def _fill(self, table: Table) -> Filled:
        filled = Filled(table)
        filled.rows = stored.read(self.box, table)
        if filled.rows:
            filled.made, filled.read = False, [set() for _ in filled.rows]
            return filled
        for number in range(self._rows_wanted(table)):
            if time.monotonic() > self.deadline or (filled.refused > 2 and not filled.rows):
                filled.refused += 1
                continue
            self._add_row(filled, number)
        return filled

    def _rows_wanted(self, table: Table) -> int:
        texts = [len(self.values.get((table.qualified, c.name), ())) for c in table.columns]
        return min(max([self.count, *texts]), MAX_ROWS)

    def _add_row(self, filled: Filled, number: int) -> None:
        read = self._read_row(filled, number)
        for attempt in range(ATTEMPTS):
            cells = self._row(filled.table, number, attempt, read)
            try:
                filled.rows.append(stored.insert(self.box, filled.table, cells))
                filled.read.append(set(read))
                return
            except psycopg.Error as error:
                if error.sqlstate is None:
                    raise
                filled.unfit += _drop_culprits(filled.table, cells, read, error, attempt)
        filled.unfit += len(read)
        filled.refused += 1

    def _read_row(self, filled: Filled, number: int) -> Row:
        """What the screen says of this row, as far as it fits the columns' types."""
        read: Row = {}
        for column in writable(filled.table):
            texts = self.values.get((filled.table.qualified, column.name), ())
            if number >= len(texts) or (filled.table.qualified, column.name) in self.links:
                continue
            value = read_as(texts[number], self.kinds[filled.table.qualified, column.name])
            if value is not None or (column.nullable and is_nothing(texts[number])):
                read[column.name] = value
            elif not is_nothing(texts[number]):
                filled.unfit += 1
        return read

    def _row(self, table: Table, number: int, attempt: int, read: Row) -> Row:
        cells: Row = dict(read)
        for position, key in enumerate(table.foreign_keys):
            self._point(table, key, position, number, attempt, cells, read)
        for column in writable(table):
            if column.name not in cells and not _left_to_server(column):
                kind = self.kinds[table.qualified, column.name]
                value = self.fakes.value(
                    table.qualified, column.name, kind, number, attempt, column.nullable
                )
                if value is not None or (column.nullable and column.default is None):
                    cells[column.name] = value
        self._order_pairs(table, cells, read)
        return cells

    def _point(
        self,
        table: Table,
        key: ForeignKey,
        position: int,
        number: int,
        attempt: int,
        cells: Row,
        read: Row,
    ) -> None:
        """Set the columns of a foreign key to those of a stored parent row."""
        parent = self.filled.get(key.target)
        if parent is None or key.target == table.qualified:
            for name in key.columns:
                column = table.column(name)
                if column is not None and column.nullable and name not in read:
                    cells[name] = None
            return
        fitting = [row for row in parent.rows if _agrees(row, key, cells)]
        if not fitting:
            for name in set(key.columns) & set(read):
                del cells[name], read[name]
            fitting = parent.rows
        if fitting:
            row = fitting[self._pick(table, key, position, number, attempt) % len(fitting)]
            cells |= {c: row[t] for c, t in zip(key.columns, key.target_columns, strict=True)}

    def _pick(self, table: Table, key: ForeignKey, position: int, number: int, attempt: int) -> int:
        linked = self.links.get((table.qualified, key.columns[0]))
        if linked and number < len(linked) and attempt < ATTEMPTS - 1:
            return linked[number]
        unique = [table.primary_key, *(unique.columns for unique in table.uniques)]
        if position == 0 and any(set(key.columns) & set(columns) for columns in unique):
            return number + attempt
        return self.fakes.draws(table.qualified, key.name, number, attempt).randrange(10**6)

    def _order_pairs(self, table: Table, cells: Row, read: Row) -> None:
        """Swap made-up values that a check wants the other way round (`ends > starts`)."""
        for small, large in ordered_pairs(table):
            first, second = cells.get(small), cells.get(large)
            if first is None or second is None or {small, large} & set(read):
                continue
            if _sortable(first) > _sortable(second):
                cells[small], cells[large] = second, first

    def _close_circles(self, filled: Filled) -> None:
        """Set the keys that could not be set when the row was stored."""
        for key in filled.table.foreign_keys:
            targets = self.filled.get(key.target)
            if targets is None or not targets.rows:
                continue
            itself = key.target == filled.table.qualified
            for number, row in enumerate(filled.rows):
                if not itself and _find(targets.rows, row, key):
                    continue
                self._set_key(filled, key, number, targets, itself)

    def _set_key(
        self, filled: Filled, key: ForeignKey, number: int, targets: Filled, itself: bool
    ) -> None:
        row = filled.rows[number]
        if any(column in filled.read[number] for column in key.columns):
            return
        columns = [filled.table.column(name) for name in key.columns]
        nullable = any(column is not None and column.nullable for column in columns)
        if itself and nullable and number == 0:
            return  # the root of a tree
        chosen = targets.rows[
            (number - 1) // 2 if itself and nullable else number % len(targets.rows)
        ]
        cells = {c: chosen[t] for c, t in zip(key.columns, key.target_columns, strict=True)}
        try:
            filled.rows[number] = stored.update(self.box, filled.table, row[""] or "", cells)
        except psycopg.Error as error:
            if error.sqlstate is None:
                raise


def _left_to_server(column: Column) -> bool:
    return column.identity is not None or (column.default or "").startswith("nextval(")


def _agrees(row: Row, key: ForeignKey, cells: Row) -> bool:
    """True if the parent row can be the one, given the key's columns that are already set."""
    pairs = zip(key.columns, key.target_columns, strict=True)
    return all(cells.get(column) in (None, row[target]) for column, target in pairs)


def _find(parents: Sequence[Row], row: Row, key: ForeignKey) -> bool:
    wanted = [row[column] for column in key.columns]
    if None in wanted:
        return False
    return any([parent[target] for target in key.target_columns] == wanted for parent in parents)


def _drop_culprits(table: Table, cells: Row, read: Row, error: psycopg.Error, attempt: int) -> int:
    """Forget the read values that the error is about; how many."""
    names: set[str] = {error.diag.column_name or ""}
    names |= set(checked_columns(table, error.diag.constraint_name or ""))
    parameter = re.search(r"parameter \$(\d+)", error.diag.context or "")
    if parameter:
        names.add(list(cells)[int(parameter[1]) - 1])
    culprits = names & set(read) or (set(read) if attempt >= ATTEMPTS // 2 else set())
    for name in culprits:
        del read[name]
    return len(culprits)


def _refresh(box: Box, filled: Filled) -> None:
    """Take over what really stands in the table now; rows that went count as refused."""
    marks = {row[""]: marked for row, marked in zip(filled.rows, filled.read, strict=True)}
    standing = [row for row in stored.read(box, filled.table) if row[""] in marks]
    filled.refused += len(filled.rows) - len(standing)
    filled.read = [marks[row[""]] for row in standing]
    filled.rows = standing


def _sortable(text: str) -> tuple[float, str]:
    try:
        return float(text), ""
    except ValueError:
        return 0.0, text
