"""What every drawing says of a column or a foreign key: short type, key marks, how many of each.

Reads a `Schema` and nothing else. A key counts as unique only when that is certain: partial and
expression indexes do not make a relationship one-to-one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ghost_engine.sql.schema import ForeignKey, Index, Schema, Table

_SHORT = (
    (re.compile(r"^timestamp(\(\d\))? with time zone"), r"timestamptz\1"),
    (re.compile(r"^timestamp(\(\d\))? without time zone"), r"timestamp\1"),
    (re.compile(r"^time(\(\d\))? with time zone"), r"timetz\1"),
    (re.compile(r"^time(\(\d\))? without time zone"), r"time\1"),
    (re.compile(r"^character varying"), "varchar"),
    (re.compile(r"^bit varying"), "varbit"),
    (re.compile(r"^character\b"), "char"),
)
_PLAIN_KEYS = re.compile(r"USING \w+ \([^()]*\)(?! WHERE)")


@dataclass(frozen=True, slots=True)
class Relationship:
    """A foreign key seen as a line between two boxes.

    `optional` = a child row may have no parent; `single` = a parent has at most one child row.
    """

    child: Table
    parent: Table
    key: ForeignKey
    optional: bool
    single: bool


def short_type(type_name: str) -> str:
    """`timestamp with time zone` -> `timestamptz`, `character varying(20)` -> `varchar(20)`."""
    for pattern, short in _SHORT:
        type_name = pattern.sub(short, type_name, count=1)
    return type_name


def unique_keys(table: Table) -> tuple[frozenset[str], ...]:
    """The sets of columns whose values never repeat, the primary key first."""
    keys = [table.primary_key, *(unique.columns for unique in table.uniques)]
    keys += [index.columns for index in table.indexes if _is_plain_unique(index)]
    return tuple(frozenset(key) for key in keys if key)


def key_marks(table: Table, column: str) -> tuple[str, ...]:
    """Of `PK`, `FK` and `UK`, those the column bears; UK only where it is unique by itself."""
    marks = []
    if column in table.primary_key:
        marks.append("PK")
    if any(column in key.columns for key in table.foreign_keys):
        marks.append("FK")
    if frozenset([column]) in unique_keys(table) and table.primary_key != (column,):
        marks.append("UK")
    return tuple(marks)


def relationships(schema: Schema) -> tuple[Relationship, ...]:
    """Each foreign key whose target is in the schema, in the order the tables were made."""
    by_name = {table.qualified: table for table in schema.tables}
    return tuple(
        _relationship(table, by_name[key.target], key)
        for table in schema.tables
        for key in table.foreign_keys
        if key.target in by_name
    )


def _relationship(child: Table, parent: Table, key: ForeignKey) -> Relationship:
    columns = [child.column(name) for name in key.columns]
    return Relationship(
        child=child,
        parent=parent,
        key=key,
        optional=any(column is not None and column.nullable for column in columns),
        single=any(unique <= set(key.columns) for unique in unique_keys(child)),
    )


def _is_plain_unique(index: Index) -> bool:
    return index.unique and _PLAIN_KEYS.search(index.definition) is not None
