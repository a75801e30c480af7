"""Plain words for PostgreSQL's errors: what the writer probably meant, and what to write instead.

The rules are data (`hints.toml`). A rule may stay silent; a wrong hint is worse than none.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ghost_engine.sql.lexer import Token
from ghost_engine.sql.script import Statement

_AROUND = 3  # tokens each side of the place


@dataclass(frozen=True, slots=True)
class Rule:
    """Speaks when `states` holds the SQLSTATE and `pattern` is found in `where`."""

    states: frozenset[str]
    where: str
    pattern: re.Pattern[str]
    hint: str


def hint_for(state: str, message: str, statement: Statement, offset: int, server_hint: str) -> str:
    """A sentence or two on what to do, or PostgreSQL's own hint, or "".

    Args:
        state: the SQLSTATE.
        message: PostgreSQL's message with its detail.
        statement: the statement that failed.
        offset: where in the script PostgreSQL points.
        server_hint: PostgreSQL's own HINT.
    """
    texts = {"message": message, "near": _near(statement.tokens, offset)}
    for rule in _rules():
        if state in rule.states and rule.pattern.search(texts[rule.where]):
            return rule.hint
    return server_hint


@lru_cache(maxsize=1)
def _rules() -> tuple[Rule, ...]:
    rows = tomllib.loads(Path(__file__).with_name("hints.toml").read_text("utf-8"))["rule"]
    return tuple(
        Rule(
            frozenset(row["states"]),
            row["where"],
            re.compile(row["pattern"], re.IGNORECASE),
            row["hint"],
        )
        for row in rows
    )


def _near(tokens: tuple[Token, ...], offset: int) -> str:
    """The tokens around `offset`, a blank between them."""
    here = next((index for index, token in enumerate(tokens) if token.end > offset), len(tokens))
    return " ".join(token.key for token in tokens[max(0, here - _AROUND) : here + _AROUND + 1])
