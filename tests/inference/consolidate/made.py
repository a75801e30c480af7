"""Screens for tests: SQL as a model would write it, with what was read where that matters."""

from __future__ import annotations

from collections.abc import Sequence

from ghost_engine.inference.consolidate import Conflict, Consolidated, Screen
from ghost_engine.inference.protocol import Evidence
from ghost_engine.sql import check


def screen(sql: str, name: str = "screen.png", **values: Sequence[str]) -> Screen:
    """A judged screen; `values` are those read for `table__column`."""
    report = check(sql)
    assert report.valid, report.errors
    return Screen(name, report, tuple(_read(place, texts) for place, texts in values.items()))


def _read(place: str, texts: Sequence[str]) -> Evidence:
    table, column = place.split("__")
    return Evidence(table, column, "text", label=column.title(), values=tuple(texts))


def conflict(joined: Consolidated, kind: str) -> Conflict:
    """The only conflict of its kind."""
    (found,) = [each for each in joined.conflicts if each.kind == kind]
    return found


def column_type(joined: Consolidated, table: str, column: str) -> str:
    found = joined.report.schema.table(table)
    assert found is not None
    kept = found.column(column)
    assert kept is not None
    return kept.type


def references(joined: Consolidated) -> set[tuple[str, str, str]]:
    """(table, columns, target) of every foreign key."""
    return {
        (table.qualified, ", ".join(key.columns), key.target)
        for table in joined.report.schema.tables
        for key in table.foreign_keys
    }
