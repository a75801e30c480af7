"""Fills the tables of an open sandbox: values read off the screen where they fit, fakes elsewhere.

Tables come parents first; foreign keys pick rows that were stored, and those that close a circle
are set when every table stands. A row that PostgreSQL refuses is tried again with other values,
then dropped and counted.
"""

from __future__ import annotations

import re
import time
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


@dataclass
class _Draft:
    """A row on its way: `read` came off the screen and is part of `cells`."""

    table: Table
    number: int
    attempt: int
    read: Row
    cells: Row


class Filler:
    """Fills one sandbox; `run` does it all."""

    def __init__(self, box: Box, schema: Schema, values: Values, count: int, seed: int) -> None:
        self.box, self.schema, self.count = box, schema, count
        self.kinds: Kinds = read_kinds(box, schema)
        self.fakes = Fakes(seed)
        self.values = by_column(schema, values, self.kinds)
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
        draft = _Draft(table, number, attempt, read, dict(read))
        for position, key in enumerate(table.foreign_keys):
            self._point(draft, key, position)
        for column in writable(table):
            if column.name not in draft.cells and not _left_to_server(column):
                kind = self.kinds[table.qualified, column.name]
                value = self.fakes.value(
                    table.qualified, column.name, kind, number, attempt, column.nullable
                )
                if value is not None or (column.nullable and column.default is None):
                    draft.cells[column.name] = value
        self._order_pairs(draft)
        return draft.cells

    def _point(self, draft: _Draft, key: ForeignKey, position: int) -> None:
        """Set the columns of a foreign key to those of a stored parent row, or to NULL."""
        parent = self.filled.get(key.target)
        if (
            parent is None
            or key.target == draft.table.qualified
            or self._refers_to_none(draft, key)
        ):
            for name in key.columns:
                column = draft.table.column(name)
                if column is not None and column.nullable and name not in draft.read:
                    draft.cells[name] = None
            return
        fitting = self._candidates(draft, key, parent)
        if fitting:
            row = fitting[self._pick(draft, key, position) % len(fitting)]
            pairs = zip(key.columns, key.target_columns, strict=True)
            draft.cells |= {column: row[target] for column, target in pairs}

    def _refers_to_none(self, draft: _Draft, key: ForeignKey) -> bool:
        """True if the screen shows a dash where others show the parent's name."""
        link = self.links.get((draft.table.qualified, key.columns[0]))
        column = draft.table.column(key.columns[0])
        if link is None or column is None or draft.number >= len(link.names):
            return False
        return column.nullable and link.names[draft.number] is None

    def _candidates(self, draft: _Draft, key: ForeignKey, parent: Filled) -> list[Row]:
        """The parent rows that agree with what the screen shows; all where none does."""
        fitting = [row for row in parent.rows if _agrees(row, key, draft.cells)]
        if not fitting:
            for name in set(key.columns) & set(draft.read):
                del draft.cells[name], draft.read[name]
            fitting = parent.rows
        link = self.links.get((draft.table.qualified, key.columns[0]))
        if link is None or draft.number >= len(link.names):
            return fitting
        return [row for row in fitting if row[link.label] == link.names[draft.number]] or fitting

    def _pick(self, draft: _Draft, key: ForeignKey, position: int) -> int:
        """A number that chooses among parents: by turns where rows must differ, else by chance."""
        table = draft.table
        unique = [table.primary_key, *(unique.columns for unique in table.uniques)]
        if position == 0 and any(set(key.columns) & set(columns) for columns in unique):
            return draft.number + draft.attempt
        rng = self.fakes.draws(table.qualified, key.name, draft.number, draft.attempt)
        return rng.randrange(10**6)

    def _order_pairs(self, draft: _Draft) -> None:
        """Swap made-up values that a check wants the other way round (`ends > starts`)."""
        for small, large in ordered_pairs(draft.table):
            first, second = draft.cells.get(small), draft.cells.get(large)
            if first is None or second is None or {small, large} & set(draft.read):
                continue
            if _sortable(first) > _sortable(second):
                draft.cells[small], draft.cells[large] = second, first

    def _close_circles(self, filled: Filled) -> None:
        """Set the keys that could not be set when the row was stored."""
        order = list(self.filled)
        own = order.index(filled.table.qualified)
        for key in filled.table.foreign_keys:
            targets = self.filled.get(key.target)
            if targets is None or not targets.rows or order.index(key.target) < own:
                continue
            for number in range(len(filled.rows)):
                self._set_key(filled, key, number, targets, targets is filled)

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
    standing = {row[""]: row for row in stored.read(box, filled.table)}
    kept = [number for number, row in enumerate(filled.rows) if row[""] in standing]
    filled.refused += len(filled.rows) - len(kept)
    filled.read = [filled.read[number] for number in kept]
    filled.rows = [standing[filled.rows[number][""]] for number in kept]


def _sortable(text: str) -> tuple[float, str]:
    try:
        return float(text), ""
    except ValueError:
        return 0.0, text
