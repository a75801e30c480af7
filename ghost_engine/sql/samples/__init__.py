"""A few rows in every table of a schema, so that people can see and ask it.

In go a script and the texts read off a screenshot; out come the rows as PostgreSQL stored them,
and what was read, made up and refused. The rows are an illustration: nothing here says that the
screen held exactly these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import psycopg

from ghost_engine.errors import QueryError
from ghost_engine.sql.postgres import Box, sandbox, time_limit
from ghost_engine.sql.samples.fill import Filled, Filler
from ghost_engine.sql.samples.rows import defer_keys, insert
from ghost_engine.sql.samples.stage import stage
from ghost_engine.sql.schema import Schema

__all__ = ["Samples", "TableSample", "restore", "sample_rows", "stage"]

Cell = str | None
_LIMIT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class TableSample:
    """The rows of one table.

    `rows[i][j]` is the text of column `columns[j]`, or None for NULL; `from_screen[i][j]` says
    whether it was read off the screenshot. `from_script` marks rows that the script itself
    inserted. `read` and `faked` count values, `unfit` texts off the screen that no row could hold,
    `refused` rows that PostgreSQL would not take.
    """

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    from_screen: tuple[tuple[bool, ...], ...]
    read: int = 0
    faked: int = 0
    unfit: int = 0
    refused: int = 0
    from_script: bool = False


@dataclass(frozen=True, slots=True)
class Samples:
    """Sample rows of every table, in the order of the schema."""

    tables: tuple[TableSample, ...] = ()

    def table(self, name: str) -> TableSample | None:
        """The rows of the table of that (qualified) name, or None."""
        return next((sample for sample in self.tables if sample.table == name), None)


def sample_rows(
    script: str,
    values: Mapping[tuple[str, str], Sequence[str]] = MappingProxyType({}),
    rows: int = 6,
    seed: int = 0,
) -> Samples:
    """Fill the tables of a script in a sandbox.

    Args:
        script: SQL that the judge finds valid.
        values: texts read off the screen by (table, column), top to bottom; equal positions
            belong to one row.
        rows: rows a table, more where the screen shows more (at most 50).
        seed: the same seed gives the same rows.

    Raises:
        QueryError: the script does not run, or filling broke off.
        SandboxError: no PostgreSQL can be had.
    """
    with sandbox() as box:
        try:
            with time_limit(box, _LIMIT_SECONDS):
                schema = stage(box, script)
                filled = Filler(box, schema, values, rows, seed).run()
        except psycopg.Error as error:
            raise QueryError(
                f"The tables could not be filled: {str(error).strip()}", "Try again."
            ) from error
    return Samples(tuple(_sample(each) for each in filled))


def restore(box: Box, schema: Schema, samples: Samples) -> None:
    """Put sample rows into the tables of an open sandbox on which the script was staged.

    Rows that no longer fit (the script was edited since) are left out.
    """
    defer_keys(box, schema)
    for sample in samples.tables:
        table = schema.table(sample.table)
        if table is None or sample.from_script:
            continue
        known = {column.name for column in table.columns if column.generated is None}
        for row in sample.rows:
            cells = {c: cell for c, cell in zip(sample.columns, row, strict=True) if c in known}
            try:
                insert(box, table, cells)
            except psycopg.Error as error:
                if error.sqlstate is None:
                    raise


def _sample(filled: Filled) -> TableSample:
    columns = tuple(column.name for column in filled.table.columns)
    marks = tuple(tuple(name in read for name in columns) for read in filled.read)
    read = sum(map(sum, marks))
    return TableSample(
        table=filled.table.qualified,
        columns=columns,
        rows=tuple(tuple(row[name] for name in columns) for row in filled.rows),
        from_screen=marks,
        read=read,
        faked=len(columns) * len(filled.rows) - read if filled.made else 0,
        unfit=filled.unfit,
        refused=filled.refused,
        from_script=not filled.made,
    )
