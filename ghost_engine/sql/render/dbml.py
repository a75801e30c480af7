"""A schema as DBML, the language of dbdiagram.io and dbdocs.

Tables, columns, enums, keys, indexes, defaults, notes and references come over; CHECK conditions
stand in the table's note, because few readers of DBML know them. DBML cannot escape a double quote
inside a name: a lookalike stands in its place.
"""

from __future__ import annotations

import re

from ghost_engine.sql.render.defaults import read_default
from ghost_engine.sql.render.indexes import IndexParts, read_index
from ghost_engine.sql.render.keys import Relationship, relationships, short_type
from ghost_engine.sql.render.typenames import NUMBERS, TypeName, read_type
from ghost_engine.sql.schema import Column, Enum, Schema, Table

_PLAIN_TYPE = re.compile(r"[a-z_][a-z0-9_]*(\(\d+(,\d+)?\))?")
_METHODS = ("btree", "hash", "gin", "gist", "brin", "spgist")


def to_dbml(schema: Schema) -> str:
    """The document: enums, tables, references."""
    enums = {enum.name: enum for enum in schema.enums if enum.labels}  # DBML knows none without
    parts = [_enum(enum) for enum in enums.values()]
    parts += [_table(schema, table) for table in schema.tables]
    references = [_reference(each) for each in relationships(schema)]
    if references:
        parts.append("\n".join(references))
    return "\n\n".join(parts) + "\n" if parts else "// no tables\n"


def _enum(enum: Enum) -> str:
    lines = "\n".join(f"  {_quoted(label)}" for label in enum.labels)
    return f"Enum {_quoted(enum.name)} {{\n{lines}\n}}"


def _table(schema: Schema, table: Table) -> str:
    if not table.columns:
        return f"// left out: {_quoted(table.qualified)}, which has no columns"
    lines = [_column(schema, table, column) for column in table.columns]
    indexes = _indexes(table)
    if indexes:
        lines += ["", "  indexes {", *(f"    {line}" for line in indexes), "  }"]
    note = _note(table)
    if note:
        lines += ["", f"  Note: {_string(note)}"]
    return "\n".join([f"Table {_table_name(table)} {{", *lines, "}"])


def _table_name(table: Table) -> str:
    name = _quoted(table.name)
    return name if table.namespace == "public" else f"{_quoted(table.namespace)}.{name}"


def _column(schema: Schema, table: Table, column: Column) -> str:
    kind = read_type(column.type, schema)
    settings = ["pk"] if table.primary_key == (column.name,) else []
    default = read_default(column)
    if default.meaning == "sequence":
        settings.append("increment")
    if not column.nullable and "pk" not in settings:
        settings.append("not null")
    if any(each.columns == (column.name,) for each in table.uniques):
        settings.append("unique")
    if default.meaning not in ("nothing", "sequence"):
        settings.append(f"default: {_default(column, kind)}")
    note = "; ".join(filter(None, (column.comment, _computed(column))))
    if note:
        settings.append(f"note: {_string(note)}")
    tail = f" [{', '.join(settings)}]" if settings else ""
    return f"  {_quoted(column.name)} {_type(column, kind)}{tail}"


def _computed(column: Column) -> str:
    return f"computed: {column.generated}" if column.generated else ""


def _type(column: Column, kind: TypeName) -> str:
    if kind.kind == "enum" and kind.labels:
        return _quoted(kind.name)
    text = short_type(column.type)
    return text if _PLAIN_TYPE.fullmatch(text) else _quoted(text)


def _default(column: Column, kind: TypeName) -> str:
    default = read_default(column)
    if default.meaning != "literal":
        return _expression(default.text)
    if kind.kind == "boolean":
        return "true" if default.text in ("true", "t", "1", "yes", "on") else "false"
    number = kind.kind in NUMBERS and re.fullmatch(r"\d+(\.\d+)?", default.text)
    return default.text if number else _string(default.text)


def _indexes(table: Table) -> list[str]:
    lines = []
    if len(table.primary_key) > 1:
        lines.append(f"{_key(table.primary_key)} [pk]")
    for unique in table.uniques:
        if len(unique.columns) > 1:
            lines.append(f"{_key(unique.columns)} [unique, name: {_string(unique.name)}]")
    for index in table.indexes:
        parts = read_index(index)
        settings = ["unique"] if parts.unique else []
        if parts.method in ("btree", "hash"):
            settings.append(f"type: {parts.method}")
        settings.append(f"name: {_string(index.name)}")
        note = _index_note(parts)
        if note:
            settings.append(f"note: {_string(note)}")
        keys = ", ".join(_index_key(key.column, key.expression) for key in parts.keys)
        lines.append(f"({keys}) [{', '.join(settings)}]")
    return lines


def _index_note(parts: IndexParts) -> str:
    """What DBML has no setting for."""
    method = f"using {parts.method}" if parts.method in _METHODS[2:] else ""
    condition = f"where {parts.where}" if parts.where else ""
    return " ".join(filter(None, (method, parts.rest, condition)))


def _index_key(column: str | None, expression: str) -> str:
    return _quoted(column) if column is not None else _expression(expression)


def _key(columns: tuple[str, ...]) -> str:
    return f"({', '.join(_quoted(column) for column in columns)})"


def _note(table: Table) -> str:
    checks = [check.expression for check in table.checks]
    return "\n".join(filter(None, [table.comment or "", *checks]))


def _reference(relationship: Relationship) -> str:
    key = relationship.key
    settings = [
        f"{event}: {action.lower()}"
        for event, action in (("delete", key.on_delete), ("update", key.on_update))
        if action != "NO ACTION"
    ]
    child = f"{_table_name(relationship.child)}.{_ends(key.columns)}"
    parent = f"{_table_name(relationship.parent)}.{_ends(key.target_columns)}"
    tail = f" [{', '.join(settings)}]" if settings else ""
    return f"Ref {_quoted(key.name)}: {child} {'-' if relationship.single else '>'} {parent}{tail}"


def _ends(columns: tuple[str, ...]) -> str:
    return _quoted(columns[0]) if len(columns) == 1 else _key(columns)


def _quoted(name: str) -> str:
    """A name in double quotes, on one line, with lookalikes for what DBML cannot hold there."""
    visible = "".join(c if c.isprintable() else f"␣{ord(c):04X}" for c in name)
    return '"' + visible.replace('"', "\N{FULLWIDTH QUOTATION MARK}").replace("\\", "＼") + '"'


def _expression(text: str) -> str:
    return "`" + " ".join(text.split()).replace("`", "'") + "`"


def _string(text: str) -> str:
    """A text in quotes; three of them when it has several lines."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'''{escaped}'''" if "\n" in text or "\r" in text else f"'{escaped}'"
