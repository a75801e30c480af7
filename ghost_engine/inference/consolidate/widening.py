"""The type that holds what two screens' types hold, such as `numeric(12,2)` for a price that one
calls `integer` and the other `numeric(10,2)`.

Types come and go as PostgreSQL's `format_type` prints them. What has nothing in common becomes
text, which holds anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import reduce

from ghost_engine.sql.compare.families import type_family

TEXT = "text"
_RANKED = (
    ("smallint", "integer", "bigint", "numeric"),
    ("real", "double precision", "numeric"),
    ("date", "timestamp without time zone", "timestamp with time zone"),
    ("time without time zone", "time with time zone"),
    ("json", "jsonb"),
    ("cidr", "inet"),
)
_SIZED = re.compile(r"(?P<base>[a-z ]+?)\((?P<size>[\d, ]+)\)(?P<rest>.*)")
_DIGITS = {"smallint": 5, "integer": 10, "bigint": 19}


def widest(types: Iterable[str]) -> str:
    """One type for all values of `types`; the order does not matter."""
    return reduce(_wider, sorted(set(types)))


def _wider(first: str, second: str) -> str:
    if first == second:
        return first
    if first.endswith("[]") or second.endswith("[]"):
        return f"{_wider(first.removesuffix('[]'), second.removesuffix('[]'))}[]"
    one, other = _parts(first), _parts(second)
    if "numeric" in (one[0], other[0]):
        return _numeric(one, other)
    if type_family(first) == type_family(second) == "text":
        return _text(one, other)
    if one[0] == other[0]:
        return one[0]  # `time(3)` and `time`: without a limit
    for ranked in _RANKED:
        if one[0] in ranked and other[0] in ranked:
            return max(one[0], other[0], key=ranked.index)
    whole, broken = set(_RANKED[0]), set(_RANKED[1])
    if {one[0], other[0]} <= whole | broken:
        return "numeric"
    return TEXT


def _parts(text: str) -> tuple[str, tuple[int, ...]]:
    """`numeric(10,2)` -> ("numeric", (10, 2))."""
    found = _SIZED.fullmatch(text)
    if found is None:
        return text, ()
    sizes = tuple(int(each) for each in found["size"].split(","))
    return f"{found['base']}{found['rest']}".strip(), sizes


def _numeric(one: tuple[str, tuple[int, ...]], other: tuple[str, tuple[int, ...]]) -> str:
    """Room for the digits before and behind the point of both."""
    if not {one[0], other[0]} <= {"numeric", *_DIGITS, *_RANKED[1]}:
        return TEXT
    before = behind = 0
    for base, sizes in (one, other):
        if base in _DIGITS:
            sizes = (_DIGITS[base], 0)
        if not sizes:
            return "numeric"
        scale = sizes[1] if len(sizes) > 1 else 0
        before, behind = max(before, sizes[0] - scale), max(behind, scale)
    return f"numeric({before + behind},{behind})"


def _text(one: tuple[str, tuple[int, ...]], other: tuple[str, tuple[int, ...]]) -> str:
    limited = [sizes[0] for base, sizes in (one, other) if sizes and base.startswith("character")]
    if len(limited) < 2:
        return "citext" if "citext" in (one[0], other[0]) else TEXT
    return f"character varying({max(limited)})"
