"""From whatever a model, a file or a person wrote to statements with places.

Markdown fences, reasoning blocks and prose around the SQL are replaced by blanks of the same
length, so that every offset, line and column still points into the text as it was given.
Nothing is judged here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from ghost_engine.sql.lexer import Token, tokenize

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+-]*)[^\n]*$", re.MULTILINE)
_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_NOT_BLANK = re.compile(r"[^ \t\r\n]")
_SQL_START = re.compile(
    r"\s*(?:--|/\*|\\|(?:CREATE|ALTER|COMMENT|DROP|INSERT|UPDATE|DELETE|SELECT|WITH|VALUES|SET|RESET"
    r"|BEGIN|START|COMMIT|ROLLBACK|END|GRANT|REVOKE|COPY|DO|USE|PRAGMA|GO|TRUNCATE|ANALYZE|ANALYSE"
    r"|VACUUM|LOCK|LISTEN|NOTIFY|CALL|EXECUTE|PREPARE|EXPLAIN|REFRESH|CLUSTER|REINDEX|SAVEPOINT"
    r"|DECLARE|LOAD|SECURITY|IMPORT|REASSIGN|DISCARD|ABORT|DELIMITER|TABLE|MERGE|SHOW)\b)",
    re.IGNORECASE,
)
_MARKDOWN = re.compile(r"\s*(?:#+ |>|\*|[-•] |\d+[.)] )")  # no statement starts like this
_SENTENCE = re.compile(
    r"\s*[^\W\d_][\w'’]*(?:[,:]?\s+\S+)*[.!?:]\s*$|\s*\w[\w'’]*(?: [\w'’]+){2,}\s*$"
)
_OBJECT = re.compile(
    r"\s*\w+\s+(?:\w+\s+)?(?:TABLE|INDEX|TYPE|VIEW|DOMAIN|SEQUENCE)\b", re.IGNORECASE
)
_SQL_FENCES = frozenset(
    ("", "sql", "postgres", "postgresql", "pgsql", "psql", "plpgsql", "ddl", "mysql", "sqlite")
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement without its semicolon; `start` is its offset in the given text."""

    text: str
    start: int
    tokens: tuple[Token, ...]

    def keys(self, count: int) -> tuple[str, ...]:
        """The first `count` words or symbols, upper case."""
        return tuple(token.key for token in self.tokens[:count])


@dataclass(frozen=True, slots=True)
class Script:
    """`sql` has the length and the line breaks of the given text, prose blanked out."""

    sql: str
    statements: tuple[Statement, ...]
    notes: tuple[str, ...]

    def place(self, offset: int) -> tuple[int, int]:
        """(line, column), counted from 1, of a character offset."""
        starts = _line_starts(self.sql)
        line = bisect_right(starts, max(0, min(offset, len(self.sql))))
        return line, offset - starts[line - 1] + 1


def read_script(text: str) -> Script:
    """Find the SQL in `text` and split it at its semicolons."""
    sql, notes = text, []
    for strip, note in (
        (_blank_thinking, "reasoning"),
        (_blank_fences, "Markdown fences"),
        (_blank_prose, "prose"),
    ):
        stripped = strip(sql)
        if stripped != sql:
            notes.append(f"Left out: {note} around the SQL.")
            sql = stripped
    return Script(sql, tuple(_split(sql)), tuple(notes))


def _line_starts(text: str) -> list[int]:
    return [0] + [match.end() for match in re.finditer(r"\n", text)]


def _blank_thinking(text: str) -> str:
    return _THINKING.sub(lambda match: _NOT_BLANK.sub(" ", match.group()), text)


def _blank_fences(text: str) -> str:
    """Keep what stands inside fenced SQL blocks; an unclosed last block runs to the end."""
    blocks = _fenced_blocks(text)
    kept = [(start, end) for start, end, language in blocks if language in _SQL_FENCES]
    kept = kept or [(start, end) for start, end, _ in blocks]
    return _keep_only(text, kept) if kept else text


def _fenced_blocks(text: str) -> list[tuple[int, int, str]]:
    """(start, end, language) of each fenced block that holds more than blanks and comments."""
    blocks: list[tuple[int, int, str]] = []
    opening: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opening is None:
            opening = fence
        elif fence.group(1).startswith(opening.group(1)):
            blocks.append((opening.end(), fence.start(), opening.group(2).lower()))
            opening = None
    if opening is not None:
        blocks.append((opening.end(), len(text), opening.group(2).lower()))
    return [block for block in blocks if next(tokenize(text[block[0] : block[1]]), None)]


def _keep_only(text: str, parts: list[tuple[int, int]]) -> str:
    """Blank all but `parts`, and end each part's last statement so that two do not run together."""
    kept, position = [], 0
    for start, end in parts:
        kept.append(_NOT_BLANK.sub(" ", text[position:start]) + text[start:end])
        position = end
        tokens = tuple(tokenize(text[start:end]))
        if tokens[-1].text != ";" and end < len(text):
            kept.append(";")  # in place of the fence's first character
            position = end + 1
    return "".join(kept) + _NOT_BLANK.sub(" ", text[position:])


def _blank_prose(text: str) -> str:
    """Blank leading and trailing lines that read like sentences, not like SQL."""
    head = 0
    for line in text.splitlines(keepends=True):
        if line.strip() and not _is_prose(line):
            break
        head += len(line)
    else:
        return text  # nothing but prose: let the judge name it
    tail = _trailing_prose(text)
    return _NOT_BLANK.sub(" ", text[:head]) + text[head:tail] + _NOT_BLANK.sub(" ", text[tail:])


def _is_prose(line: str) -> bool:
    if _MARKDOWN.match(line):
        return True
    if _SQL_START.match(line) or line.rstrip().endswith((";", "(")):
        return False
    if _OBJECT.match(line) and not line.rstrip().endswith((".", "!", "?", ":")):
        return False  # a misspelt CREATE TABLE, say
    return bool(_SENTENCE.match(line))


def _trailing_prose(text: str) -> int:
    """The offset where prose after the last statement begins, or the end of the text."""
    last = max((token.end for token in tokenize(text) if token.text == ";"), default=len(text))
    lines = [line for line in text[last:].splitlines() if line.strip()]
    if lines and _is_prose(lines[0]) and not any(_SQL_START.match(line) for line in lines):
        return last
    return len(text)


def _split(sql: str) -> list[Statement]:
    statements: list[Statement] = []
    current: list[Token] = []
    for token in tokenize(sql):
        if token.text != ";":
            current.append(token)
            continue
        if current:
            statements.append(_statement(sql, current))
        current = []
    if current:
        statements.append(_statement(sql, current))
    return statements


def _statement(sql: str, tokens: list[Token]) -> Statement:
    return Statement(sql[tokens[0].start : tokens[-1].end], tokens[0].start, tuple(tokens))
