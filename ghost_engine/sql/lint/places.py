"""Where things stand in a script: tables, their columns' types, indexes, and its end.

Reads the words of CREATE TABLE, ALTER TABLE ... ADD and CREATE INDEX, nothing more: what a script
made in other ways (LIKE, RENAME) has no place here, and lint then edits nothing in place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ghost_engine.sql.lexer import Token
from ghost_engine.sql.lint.advice import Edit
from ghost_engine.sql.script import Script, Statement, read_script

_AFTER_TYPE = frozenset(
    ("CONSTRAINT", "NOT", "NULL", "DEFAULT", "PRIMARY", "UNIQUE", "CHECK", "REFERENCES")
    + ("GENERATED", "COLLATE", "STORAGE", "COMPRESSION", "DEFERRABLE", "INITIALLY")
)
_TABLE_ITEMS = frozenset(("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "EXCLUDE", "LIKE"))
_WRAPPING = re.compile(r"(?:COMMIT|END)(?: WORK| TRANSACTION)?")


@dataclass(frozen=True, slots=True)
class ColumnPlace:
    """A column's definition: its offset, and `text[type_start:type_end]` is its type."""

    start: int
    type_start: int
    type_end: int
    type_text: str


@dataclass
class Places:
    """Offsets into the script by qualified table name, by (table, column) and by index name."""

    text: str
    script: Script
    tables: dict[str, int] = field(default_factory=dict)
    columns: dict[tuple[str, str], ColumnPlace] = field(default_factory=dict)
    indexes: dict[str, Statement] = field(default_factory=dict)

    def line(self, table: str, column: str | None = None) -> int:
        """The line of a column or its table; 1 where the words do not say."""
        place = self.columns.get((table, column)) if column else None
        offset = place.start if place else self.tables.get(table)
        return self.script.place(offset)[0] if offset is not None else 1

    def index_line(self, index: str, table: str) -> int:
        statement = self.indexes.get(index)
        return self.script.place(statement.start)[0] if statement else self.line(table)

    def append(self, *statements: str) -> tuple[Edit, ...]:
        """The edits that put statements behind the last one, and before a closing COMMIT."""
        kept = [each for each in self.script.statements if not _is_commit(each)]
        last = kept[-1].tokens[-1].end
        following = re.compile(r"[ \t]*(?:--[^\n]*|/\*(?:(?!\*/).)*\*/)?[ \t]*(?=\r?\n|\Z)")
        semicolon = re.compile(r"(?:\s|--[^\n]*\n)*;").match(self.script.sql, last)
        if semicolon and self.text[semicolon.end() - 1] != ";":
            semicolon = None  # it stands in the place of a Markdown fence
        after = semicolon.end() if semicolon else last
        rest = following.match(self.script.sql, after)
        end = rest.end() if rest else after
        added = Edit(end, end, "".join(f"\n{each};" for each in statements))
        return (added,) if semicolon else (Edit(last, last, ";"), added)


def find_places(text: str) -> Places:
    """Read a script; later definitions of one name win, as they do in the server."""
    places = Places(text, read_script(text))
    for statement in places.script.statements:
        keys = [token.key for token in statement.tokens[:8]]
        if keys[0] == "CREATE" and "TABLE" in keys[1:4]:
            _read_table(places, statement, keys.index("TABLE") + 1)
        elif keys[:2] == ["ALTER", "TABLE"]:
            _read_additions(places, statement)
        elif keys[0] == "CREATE" and "INDEX" in keys[1:3]:
            _read_index(places, statement, keys.index("INDEX") + 1)
    return places


def _is_commit(statement: Statement) -> bool:
    return bool(_WRAPPING.fullmatch(" ".join(token.key for token in statement.tokens)))


def _read_table(places: Places, statement: Statement, position: int) -> None:
    tokens = statement.tokens
    position = _skip(tokens, position, ("IF", "NOT", "EXISTS"))
    name, position = _qualified(tokens, position)
    if position >= len(tokens) or tokens[position].text != "(" or name in places.tables:
        return
    places.tables[name] = statement.start
    for item in _items(tokens[position + 1 : _close(tokens, position)]):
        if len(item) > 1 and item[0].key not in _TABLE_ITEMS:
            _read_column(places, name, item)


def _read_additions(places: Places, statement: Statement) -> None:
    tokens = statement.tokens
    name, position = _qualified(tokens, _skip(tokens, 2, ("IF", "EXISTS", "ONLY")))
    for item in _items(tokens[position:]):
        if item and item[0].key == "ADD":
            words = item[_skip(item, 1, ("COLUMN", "IF", "NOT", "EXISTS")) :]
            if len(words) > 1 and words[0].key not in _TABLE_ITEMS:
                _read_column(places, name, words)


def _read_column(places: Places, table: str, item: Sequence[Token]) -> None:
    words = [item[1]]
    for token in item[2:]:
        if token.kind == "word" and token.key in _AFTER_TYPE:
            break
        words.append(token)
    start, end = words[0].start, words[-1].end
    place = ColumnPlace(item[0].start, start, end, places.text[start:end])
    places.columns.setdefault((table, item[0].name), place)


def _read_index(places: Places, statement: Statement, position: int) -> None:
    tokens = statement.tokens
    position = _skip(tokens, position, ("CONCURRENTLY", "IF", "NOT", "EXISTS"))
    if tokens[position].key != "ON":
        places.indexes.setdefault(tokens[position].name, statement)


def _skip(tokens: Sequence[Token], position: int, words: tuple[str, ...]) -> int:
    while position < len(tokens) and tokens[position].key in words:
        position += 1
    return position


def _qualified(tokens: Sequence[Token], position: int) -> tuple[str, int]:
    """The name that begins at `position`, as `Table.qualified` spells it, and what follows it."""
    if position >= len(tokens):
        return "", position
    name, position = tokens[position].name, position + 1
    if tokens[position : position + 1] and tokens[position].text == ".":
        space, name, position = name, tokens[position + 1].name, position + 2
        name = name if space == "public" else f"{space}.{name}"
    return name, position


def _close(tokens: Sequence[Token], opening: int) -> int:
    depth = 0
    for position in range(opening, len(tokens)):
        depth += (tokens[position].text == "(") - (tokens[position].text == ")")
        if depth == 0:
            return position
    return len(tokens)


def _items(tokens: Sequence[Token]) -> list[list[Token]]:
    items: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if token.text == "," and depth == 0:
            items.append([])
        else:
            items[-1].append(token)
    return items
