"""The type of a column, as other databases call it, and what PostgreSQL has for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ghost_engine.sql.lexer import Token
from ghost_engine.sql.repair.names import Names
from ghost_engine.sql.repair.pieces import Item, Table
from ghost_engine.sql.repair.spans import joined, matching
from ghost_engine.sql.repair.vocabulary import foreign_types, type_words, unsigned_type

_SIZE_UNITS = ("CHAR", "BYTE", "BYTES", "CHARS")


@dataclass(frozen=True, slots=True)
class TypeChange:
    """`to` replaces the type as written; None keeps it."""

    to: str | None
    reason: str


def new_type(table: Table, item: Item, names: Names) -> TypeChange | None:
    """What the type of `item` becomes, or None if PostgreSQL takes it as it is."""
    tokens = list(table.tokens[item.first + 1 : item.type_end])
    if not tokens or len(tokens) > 1 and tokens[1].text == ".":
        return None
    word = tokens[0].text.lower()
    if word in names.types or tokens[0].kind != "word":
        return None
    close = matching(tokens, 1) if len(tokens) > 1 and tokens[1].text == "(" else 0
    if len(tokens) > 1 and tokens[1].text == "<":
        return _generic(word, tokens)
    size, rest = tokens[2:close] if close else [], tokens[close + 1 :]
    defaults = item.clause("default")
    zero_one = defaults is not None and _is_bit_value(table.tokens[defaults.last - 1])
    if word in ("bit", "tinyint") and not rest and _is_truth(word, size, zero_one, names):
        return TypeChange("boolean", f"{joined(tokens)} holds yes or no; that is boolean here.")
    wide = unsigned_type(word) if item.clause("unsigned") is not None else None
    if wide is not None and (wide != word or size):
        return TypeChange(wide, f"{word.upper()} UNSIGNED needs a wider type to hold every value.")
    return _plain_type(word, tokens, size, rest)


def _generic(word: str, tokens: Sequence[Token]) -> TypeChange:
    """ARRAY<STRING> and the like, as data lakes write them."""
    to = "jsonb"
    if word in ("array", "list", "set") and len(tokens) == 4:
        inner = tokens[2].text.lower()
        foreign = foreign_types().get(inner)
        element = _sized(foreign.to, "drop", []) if foreign else inner
        to = f"{element if foreign or inner in type_words('known') else 'text'}[]"
    return TypeChange(to, f"{joined(tokens)} is {to} in PostgreSQL.")


def _is_truth(word: str, size: Sequence[Token], zero_one: bool, names: Names) -> bool:
    width = size[0].text if len(size) == 1 else ""
    if word == "tinyint":
        return width == "1"
    return width in ("", "1") and (zero_one or names.foreign)


def _is_bit_value(token: Token) -> bool:
    return token.text in ("0", "1", ")") or token.key in ("TRUE", "FALSE")


def _plain_type(
    word: str, tokens: Sequence[Token], size: Sequence[Token], rest: Sequence[Token]
) -> TypeChange | None:
    text, ending = joined(tokens), joined(rest)
    behind = f" {ending}" if ending and ending[0] not in "[(" else ending
    foreign = foreign_types().get(word)
    if word == "double" and rest and rest[0].key == "PRECISION":
        return TypeChange("double precision", "A width is not taken here.") if size else None
    if word == "timestamp" and "LOCAL" in ending.upper().split():
        return TypeChange("timestamptz", "WITH LOCAL TIME ZONE is Oracle; timestamptz is that.")
    if word in ("float", "real") and len(size) == 3:
        return TypeChange(f"numeric({joined(size)})", f"{text} is MySQL; numeric keeps its digits.")
    if foreign is not None and (word != "array" or not rest):
        ending = "" if ending.upper() in ("VARYING", "LARGE OBJECT") else behind
        to = _sized(foreign.to, foreign.size, size)
        return TypeChange(to + ending, f"PostgreSQL has no type {word}; {to} is what holds it.")
    if size and word in type_words("widthless"):
        return TypeChange(word + behind, f"{text}: a display width is not taken here.")
    if size and size[-1].key in _SIZE_UNITS and len(size) > 1:
        plain = f"{word}({joined(size[:-1])}){behind}"
        return TypeChange(plain, f"{text}: lengths count characters here.")
    if len(size) == 1 and size[0].key == "MAX":
        return TypeChange("text", f"{text} has no limit; that is text here.")
    return None


def _sized(to: str, rule: str, size: Sequence[Token]) -> str:
    """`to` with the size that PostgreSQL takes."""
    numbers = [token.text for token in size if token.kind == "number"]
    if any(token.key == "MAX" for token in size) or to == "varchar" and not numbers:
        return "text"
    if rule == "scale":
        return f"numeric({', '.join(numbers)})" if len(numbers) == 2 else to
    if rule == "drop" or not numbers or any(token.text == "*" for token in size):
        return to
    negative = any(token.text == "-" for token in size)
    return to if negative else f"{to}({', '.join(numbers)})"
