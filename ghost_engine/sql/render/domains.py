"""The schema without domains, for forms that have none: base types, and their checks on columns.

Reads the open sandbox in which the script was staged, because a `Schema` names a domain but does
not say what is under it. Enums of one name in two namespaces get distinct names here too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ghost_engine.sql.lexer import tokenize
from ghost_engine.sql.postgres import Box
from ghost_engine.sql.schema import Check, Column, Enum, Schema, Table

_TYPES = """
    SELECT pg_catalog.format_type(t.oid, NULL), t.typtype, n.nspname, t.typname,
           pg_catalog.format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault,
           ARRAY(SELECT pg_catalog.pg_get_constraintdef(k.oid) FROM pg_catalog.pg_constraint k
                 WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.oid)
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('d', 'e') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    ORDER BY t.oid
"""


@dataclass(frozen=True, slots=True)
class _Domain:
    base: str
    required: bool
    default: str | None
    checks: tuple[str, ...]


def without_domains(box: Box, schema: Schema) -> Schema:
    """`schema`, which stands in `box`, with every domain replaced by what it is made of.

    Raises:
        psycopg.Error: the line to the server broke.
    """
    rows = box.connection.execute(_TYPES).fetchall()
    domains = {
        row[0]: _Domain(row[4], row[5], row[6], tuple(row[7])) for row in rows if row[1] == "d"
    }
    counts = Counter(row[3] for row in rows if row[1] == "e")
    renamed = {row[0]: f"{row[2]}.{row[3]}" for row in rows if row[1] == "e" and counts[row[3]] > 1}
    names = [renamed.get(row[0], row[3]) for row in rows if row[1] == "e"]
    enums = schema.enums
    if len(names) == len(enums):  # both in the order they were made
        enums = tuple(Enum(name, e.labels) for name, e in zip(names, enums, strict=True))
    return replace(
        schema, enums=enums, tables=tuple(_table(each, domains, renamed) for each in schema.tables)
    )


def _table(table: Table, domains: Mapping[str, _Domain], renamed: Mapping[str, str]) -> Table:
    columns, checks = [], list(table.checks)
    for column in table.columns:
        while (domain := domains.get(column.type)) is not None:
            checks += _checks(table, column, domain)
            column = _based(column, domain)
        bare = column.type.removesuffix("[]")
        inner = domains.get(bare)
        if inner is not None:
            column = replace(column, type=f"{inner.base}[]")
        if bare in renamed:
            column = replace(column, type=f'"{renamed[bare]}"' + column.type.removeprefix(bare))
        columns.append(column)
    return replace(table, columns=tuple(columns), checks=tuple(checks))


def _based(column: Column, domain: _Domain) -> Column:
    computed = column.identity or column.generated
    default = column.default if column.default is not None or computed else domain.default
    nullable = column.nullable and not domain.required
    return replace(column, type=domain.base, default=default, nullable=nullable)


def _checks(table: Table, column: Column, domain: _Domain) -> list[Check]:
    """The domain's checks, said of the column: VALUE becomes its name."""
    name = '"' + column.name.replace('"', '""') + '"'
    return [
        Check(f"{table.name}_{column.name}_check{number}", _with_value(text, name))
        for number, text in enumerate(domain.checks, 1)
    ]


def _with_value(text: str, name: str) -> str:
    parts, position = [], 0
    for token in tokenize(text):
        if token.key == "VALUE":
            parts += [text[position : token.start], name]
            position = token.end
    return "".join([*parts, text[position:]])
