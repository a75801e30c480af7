"""Type families: which PostgreSQL types count as the same choice for a column.

A screenshot cannot tell `varchar(80)` from `text` or `integer` from `bigint`; it can tell a date
from a number. Two types of one family are equal to the comparison.
"""

from __future__ import annotations

import re
from functools import lru_cache

_FAMILIES = {
    "integer": ("smallint", "integer", "bigint"),
    "number": ("numeric", "real", "double precision", "money"),
    "text": ("text", "character varying", "character", "char", "bpchar", "name", "citext"),
    "boolean": ("boolean",),
    "date": ("date",),
    "timestamp": ("timestamp without time zone", "timestamp with time zone"),
    "time": ("time without time zone", "time with time zone"),
    "interval": ("interval",),
    "uuid": ("uuid",),
    "json": ("json", "jsonb"),
    "bytes": ("bytea",),
    "network": ("inet", "cidr"),
    "bits": ("bit", "bit varying"),
}
_FAMILY = {name: family for family, names in _FAMILIES.items() for name in names}
_MODIFIER = re.compile(r"\([^()]*\)")
_INTERVAL = re.compile(r"interval\b.*")


@lru_cache(maxsize=16_384)
def type_family(type_text: str, enums: frozenset[str] = frozenset()) -> str:
    """The family of a type as `format_type` prints it; an unknown type is a family of its own.

    Args:
        type_text: such as `numeric(10,2)`, `timestamp with time zone` or `text[]`.
        enums: names of enumerated types; those belong to the texts.
    """
    element = type_text.removesuffix("[]")
    if element != type_text:
        return f"{type_family(element, enums)}[]"
    plain = " ".join(_MODIFIER.sub(" ", type_text).replace('"', "").split())
    if plain in enums or plain.rpartition(".")[2] in enums:
        return "text"
    plain = _INTERVAL.sub("interval", plain.lower())
    return _FAMILY.get(plain, plain)
