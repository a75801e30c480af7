"""One question, in SQL, to a schema filled with sample rows: `ask(script, samples, question)`.

The question runs in a sandbox transaction that is read-only by then and always rolled back. It can
only be a single query: the server has to find it complete on its own, and it is then read through
a cursor that cuts cells and counts rows before anything reaches this process.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import psycopg

from ghost_engine.errors import QueryError
from ghost_engine.settings import get_settings
from ghost_engine.sql.postgres import Box, sandbox, time_limit
from ghost_engine.sql.questions import example_questions
from ghost_engine.sql.rules import MAX_NESTING, MAX_STATEMENT_BYTES, refused_call, script_size
from ghost_engine.sql.samples import Samples, restore, stage
from ghost_engine.sql.schema import Schema
from ghost_engine.sql.script import Script, Statement, read_script

__all__ = ["Answer", "ask", "example_questions"]

MAX_CELL = 2_000  # characters
MAX_COLUMNS = 100
MAX_CHARACTERS = 2_000_000  # of a whole answer
_BATCH = 25  # rows fetched at once
_STARTS = ("SELECT", "WITH", "VALUES", "TABLE", "(")
_PREPARE_SECONDS = 20.0

Value = str | int | float | bool | Decimal | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the question brought.

    `types` are PostgreSQL's names, one a column. Numbers and booleans are Python's, all else is
    PostgreSQL's text, cut after 2,000 characters (then it ends in "…"). `truncated` = there are
    more rows or columns than these. `seconds` is the question alone.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    truncated: bool
    seconds: float


def ask(script: str, samples: Samples, question: str, limit: int = 200) -> Answer:
    """Answer `question` over the tables of `script`, filled with `samples`.

    Args:
        script: SQL that the judge finds valid.
        samples: the rows to ask; those of `sample_rows(script, ...)`.
        question: one SELECT, VALUES, TABLE or WITH ... SELECT; a semicolon at its end, comments
            and Markdown fences around it are fine.
        limit: most rows in the answer.

    Raises:
        QueryError: the question is refused or fails; `line` and `column` point into it.
        SandboxError: no PostgreSQL can be had.
    """
    text = _Text(question)
    for attempt in (1, 2):
        with sandbox() as box:
            try:
                return _answer(box, script, samples, text, limit)
            except psycopg.Error as error:
                if box.timed_out:
                    raise _out_of_time() from error
                if attempt == 2:
                    message = f"PostgreSQL broke off: {str(error).strip()}"
                    raise QueryError(message, "Ask for less, or try again.") from error
    raise AssertionError("unreachable")


class _Text:
    """A question that passed the rules.

    Raises:
        QueryError: it did not.
    """

    def __init__(self, question: str) -> None:
        too_big = script_size(question)
        if too_big:
            raise QueryError(too_big.message, "Shorten the question.")
        self.script: Script = read_script(question)
        if not self.script.statements:
            raise QueryError("There is no question.", "Write a SELECT.")
        self.statement: Statement = self.script.statements[0]
        self.check()

    def check(self) -> None:
        tokens = self.statement.tokens
        if len(self.script.statements) > 1:
            second = self.script.statements[1].start
            raise self.error("Only one question at a time.", second, "Remove the second statement.")
        if tokens[0].key not in _STARTS:
            hint = "Start with SELECT, WITH, VALUES or TABLE; the tables cannot be changed here."
            raise self.error(f"This is not a query: {tokens[0].text[:60]}", tokens[0].start, hint)
        if len(self.statement.text.encode()) > MAX_STATEMENT_BYTES:
            hint = f"{MAX_STATEMENT_BYTES // 1024} KB is the limit."
            raise self.error("The question is too long.", tokens[0].start, hint)
        self.check_tokens()

    def check_tokens(self) -> None:
        depth = 0
        for token in self.statement.tokens:
            depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
            if depth > MAX_NESTING:
                message = f"Nested deeper than {MAX_NESTING} brackets."
                raise self.error(message, token.start, "Simplify the question.")
            if token.kind == "parameter":
                hint = "Write the value itself."
                raise self.error(f"{token.text} has no value here.", token.start, hint)
        refused = refused_call(self.statement.tokens)
        if refused:
            hint = "Questions need no functions that wait, read files or fill memory."
            raise self.error(refused.message, refused.offset, hint)

    def error(self, message: str, offset: int, hint: str = "") -> QueryError:
        """A `QueryError` that points at a character of the given text."""
        line, column = self.script.place(offset)
        return QueryError(message, hint, line=line, column=column)


def _answer(box: Box, script: str, samples: Samples, text: _Text, limit: int) -> Answer:
    with time_limit(box, _PREPARE_SECONDS):
        schema = stage(box, script)
        restore(box, schema, samples)
        box.connection.execute("SET TRANSACTION READ ONLY")
    question = text.statement.text
    started = time.perf_counter()
    with time_limit(box, get_settings().statement_timeout_seconds):
        with _explained(text, schema, 0):
            columns, types = _describe(box, question)
        before = _cursor(min(len(columns), MAX_COLUMNS))
        with _explained(text, schema, len(before)):
            texts, more = _read(box, before + question, len(columns), limit)
    shown = min(len(columns), MAX_COLUMNS)
    readers = [_reader(kind) for kind in types[:shown]]
    return Answer(
        columns=columns[:shown],
        types=types[:shown],
        rows=tuple(
            tuple(_value(cell, read) for cell, read in zip(row, readers, strict=True))
            for row in texts
        ),
        truncated=more or shown < len(columns),
        seconds=time.perf_counter() - started,
    )


def _describe(box: Box, question: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and types of the answer's columns; the server parses the question on its own here.

    That it is complete alone is what makes it safe to put into brackets later.

    Raises:
        psycopg.Error: PostgreSQL does not take it.
    """
    box.parse(question)
    found = box.connection.pgconn.describe_prepared(b"")
    numbers = range(found.nfields)
    names = tuple((found.fname(number) or b"").decode() for number in numbers)
    kinds = box.connection.execute(
        "SELECT pg_catalog.format_type(t.oid, t.mod)"
        " FROM ROWS FROM (pg_catalog.unnest(%s::oid[]), pg_catalog.unnest(%s::int[]))"
        " WITH ORDINALITY AS t (oid, mod, place) ORDER BY place",
        ([found.ftype(number) for number in numbers], [found.fmod(number) for number in numbers]),
        prepare=False,
    )
    return names, tuple(str(kind) for (kind,) in kinds)


def _read(box: Box, query: str, width: int, limit: int) -> tuple[list[tuple[Any, ...]], bool]:
    """The rows as cut texts, and whether there are more."""
    names = "(" + ", ".join(f"c{n}" for n in range(width)) + ")" if width else ""
    box.connection.execute(f"{query}\n) AS answer {names}", binary=True)  # binary: one statement
    rows: list[tuple[Any, ...]] = []
    characters, end = 0, time.monotonic() + get_settings().statement_timeout_seconds
    while len(rows) <= limit and characters < MAX_CHARACTERS:
        fetch = f"FETCH {min(_BATCH, limit + 1 - len(rows))} FROM ghost_answer"
        batch = box.connection.execute(fetch, prepare=False).fetchall()
        rows += batch
        characters += sum(len(cell) for row in batch for cell in row if cell)
        if len(batch) < _BATCH:
            break
        if time.monotonic() > end:
            raise _out_of_time()
    return rows[:limit], len(rows) > limit or characters >= MAX_CHARACTERS


def _cursor(width: int) -> str:
    """What stands before the question in the statement that is executed."""
    cells = ", ".join(f"pg_catalog.left(c{n}::text, {MAX_CELL + 1})" for n in range(width))
    return f"DECLARE ghost_answer NO SCROLL CURSOR FOR SELECT {cells} FROM (\n"


@contextmanager
def _explained(text: _Text, schema: Schema, shift: int) -> Iterator[None]:
    """Turn PostgreSQL's refusal into a `QueryError`; `shift` characters stood before the question.

    Raises:
        psycopg.Error: the line broke, which says nothing of the question.
    """
    try:
        yield
    except psycopg.Error as error:
        if error.sqlstate is None or error.sqlstate.startswith("57P"):
            raise
        raise _refusal(error, text, schema, shift) from error


def _refusal(error: psycopg.Error, text: _Text, schema: Schema, shift: int) -> QueryError:
    if error.sqlstate == "57014":
        return _out_of_time()
    message = error.diag.message_primary or str(error)
    if error.diag.message_detail:
        message = f"{message}: {error.diag.message_detail}"
    hint = error.diag.message_hint or _hint(error.sqlstate or "", message, schema)
    place = error.diag.statement_position
    if not place:
        return QueryError(message, hint)
    offset = max(0, int(place) - 1 - shift)
    return text.error(message, text.statement.start + offset, hint)


def _out_of_time() -> QueryError:
    seconds = get_settings().statement_timeout_seconds
    return QueryError(
        f"The question took longer than {seconds:g} s and was stopped.",
        "Ask for less: fewer joins, a WHERE, a LIMIT.",
    )


def _hint(state: str, message: str, schema: Schema) -> str:
    if state in ("53200", "53400", "54000", "53100"):
        return "The answer would fill the memory. Ask for less."
    if state == "25006":
        return "The tables cannot be changed here."
    if state in ("42P01", "42703"):
        return _did_you_mean(message, schema, state)
    return ""


def _did_you_mean(message: str, schema: Schema, state: str) -> str:
    import difflib

    missing = re.search(r'"([^"]+)"|column (\S+) does not exist', message)
    if missing is None:
        return ""
    wanted = (missing[1] or missing[2]).rsplit(".", 1)[-1]
    tables = list(schema.table_names) + [view.name for view in schema.views]
    columns = [column.name for table in schema.tables for column in table.columns]
    known = {name.casefold(): name for name in (tables if state == "42P01" else columns)}
    near = difflib.get_close_matches(wanted.casefold(), known, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {known[near[0]]}?"
    return f"The tables are {', '.join(tables[:12])}." if state == "42P01" and tables else ""


def _reader(kind: str) -> Callable[[str], Value] | None:
    """How to turn PostgreSQL's text of that type into a Python value; None to leave it."""
    family = re.sub(r"\(.*\)", "", kind)
    if family in ("smallint", "integer", "bigint", "oid"):
        return int
    if family in ("real", "double precision"):
        return float
    if family == "numeric":
        return Decimal
    return (lambda text: text == "true") if family == "boolean" else None


def _value(text: str | None, read: Callable[[str], Value] | None) -> Value:
    if text is None:
        return None
    if len(text) > MAX_CELL:
        return text[:MAX_CELL] + "…"
    try:
        return read(text) if read else text
    except (ValueError, InvalidOperation):
        return text
