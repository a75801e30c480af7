"""What can be said of one SQL text alone: the judge's verdict and what the schema lacks.

Each distinct text is judged once, however many examples share it. The schema itself is not kept:
a hundred thousand of them would fill the memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ghost_engine.data.quality.names import is_generic_column, is_generic_table
from ghost_engine.sql.report import SYNTAX_ERROR, Problem, Report
from ghost_engine.sql.schema import Schema, Table
from ghost_engine.sql.script import read_script
from ghost_engine.sql.validate import check

_SHOWN_NAMES = 4


@dataclass(frozen=True, slots=True)
class Fault:
    """A finding without its example."""

    code: str
    message: str
    line: int | None = None
    column: int | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A column as the screen would show it, if it does; keys are not expected there."""

    table: str
    column: str
    is_key: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """One text's verdict and faults, and its columns for a comparison with the screen."""

    executes: bool
    parses: bool
    faults: tuple[Fault, ...]
    fields: tuple[Field, ...] = ()


def judge(sql: str) -> Judged:
    """Judge one text.

    Raises:
        SandboxError: no PostgreSQL can be had to judge it.
    """
    report = check(sql)
    faults = [*_verdict_faults(sql, report), *_inserts(sql)]
    if report.valid:
        faults += _schema_faults(report.schema)
    return Judged(report.valid, report.parses, tuple(faults), tuple(_fields(report.schema)))


def _verdict_faults(sql: str, report: Report) -> Iterator[Fault]:
    statements = read_script(sql).statements
    if not statements:
        yield Fault("no-table", "It holds no SQL.")
        return
    if report.valid:
        if not report.schema.tables:
            yield _no_table(statements[0].keys(1)[0])
        return
    if report.status == "not checked":
        yield Fault("not-checked", f"It needs the extension {', '.join(report.unavailable)}.")
        return
    if not any("TABLE" in each.keys(6) and each.keys(1) == ("CREATE",) for each in statements):
        yield _no_table(statements[0].keys(1)[0])
    for code in ("does-not-parse", "refused", "does-not-execute"):
        problems = [each for each in report.errors if _code(each) == code]
        if problems:
            yield _said(code, problems)


def _no_table(first: str) -> Fault:
    return Fault("no-table", f"It has no CREATE TABLE (found: {first[:20]}).")


def _code(problem: Problem) -> str:
    if problem.sqlstate == SYNTAX_ERROR:
        return "does-not-parse"
    return "refused" if problem.sqlstate is None else "does-not-execute"


def _said(code: str, problems: list[Problem]) -> Fault:
    """The first problem, and how many more there are that do not just follow from it."""
    first = problems[0]
    more = sum(not each.follows for each in problems[1:])
    ending = f" (and {more} more)" if more else ""
    return Fault(code, first.message.rstrip(".") + ending + ".", first.line, first.column)


def _inserts(sql: str) -> Iterator[Fault]:
    script = read_script(sql)
    rows = [each for each in script.statements if each.keys(1) == ("INSERT",)]
    if rows:
        line, column = script.place(rows[0].start)
        count = f"{len(rows)} INSERT statement{'s' if len(rows) > 1 else ''}"
        yield Fault("insert-rows", f"It holds {count}.", line, column)


def _schema_faults(schema: Schema) -> Iterator[Fault]:
    targets = {key.target for table in schema.tables for key in table.foreign_keys}
    for table in schema.tables:
        name = table.qualified
        if not table.primary_key:
            yield Fault("no-primary-key", f"{name} has no primary key.", about=name)
        lonely = not table.foreign_keys and not {name, table.name} & targets
        if lonely and len(schema.tables) > 1:
            yield Fault("orphan-table", f"{name} is related to no other table.", about=name)
        yield from _generic(table)


def _generic(table: Table) -> Iterator[Fault]:
    name = table.qualified
    if is_generic_table(table.name):
        yield Fault("generic-name", f"{name} does not say what its rows are.", about=name)
    columns = [each.name for each in table.columns if is_generic_column(each.name)]
    if columns:
        shown = ", ".join(columns[:_SHOWN_NAMES])
        more = f" and {len(columns) - _SHOWN_NAMES} more" if len(columns) > _SHOWN_NAMES else ""

        message = f"{name}: the name does not say what is in {shown}{more}."
        yield Fault("generic-name", message, about=f"{name}.{columns[0]}")


def _fields(schema: Schema) -> Iterator[Field]:
    for table in schema.tables:
        keys = {*table.primary_key, *(name for key in table.foreign_keys for name in key.columns)}
        for column in table.columns:
            yield Field(table.name, column.name, column.name in keys)
