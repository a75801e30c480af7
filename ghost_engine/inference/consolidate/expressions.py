"""PostgreSQL's own printing of expressions, with columns under their new names.

Works on tokens: a name behind `::` is a type, one before a bracket a function; all others that are
columns of the table are renamed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ghost_engine.inference.baseline.names import quote_identifier
from ghost_engine.sql.lexer import Token, tokenize
from ghost_engine.sql.render.defaults import string_value


def rename(expression: str, names: Mapping[str, str]) -> str:
    """The expression over columns called `names[old]`."""
    parts, position = [], 0
    tokens = list(tokenize(expression))
    for index, token in enumerate(tokens):
        if _is_column(tokens, index) and names.get(token.name, token.name) != token.name:
            parts += [expression[position : token.start], quote_identifier(names[token.name])]
            position = token.end
    return "".join(parts) + expression[position:]


def mentioned(expression: str, names: Mapping[str, str]) -> frozenset[str]:
    """Which of `names` an expression speaks of."""
    tokens = list(tokenize(expression))
    return frozenset(
        token.name
        for index, token in enumerate(tokens)
        if token.name in names and _is_column(tokens, index)
    )


def listed_values(expression: str) -> tuple[str, tuple[str, ...]] | None:
    """(column, values) of a CHECK that holds a text column to a list, else None."""
    tokens = [token for token in tokenize(expression) if token.text not in ("(", ")")]
    tokens = _without_casts(tokens)
    if len(tokens) < 6 or tokens[0].key != "CHECK" or tokens[1].kind not in ("word", "quoted"):
        return None
    if [token.key for token in tokens[2:6]] != ["=", "ANY", "ARRAY", "["]:
        return None
    values = [token for token in tokens[6:-1] if token.text != ","]
    if tokens[-1].text != "]" or any(token.kind != "string" for token in values):
        return None
    return tokens[1].name, tuple(string_value(token.text) for token in values)


def _without_casts(tokens: list[Token]) -> list[Token]:
    """`'a'::character varying` -> `'a'`; of `text[]` the brackets go too."""
    kept: list[Token] = []
    index = 0
    while index < len(tokens):
        if tokens[index].text != "::":
            kept.append(tokens[index])
            index += 1
            continue
        index += 1
        while index < len(tokens) and tokens[index].kind in ("word", "quoted"):
            index += 1
        if [token.text for token in tokens[index : index + 2]] == ["[", "]"]:
            index += 2
    return kept


def _is_column(tokens: list[Token], index: int) -> bool:
    token = tokens[index]
    if token.kind not in ("word", "quoted"):
        return False
    before = tokens[index - 1].text if index else ""
    after = tokens[index + 1].text if index + 1 < len(tokens) else ""
    return before not in ("::", ".") and after not in ("(", ".")


def sequence_of(default: str) -> str | None:
    """The sequence that a default draws from, unquoted, or None."""
    found = re.match(r"""nextval\('"?([^'"]+)"?'::regclass\)""", default)
    return found[1] if found else None
