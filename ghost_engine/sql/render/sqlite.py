"""A schema as a script for SQLite 3.38 and later.

Tables, columns, keys, uniques, plain and partial indexes and foreign keys all come over; enums
become text with a CHECK, arrays and JSON text, moments text in UTC. What SQLite cannot say (a
regular expression in a CHECK, a GIN index) stands as a comment that begins with "left out".
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ghost_engine.sql.render.defaults import read_default
from ghost_engine.sql.render.expressions import translate
from ghost_engine.sql.render.indexes import read_index
from ghost_engine.sql.render.naming import FlatNames, TakenNames, flat_names
from ghost_engine.sql.render.typenames import NUMBERS, TypeName, read_type
from ghost_engine.sql.schema import Check, Column, ForeignKey, Index, Schema, Table

_TYPES = {
    "small": "INTEGER",
    "integer": "INTEGER",
    "big": "INTEGER",
    "real": "REAL",
    "double": "REAL",
    "money": "NUMERIC(19,2)",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMP",
    "binary": "BLOB",
}
_MOMENTS = {"now": "CURRENT_TIMESTAMP", "today": "CURRENT_DATE", "clock": "CURRENT_TIME"}
_INTEGERS = ("small", "integer", "big")
# SQLite has no UUIDs; this is one of version 4, drawn from its random bytes.
_UUID = (
    "(lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' ||"
    " substr(hex(randomblob(2)), 2) || '-' || substr('89AB', 1 + (random() & 3), 1) ||"
    " substr(hex(randomblob(2)), 2) || '-' ||"
    " hex(randomblob(6))))"
)


@dataclass(frozen=True)
class _Writer:
    schema: Schema
    names: FlatNames
    taken: TakenNames = field(default_factory=TakenNames)  # indexes share the tables' namespace


def to_sqlite(schema: Schema) -> str:
    """The script: one CREATE TABLE a table, then the indexes."""
    writer = _Writer(schema, flat_names(schema, _spell))
    for name in writer.names.tables.values():
        writer.taken.take(name)
    parts = ["PRAGMA foreign_keys = ON;"]
    for table in schema.tables:
        parts.append(_table(writer, table))
        parts += [_index(writer, table, index) for index in table.indexes]
    parts += [_left_out(f"the view {view.name}") for view in schema.views]
    return "\n\n".join(parts) + "\n"


def _table(writer: _Writer, table: Table) -> str:
    if not table.columns:
        return _left_out(f"the table {table.qualified}, which has no columns")
    lines = [(_column(writer, table, each), _remark(writer, table, each)) for each in table.columns]
    lines += [(line, "") for line in _constraints(writer, table)]
    outside = []
    for check in table.checks:
        line = _check(writer, table, check)
        if line.startswith("--"):
            outside.append(line)
        else:
            lines.append((line, ""))
    commas = [","] * (len(lines) - 1) + [""]
    body = "\n".join(
        f"    {line}{comma}{remark}" for (line, remark), comma in zip(lines, commas, strict=True)
    )
    name = _quoted(writer.names.tables[table.qualified])
    head = f"-- {_one_line(table.comment)}\n" if table.comment else ""
    return "\n".join([f"{head}CREATE TABLE {name} (\n{body}\n);", *outside])


def _column(writer: _Writer, table: Table, column: Column) -> str:
    kind = read_type(column.type, writer.schema)
    name = writer.names.of(table, column.name)
    words = [_quoted(name), _type(kind)]
    if _is_rowid(table, column, kind):
        return " ".join([_quoted(name), "INTEGER PRIMARY KEY"])
    if not column.nullable:
        words.append("NOT NULL")
    words += filter(None, (_default(column, kind), _computed(writer, table, column)))
    if kind.kind == "enum":
        labels = ", ".join(_string(label) for label in kind.labels) or "NULL"
        words.append(f"CHECK ({_quoted(name)} IN ({labels}))")
    return " ".join(words)


def _type(kind: TypeName) -> str:
    if kind.array:
        return "TEXT"
    sizes = f"({', '.join(map(str, kind.arguments))})" if kind.arguments else ""
    if kind.family in ("varchar", "char"):
        return f"VARCHAR{sizes}" if kind.family == "varchar" else f"CHAR{sizes}"
    return f"NUMERIC{sizes}" if kind.family == "decimal" else _TYPES.get(kind.family, "TEXT")


def _is_rowid(table: Table, column: Column, kind: TypeName) -> bool:
    """True for the one integer key, which SQLite numbers by itself if written just so."""
    return table.primary_key == (column.name,) and kind.kind in _INTEGERS and not column.generated


def _default(column: Column, kind: TypeName) -> str:
    default = read_default(column)
    if default.meaning == "literal":
        if kind.array:
            return "DEFAULT '[]'" if default.text == "{}" else ""
        bare = kind.kind in NUMBERS and _is_number(default.text)
        if kind.kind == "boolean":
            return f"DEFAULT {int(default.text in ('true', 't', '1', 'yes', 'on'))}"
        return f"DEFAULT {default.text if bare else _string(default.text)}"
    if default.meaning == "uuid":
        return f"DEFAULT {_UUID}"
    moment = _MOMENTS.get(default.meaning)
    return f"DEFAULT {moment}" if moment else ""


def _computed(writer: _Writer, table: Table, column: Column) -> str:
    if column.generated is None:
        return ""
    expression = _translated(writer, table, column.generated)
    return f"GENERATED ALWAYS AS ({expression}) STORED" if expression else ""


def _constraints(writer: _Writer, table: Table) -> list[str]:
    kinds = {column.name: read_type(column.type, writer.schema) for column in table.columns}
    lines = []
    key = table.primary_key
    if key and not (len(key) == 1 and kinds[key[0]].kind in _INTEGERS):
        lines.append(f"PRIMARY KEY ({_columns(writer, table, key)})")
    lines += [f"UNIQUE ({_columns(writer, table, each.columns)})" for each in table.uniques]
    return lines + [_reference(writer, table, key) for key in table.foreign_keys]


def _reference(writer: _Writer, table: Table, key: ForeignKey) -> str:
    target = writer.schema.table(key.target)
    assert target is not None
    columns = _columns(writer, target, key.target_columns)
    text = (
        f"FOREIGN KEY ({_columns(writer, table, key.columns)}) REFERENCES "
        f"{_quoted(writer.names.tables[key.target])} ({columns})"
    )
    for event, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update)):
        text += f" ON {event} {action}" if action != "NO ACTION" else ""
    return text


def _check(writer: _Writer, table: Table, check: Check) -> str:
    bare = check.expression.removeprefix("CHECK ")
    expression = _translated(writer, table, bare) if bare != check.expression else None
    if expression is None:
        return _left_out(f"{check.name} {check.expression}")
    return f"CONSTRAINT {_quoted(check.name)} CHECK ({expression})"


def _index(writer: _Writer, table: Table, index: Index) -> str:
    parts = read_index(index)
    keys = parts.columns
    where = _translated(writer, table, parts.where) if parts.where else ""
    if keys is None or parts.method != "btree" or where is None or not table.columns:
        return _left_out(index.definition)
    ordered = ", ".join(
        _quoted(writer.names.of(table, name)) + (" DESC" if "DESC" in key.options else "")
        for name, key in zip(keys, parts.keys, strict=True)
    )
    name = _quoted(writer.taken.take(_spell(index.name)))
    unique = "UNIQUE " if parts.unique else ""
    condition = f" WHERE {where}" if where else ""
    on = _quoted(writer.names.tables[table.qualified])
    return f"CREATE {unique}INDEX {name} ON {on} ({ordered}){condition};"


def _translated(writer: _Writer, table: Table, expression: str) -> str | None:
    return translate(
        expression, "sqlite", lambda name: writer.names.columns.get((table.qualified, name), name)
    )


def _columns(writer: _Writer, table: Table, names: tuple[str, ...]) -> str:
    return ", ".join(_quoted(writer.names.of(table, name)) for name in names)


def _remark(writer: _Writer, table: Table, column: Column) -> str:
    """The comment at the end of a column's line."""
    texts = [_one_line(column.comment)] if column.comment else []
    if column.default and read_default(column).meaning == "expression":
        texts.append(f"default left out: {_one_line(column.default)}")
    if column.generated and not _computed(writer, table, column):
        texts.append(f"computed in PostgreSQL: {_one_line(column.generated)}")
    return f"  -- {'; '.join(texts)}" if texts else ""


def _spell(name: str) -> str:
    """Names that begin with sqlite_ are SQLite's own."""
    return f"_{name}" if name.casefold().startswith("sqlite_") else name


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdecimal()


def _left_out(what: str) -> str:
    return f"-- left out: {_one_line(what)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _string(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
