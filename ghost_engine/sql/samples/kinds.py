"""What a column holds, seen through domains and arrays, and what its CHECKs say of it.

Read from the catalog of an open sandbox. Checks are understood only in their commonest forms (a
list of values, a range, a length, one column against another); others are left to PostgreSQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from ghost_engine.sql.postgres import Box
from ghost_engine.sql.schema import Schema, Table

_QUERY = """
WITH RECURSIVE layers AS (
    SELECT a.attrelid, a.attnum, a.attname, a.atttypid AS type, a.atttypmod AS mod,
           '{}'::oid[] AS domains
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND c.oid >= 16384
    UNION ALL
    SELECT k.attrelid, k.attnum, k.attname, t.typbasetype, t.typtypmod, k.domains || t.oid
    FROM layers k JOIN pg_catalog.pg_type t ON t.oid = k.type AND t.typtype = 'd'
)
SELECT CASE WHEN n.nspname = %s THEN c.relname ELSE n.nspname || '.' || c.relname END, k.attname,
       pg_catalog.format_type(k.type, k.mod),
       ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e
             WHERE e.enumtypid IN (t.oid, t.typelem) ORDER BY e.enumsortorder),
       ARRAY(SELECT pg_catalog.pg_get_constraintdef(d.oid) FROM pg_catalog.pg_constraint d
             WHERE d.contypid = ANY (k.domains) AND d.contype = 'c')
FROM layers k
JOIN pg_catalog.pg_type t ON t.oid = k.type AND t.typtype <> 'd'
JOIN pg_catalog.pg_class c ON c.oid = k.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
"""
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = r"\(?'?(-?\d{1,15}(?:\.\d{1,15})?)'?\)?"


@dataclass(frozen=True)
class Kind:
    """A column's base type (`character varying(20)`) and what its checks allow.

    `choices` are the only texts allowed, when there are such; `low` and `high` are inclusive.
    """

    base: str
    array: bool = False
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    min_length: int = 0
    max_length: int | None = None
    checked: bool = False  # a check looks at it

    @cached_property
    def family(self) -> str:
        """The base type without its modifiers: `numeric`, `timestamp with time zone`."""
        return re.sub(r"\([^)]*\)", "", self.base)

    @cached_property
    def modifiers(self) -> tuple[int, ...]:
        """The numbers in the parentheses: (10, 2) of `numeric(10,2)`."""
        found = re.search(r"\(([-\d, ]+)\)", self.base)
        return tuple(int(number) for number in found[1].split(",")) if found else ()

    @property
    def is_text(self) -> bool:
        return self.family in ("text", "character varying", "character", "citext", "name")


def read_kinds(box: Box, schema: Schema) -> dict[tuple[str, str], Kind]:
    """The kind of each (table, column) made in the open transaction of `box`."""
    tables = {table.qualified: table for table in schema.tables}
    rows = box.connection.execute(_QUERY, (box.scratch,), prepare=False).fetchall()
    kinds = {}
    for table, column, base, labels, domain_checks in rows:
        if table not in tables:
            continue
        checks = [check.expression for check in tables[table].checks]
        names = [(column, checks), ("VALUE", domain_checks)]
        kinds[table, column] = _kind(base, tuple(labels), names)
    return kinds


def ordered_pairs(table: Table) -> list[tuple[str, str]]:
    """Pairs of columns of which the checks want the first to be the smaller."""
    pairs = []
    for check in table.checks:
        for left, sign, right in re.findall(
            r"\(\(?(\w+)\)? ([<>])=? \(?(\w+)\)?\)", check.expression
        ):
            if table.column(left) and table.column(right):
                pairs.append((left, right) if sign == "<" else (right, left))
    return pairs


def checked_columns(table: Table, constraint: str) -> tuple[str, ...]:
    """The columns that a constraint of this name looks at; none if it is not the table's."""
    for unique in table.uniques:
        if unique.name == constraint:
            return unique.columns
    for index in table.indexes:
        if index.name == constraint:
            return index.columns
    for check in table.checks:
        if check.name == constraint:
            words = set(re.findall(r"\w+", check.expression))
            return tuple(column.name for column in table.columns if column.name in words)
    return table.primary_key if constraint.endswith("_pkey") else ()


def _kind(base: str, labels: tuple[str, ...], checks: list[tuple[str, list[str]]]) -> Kind:
    array = base.endswith("[]")
    kind = Kind(base.rstrip("[]") if array else base, array, labels)
    if kind.is_text and kind.modifiers:
        kind = replace(kind, max_length=kind.modifiers[0])
    for name, expressions in checks:
        for expression in expressions:
            kind = _narrowed(kind, name, expression)
    return kind


def _narrowed(kind: Kind, name: str, expression: str) -> Kind:
    column = rf'\(*"?{re.escape(name)}"?\)*(?:::[\w ]+)?\)*'
    choices = _choices(column, expression) or kind.choices
    low, high = kind.low, kind.high
    for sign, number in re.findall(rf"{column} ([<>]=?) {_NUMBER}", expression):
        step = 0.0 if "=" in sign else 1.0
        if sign[0] == ">":
            low = float(number) + step
        else:
            high = float(number) - step
    if low is not None and high is not None and low > high:  # 0 < x < 1, or two separate checks
        low, high = high, low
    lengths = dict(re.findall(rf"length\({column}\) ([<>]=?|=) (\d{{1,6}})", expression))
    shortest = int(lengths.get(">=") or lengths.get("=") or int(lengths.get(">", -1)) + 1)
    longest = lengths.get("<=") or lengths.get("=")
    return replace(
        kind,
        choices=choices,
        low=low,
        high=high,
        min_length=max(kind.min_length, shortest),
        max_length=int(longest) if longest else kind.max_length,
        checked=kind.checked or re.search(column, expression) is not None,
    )


def _choices(column: str, expression: str) -> tuple[str, ...]:
    """The literals of `column = ANY (ARRAY[...])` or of `column = 'a' OR column = 'b'`."""
    listed = re.search(rf"{column} = ANY \(\(?ARRAY\[(.*?)\]", expression)
    if listed:
        texts: Iterable[str] = _LITERAL.findall(listed[1]) or re.findall(r"-?[\d.]+", listed[1])
    else:
        texts = re.findall(rf"{column} = '((?:[^']|'')*)'", expression)
    return tuple(text.replace("''", "'") for text in texts)


Kinds = Mapping[tuple[str, str], Kind]
