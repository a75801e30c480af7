"""Advice on names; renaming breaks what uses a name, so there is no fix."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ghost_engine.sql.lint.advice import Advice, Finding
from ghost_engine.sql.lint.places import Places
from ghost_engine.sql.nouns import is_plural
from ghost_engine.sql.schema import Schema, Table

_GENERIC_TABLE = re.compile(
    r"(?:data|table|tbl|test|temp|tmp|new_?table|my_?table|entity|object|thing|stuff|misc|untitled"
    r"|unnamed|info|main)_?\d*"
)
_GENERIC_COLUMN = re.compile(
    r"(?:column|col|field|attr|attribute|value|val|data|text|string|number|var|item|prop)_?\d+"
    r"|column|col|field|unnamed\w*|untitled\w*|foo|bar|baz|xxx"
)
_CAMEL = re.compile(r"[a-z0-9][A-Z]")
_CLEAR = 3  # names of one habit, before another habit is called an exception


def find(schema: Schema, places: Places) -> Iterator[Finding]:
    """Names that say nothing, and names that break the schema's own habit."""
    for table in schema.tables:
        yield from _generic(table, places)
    yield from _mixed_case(schema, places)
    yield from _mixed_number(schema, places)


def _generic(table: Table, places: Places) -> Iterator[Finding]:
    if _GENERIC_TABLE.fullmatch(table.name.lower()):
        message = f"{table.name} does not say what its rows are."
        yield _said("generic-name", message, table, None, places)
    for column in table.columns:
        if _GENERIC_COLUMN.fullmatch(column.name.lower()):
            message = f"{column.name} does not say what it holds."
            yield _said("generic-name", message, table, column.name, places)


def _mixed_case(schema: Schema, places: Places) -> Iterator[Finding]:
    names: list[tuple[Table, str | None, str]] = []
    for table in schema.tables:
        names.append((table, None, table.name))
        names += [(table, column.name, column.name) for column in table.columns]
    snakes = [name for _, _, name in names if re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", name)]
    camels = [each for each in names if _CAMEL.search(each[2])]
    if len(snakes) < _CLEAR or len(camels) >= len(snakes):
        return
    for table, column, name in camels:
        message = f"{name} is in camelCase, most other names are in snake_case, like {snakes[0]}."
        yield _said("mixed-case", message, table, column, places)


def _mixed_number(schema: Schema, places: Places) -> Iterator[Finding]:
    plural = [table for table in schema.tables if is_plural(table.name) is True]
    single = [table for table in schema.tables if is_plural(table.name) is False]
    few, many = sorted((plural, single), key=len)
    if len(many) < _CLEAR or len(few) * 3 > len(many):
        return
    habit = "plural" if many is plural else "singular"
    for table in few:
        message = (
            f"{table.name} breaks the habit: most tables are in the {habit}, like {many[0].name}."
        )
        yield _said("mixed-number", message, table, None, places)


def _said(rule: str, message: str, table: Table, column: str | None, places: Places) -> Finding:
    line = places.line(table.qualified, column)
    return Finding(Advice(rule, message, table.qualified, column, line))
