"""A schema as Django's models.py, for Django 5.2 and later on PostgreSQL.

Tables, columns, keys (composite ones too), uniques, plain indexes and one-column references come
over. What Django has no word for (CHECK conditions, indexes of expressions, references of several
columns) stands as a comment that begins with "left out". Django itself trips over names with a
percent sign or a double quote.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ghost_engine.sql.render.defaults import read_default
from ghost_engine.sql.render.django_fields import default_argument, field_type, serial_type
from ghost_engine.sql.render.django_names import DjangoNames, django_names, member_names
from ghost_engine.sql.render.indexes import read_index
from ghost_engine.sql.render.naming import TakenNames
from ghost_engine.sql.render.typenames import TypeName, read_type
from ghost_engine.sql.schema import Column, Enum, ForeignKey, Index, Schema, Table

_ACTIONS = {"CASCADE": "CASCADE", "RESTRICT": "RESTRICT", "SET NULL": "SET_NULL"}
_INDEX_NAME = 30  # characters; Django's own limit


@dataclass(frozen=True)
class _Writer:
    schema: Schema
    names: DjangoNames
    taken: TakenNames = field(default_factory=TakenNames)  # names of indexes and constraints

    def field(self, table: Table, column: str) -> str:
        return self.names.fields[table.qualified, column]

    def fields(self, table: Table, columns: tuple[str, ...]) -> str:
        return ", ".join(repr(self.field(table, column)) for column in columns)


def to_django(schema: Schema) -> str:
    """The module: a class of choices an enum, a model a table."""
    writer = _Writer(schema, django_names(schema))
    parts = [_choices(writer, enum) for enum in schema.enums if enum.labels]
    parts += [_model(writer, table) for table in schema.tables]
    parts += [f"# left out: the view {' '.join(view.name.split())}" for view in schema.views]
    body = "\n\n\n".join(parts)
    return f"{_imports(body)}\n\n\n{body}\n"


def _imports(body: str) -> str:
    lines = ["import uuid\n"] if "uuid.uuid4" in body else []
    if "ArrayField(" in body:
        lines.append("from django.contrib.postgres.fields import ArrayField")
    lines.append("from django.db import models")
    if "RawSQL(" in body:
        lines.append("from django.db.models.expressions import RawSQL")
    if "Now()" in body:
        lines.append("from django.db.models.functions import Now")
    return "\n".join(lines)


def _choices(writer: _Writer, enum: Enum) -> str:
    members = zip(member_names(enum.labels), enum.labels, strict=True)
    lines = [f"    {name} = {label!r}, {label!r}" for name, label in members]
    return "\n".join([f"class {writer.names.choices[enum.name]}(models.TextChoices):", *lines])


def _model(writer: _Writer, table: Table) -> str:
    lines = []
    if len(table.primary_key) > 1:
        key = writer.fields(table, table.primary_key)
        lines.append(f"pk = models.CompositePrimaryKey({key})")
    lines += [_field(writer, table, column) for column in table.columns]
    meta = [f"    {line}" for line in _meta(writer, table)]
    left_out = [f"# left out: {' '.join(text.split())}" for text in _left_out(table)]
    body = [*lines, *([""] if lines else []), "class Meta:", *meta, *left_out]
    text = "\n".join(f"    {line}" if line else "" for line in body)
    return f"class {writer.names.classes[table.qualified]}(models.Model):\n{text}"


def _field(writer: _Writer, table: Table, column: Column) -> str:
    kind = read_type(column.type, writer.schema)
    name = writer.field(table, column.name)
    key = _reference_of(table, column)
    if column.generated is not None:
        return f"{name} = {_generated(writer, column, kind, name)}"
    if key is not None and writer.schema.table(key.target) is not None:
        type_name, arguments = _reference(writer, table, column, key)
        stored = f"{name}_id"
    else:
        type_name, arguments = field_type(kind, writer.names.choices)
        serial = serial_type(column, kind) if _is_key(table, column) else None
        type_name, stored = serial or type_name, name
    arguments += _constraints(table, column, type_name)
    default = default_argument(column, kind) if key is None else None
    arguments += [default] if default else []
    if column.name != stored:
        arguments.append(f"db_column={_stored(column.name)!r}")
    if column.comment:
        arguments.append(f"db_comment={column.comment!r}")
    module = "" if type_name == "ArrayField" else "models."
    return f"{name} = {module}{type_name}({', '.join(arguments)})"


def _reference_of(table: Table, column: Column) -> ForeignKey | None:
    """The one-column reference of a column, the first if there are several."""
    return next((key for key in table.foreign_keys if key.columns == (column.name,)), None)


def _reference(
    writer: _Writer, table: Table, column: Column, key: ForeignKey
) -> tuple[str, list[str]]:
    target = writer.schema.table(key.target)
    assert target is not None
    own = "self" if target is table else writer.names.classes[key.target]
    action = _ACTIONS.get(key.on_delete, "DO_NOTHING")
    if action == "SET_NULL" and not column.nullable:
        action = "DO_NOTHING"
    related = f"{writer.names.classes[table.qualified].lower()}_{writer.field(table, column.name)}"
    arguments = [repr(own), f"models.{action}", f"related_name={f'{related}_set'!r}"]
    if target.primary_key != key.target_columns:
        arguments.append(f"to_field={writer.field(target, key.target_columns[0])!r}")
    return ("OneToOneField" if _is_single(table, column) else "ForeignKey"), arguments


def _is_key(table: Table, column: Column) -> bool:
    return table.primary_key == (column.name,)


def _is_single(table: Table, column: Column) -> bool:
    unique = any(each.columns == (column.name,) for each in table.uniques)
    return unique or _is_key(table, column)


def _constraints(table: Table, column: Column, type_name: str) -> list[str]:
    if _is_key(table, column):
        return ["primary_key=True"]
    words = ["unique=True"] if _is_single(table, column) and type_name != "OneToOneField" else []
    return words + (["null=True", "blank=True"] if column.nullable else [])


def _generated(writer: _Writer, column: Column, kind: TypeName, name: str) -> str:
    type_name, arguments = field_type(kind, writer.names.choices)
    module = "" if type_name == "ArrayField" else "models."
    expression = str(column.generated).replace("%", "%%")
    stored = f", db_column={_stored(column.name)!r}" if column.name != name else ""
    return (
        f"models.GeneratedField(expression=RawSQL({expression!r}, []), "
        f"output_field={module}{type_name}({', '.join(arguments)}), db_persist=True{stored})"
    )


def _meta(writer: _Writer, table: Table) -> list[str]:
    name = _stored(table.name)
    if table.namespace != "public":
        name = ".".join(
            '"' + part.replace('"', '""') + '"' for part in (table.namespace, table.name)
        )
    lines = [f"db_table = {name!r}"]
    if table.comment:
        lines.append(f"db_table_comment = {table.comment!r}")
    uniques = [_unique(writer, table, each.name, each.columns) for each in table.uniques]
    lines += _listed("constraints", [text for text in uniques if text])
    indexes = [_index(writer, table, index) for index in table.indexes]
    return lines + _listed("indexes", [text for text in indexes if text])


def _listed(name: str, items: list[str]) -> list[str]:
    return [f"{name} = [", *(f"    {item}," for item in items), "]"] if items else []


def _unique(writer: _Writer, table: Table, name: str, columns: tuple[str, ...]) -> str:
    if len(columns) < 2:
        return ""
    taken = writer.taken.take(name)
    return f"models.UniqueConstraint(fields=[{writer.fields(table, columns)}], name={taken!r})"


def _index(writer: _Writer, table: Table, index: Index) -> str:
    parts = read_index(index)
    if not parts.is_plain or parts.columns is None:
        return ""
    wished = index.name.lstrip("_0123456789") or "index"
    if parts.unique:
        fields = writer.fields(table, parts.columns)
        name = writer.taken.take(index.name)
        return f"models.UniqueConstraint(fields=[{fields}], name={name!r})"
    name = writer.taken.take(wished, _INDEX_NAME)
    return f"models.Index(fields=[{writer.fields(table, parts.columns)}], name={name!r})"


def _left_out(table: Table) -> list[str]:
    texts = [f"{check.name} {check.expression}" for check in table.checks]
    texts += [
        f"{each.name} DEFAULT {each.default}" for each in table.columns if _is_lost(table, each)
    ]
    texts += [index.definition for index in table.indexes if not read_index(index).is_plain]
    first = {key.columns: key for key in reversed(table.foreign_keys)}
    return texts + [
        f"{key.name} FOREIGN KEY ({', '.join(key.columns)}) REFERENCES {key.target} "
        f"({', '.join(key.target_columns)})"
        for key in table.foreign_keys
        if len(key.columns) > 1 or first[key.columns] is not key
    ]


def _is_lost(table: Table, column: Column) -> bool:
    """True if the column's default is an expression, or numbers a column that is no key."""
    meaning = read_default(column).meaning
    counted = meaning == "sequence" and column.default is not None and not _is_key(table, column)
    return meaning == "expression" or counted


def _stored(name: str) -> str:
    """A name as Django puts it into SQL: one with quotes in it must bring its own."""
    return '"' + name.replace('"', '""') + '"' if '"' in name else name
