"""A schema as a script for MySQL 8.0.16 and later, or MariaDB 10.6 and later.

Tables, columns, keys, uniques, plain indexes and foreign keys all come over; arrays become JSON,
moments DATETIME in UTC, and text that is part of a key VARCHAR(255), because MySQL cannot index
text of any length. What MySQL cannot say stands as a comment that begins with "left out".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ghost_engine.sql.render.defaults import read_default
from ghost_engine.sql.render.expressions import translate
from ghost_engine.sql.render.indexes import read_index
from ghost_engine.sql.render.mysql_types import column_type, string
from ghost_engine.sql.render.naming import FlatNames, TakenNames, flat_names
from ghost_engine.sql.render.typenames import NUMBERS, TypeName, read_type
from ghost_engine.sql.schema import Check, Column, ForeignKey, Index, Schema, Table

_INTEGERS = ("small", "integer", "big")
_LONG = ("TEXT", "LONGTEXT", "JSON", "LONGBLOB")  # neither a plain default nor a key
_MAX_NAME = 64


@dataclass(frozen=True)
class _Writer:
    schema: Schema
    names: FlatNames
    keyed: frozenset[tuple[str, str]]  # (table, column) in a key, an index or a reference
    constraints: TakenNames = field(default_factory=TakenNames)  # shared by a whole database
    later: list[str] = field(default_factory=list)  # references to tables that come further down


def to_mysql(schema: Schema) -> str:
    """The script: a CREATE TABLE a table with its indexes, then the references that had to wait."""
    writer = _Writer(schema, flat_names(schema, _spell), frozenset(_keyed(schema)))
    parts = ["SET NAMES utf8mb4;"]
    made: set[str] = set()
    for table in schema.tables:
        made.add(table.qualified)
        parts.append(_table(writer, table, made))
    parts += writer.later
    parts += [_left_out(f"the view {view.name}") for view in schema.views]
    return "\n\n".join(parts) + "\n"


def _keyed(schema: Schema) -> Iterator[tuple[str, str]]:
    for table in schema.tables:
        groups = [table.primary_key, *(each.columns for each in table.uniques)]
        groups += [_index_columns(index) or () for index in table.indexes]
        for key in table.foreign_keys:
            groups.append(key.columns)
            yield from ((key.target, name) for name in key.target_columns)
        yield from ((table.qualified, name) for group in groups for name in group)


def _table(writer: _Writer, table: Table, made: set[str]) -> str:
    if not table.columns:
        return _left_out(f"the table {table.qualified}, which has no columns")
    lines = [_column(writer, table, column) for column in table.columns]
    lines += _keys(writer, table)
    lines += [_index(writer, table, index) for index in table.indexes]
    for key in table.foreign_keys:
        text = _reference(writer, table, key)
        if key.target in made:
            lines.append(text)
        else:
            name = _quoted(writer.names.tables[table.qualified])
            writer.later.append(f"ALTER TABLE {name} ADD {text};")
    lines += [_check(writer, table, check) for check in table.checks]
    return _assembled(writer, table, lines)


def _assembled(writer: _Writer, table: Table, lines: list[str]) -> str:
    """The statement; lines that became comments follow it."""
    outside = [line for line in lines if line.startswith("--")]
    body = ",\n    ".join(line for line in lines if not line.startswith("--"))
    comment = f" COMMENT={string(table.comment[:2048])}" if table.comment else ""
    name = _quoted(writer.names.tables[table.qualified])
    return "\n".join([f"CREATE TABLE {name} (\n    {body}\n){comment};", *outside])


def _column(writer: _Writer, table: Table, column: Column) -> str:
    kind = _kind(writer, table, column)
    type_name = column_type(kind, (table.qualified, column.name) in writer.keyed)
    words = [_quoted(writer.names.of(table, column.name)), type_name]
    computed = _computed(writer, table, column)
    words += [computed] if computed else []
    if not column.nullable:
        words.append("NOT NULL")
    if _counts(writer, table, column):
        words.append("AUTO_INCREMENT")
    elif not computed:
        words.append(_default(column, kind, type_name))
    remark = _remark(column, computed)
    if remark:
        words.append(f"COMMENT {string(remark[:1024])}")
    return " ".join(filter(None, words))


def _kind(writer: _Writer, table: Table, column: Column) -> TypeName:
    """The column's type; an integer that refers to a wider one is made as wide, as MySQL asks."""
    kind = read_type(column.type, writer.schema)
    seen = {(table.qualified, column.name)}
    while kind.kind in _INTEGERS:
        step = _referred(writer.schema, table, column.name)
        if step is None or (step[0].qualified, step[1].name) in seen:
            break
        table, column = step
        seen.add((table.qualified, column.name))
        kind = read_type(column.type, writer.schema)
    return kind


def _referred(schema: Schema, table: Table, column: str) -> tuple[Table, Column] | None:
    for key in table.foreign_keys:
        target = schema.table(key.target)
        if column in key.columns and target is not None:
            found = target.column(key.target_columns[key.columns.index(column)])
            return (target, found) if found else None
    return None


def _counts(writer: _Writer, table: Table, column: Column) -> bool:
    """True for the one column of a table that MySQL can number by itself: first in the key."""
    kind = read_type(column.type, writer.schema).kind
    is_first = table.primary_key[:1] == (column.name,)
    return is_first and kind in _INTEGERS and read_default(column).meaning == "sequence"


def _default(column: Column, kind: TypeName, type_name: str) -> str:
    default = read_default(column)
    if default.meaning == "literal" and not kind.array:
        if kind.kind == "boolean":
            return f"DEFAULT {str(default.text in ('true', 't', '1', 'yes', 'on')).upper()}"
        if kind.kind in NUMBERS and default.text.lstrip("-").replace(".", "", 1).isdecimal():
            return f"DEFAULT {default.text}"
        plain = kind.kind not in ("timestamptz", "bits") and kind.kind not in NUMBERS
        value = string(default.text)
        return (f"DEFAULT ({value})" if type_name in _LONG else f"DEFAULT {value}") if plain else ""
    if default.meaning == "literal" and default.text == "{}":
        return "DEFAULT (JSON_ARRAY())"
    if default.meaning == "uuid":
        return "DEFAULT (UUID())"
    return _moment(default.meaning, type_name)


def _moment(meaning: str, type_name: str) -> str:
    """`now` must have just as many digits as the column, and a date takes only its own."""
    if meaning == "now" and type_name.startswith("DATETIME"):
        return f"DEFAULT CURRENT_TIMESTAMP{type_name.removeprefix('DATETIME')}"
    if meaning in ("now", "today") and type_name == "DATE":
        return "DEFAULT (CURRENT_DATE)"
    return "DEFAULT (CURRENT_TIME)" if meaning == "clock" and type_name.startswith("TIME") else ""


def _computed(writer: _Writer, table: Table, column: Column) -> str:
    if column.generated is None:
        return ""
    expression = _translated(writer, table, column.generated)
    return f"GENERATED ALWAYS AS ({expression}) STORED" if expression else ""


def _keys(writer: _Writer, table: Table) -> Iterator[str]:
    if table.primary_key:
        yield f"PRIMARY KEY ({_columns(writer, table, table.primary_key)})"
    names = TakenNames()
    for each in table.uniques:
        name = _quoted(names.take(_spell(each.name), _MAX_NAME))
        yield f"UNIQUE KEY {name} ({_columns(writer, table, each.columns)})"


def _index_columns(index: Index) -> tuple[str, ...] | None:
    """The columns of an index that MySQL can have, else None."""
    parts = read_index(index)
    usable = parts.where is None and parts.method in ("btree", "hash")
    return parts.columns if usable else None


def _index(writer: _Writer, table: Table, index: Index) -> str:
    columns = _index_columns(index)
    kinds = {column.name: read_type(column.type, writer.schema) for column in table.columns}
    if columns is None or any(kinds[name].kind in ("json", "array") for name in columns):
        return _left_out(index.definition)
    unique = "UNIQUE " if index.unique else ""
    return f"{unique}KEY {_quoted(_spell(index.name))} ({_columns(writer, table, columns)})"


def _reference(writer: _Writer, table: Table, key: ForeignKey) -> str:
    target = writer.schema.table(key.target)
    assert target is not None
    name = _quoted(writer.constraints.take(_spell(key.name), _MAX_NAME))
    columns = _columns(writer, target, key.target_columns)
    text = (
        f"CONSTRAINT {name} FOREIGN KEY ({_columns(writer, table, key.columns)}) REFERENCES "
        f"{_quoted(writer.names.tables[key.target])} ({columns})"
    )
    for event, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update)):
        if action not in ("NO ACTION", "SET DEFAULT") and not _impossible(table, key, action):
            text += f" ON {event} {action}"
    return text


def _impossible(table: Table, key: ForeignKey, action: str) -> bool:
    """MySQL refuses SET NULL where a column of the key is NOT NULL."""
    columns = [table.column(name) for name in key.columns]
    return action == "SET NULL" and any(each and not each.nullable for each in columns)


def _check(writer: _Writer, table: Table, check: Check) -> str:
    bare = check.expression.removeprefix("CHECK ")
    expression = _translated(writer, table, bare) if bare != check.expression else None
    if expression is None or any(_counts(writer, table, each) for each in _named(table, bare)):
        return _left_out(f"{check.name} {check.expression}")
    name = _quoted(writer.constraints.take(_spell(check.name), _MAX_NAME))
    return f"CONSTRAINT {name} CHECK ({expression})"


def _named(table: Table, expression: str) -> list[Column]:
    """The columns an expression may speak of; MySQL lets no CHECK speak of an AUTO_INCREMENT."""
    return [column for column in table.columns if column.name in expression]


def _translated(writer: _Writer, table: Table, expression: str) -> str | None:
    return translate(
        expression, "mysql", lambda name: writer.names.columns.get((table.qualified, name), name)
    )


def _columns(writer: _Writer, table: Table, names: tuple[str, ...]) -> str:
    return ", ".join(_quoted(writer.names.of(table, name)) for name in names)


def _remark(column: Column, computed: str) -> str:
    texts = [column.comment] if column.comment else []
    if column.generated and not computed:
        texts.append(f"computed in PostgreSQL: {column.generated}")
    if column.default and read_default(column).meaning == "expression":
        texts.append(f"default left out: {column.default}")
    return "; ".join(texts)


def _spell(name: str) -> str:
    """MySQL's names hold no letters beyond the basic plane and do not end in a blank."""
    plain = "".join(letter if ord(letter) < 0x10000 else "_" for letter in name)
    return plain if plain == plain.rstrip() else plain.rstrip() + "_"


def _left_out(what: str) -> str:
    return f"-- left out: {' '.join(what.split())}"


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
