"""The judge: `check(script) -> Report`. The only place where anyone's SQL is found good or bad.

The script is cleaned of prose, split, held against the rules and executed by a real PostgreSQL in
a transaction that is always rolled back. Nothing of it stays in the server.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import psycopg

from ghost_engine.errors import SandboxError
from ghost_engine.settings import get_settings
from ghost_engine.sql.catalog import read_schema
from ghost_engine.sql.hints import hint_for
from ghost_engine.sql.postgres import Box, sandbox, time_limit
from ghost_engine.sql.report import SYNTAX_ERROR, TIMEOUT, Problem, Report
from ghost_engine.sql.rules import Ruling, rule, script_size
from ghost_engine.sql.schema import Schema
from ghost_engine.sql.script import Script, Statement, read_script

MAX_PROBLEMS = 50
_MAX_QUOTED = 2_000  # characters of a statement repeated in a problem
_ATTEMPTS = 3  # a server restarted by somebody else's attack is met with another try
_MISSING = ("42P01", "42704", "3F000", "42703")  # table, type, schema, column does not exist

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ruled:
    """A statement and what the rules say of it."""

    statement: Statement
    ruling: Ruling


@dataclass
class _Run:
    """What executing a script brought."""

    problems: list[Problem] = field(default_factory=list)
    refused: bool = False
    schema: Schema = Schema()


def check(text: str) -> Report:
    """Judge a script.

    Args:
        text: SQL, with or without Markdown fences and prose around it.

    Returns:
        The verdict; `errors` hold every independent problem, in the order of the script.

    Raises:
        SandboxError: no PostgreSQL can be had to judge it.
    """
    started = time.perf_counter()
    too_big = script_size(text)
    if too_big:
        return _refusal(text[:_MAX_QUOTED], too_big, started)
    script = read_script(text)
    ruled = rule_script(script)
    runnable = [each for each in ruled if each.ruling.action != "skip"]
    if not runnable:
        return _nothing(script, started)
    run = judge(script, runnable)
    unavailable = tuple(each.ruling.extension for each in ruled if each.ruling.extension)
    return Report(
        sql=script.sql.strip(),
        allowed=not run.refused,
        parses=all(problem.sqlstate != SYNTAX_ERROR for problem in run.problems),
        executes=not run.problems,
        errors=tuple(run.problems[:MAX_PROBLEMS]),
        notes=script.notes + tuple(each.ruling.message for each in ruled if _is_note(each.ruling)),
        unavailable=unavailable,
        schema=run.schema,
        seconds=time.perf_counter() - started,
    )


def rule_script(script: Script) -> list[Ruled]:
    """Every statement of `script` with what the rules say of it."""
    total = len(script.statements)
    return [
        Ruled(statement, rule(statement, position, total))
        for position, statement in enumerate(script.statements)
    ]


def judge(script: Script, ruled: list[Ruled]) -> _Run:
    """Execute; on any trouble execute again, one savepoint a statement, to find all of it."""
    if all(each.ruling.action == "run" for each in ruled):
        run = with_retries(lambda box: _execute(script, ruled, box))
        if not run.problems:
            return run
        if run.problems[0].sqlstate == TIMEOUT:
            return run  # once is enough
    return with_retries(lambda box: _examine(script, ruled, box))


def with_retries(work: Callable[[Box], T]) -> T:
    """Do `work` in a sandbox, again if the server was restarted under it.

    Raises:
        SandboxError: it kept failing.
    """
    for attempt in range(_ATTEMPTS):
        try:
            with sandbox() as box:
                return work(box)
        except psycopg.Error as error:
            if attempt == _ATTEMPTS - 1:
                raise SandboxError(
                    f"PostgreSQL broke off: {str(error).strip()}", "Try again."
                ) from error
            time.sleep(0.1 * attempt)
    raise AssertionError("unreachable")


def run_statement(box: Box, text: str) -> None:
    """Execute one statement; what ignores the server's time limit is killed.

    Raises:
        psycopg.Error: PostgreSQL refused it, or it was killed (then `box.timed_out`).
    """
    with time_limit(box, get_settings().statement_timeout_seconds):
        box.run(text)


def _execute(script: Script, ruled: list[Ruled], box: Box) -> _Run:
    """The quick way: stop at the first error."""
    for each in ruled:
        try:
            run_statement(box, each.statement.text)
        except psycopg.Error as error:
            return _Run([_server_problem(script, each.statement, error, box)])
    return _Run(schema=read_schema(box))


def _examine(script: Script, ruled: list[Ruled], box: Box) -> _Run:
    """The thorough way: a savepoint a statement, so that one error does not hide the next."""
    run = _Run(refused=any(each.ruling.too_big for each in ruled))
    failed: list[str] = []
    for position, each in enumerate(ruled):
        problem = _examine_one(script, each, box, run)
        if problem is None:
            continue
        if _follows(problem, failed):
            problem = _following(problem)
        failed += [token.name for token in each.statement.tokens[1:8] if token.kind != "symbol"]
        run.problems.append(problem)
        if box.timed_out or len(run.problems) >= MAX_PROBLEMS:
            run.refused |= any(other.ruling.action == "refuse" for other in ruled[position + 1 :])
            break
    return run


def _examine_one(script: Script, each: Ruled, box: Box, run: _Run) -> Problem | None:
    """Run one statement, or only parse it when it is refused; the problem, or None."""
    box.connection.execute("SAVEPOINT statement")
    try:
        if each.ruling.action == "run":
            run_statement(box, each.statement.text)
            return None
        if not each.ruling.too_big:
            box.parse(each.statement.text)
    except psycopg.Error as error:
        problem = _server_problem(script, each.statement, error, box)
        if box.timed_out:
            return problem
        box.connection.execute("ROLLBACK TO SAVEPOINT statement")
        if each.ruling.action == "run" or problem.sqlstate == SYNTAX_ERROR:
            return problem
    run.refused = True
    return _ruled_problem(script, each)


def _follows(problem: Problem, failed: list[str]) -> bool:
    """True if `problem` only says that something is missing that failed earlier."""
    if problem.sqlstate not in _MISSING:
        return False
    return any(f'"{name}"' in problem.message for name in failed)


def _following(problem: Problem) -> Problem:
    hint = "This follows from an error above; mend that one first."
    return Problem(
        problem.message,
        problem.line,
        problem.column,
        problem.sqlstate,
        problem.statement,
        hint,
        follows=True,
    )


def _server_problem(
    script: Script, statement: Statement, error: psycopg.Error, box: Box
) -> Problem:
    """PostgreSQL's error, placed in the script.

    Raises:
        psycopg.Error: the line to the server broke, which says nothing of the script.
    """
    if box.timed_out:
        message = "The statement ran far past its time limit and was stopped."
        return _problem(script, statement, statement.start, message, TIMEOUT, "")
    if error.sqlstate is None or error.sqlstate[:3] in ("57P", "08", "080"):
        raise error
    place = error.diag.statement_position
    offset = statement.start + int(place) - 1 if place else statement.start
    message = error.diag.message_primary or str(error)
    if error.diag.message_detail:
        message = f"{message}: {error.diag.message_detail}"
    hint = hint_for(error.sqlstate, message, statement, offset, error.diag.message_hint or "")
    return _problem(script, statement, offset, message, error.sqlstate, hint)


def _ruled_problem(script: Script, each: Ruled) -> Problem:
    ruling = each.ruling
    return _problem(script, each.statement, ruling.offset, ruling.message, None, ruling.hint)


def _problem(
    script: Script, statement: Statement, offset: int, message: str, state: str | None, hint: str
) -> Problem:
    line, column = script.place(offset)
    return Problem(message, line, column, state, statement.text[:_MAX_QUOTED], hint)


def _is_note(ruling: Ruling) -> bool:
    return ruling.action == "skip" and bool(ruling.message)


def _refusal(sql: str, ruling: Ruling, started: float) -> Report:
    line = sql.count("\n", 0, ruling.offset) + 1
    column = ruling.offset - (sql.rfind("\n", 0, ruling.offset) + 1) + 1
    problem = Problem(ruling.message, line, column, None, "", ruling.hint)
    seconds = time.perf_counter() - started
    return Report(
        sql, allowed=False, parses=False, executes=False, errors=(problem,), seconds=seconds
    )


def _nothing(script: Script, started: float) -> Report:
    problem = Problem(
        "There is no SQL statement to run.", 1, 1, None, "", "Write at least one CREATE TABLE."
    )
    seconds = time.perf_counter() - started
    return Report(
        script.sql.strip(),
        allowed=True,
        parses=True,
        executes=False,
        errors=(problem,),
        notes=script.notes,
        seconds=seconds,
    )
