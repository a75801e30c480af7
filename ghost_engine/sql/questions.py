"""Example questions to a schema: short SELECTs that its tables can answer.

Built from the schema alone; each runs on any rows, also on none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from ghost_engine.sql.render.keys import Relationship, relationships, short_type
from ghost_engine.sql.schema import Column, Schema, Table

MOST = 5

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_RESERVED = frozenset(
    """all analyse analyze and any array as asc asymmetric authorization between binary both case
    cast check collate collation column concurrently constraint create cross current_catalog
    current_date current_role current_schema current_time current_timestamp current_user default
    deferrable desc distinct do else end except false fetch for foreign freeze from full grant group
    having ilike in initially inner intersect into is isnull join lateral leading left like limit
    localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing
    primary references returning right select session_user similar some symmetric system_user table
    tablesample then to trailing true union unique user using variadic verbose when where window
    with values exists extract float int integer interval position row time timestamp char
    character numeric decimal real boolean bit""".split()
)
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_LABELS = ("full_name", "name", "title", "label", "display_name", "username", "email")
_STATES = re.compile(r"status|state$|type|kind|category|priority|role|gender|country|city")


def example_questions(schema: Schema) -> tuple[tuple[str, str], ...]:
    """Up to five (title, SQL) pairs, the most telling first; none for a schema without tables."""
    makers = (_joins, _groups, _newest, _sums, _counts)
    questions = [first for maker in makers for first in islice(maker(schema), 1)]
    if len(questions) < 3:
        questions += list(islice(_everything(schema), 3 - len(questions)))
    return tuple(questions[:MOST])


def _joins(schema: Schema) -> Iterator[tuple[str, str]]:
    related = [each for each in relationships(schema) if each.child != each.parent]
    for relation in sorted(related, key=lambda each: _label(each.parent) is None):
        child, parent = relation.child, relation.parent
        label = _label(parent) or relation.key.target_columns[0]
        yield (
            f"{_words(child.name)} per {_words(parent.name, single=True)}",
            f"SELECT p.{_name(label)}, count(c.*) AS {_name(child.name)}\n"
            f"FROM {_table(parent)} AS p\n"
            f"LEFT JOIN {_table(child)} AS c ON {_on(relation)}\n"
            f"GROUP BY p.{_name(label)}\nORDER BY 2 DESC, 1",
        )


def _on(relation: Relationship) -> str:
    pairs = zip(relation.key.columns, relation.key.target_columns, strict=True)
    return " AND ".join(f"c.{_name(own)} = p.{_name(target)}" for own, target in pairs)


def _groups(schema: Schema) -> Iterator[tuple[str, str]]:
    enums = {enum.name for enum in schema.enums}
    for table in schema.tables:
        for column in table.columns:
            kind = _family(column)
            state = kind in ("text", "varchar") and _STATES.search(column.name)
            if kind.strip('"') in enums or kind == "boolean" or state:
                yield (
                    f"{_words(table.name)} by {_words(column.name).lower()}",
                    f"SELECT {_name(column.name)}, count(*)\nFROM {_table(table)}\n"
                    f"GROUP BY {_name(column.name)}\nORDER BY 2 DESC",
                )


def _newest(schema: Schema) -> Iterator[tuple[str, str]]:
    for table in schema.tables:
        dates = [c for c in table.columns if _family(c) in ("timestamptz", "timestamp", "date")]
        if dates:
            column = _name(dates[0].name)
            yield (
                f"Newest {_words(table.name).lower()}",
                f"SELECT *\nFROM {_table(table)}\nORDER BY {column} DESC NULLS LAST\nLIMIT 5",
            )


def _sums(schema: Schema) -> Iterator[tuple[str, str]]:
    for table in schema.tables:
        keys = {*table.primary_key, *(name for key in table.foreign_keys for name in key.columns)}
        for column in table.columns:
            if _family(column) in _NUMBERS and column.name not in keys:
                name = _name(column.name)
                yield (
                    f"{_words(column.name)} of {_words(table.name).lower()}: least, mean, most",
                    f"SELECT min({name}) AS least, round(avg({name})::numeric, 2) AS mean,"
                    f" max({name}) AS most\nFROM {_table(table)}",
                )


def _counts(schema: Schema) -> Iterator[tuple[str, str]]:
    if len(schema.tables) < 2:
        return
    lines = [
        f"SELECT {_text(table.qualified)} AS table_name, count(*) AS row_count FROM {_table(table)}"
        for table in schema.tables[:20]
    ]
    yield "Rows in each table", "\nUNION ALL ".join(lines) + "\nORDER BY 1"


def _everything(schema: Schema) -> Iterator[tuple[str, str]]:
    for table in schema.tables:
        yield f"All {_words(table.name).lower()}", f"SELECT *\nFROM {_table(table)}\nLIMIT 20"
        yield (
            f"Number of {_words(table.name).lower()}",
            f"SELECT count(*) AS row_count\nFROM {_table(table)}",
        )


def _family(column: Column) -> str:
    return re.sub(r"\(.*\)", "", short_type(column.type))


def _label(table: Table) -> str | None:
    texts = [column.name for column in table.columns if _family(column) in ("text", "varchar")]
    known = next((name for name in _LABELS if name in texts), None)
    return known or next((name for name in texts if "name" in name.lower()), None)


def _table(table: Table) -> str:
    name = _name(table.name)
    return name if table.namespace == "public" else f"{_name(table.namespace)}.{name}"


def _name(name: str) -> str:
    if _PLAIN.fullmatch(name) and name not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _words(name: str, single: bool = False) -> str:
    """`order_items` -> `Order items`, or `order item`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").strip().lower() or name
    if single:
        return (
            re.sub(r"ies$", "y", words) if words.endswith("ies") else re.sub(r"(?<!s)s$", "", words)
        )
    return words[:1].upper() + words[1:]
