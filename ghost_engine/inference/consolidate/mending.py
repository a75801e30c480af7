"""Getting a joined schema to run when a piece of it does not: the least is given up, and told.

PostgreSQL says which statement fails; of that one first the extras go, then checks, defaults and
computed columns, then references. Tables and columns are never given up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ghost_engine.inference.consolidate.ddl import index_statement, qualified, write_ddl
from ghost_engine.sql import Report, check
from ghost_engine.sql.report import Problem
from ghost_engine.sql.schema import Schema, Table

_ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Script:
    """A schema and the statements around it."""

    schema: Schema
    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()

    @property
    def sql(self) -> str:
        return write_ddl(self.schema, self.before, self.behind)


def judge(script: Script) -> tuple[Report, list[str]]:
    """The verdict on the script, or on what of it runs, and what was left out.

    Raises:
        SandboxError: no PostgreSQL can be had.
    """
    report = check(script.sql)
    notes: list[str] = []
    for _ in range(_ROUNDS):
        problem = next((each for each in report.errors if not each.follows), None)
        if report.valid or problem is None:
            break
        lighter = next(_lighter(script, problem), None)
        if lighter is None:
            break
        script, note = lighter
        notes.append(f"{note}: {problem.message}")
        report = check(script.sql)
    return report, notes


def _lighter(script: Script, problem: Problem) -> Iterator[tuple[Script, str]]:
    """The script without one thing that the failing statement has, the least first."""
    statement = problem.statement.strip().rstrip(";")
    before = tuple(each for each in script.before if each.rstrip(";") != statement)
    behind = tuple(each for each in script.behind if each.rstrip(";") != statement)
    if (before, behind) != (script.before, script.behind):
        lighter = replace(script, before=before, behind=behind)
        yield lighter, f"left out {_first_line(statement)}"
    for table in script.schema.tables:
        for index in table.indexes:
            if index_statement(table, index).rstrip(";") == statement:
                kept_indexes = tuple(each for each in table.indexes if each is not index)
                yield (
                    _with(script, replace(table, indexes=kept_indexes)),
                    f"left out the index {index.name}",
                )
        head = f"CREATE TABLE {qualified(table)} "
        if statement.startswith((head, f"ALTER TABLE {qualified(table)} ")):
            yield from _lighter_table(script, table)
    for table in script.schema.tables:  # whatever the statement was
        yield from _lighter_table(script, table)


def _lighter_table(script: Script, table: Table) -> Iterator[tuple[Script, str]]:
    steps: Sequence[tuple[str, Callable[[Table], Table]]] = (
        ("the checks", lambda each: replace(each, checks=())),
        ("the defaults", _without_defaults),
        ("the references", lambda each: replace(each, foreign_keys=())),
        ("the identity columns", _without_identity),
    )
    for what, step in steps:
        lighter = step(table)
        if lighter != table:
            yield _with(script, lighter), f"left out {what} of {table.qualified}"


def _without_defaults(table: Table) -> Table:
    columns = tuple(replace(each, default=None, generated=None) for each in table.columns)
    return replace(table, columns=columns)


def _without_identity(table: Table) -> Table:
    return replace(table, columns=tuple(replace(each, identity=None) for each in table.columns))


def _with(script: Script, table: Table) -> Script:
    tables = tuple(
        table if each.qualified == table.qualified else each for each in script.schema.tables
    )
    return replace(script, schema=replace(script.schema, tables=tables))


def _first_line(text: str) -> str:
    return text.splitlines()[0][:80] if text else "a statement"
