"""Names as SQL: quoted where PostgreSQL would read them otherwise."""

from __future__ import annotations

import re

from ghost_engine.sql.schema import Table

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
# Words that PostgreSQL reserves in places where a table or a column may stand.
_RESERVED = frozenset(
    "all analyse analyze and any array as asc asymmetric authorization between bigint binary bit "
    "boolean both case cast char character check coalesce collate collation column concurrently "
    "constraint create cross current_catalog current_date current_role current_schema current_time "
    "current_timestamp current_user dec decimal default deferrable desc distinct do else end "
    "except exists extract false fetch float for foreign freeze from full grant greatest group "
    "grouping having ilike in initially inner inout int integer intersect interval into is isnull "
    "join lateral leading least left like limit localtime localtimestamp national natural nchar "
    "none normalize not notnull null nullif numeric offset on only or order out outer overlaps "
    "overlay placing position precision primary real references returning right row select "
    "session_user setof similar smallint some substring symmetric system_user table tablesample "
    "then time timestamp to trailing treat trim true union unique user using values varchar "
    "variadic verbose "
    "when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces "
    "xmlparse xmlpi xmlroot xmlserialize xmltable merge_action json json_array json_object".split()
)


def quoted(name: str) -> str:
    """`name`, in quotes unless it is a plain word that means nothing to PostgreSQL."""
    if _PLAIN.fullmatch(name) and name not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def table_name(table: Table) -> str:
    """The table's name with its namespace, ready to stand in a statement."""
    name = quoted(table.name)
    return name if table.namespace == "public" else f"{quoted(table.namespace)}.{name}"


def column_list(columns: tuple[str, ...]) -> str:
    """`(a, b)`."""
    return f"({', '.join(quoted(column) for column in columns)})"
