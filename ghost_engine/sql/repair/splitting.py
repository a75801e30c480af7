"""From text to the parts of a draft: split at semicolons, and where a semicolon is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ghost_engine.sql.lexer import Token, tokenize
from ghost_engine.sql.repair.draft import Draft, Edit, Part, same_line_comment

_OBJECTS = frozenset(
    ("TABLE", "INDEX", "TYPE", "VIEW", "UNIQUE", "TEMPORARY", "TEMP", "SCHEMA", "DOMAIN")
    + ("SEQUENCE", "EXTENSION", "DATABASE", "OR", "FUNCTION", "TRIGGER", "MATERIALIZED")
    + ("PROCEDURE", "NONCLUSTERED", "CLUSTERED", "FULLTEXT", "UNLOGGED", "POLICY", "RULE")
)
_STARTS = {
    "CREATE": _OBJECTS,
    "ALTER": frozenset(("TABLE", "TYPE", "SEQUENCE", "DATABASE")),
    "DROP": frozenset(("TABLE", "DATABASE", "TYPE", "VIEW", "SCHEMA")),
    "INSERT": frozenset(("INTO", "IGNORE")),
    "COMMENT": frozenset(("ON",)),
}
_NEVER_INSIDE = frozenset(("TABLE", "INDEX", "TYPE", "VIEW", "INTO", "ON", "UNIQUE", "SCHEMA"))
_ROUTINES = frozenset(("FUNCTION", "PROCEDURE", "PROC", "TRIGGER", "EVENT", "PACKAGE", "RULE"))
Piece = tuple[int, int, int, list[Edit]]  # begin, end, length of the tail, edits inside


@dataclass
class _Reader:
    """Where the splitting stands: `begin` = the part's first offset, `depth` = open brackets."""

    text: str
    tokens: tuple[Token, ...]
    begin: int = 0
    first: int = 0
    depth: int = 0
    edits: list[Edit] = field(default_factory=list)

    def take(self, end: int, tail: int, index: int) -> Piece:
        """The piece up to `end`; the next one begins behind its `tail`, with token `index`."""
        piece = (self.begin, end, tail, self.edits)
        self.begin = end + 1 + tail if tail else end
        self.first, self.depth, self.edits = index, 0, []
        return piece

    def routine(self) -> bool:
        head = {token.key for token in self.tokens[self.first : self.first + 6]}
        return self.tokens[self.first].key == "CREATE" and bool(head & _ROUTINES)


def split(text: str, origins: tuple[int, ...]) -> Draft:
    """The draft of `text`; what was missing between statements is put in and listed.

    Args:
        origins: for each line of `text` the line of the given script it came from.
    """
    draft = Draft([])
    reader = _Reader(text, tuple(tokenize(text)))
    pieces: list[Piece] = []
    for index, token in enumerate(reader.tokens):
        if token.text == ";":
            _at_semicolon(reader, index, pieces)
        elif _starts_statement(reader, index):
            _at_missing_semicolon(reader, index, pieces)
        else:
            reader.depth = max(0, reader.depth + (token.text == "(") - (token.text == ")"))
    if reader.first < len(reader.tokens):
        pieces.append(reader.take(reader.tokens[-1].end, 0, len(reader.tokens)))
    draft.ending = text[reader.begin :].rstrip() if reader.begin else ""
    _fill(draft, text, pieces, origins)
    return draft


def _at_semicolon(reader: _Reader, index: int, pieces: list[Piece]) -> None:
    token = reader.tokens[index]
    if reader.depth and _goes_on(reader, index):
        place = token.start - reader.begin
        reader.edits.append(Edit(place, place + 1, ",", "A semicolon stood where a comma belongs."))
        return
    tail = same_line_comment(reader.text, token.end) - token.end
    if index > reader.first:
        pieces.append(reader.take(token.start, tail, index + 1))
    reader.begin, reader.first = token.end + tail, index + 1


def _goes_on(reader: _Reader, index: int) -> bool:
    """True if a semicolon inside brackets stands where a comma should."""
    if index + 1 >= len(reader.tokens) or _pair_starts(reader, index + 1):
        return False
    depth = reader.depth
    for place in range(index + 1, len(reader.tokens)):
        token = reader.tokens[place]
        depth += (token.text == "(") - (token.text == ")")
        if depth <= 0:
            return True
        if _pair_starts(reader, place):
            return False
    return False


def _at_missing_semicolon(reader: _Reader, index: int, pieces: list[Piece]) -> None:
    end = reader.tokens[index - 1].end
    length = end - reader.begin
    missing = ")" * reader.depth
    reason = "The statement was not ended; " + ("its bracket and " if missing else "")
    edit = Edit(length, length, missing, reason + "its semicolon was missing.")
    reader.edits.append(edit)
    pieces.append(reader.take(end, 0, index))


def _pair_starts(reader: _Reader, index: int) -> bool:
    token = reader.tokens[index]
    if token.kind != "word" or token.key not in _STARTS or index + 1 >= len(reader.tokens):
        return False
    following = reader.tokens[index + 1]
    return following.kind == "word" and following.key in _STARTS[token.key]


def _starts_statement(reader: _Reader, index: int) -> bool:
    """True if a new statement begins at token `index` though the last one was not ended."""
    if index <= reader.first or not _pair_starts(reader, index):
        return False
    token, first = reader.tokens[index], reader.tokens[reader.first].key
    if reader.routine() or (first == "ALTER" and token.key == "DROP"):
        return False
    if reader.tokens[reader.first + 1].key == "SCHEMA" and first == "CREATE" and not reader.depth:
        return False  # CREATE SCHEMA may hold CREATE TABLE
    new_line = "\n" in reader.text[reader.tokens[index - 1].end : token.start]
    if reader.depth:
        return new_line and reader.tokens[index + 1].key in _NEVER_INSIDE
    return new_line or token.key in ("CREATE", "INSERT", "ALTER")


def _fill(draft: Draft, text: str, pieces: list[Piece], origins: tuple[int, ...]) -> None:
    line = 0
    position = 0
    for begin, end, tail, edits in _without_bodies(text, pieces):
        line += text.count("\n", position, begin)
        position = begin
        body = text[begin:end]
        lines = origins[line : line + body.count("\n") + 1]
        behind = text[end + 1 : end + 1 + tail] if tail else ""
        part = Part(body, lines, behind)
        draft.parts.append(part)
        draft.edit(part, edits)


def _without_bodies(text: str, pieces: list[Piece]) -> Iterator[Piece]:
    """The pieces less the statements inside BEGIN ... END of a routine that stands bare."""
    inside = False
    for piece in pieces:
        keys = [token.key for token in tokenize(text[piece[0] : piece[1]])]
        if inside and keys[:2] != ["CREATE", "TABLE"]:
            inside = not (keys[0] == "END" and (len(keys) == 1 or keys[1] not in _BLOCKS))
            continue
        opens = keys[0] == "CREATE" and set(keys[:8]) & _ROUTINES and "BEGIN" in keys
        inside = bool(opens) and keys[-1] != "END"
        yield piece


_BLOCKS = frozenset(("IF", "LOOP", "CASE", "WHILE", "REPEAT"))
