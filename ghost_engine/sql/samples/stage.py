"""Brings a judged script onto a sandbox: its tables stand, empty or with its own rows.

Used by whoever wants to fill or ask the tables. The script passes the judge's rules again here, so
that nothing reaches the server on trust.
"""

from __future__ import annotations

import psycopg

from ghost_engine.errors import QueryError
from ghost_engine.sql.catalog import read_schema
from ghost_engine.sql.postgres import Box
from ghost_engine.sql.rules import script_size
from ghost_engine.sql.schema import Schema
from ghost_engine.sql.script import read_script
from ghost_engine.sql.validate import rule_script, run_statement

_MEND = "Mend the script first; the list of its errors says where."


def stage(box: Box, script: str) -> Schema:
    """Execute `script` in the open transaction of `box`; the schema that it made.

    Raises:
        QueryError: the script is refused or does not run.
        psycopg.Error: the line to the server broke.
    """
    too_big = script_size(script)
    if too_big:
        raise QueryError(too_big.message, too_big.hint)
    for each in rule_script(read_script(script)):
        if each.ruling.action == "refuse":
            raise QueryError(f"The schema is not run here: {each.ruling.message}", _MEND)
        if each.ruling.action == "run":
            _run(box, each.statement.text)
    return read_schema(box)


def _run(box: Box, statement: str) -> None:
    try:
        run_statement(box, statement)
    except psycopg.Error as error:
        if error.sqlstate is None and not box.timed_out:
            raise
        message = error.diag.message_primary or str(error).strip()
        raise QueryError(f"The schema does not run: {message}", _MEND) from error
