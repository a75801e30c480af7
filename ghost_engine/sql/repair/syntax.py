"""Syntax errors, mended with PostgreSQL's own parser as the guide.

The parser says where a statement stops making sense; a few small changes are tried there, the
gentlest first, and the one after which the parser gets furthest is kept. A change is kept only if
the parser gets further than before, so the search always ends.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from ghost_engine.sql.postgres import Box
from ghost_engine.sql.repair.draft import Draft, Edit, Part
from ghost_engine.sql.repair.guesses import tiers
from ghost_engine.sql.repair.pieces import read_table
from ghost_engine.sql.repair.statements import makes_table
from ghost_engine.sql.repair.unfinished import closings
from ghost_engine.sql.repair.vocabulary import is_type_word
from ghost_engine.sql.report import SYNTAX_ERROR
from ghost_engine.sql.rules import rule
from ghost_engine.sql.script import Statement

_MOST_ROUNDS = 40  # changes to one statement
_TOKEN_ROUNDS = 20_000  # tokens times changes: long garbage is given up sooner
_NO_ERROR = -1
_UNREADABLE = (SYNTAX_ERROR, "42602", "42622", "42939", "22025", "22P06")


def mend_syntax(draft: Draft, box: Box, deadline: float) -> None:
    """Mend or leave out every statement of `draft` that PostgreSQL cannot parse.

    Args:
        deadline: when to stop trying, on the monotonic clock.

    Raises:
        psycopg.Error: the line to the server broke.
    """
    for part in list(draft.parts):
        if part.tokens and time.monotonic() < deadline:
            _mend_part(draft, part, box, deadline)


def _mend_part(draft: Draft, part: Part, box: Box, deadline: float) -> None:
    if _too_big(part):
        return
    for _ in range(max(4, min(_MOST_ROUNDS, _TOKEN_ROUNDS // len(part.tokens)))):
        error = parse_error(box, part.text)
        if error is None:
            return
        better = _better(draft, part, error, box, deadline)
        if better is None:
            break
        part = draft.edit(part, better)
    else:
        return
    if not makes_table(part) and error is not None:
        draft.drop(part, f"PostgreSQL cannot read this statement: {error.message}.")
    elif _has_no_column(part) and part is draft.parts[-1]:
        draft.drop(part, "The last statement is not finished, and no column of it can be read.")


def _too_big(part: Part) -> bool:
    statement = Statement(part.text[part.start :], part.start, part.tokens)
    return rule(statement, 0, 2).too_big


def _has_no_column(part: Part) -> bool:
    words = [token for token in part.tokens if token.kind in ("word", "quoted")]
    return part.tokens[-1].text == "(" or len(words) <= 3


@dataclass(frozen=True, slots=True)
class ParseError:
    """`offset` is the character the parser stopped at, the text's length at its end."""

    offset: int
    message: str


def parse_error(box: Box, text: str) -> ParseError | None:
    """What PostgreSQL's parser says of one statement, None if it can read it.

    Raises:
        psycopg.Error: the line to the server broke.
    """
    box.connection.execute("SAVEPOINT repair")
    try:
        box.parse(text)
    except psycopg.Error as error:
        if error.sqlstate is None or error.sqlstate.startswith(("57P", "08")):
            raise
        box.connection.execute("ROLLBACK TO SAVEPOINT repair")
        if error.sqlstate not in _UNREADABLE:
            return None  # it can be read; that a table is missing is for the judge to say
        place = error.diag.statement_position
        offset = int(place) - 1 if place else len(text)
        return ParseError(min(offset, len(text)), error.diag.message_primary or str(error))
    return None


def _better(
    draft: Draft, part: Part, error: ParseError, box: Box, deadline: float
) -> list[Edit] | None:
    """The edits after which the parser gets furthest, or None."""
    at = next((i for i, token in enumerate(part.tokens) if token.end > error.offset), None)
    if at is None or _is_open(part, at):
        return _first_closing(draft, part, box)
    left = len(part.text) - error.offset
    for tier in tiers(part, at):
        if time.monotonic() > deadline:
            return None
        tried = [
            (_left_after(part, edits, box), number)
            for number, edits in enumerate(tier)
            if not _loses_columns(part, edits)
        ]
        best = min(tried, default=(left, 0))
        if best[0] < left:
            return tier[best[1]]
    return None


def _is_open(part: Part, at: int) -> bool:
    """True if the error is a string or name that runs to the end unclosed."""
    token = part.tokens[at]
    if at != len(part.tokens) - 1 or token.kind not in ("string", "quoted"):
        return False
    return len(token.text) < 2 or token.text[-1] not in "'\"$"


def _loses_columns(part: Part, edits: list[Edit]) -> bool:
    """True if a column with a name and a type would no longer be read as one."""
    before = read_table(part.tokens)
    if before is None:
        return False
    after = read_table(part.edited(edits)[0].tokens)
    kept = {after.item_name(item) for item in after.columns} if after else set()
    return any(
        before.item_name(item) not in kept
        for item in before.columns
        if item.first + 1 < item.type_end and is_type_word(before.tokens[item.first + 1].text)
    )


def _left_after(part: Part, edits: list[Edit], box: Box) -> int:
    """How many characters the parser leaves unread after `edits`."""
    text = part.edited(edits)[0].text
    error = parse_error(box, text)
    return _NO_ERROR if error is None else len(text) - error.offset


def _first_closing(draft: Draft, part: Part, box: Box) -> list[Edit] | None:
    candidates: Iterator[list[Edit]] = closings(part)
    return next((e for e in candidates if _left_after(part, e, box) == _NO_ERROR), None)
