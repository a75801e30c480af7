"""A script as passages: each statement with the comments that are its own, and what it is about.

Made for editing in place: every offset points into the text as given, and what no passage holds
(headings, blank lines, prose around the SQL) can be left alone. It reads scripts that do not run:
MySQL's backticks and SQL Server's brackets are names, and a missing semicolon ends nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Literal

from ghost_engine.sql.lexer import Token, tokenize
from ghost_engine.sql.repair.pieces import Table, read_table
from ghost_engine.sql.repair.spans import name_end
from ghost_engine.sql.script import read_script

Kind = Literal["create", "index", "comment", "alter", "insert", "drop", "other"]
Thing = Literal["table", "view", "type", "sequence", "schema", ""]

_MODIFIERS = frozenset(
    ("OR", "REPLACE", "TEMP", "TEMPORARY", "UNLOGGED", "GLOBAL", "LOCAL", "UNIQUE", "RECURSIVE")
    + ("MATERIALIZED", "FOREIGN", "CLUSTERED", "NONCLUSTERED", "FULLTEXT", "SPATIAL")
)
_THINGS: dict[str, Thing] = {
    "TABLE": "table", "VIEW": "view", "TYPE": "type", "DOMAIN": "type", "SEQUENCE": "sequence",
    "SCHEMA": "schema",
}  # fmt: skip
_BEGINS = {
    "CREATE": frozenset(_THINGS) | _MODIFIERS | {"INDEX", "EXTENSION"},
    "ALTER": frozenset(_THINGS),
    "COMMENT": frozenset(("ON",)),
    "INSERT": frozenset(("INTO",)),
}
_TAIL = re.compile(r"[ \t]*(?:--[^\n]*|/\*(?:[^*\n]|\*(?!/))*\*/[ \t]*)(?=\r?\n|\Z)")


@dataclass(frozen=True, eq=False)
class Passage:
    """One statement. `about` is the qualified name of what it belongs to, "" if of nothing.

    `text[start:end]` holds its own comments, the statement, its semicolon and a comment on the
    same line; the statement alone is `text[first:last]`. `name` is the name it gives, if any.
    """

    kind: Kind
    thing: Thing
    about: str
    name: str
    tokens: tuple[Token, ...] = field(repr=False)
    start: int
    end: int
    closed: bool

    @property
    def first(self) -> int:
        return self.tokens[0].start

    @property
    def last(self) -> int:
        return self.tokens[-1].end

    @cached_property
    def table(self) -> Table | None:
        """The columns and constraints of a CREATE TABLE."""
        return read_table(self.tokens) if self.kind == "create" else None

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The statement apart from layout, comments, the case of keywords and quotes."""
        return tuple(token.text if token.kind == "string" else token.name for token in self.tokens)


@dataclass(frozen=True)
class Passages:
    """A script's passages in order."""

    text: str
    items: tuple[Passage, ...]

    def of(self, about: str) -> tuple[Passage, ...]:
        return tuple(item for item in self.items if item.about == about)

    @cached_property
    def things(self) -> dict[str, Thing]:
        """What the script makes or speaks of, by qualified name, in its order."""
        found: dict[str, Thing] = {}
        for item in self.items:
            if item.about and (item.about not in found or item.kind == "create"):
                found[item.about] = item.thing
        return found

    @cached_property
    def tables(self) -> dict[str, Passage]:
        """The first CREATE TABLE with a column list for each table."""
        found: dict[str, Passage] = {}
        for item in self.items:
            if item.table is not None:
                found.setdefault(item.about, item)
        return found

    def line(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1


@lru_cache(maxsize=64)
def read_passages(text: str) -> Passages:
    """The passages of a script; never fails."""
    sql = read_script(text).sql
    found = tuple(_passages(sql, text))
    return Passages(text, _with_owners(found))


def tolerant_tokens(sql: str) -> Iterator[Token]:
    """PostgreSQL's tokens, and other databases' quoted names as if in double quotes."""
    raw = list(tokenize(sql))
    index = 0
    while index < len(raw):
        last = _foreign_name(raw, index, sql)
        if last is None:
            yield raw[index]
            index += 1
            continue
        start, end = raw[index].start, raw[last].end
        inner = sql[start + 1 : end - 1].strip().lower().replace('"', '""')
        yield Token("quoted", f'"{inner}"', start, end)
        index = last + 1


def qualified(tokens: Sequence[Token], first: int, last: int) -> str:
    """The name at `[first:last)` as `Schema` spells it: without `public`."""
    parts = [token.name for token in tokens[first:last] if token.text != "."]
    parts = parts[-2:]
    return parts[-1] if len(parts) == 1 or parts[0] in ("public", "dbo") else ".".join(parts)


def referenced(tokens: Sequence[Token]) -> Iterator[tuple[int, int, str]]:
    """(first, last, qualified name) of the table behind every REFERENCES."""
    for index, token in enumerate(tokens):
        if token.kind == "word" and token.key == "REFERENCES":
            last = name_end(tokens, index + 1)
            if last > index + 1:
                yield index + 1, last, qualified(tokens, index + 1, last)


def _foreign_name(raw: list[Token], index: int, sql: str) -> int | None:
    """The token that closes a `name` or [name] opened at `index`, or None."""
    token = raw[index]
    if token.text == "`":
        for last in range(index + 2, min(index + 12, len(raw))):
            if raw[last].text == "`":
                return last if "\n" not in sql[token.start : raw[last].end] else None
    if token.text == "[" and index + 2 < len(raw) and raw[index + 2].text == "]":
        before = raw[index - 1] if index else token
        apart = before.end < token.start or before.text in (".", "(", ",") or not index
        return index + 2 if apart and raw[index + 1].kind == "word" else None
    return None


def _passages(sql: str, text: str) -> Iterator[Passage]:
    position = 0
    for number, (tokens, semicolon) in enumerate(_statements(sql)):
        closed = semicolon is not None and text[semicolon] == ";"
        end = semicolon + 1 if semicolon is not None and closed else tokens[-1].end
        tail = _TAIL.match(sql, end)
        end = tail.end() if tail else end
        start = _own_comments(sql, position, tokens[0].start) if number else tokens[0].start
        kind, thing, about, name = _subject(tokens)
        yield Passage(kind, thing, about, name, tokens, start, end, closed)
        position = end


def _statements(sql: str) -> Iterator[tuple[tuple[Token, ...], int | None]]:
    """The tokens of each statement and where its semicolon stands, if it has one."""
    current: list[Token] = []
    depth = 0
    stream = list(tolerant_tokens(sql))
    for index, token in enumerate(stream):
        if token.text == ";":
            if current:
                yield tuple(current), token.start
            current, depth = [], 0
            continue
        if current and depth == 0 and _begins_anew(stream, index, sql):
            yield tuple(current), None
            current = []
        depth = max(0, depth + (token.text == "(") - (token.text == ")"))
        current.append(token)
    if current:
        yield tuple(current), None


def _begins_anew(stream: list[Token], index: int, sql: str) -> bool:
    """True where a statement begins on a new line though the last one was not ended."""
    token = stream[index]
    if token.kind != "word" or token.key not in _BEGINS or index + 1 >= len(stream):
        return False
    following = stream[index + 1]
    if following.kind != "word" or following.key not in _BEGINS[token.key]:
        return False
    return "\n" in sql[stream[index - 1].end : token.start]


def _own_comments(sql: str, position: int, start: int) -> int:
    """Where the comments begin that stand right above the statement at `start`."""
    begin = sql.rfind("\n", position, start) + 1
    if begin == 0 or sql[begin:start].strip():
        return start
    while begin > position:
        above = sql.rfind("\n", position, begin - 1) + 1
        if above == 0:
            break
        line = sql[above : begin - 1].strip()
        if line.endswith("*/"):
            opening = sql.rfind("/*", position, begin)
            above = sql.rfind("\n", position, max(opening, position)) + 1
            if opening < 0 or above == 0 or sql[above:opening].strip():
                break
        elif not line.startswith("--"):
            break
        start = begin = above
    return start


def _subject(tokens: tuple[Token, ...]) -> tuple[Kind, Thing, str, str]:
    """(kind, thing, qualified name of what it is about, name that it gives)."""
    keys = [token.key if token.kind == "word" else "" for token in tokens[:12]]
    if keys[0] == "CREATE":
        return _created(tokens, keys)
    if keys[0] in ("ALTER", "DROP") and len(keys) > 2 and keys[1] in (*_THINGS, "INDEX"):
        first = _skipped(keys, 2, ("IF", "EXISTS", "ONLY"))
        name, last = _name(tokens, first)
        if keys[0] == "DROP" and any(token.text == "," for token in tokens[last:]):
            return "other", "", "", ""
        thing = _THINGS.get(keys[1], "")
        kind: Kind = "alter" if keys[0] == "ALTER" else "drop"
        return (kind, thing, name, "") if thing else (kind, "", "", name)
    if keys[:2] == ["COMMENT", "ON"] and len(keys) > 3:
        return _commented(tokens, keys)
    if keys[0] == "INSERT" and "INTO" in keys[:4]:
        return "insert", "table", _name(tokens, keys.index("INTO") + 1)[0], ""
    return "other", "", "", ""


def _created(tokens: tuple[Token, ...], keys: list[str]) -> tuple[Kind, Thing, str, str]:
    at = _skipped(keys, 1, tuple(_MODIFIERS))
    word = keys[at] if at < len(keys) else ""
    first = _skipped(keys, at + 1, ("CONCURRENTLY", "IF", "NOT", "EXISTS"))
    if word == "INDEX":
        on = next((i for i, token in enumerate(tokens[:16]) if token.key == "ON"), None)
        given = _name(tokens, first)[0] if on is not None and on > first else ""
        target = _skipped([token.key for token in tokens[:20]], (on or 0) + 1, ("ONLY",))
        about = _name(tokens, target)[0] if on is not None else ""
        return "index", "table" if about else "", about, given
    if word in _THINGS:
        name = _name(tokens, first)[0]
        return ("create", _THINGS[word], name, name) if name else ("other", "", "", "")
    return "other", "", "", ""


def _commented(tokens: tuple[Token, ...], keys: list[str]) -> tuple[Kind, Thing, str, str]:
    word = keys[2]
    if word == "COLUMN":
        last = name_end(tokens, 3)
        about = qualified(tokens, 3, last - 2) if last > 5 else ""
        return "comment", "table" if about else "", about, ""
    if word in _THINGS:
        return "comment", _THINGS[word], _name(tokens, 3)[0], ""
    if word == "CONSTRAINT" and "ON" in keys[3:]:
        return "comment", "table", _name(tokens, keys.index("ON", 3) + 1)[0], ""
    return ("comment", "", "", _name(tokens, 3)[0]) if word == "INDEX" else ("other", "", "", "")


def _name(tokens: tuple[Token, ...], first: int) -> tuple[str, int]:
    last = name_end(tokens, first)
    return (qualified(tokens, first, last), last) if last > first else ("", first)


def _skipped(keys: list[str], at: int, words: tuple[str, ...]) -> int:
    while at < len(keys) and keys[at] in words:
        at += 1
    return at


def _with_owners(items: Iterable[Passage]) -> tuple[Passage, ...]:
    """What is said of an index belongs to the index's table."""
    items = tuple(items)
    homes = {item.name: item.about for item in items if item.kind == "index" and item.name}
    made = {item.name: item.thing for item in items if item.kind == "create"}
    settled = []
    for item in items:
        if not item.about and item.name in homes:
            item = replace(item, thing="table", about=homes[item.name])
        if item.about in made and item.thing != made[item.about]:
            item = replace(item, thing=made[item.about])  # ALTER TABLE of a view, an index of one
        settled.append(item)
    return tuple(settled)
