"""A schema as JSON Schema 2020-12: what a row of each table looks like as JSON.

A row is what PostgreSQL's own `row_to_json` gives. The document as a whole describes an object with
an array of rows for each table; `$defs` hold the rows. Keys and references, which JSON Schema
cannot state, stand under `x-primaryKey`, `x-unique` and `x-foreignKeys`.
"""

from __future__ import annotations

import json
from typing import Any

from ghost_engine.sql.render.defaults import read_default
from ghost_engine.sql.render.typenames import NUMBERS, TypeName, read_type
from ghost_engine.sql.schema import Column, Schema, Table

_BITS = {"small": 15, "integer": 31, "big": 63}
_MOMENT = r"^-?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?"
_FORMS: dict[str, dict[str, Any]] = {
    "decimal": {"type": "number"},
    "real": {"type": "number"},
    "double": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "timestamptz": {"type": "string", "format": "date-time"},
    "timestamp": {"type": "string", "pattern": f"{_MOMENT}$"},
    "uuid": {"type": "string", "format": "uuid"},
    "binary": {"type": "string", "pattern": r"^\\x([0-9a-f]{2})*$"},
}


def to_json_schema(schema: Schema) -> str:
    """The document, indented; the same bytes for the same schema."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            table.qualified: {"type": "array", "items": {"$ref": f"#/$defs/{_pointer(table)}"}}
            for table in schema.tables
        },
        "additionalProperties": False,
        "$defs": {table.qualified: _row(schema, table) for table in schema.tables},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _pointer(table: Table) -> str:
    """The table's name as a part of a JSON pointer in a URI fragment."""
    from urllib.parse import quote

    return quote(table.qualified.replace("~", "~0").replace("/", "~1"), safe="~")


def _row(schema: Schema, table: Table) -> dict[str, Any]:
    row: dict[str, Any] = {"title": table.qualified, "type": "object"}
    if table.comment:
        row["description"] = table.comment
    row["properties"] = {column.name: _property(schema, column) for column in table.columns}
    row["required"] = [column.name for column in table.columns if not column.nullable]
    row["additionalProperties"] = False
    return row | _keys(table)


def _keys(table: Table) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    if table.primary_key:
        keys["x-primaryKey"] = list(table.primary_key)
    if table.uniques:
        keys["x-unique"] = [list(unique.columns) for unique in table.uniques]
    if table.foreign_keys:
        keys["x-foreignKeys"] = [
            {"columns": list(k.columns), "table": k.target, "references": list(k.target_columns)}
            for k in table.foreign_keys
        ]
    return keys


def _property(schema: Schema, column: Column) -> dict[str, Any]:
    kind = read_type(column.type, schema)
    form = _nullable(_form(kind)) if column.nullable else _form(kind)
    if column.comment:
        form["description"] = column.comment
    default = read_default(column)
    if default.meaning == "literal" and not kind.array:
        form["default"] = _value(default.text, kind)
    if column.generated or column.identity == "always":
        form["readOnly"] = True
    return form


def _form(kind: TypeName) -> dict[str, Any]:
    """The schema of one value; anything of the right JSON type where no more is known."""
    if kind.array:  # the catalog does not say how many dimensions an array has
        return (
            {"type": "array"} if kind.family == "json" else {"type": "array", "items": _items(kind)}
        )
    if kind.family == "enum":
        return {"enum": list(kind.labels)}
    if kind.family == "json":
        return {}
    if kind.family in _BITS:
        limit = 2 ** _BITS[kind.family]
        return {"type": "integer", "minimum": -limit, "maximum": limit - 1}
    if kind.family in ("varchar", "char") and kind.arguments:
        return {"type": "string", "maxLength": kind.arguments[0]}
    return dict(
        _FORMS.get(
            kind.family,
            {"type": ["string", "object"]} if kind.family == "other" else {"type": "string"},
        )
    )


def _items(kind: TypeName) -> dict[str, Any]:
    element = _nullable(_form(TypeName(kind.base, kind.family, kind.arguments, labels=kind.labels)))
    return {"anyOf": [element, {"type": "array"}]}


def _nullable(form: dict[str, Any]) -> dict[str, Any]:
    if "enum" in form:
        return {"enum": [*form["enum"], None]}
    if "type" not in form:
        return form
    types = form["type"] if isinstance(form["type"], list) else [form["type"]]
    return form | {"type": [*types, "null"]}


def _value(text: str, kind: TypeName) -> Any:
    """A literal default as JSON."""
    if kind.family == "boolean":
        return text in ("true", "t", "1", "yes", "on")
    if kind.family in NUMBERS - {"money"} or kind.family == "json":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
