"""The words of other databases and of PostgreSQL, read once from `types.toml` and `words.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class ForeignType:
    """What a type of another database is called here; `size` is "keep", "drop" or "scale"."""

    to: str
    size: str


@dataclass(frozen=True, slots=True)
class Noise:
    """A kind of statement that makes no schema: its words, upper case, and why it goes."""

    pattern: re.Pattern[str]
    reason: str


@lru_cache(maxsize=2)
def _file(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))


@lru_cache(maxsize=32)
def words(key: str) -> frozenset[str]:
    """A list of `words.toml`, such as "reserved"; lower case unless written otherwise."""
    return frozenset(_file("words.toml")[key].split())


@lru_cache(maxsize=2)
def type_words(key: str) -> frozenset[str]:
    """ "known" or "widthless" of `types.toml`, lower case."""
    return frozenset(_file("types.toml")[key].split())


@lru_cache(maxsize=1)
def foreign_types() -> dict[str, ForeignType]:
    """Lower-case type names of other databases."""
    rows = _file("types.toml")["foreign"]
    return {name: ForeignType(row["to"], row["size"]) for name, row in rows.items()}


def unsigned_type(name: str) -> str | None:
    """The type that holds every value of `name` UNSIGNED, or None if `name` may stay."""
    found: str | None = _file("types.toml")["unsigned"].get(name)
    return found


def replaced_calls() -> dict[str, str]:
    """Lower-case function name -> what stands for the whole call."""
    return dict(_file("words.toml")["calls"])


def renamed_calls() -> dict[str, str]:
    """Lower-case function name -> the name of the same function here."""
    return dict(_file("words.toml")["renamed"])


@lru_cache(maxsize=1)
def noise() -> tuple[Noise, ...]:
    """The statements that make no schema."""
    rows = _file("words.toml")["statement"]
    return tuple(Noise(re.compile(row["pattern"]), row["reason"]) for row in rows)


def is_type_word(word: str) -> bool:
    """True if `word` (any case) is the first word of a type, here or in another database."""
    lower = word.lower()
    return lower in type_words("known") or lower in foreign_types() or lower in ("enum", "set")


def quoted(name: str) -> str:
    """`name` in double quotes."""
    return '"' + name.replace('"', '""') + '"'


_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*\Z")


def written(name: str) -> str:
    """`name` as a script writes it: bare where that is possible, reserved words folded."""
    if name.lower() in words("reserved"):
        return quoted(name.lower())
    return name if _PLAIN.match(name) else quoted(name)


def spelled(name: str) -> str:
    """A catalog name (case as stored) as a script must write it to mean exactly that name."""
    if _PLAIN.match(name) and name == name.lower() and name not in words("reserved"):
        return name
    return quoted(name)


def literal(text: str) -> str:
    """`text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"
