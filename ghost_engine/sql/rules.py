"""What may reach the server: limits on size, a list of statements, a list of refused functions.

The server's unprivileged role, timeouts and memory limits stand behind these rules; the rules stop
what the server alone would accept or half-run. Nothing here looks at whether SQL is correct.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ghost_engine.sql.lexer import Token
from ghost_engine.sql.script import Statement

MAX_SCRIPT_BYTES = 256 * 1024
MAX_STATEMENT_BYTES = 16 * 1024
MAX_STATEMENTS = 300
MAX_NESTING = 200

# Extensions whose types and functions the sandbox already offers (or stands in for).
OFFERED_EXTENSIONS = frozenset(
    ("uuid-ossp", "pgcrypto", "citext", "hstore", "pg_trgm", "ltree", "btree_gin", "btree_gist")
    + ("unaccent", "fuzzystrmatch", "vector", "cube", "isn", "intarray", "plpgsql")
)

_ALLOWED = re.compile(
    r"""
      CREATE\ (?:UNLOGGED\ )?TABLE\b
    | CREATE\ (?:GLOBAL\ |LOCAL\ )?(?:TEMP|TEMPORARY)\ TABLE\b
    | CREATE\ (?:UNIQUE\ )?INDEX\b
    | CREATE\ (?:TYPE|DOMAIN|SEQUENCE|SCHEMA)\b
    | CREATE\ (?:OR\ REPLACE\ )?(?:RECURSIVE\ )?VIEW\b
    | ALTER\ (?:TABLE|INDEX|TYPE|DOMAIN|SEQUENCE|VIEW)\b
    | COMMENT\ ON\b
    | DROP\ (?:TABLE|INDEX|TYPE|DOMAIN|SEQUENCE|VIEW)\b
    | INSERT\ INTO\b
    """,
    re.VERBOSE,
)
_REFUSED_FUNCTION = re.compile(
    r"(?:pg_(?!typeof$|column_size$|get_serial_sequence$).*|lo_.*|lo(?:read|write)|dblink.*"
    r"|(?:query|table|schema|database|cursor)_to_xml.*|set_config|ts_stat|ts_rewrite|repeat"
    r"|[lr]pad|crosstab.*|connectby|normal_rand|binary_upgrade_.*|setval)"
)
# A word after one of these is a name being given or referred to, not a function being called.
_NAMING = frozenset(
    ("TABLE", "EXISTS", "INTO", "REFERENCES", "INDEX", "KEY", "CONSTRAINT", "COLUMN", "VIEW")
    + ("TYPE", "DOMAIN", "USING")
)
_QUERY_WORDS = frozenset(("SELECT", "WITH", "VALUES", "EXECUTE", "TABLE"))


@dataclass(frozen=True, slots=True)
class Ruling:
    """What happens to one statement: "run", "skip" (with a note) or "refuse".

    A refusal carries its message, a hint and the offset (in the script) it points at.
    `extension` is set when a CREATE EXTENSION names one that is not offered here, `too_big` when
    the statement should not even be parsed.
    """

    action: str
    message: str = ""
    hint: str = ""
    offset: int = 0
    extension: str = ""
    too_big: bool = False


def script_size(text: str) -> Ruling | None:
    """A refusal when `text` as a whole cannot be taken, else None."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_SCRIPT_BYTES:
        return Ruling(
            "refuse",
            f"The script has {size / 1024:,.0f} KB; {MAX_SCRIPT_BYTES // 1024} KB is the limit.",
            "Send the schema only, without data.",
        )
    for index, character in enumerate(text):
        if character == "\0" or "\ud800" <= character <= "\udfff":
            return Ruling(
                "refuse",
                "The script holds a character that is not text (NUL or half of a pair).",
                "Save it as UTF-8 and try again.",
                index,
            )
    return None


def rule(statement: Statement, position: int, total: int) -> Ruling:
    """Judge one statement, number `position` of `total` (from 0), by its words alone."""
    for look in (_size, _transaction, _session, _extension, _public_schema, _kind, _shape):
        ruling = look(statement, position, total)
        if ruling is not None:
            return ruling
    return refused_call(statement.tokens) or Ruling("run")


def refused_call(tokens: Sequence[Token]) -> Ruling | None:
    """A refusal when `tokens` call a function that reads files, sleeps, or eats memory."""
    for index, token in enumerate(tokens[:-1]):
        if token.kind == "quoted" and token.text[0] in "uU":
            return _refuse(
                "Names written with U& escapes are not taken.",
                token,
                "Write the name in plain letters.",
            )
        if tokens[index + 1].text != "(" or token.kind not in ("word", "quoted"):
            continue
        if index and tokens[index - 1].key in _NAMING and token.kind == "word":
            continue
        if _REFUSED_FUNCTION.fullmatch(token.name.lower()):
            return _refuse(
                f"The function {token.name}() is not run here.",
                token,
                "A schema needs no functions that wait, read files or fill memory.",
            )
    return None


def _refuse(message: str, token: Token, hint: str, too_big: bool = False) -> Ruling:
    return Ruling("refuse", message, hint, token.start, too_big=too_big)


def _size(statement: Statement, position: int, total: int) -> Ruling | None:
    first, hint = statement.tokens[0], "Split it, or leave the data out."
    if position >= MAX_STATEMENTS:
        message = f"The script has {total:,} statements; {MAX_STATEMENTS} is the limit."
        return _refuse(message, first, hint, too_big=True)
    size = len(statement.text.encode())
    if size > MAX_STATEMENT_BYTES:
        limit = f"{MAX_STATEMENT_BYTES // 1024} KB is the limit"
        message = f"This statement has {size / 1024:,.0f} KB; {limit}."
        return _refuse(message, first, hint, too_big=True)
    depth = 0
    for token in statement.tokens:
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if depth > MAX_NESTING:
            message = f"Nested deeper than {MAX_NESTING} brackets."
            return _refuse(message, token, "Simplify the expression.", too_big=True)
    return None


def _transaction(statement: Statement, position: int, total: int) -> Ruling | None:
    """BEGIN first and COMMIT last only wrap the script; anywhere else they are refused."""
    words = " ".join(token.key for token in statement.tokens)
    if position == 0 and re.fullmatch(r"BEGIN(?: WORK| TRANSACTION)?|START TRANSACTION", words):
        return Ruling("skip")
    if position == total - 1 and re.fullmatch(r"(?:COMMIT|END)(?: WORK| TRANSACTION)?", words):
        return Ruling("skip")
    return None


def _session(statement: Statement, position: int, total: int) -> Ruling | None:
    """Settings that a dump begins with change nothing in a schema; roles are another matter."""
    first, second = (statement.keys(2) + ("", ""))[:2]
    if first == "SET" and second not in ("ROLE", "SESSION", "LOCAL", "TRANSACTION", "CONSTRAINTS"):
        return Ruling("skip", f"SET {second.lower()} was passed over: it changes no schema.")
    text = "".join(token.text for token in statement.tokens).lower()
    if text == "selectpg_catalog.set_config('search_path','',false)":
        return Ruling("skip", "The dump's search_path setting was passed over.")
    return None


def _extension(statement: Statement, position: int, total: int) -> Ruling | None:
    keys = statement.keys(3)
    if keys[:3] == ("COMMENT", "ON", "EXTENSION"):
        return Ruling("skip")
    if keys[:2] != ("CREATE", "EXTENSION"):
        return None
    names = [t for t in statement.tokens[2:] if t.key not in ("IF", "NOT", "EXISTS")]
    name = names[0].name if names else ""
    if name in OFFERED_EXTENSIONS:
        return Ruling("skip", f"Extension {name} is always on here.")
    return Ruling("skip", f"Extension {name} is unavailable here; passed over.", extension=name)


def _public_schema(statement: Statement, position: int, total: int) -> Ruling | None:
    words = " ".join(token.name.upper() for token in statement.tokens)
    if re.match(r"(?:CREATE SCHEMA (?:IF NOT EXISTS )?|COMMENT ON SCHEMA )PUBLIC\b", words):
        return Ruling("skip")
    return None


def _kind(statement: Statement, position: int, total: int) -> Ruling | None:
    if _ALLOWED.match(" ".join(statement.keys(5)) + " "):
        return None
    first = statement.tokens[0]
    if first.text == "\\":
        return _refuse("psql's backslash commands are not SQL.", first, "Remove the line.")
    name = (
        " ".join(token.key for token in statement.tokens[:2] if token.kind == "word") or first.text
    )
    hint = (
        "A schema here is made of tables, types, domains, sequences, indexes, views and comments."
    )
    if re.match(r"CREATE (?:OR|FUNCTION|PROCEDURE|TRIGGER)|DO\b", name):
        hint = "Functions and triggers are code, and code is not run here. Remove them."
    elif re.match(r"GRANT|REVOKE|CREATE (?:POLICY|ROLE|USER)", name):
        hint = "Roles and rights belong to a server, not to a schema. Remove them."
    return _refuse(f"{name[:60]} is not run here.", first, hint)


def _shape(statement: Statement, position: int, total: int) -> Ruling | None:
    """Statements of an allowed kind in a form that runs a query or changes an owner."""
    keys = [token.key if token.kind != "quoted" else "" for token in statement.tokens]
    if keys[0] == "INSERT":
        return _refuse_word(
            statement,
            ("SELECT", "WITH", "TABLE"),
            "INSERT takes only VALUES here.",
            "Write the rows out, or leave them.",
        )
    if "TABLE" in keys[1:5] and keys[0] == "CREATE" and _makes_from_query(statement.tokens):
        return _refuse(
            "CREATE TABLE ... AS runs a query; it is not run here.",
            statement.tokens[0],
            "List the columns and their types.",
        )
    if keys[0] == "ALTER" and "OWNER" in keys:
        index = keys.index("OWNER")
        if keys[index + 1 : index + 2] == ["TO"]:
            return _refuse(
                "ALTER ... OWNER TO names a role of another server.",
                statement.tokens[index],
                "Remove the statement.",
            )
    return None


def _refuse_word(
    statement: Statement, words: tuple[str, ...], message: str, hint: str
) -> Ruling | None:
    for token in statement.tokens[1:]:
        if token.kind == "word" and token.key in words:
            return _refuse(message, token, hint)
    return None


def _makes_from_query(tokens: Sequence[Token]) -> bool:
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.key == "AS" and token.kind == "word":
            following = tokens[index + 1].key if index + 1 < len(tokens) else ""
            return following in _QUERY_WORDS or following == "("
    return False
