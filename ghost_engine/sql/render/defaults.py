"""What a column's default means, read from the expression that PostgreSQL's catalog holds.

`'open'::order_status` is the literal "open", `now()` the present moment; what is neither a literal
nor one of the few functions that every database has stays an expression.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ghost_engine.sql.lexer import Token, tokenize
from ghost_engine.sql.schema import Column

Meaning = Literal["nothing", "literal", "now", "today", "clock", "uuid", "sequence", "expression"]

_CALLS: dict[str, Meaning] = {
    "now()": "now",
    "current_timestamp": "now",
    "localtimestamp": "now",
    "transaction_timestamp()": "now",
    "statement_timestamp()": "now",
    "clock_timestamp()": "now",
    "timezone('utc',now())": "now",
    "now()attimezone'utc'": "now",
    "current_timestampattimezone'utc'": "now",
    "current_date": "today",
    "current_time": "clock",
    "localtime": "clock",
    "gen_random_uuid()": "uuid",
    "uuid_generate_v4()": "uuid",
    "uuidv4()": "uuid",
}
_CAST = re.compile(r"""::(?:"[^"]+"|[a-z_0-9. ]+?)(?:\(\d+\))?(?:\[\])?(?=$|[,)]| at )""")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Default:
    """`text` is the bare value of a literal (`open`, `0`, `true`), else the expression."""

    meaning: Meaning
    text: str = ""


def read_default(column: Column) -> Default:
    """The meaning of the column's default; identity columns count as fed by a sequence."""
    if column.identity:
        return Default("sequence")
    if column.default is None:
        return Default("nothing")
    expression = column.default
    literal = _literal(expression)
    if literal is not None:
        return literal
    if expression.startswith("nextval("):
        return Default("sequence", expression)
    return Default(_CALLS.get(_squeezed(expression), "expression"), expression)


def string_value(text: str) -> str:
    """What a string token spells: quotes off, doubled quotes and escapes read."""
    if text[:1] in ("E", "e"):
        inner = text[2:-1].replace("''", "'")
        return _ESCAPE.sub(lambda found: _CONTROL.get(found[1], found[1]), inner)
    return text[text.index("'") + 1 : -1].replace("''", "'")


def _literal(expression: str) -> Default | None:
    tokens = _unwrapped(list(tokenize(expression)))
    sign = ""
    if len(tokens) > 1 and tokens[0].text == "-" and tokens[1].kind == "number":
        sign, tokens = "-", _unwrapped(tokens[1:])
    if not tokens or not _only_a_cast(tokens[1:]):
        return None
    first = tokens[0]
    if first.kind == "string":
        return Default("literal", string_value(first.text))
    if first.kind == "number":
        return Default("literal", sign + first.text)
    if first.key == "NULL":
        return Default("nothing")
    return Default("literal", first.text.lower()) if first.key in ("TRUE", "FALSE") else None


def _unwrapped(tokens: list[Token]) -> list[Token]:
    """Without brackets around the first value: `(-1)::numeric` -> `-1::numeric`."""
    if len(tokens) > 2 and tokens[0].text == "(":
        close = next((i for i, token in enumerate(tokens) if token.text == ")"), -1)
        if close in (2, 3):
            return tokens[1:close] + tokens[close + 1 :]
    return tokens


def _only_a_cast(tokens: list[Token]) -> bool:
    """True if nothing but `::type` follows the value."""
    return not tokens or (
        tokens[0].text == "::"
        and all(
            token.kind in ("word", "quoted", "number")
            or token.text in (".", "(", ")", ",", "[", "]")
            for token in tokens[1:]
        )
    )


def _squeezed(expression: str) -> str:
    """Without casts, blanks and outer brackets, in lower case: for looking up what it calls."""
    text = _CAST.sub("", expression.lower()).replace(" ", "")
    while text.startswith("(") and text.endswith(")") and not text.endswith("()"):
        text = text[1:-1]
    return re.sub(r"\((now\(\)attimezone'utc')\)", r"\1", re.sub(r"\(\d\)$", "", text))
