"""What a column's type is, read from PostgreSQL's own spelling of it.

`character varying(20)[]` becomes a base, arguments and the array mark, and every base belongs to a
`Family`, which is what the writers of other forms decide by. Domains are not seen through here;
`convert` replaces them before a writer sees the schema.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ghost_engine.sql.lexer import tokenize
from ghost_engine.sql.schema import Enum, Schema

Family = Literal[
    "small", "integer", "big", "decimal", "real", "double", "money", "boolean", "text", "varchar",
    "char", "date", "time", "timestamp", "timestamptz", "interval", "uuid", "json", "binary",
    "bits", "address", "enum", "array", "other",
]  # fmt: skip

NUMBERS: frozenset[Family] = frozenset(
    ("small", "integer", "big", "decimal", "real", "double", "money")
)
_FAMILIES: dict[str, Family] = {
    "smallint": "small",
    "integer": "integer",
    "bigint": "big",
    "numeric": "decimal",
    "real": "real",
    "double precision": "double",
    "money": "money",
    "boolean": "boolean",
    "text": "text",
    "citext": "text",
    "name": "text",
    "xml": "text",
    "character varying": "varchar",
    "character": "char",
    "date": "date",
    "time without time zone": "time",
    "time with time zone": "time",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "uuid": "uuid",
    "json": "json",
    "jsonb": "json",
    "bytea": "binary",
    "bit": "bits",
    "bit varying": "bits",
    "inet": "address",
    "cidr": "address",
    "macaddr": "address",
    "macaddr8": "address",
}
_PARTS = re.compile(r'^(?P<head>[^"(]+?)(?:\((?P<arguments>[\d, -]+)\))?(?P<tail> [a-z ]+)?$')


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type in parts: `numeric(10,2)[]` is base `numeric`, arguments (10, 2), `array` True.

    `name` and `labels` are those of an enum. `family` is that of the element if `array` is set.
    """

    base: str
    family: Family
    arguments: tuple[int, ...] = ()
    array: bool = False
    labels: tuple[str, ...] = ()
    name: str = ""

    @property
    def kind(self) -> Family:
        """The family of the column as a whole: "array" for an array of anything."""
        return "array" if self.array else self.family


def read_type(text: str, schema: Schema) -> TypeName:
    """The parts of a type as `format_type` prints it; enums are looked up in `schema`."""
    bare = text.removesuffix("[]")
    array = bare != text
    enum = _enum(bare, schema)
    if enum is not None:
        return TypeName(bare, "enum", (), array, enum.labels, enum.name)
    parts = _PARTS.match(bare)
    if parts is None:
        return TypeName(bare, "other", array=array)
    base = parts["head"] + (parts["tail"] or "")
    numbers = tuple(int(number) for number in (parts["arguments"] or "").split(",") if number)
    family: Family = "interval" if base.startswith("interval") else _FAMILIES.get(base, "other")
    return TypeName(base, family, numbers, array)


def _enum(base: str, schema: Schema) -> Enum | None:
    """The enum that `base` names, or None; the catalog quotes one that is called like a type."""
    tokens = list(tokenize(base))
    if not tokens or base in _FAMILIES:
        return None
    return next((enum for enum in schema.enums if enum.name == tokens[-1].name), None)
