"""One column as a Django field: the class, and its arguments as Python text."""

from __future__ import annotations

from ghost_engine.sql.render.defaults import read_default
from ghost_engine.sql.render.typenames import NUMBERS, TypeName
from ghost_engine.sql.schema import Column

_FIELDS = {
    "small": "SmallIntegerField",
    "integer": "IntegerField",
    "big": "BigIntegerField",
    "real": "FloatField",
    "double": "FloatField",
    "boolean": "BooleanField",
    "date": "DateField",
    "time": "TimeField",
    "timestamp": "DateTimeField",
    "timestamptz": "DateTimeField",
    "interval": "DurationField",
    "uuid": "UUIDField",
    "json": "JSONField",
    "binary": "BinaryField",
    "address": "GenericIPAddressField",
}
_SERIALS = {"small": "SmallAutoField", "integer": "AutoField", "big": "BigAutoField"}
_MOMENTS = ("now", "today", "clock")


def field_type(kind: TypeName, choices: dict[str, str]) -> tuple[str, list[str]]:
    """The field's class and the arguments that the type alone gives.

    Args:
        kind: the column's type.
        choices: the names of the classes of enums.
    """
    if kind.array:
        inner = TypeName(kind.base, kind.family, kind.arguments, False, kind.labels, kind.name)
        name, arguments = field_type(inner, choices)
        return "ArrayField", [f"models.{name}({', '.join(arguments)})"]
    if kind.family == "enum":
        longest = max([len(label) for label in kind.labels] or [1])
        return "CharField", [f"max_length={longest or 1}", f"choices={choices[kind.name]}.choices"]
    if kind.family in ("varchar", "char") and kind.arguments:
        return "CharField", [f"max_length={kind.arguments[0]}"]
    if kind.family == "decimal" and kind.arguments:
        scale = max(kind.arguments[1] if len(kind.arguments) > 1 else 0, 0)
        digits = max(kind.arguments[0], scale)
        return "DecimalField", [f"max_digits={digits}", f"decimal_places={scale}"]
    if kind.family in ("decimal", "money"):
        return "DecimalField", ["max_digits=1000", "decimal_places=30"]
    if kind.base.startswith("mac"):
        return "CharField", ["max_length=23"]
    return _FIELDS.get(kind.family, "TextField"), []


def serial_type(column: Column, kind: TypeName) -> str | None:
    """The automatic field for a key that numbers itself, or None."""
    counted = read_default(column).meaning == "sequence"
    return _SERIALS.get(kind.kind) if counted else None


def default_argument(column: Column, kind: TypeName) -> str | None:
    """`db_default=...`, `default=uuid.uuid4`, or None where Django cannot say it."""
    default = read_default(column)
    if default.meaning == "uuid":
        return "default=uuid.uuid4"
    if default.meaning in _MOMENTS and kind.kind in ("timestamp", "timestamptz", "date", "time"):
        return "db_default=Now()"
    if default.meaning != "literal":
        return None
    if kind.array:
        return "default=list" if default.text == "{}" else None
    if kind.family == "boolean":
        return f"db_default={default.text in ('true', 't', '1', 'yes', 'on')}"
    if kind.family in NUMBERS:
        plain = default.text.lstrip("-").replace(".", "", 1).isdecimal()
        return f"db_default={default.text}" if plain else None
    if kind.family == "json":
        return {"{}": "default=dict", "[]": "default=list"}.get(default.text)
    textual = kind.family in ("text", "varchar", "char", "enum")
    return f"db_default={default.text!r}" if textual else None
