"""A part of a domain's schema as a script of its own, in the author's words.

Only clauses, constraints and indexes whose columns are all kept survive; enums keep the labels that
can be seen. The result runs because the whole did: order and definitions are the author's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from ghost_engine.collect.synth.domain import Clause, Column, Domain, Table

_IN = re.compile(r"\bIN\s*\(([^()]*)\)", re.IGNORECASE)
_FOREIGN = re.compile(r"\bREFERENCES\s+(\w+)\s*\(([^)]*)\)", re.IGNORECASE)
_STRING = re.compile(r"'((?:[^']|'')*)'")
_DEFAULT = re.compile(r"DEFAULT\s+'((?:[^']|'')*)'", re.IGNORECASE)


def write_ddl(
    domain: Domain,
    kept: Mapping[str, Collection[str]],
    seen: Mapping[str, Collection[str]] | None = None,
) -> str:
    """The script that makes just these tables and columns.

    Args:
        kept: the columns of each table, closed over primary keys and referenced tables.
        seen: for columns `table.column` with listed values, the values to keep; None keeps all.
    """
    types = _enum_values(domain, kept, seen)
    parts = [
        f"CREATE TYPE {name} AS ENUM ({', '.join(map(_quoted, values))});"
        for name, values in types.items()
        if len(values) > 1
    ]
    for table in domain.tables.values():
        if table.name in kept:
            parts.append(_table(table, kept, types, seen))
    return "\n\n".join(parts) + "\n"


def _enum_values(
    domain: Domain,
    kept: Mapping[str, Collection[str]],
    seen: Mapping[str, Collection[str]] | None,
) -> dict[str, list[str]]:
    """For every enum that a kept column has: its values, or those seen in any such column."""
    found: dict[str, list[str]] = {}
    for name, labels in domain.enums.items():
        columns = [
            column.path
            for table in domain.tables.values()
            for column in table.columns
            if column.type == name and column.name in kept.get(table.name, ())
        ]
        if columns:
            visible = {value for path in columns for value in (seen or {}).get(path, ())}
            found[name] = [each.value for each in labels if seen is None or each.value in visible]
    return found


def _table(
    table: Table,
    kept: Mapping[str, Collection[str]],
    types: Mapping[str, list[str]],
    seen: Mapping[str, Collection[str]] | None,
) -> str:
    lines = [
        _column(column, table, kept, types, None if seen is None else seen.get(column.path, ()))
        for column in table.columns
        if column.name in kept[table.name]
    ]
    lines += [clause.text for clause in table.constraints if _stays(clause, table, kept, types)]
    text = f"CREATE TABLE {table.name} (\n    " + ",\n    ".join(lines) + "\n);"
    indexes = [clause.text + ";" for clause in table.indexes if _stays(clause, table, kept, types)]
    return "\n".join([text, *indexes])


def _stays(
    clause: Clause,
    table: Table,
    kept: Mapping[str, Collection[str]],
    types: Mapping[str, list[str]],
) -> bool:
    """Whether all that a clause speaks of is there: columns, keys, the enum values it names."""
    if not clause.columns <= set(kept[table.name]):
        return False
    foreign = _FOREIGN.search(clause.text)
    if foreign and not set(re.split(r"\s*,\s*", foreign[2].strip())) <= set(
        kept.get(foreign[1], ())
    ):
        return False
    enums = [types[c.type] for c in table.columns if c.name in clause.columns and c.type in types]
    named = {each.replace("''", "'") for each in _STRING.findall(clause.text)}
    return not enums or named <= {value for values in enums for value in values}


def _column(
    column: Column,
    table: Table,
    kept: Mapping[str, Collection[str]],
    types: Mapping[str, list[str]],
    seen: Collection[str] | None,
) -> str:
    values = types.get(column.type)
    kind = column.type if values is None or len(values) > 1 else "text"
    clauses = [
        text
        for clause in column.clauses
        if _stays(clause, table, kept, types) and (text := _clause(clause, column, values, seen))
    ]
    return " ".join([column.name, kind, *clauses])


def _clause(
    clause: Clause, column: Column, values: list[str] | None, seen: Collection[str] | None
) -> str:
    """A clause as written, less values that nobody can see; "" drops it."""
    if values is not None:
        default = _DEFAULT.fullmatch(clause.text)
        return "" if default and default[1].replace("''", "'") not in values else clause.text
    if seen is None:
        return clause.text
    listed = _listed(column)
    default = _DEFAULT.fullmatch(clause.text)
    if listed and default and default[1] not in seen:
        return ""
    if _IN.search(clause.text) and "'" in clause.text:
        left = [value for value in listed if value in seen]
        if len(left) < 2:
            return ""
        return _IN.sub(f"IN ({', '.join(map(_quoted, left))})", clause.text, count=1)
    return clause.text


def _listed(column: Column) -> list[str]:
    for clause in column.clauses:
        match = _IN.search(clause.text)
        if match:
            return [each.replace("''", "'") for each in _STRING.findall(match[1])]
    return []


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
