"""Defaults as other databases write them: 0 for a boolean, day zero, strings in double quotes."""

from __future__ import annotations

from collections.abc import Iterator

from ghost_engine.sql.lexer import Token
from ghost_engine.sql.repair.column import Column
from ghost_engine.sql.repair.draft import Edit
from ghost_engine.sql.repair.pieces import Clause
from ghost_engine.sql.repair.spans import joined, matching
from ghost_engine.sql.repair.vocabulary import literal


def default_edits(column: Column, clause: Clause) -> Iterator[Edit]:
    first = clause.first
    while column.tokens[first].key != "DEFAULT":
        first += 1
    values = list(column.tokens[first + 1 : clause.last])
    while len(values) > 2 and values[0].text == "(" and matching(values, 0) == len(values) - 1:
        values = values[1:-1]
    new = _new_default(column, values)
    if new is None:
        return
    if new[0]:
        yield column.put(clause, f"DEFAULT {new[0]}", new[1])
    else:
        yield column.cut(clause, new[1])


def _new_default(column: Column, values: list[Token]) -> tuple[str, str] | None:
    """What stands for a default PostgreSQL would not take, "" for nothing, and why."""
    text = joined(values)
    bare = text[1:].strip("'") if text[:2] in ("b'", "B'") else text.strip("'")
    if column.type_now in ("boolean", "bool") and bare in ("0", "1"):
        return "TRUE" if bare == "1" else "FALSE", "A boolean is TRUE or FALSE."
    if column.type_now in ("boolean", "bool") and bare.upper() in ("Y", "N", "YES", "NO"):
        return "TRUE" if bare.upper()[0] == "Y" else "FALSE", "A boolean is TRUE or FALSE."
    if text.startswith("'0000-00-00"):
        return "", "There is no day zero; the default is left out."
    if column.type_now.startswith("text[]") and values and values[0].kind == "string":
        return literal("{" + text[1:-1] + "}"), "An array's default stands in braces."
    if len(values) == 1 and values[0].kind == "quoted":
        return literal(values[0].name), "Strings stand in single quotes."
    return None
