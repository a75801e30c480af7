"""Keys and indexes as MySQL, SQLite and SQL Server write them inside CREATE and ALTER TABLE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ghost_engine.sql.lexer import Token
from ghost_engine.sql.repair.draft import Edit
from ghost_engine.sql.repair.names import Names
from ghost_engine.sql.repair.pieces import Item, Table
from ghost_engine.sql.repair.spans import joined, matching, name_end, split_commas
from ghost_engine.sql.repair.vocabulary import literal, written

_INDEX = "KEY and INDEX inside a table are MySQL; PostgreSQL has CREATE INDEX."
_FULLTEXT = "FULLTEXT is MySQL; an index on to_tsvector() serves the same searches."
_SPATIAL = "A SPATIAL index needs PostGIS; it is left out."
_WORDS = frozenset(("KEY", "INDEX", "CLUSTERED", "NONCLUSTERED"))


@dataclass(frozen=True, slots=True)
class Key:
    """A key read from tokens: its name as written or "", its columns as PostgreSQL takes them.

    `plain` is False when something had to be left out of the columns or behind them.
    """

    name: str
    columns: tuple[str, ...]
    close: int
    plain: bool


def read_key(tokens: Sequence[Token], at: int, last: int, ordered: bool) -> Key | None:
    """The key whose name or bracket begins at `at`; `ordered` keeps ASC and DESC."""
    name = ""
    plain = True
    while at < last and tokens[at].text != "(":
        if tokens[at].key == "USING":
            at, plain = at + 1, False
        elif tokens[at].key in _WORDS:
            plain = False
        else:
            name, plain = written_name(tokens[at]), False
        at += 1
    if at >= last:
        return None
    close = matching(tokens[:last], at)
    columns = tuple(
        _key_column(tokens[begin:end], ordered)
        for begin, end in split_commas(tokens, at + 1, min(close, last))
        if begin < end
    )
    spans = split_commas(tokens, at + 1, min(close, last))
    same = all(joined(tokens[b:e]) == c for (b, e), c in zip(spans, columns, strict=False))
    return Key(name, columns, close, plain and same)


def written_name(token: Token) -> str:
    return token.text if token.kind == "quoted" else written(token.text)


def _key_column(tokens: Sequence[Token], ordered: bool) -> str:
    """A column of a key: MySQL's prefix length goes, and the order where none is taken."""
    order = joined(tokens[-1:]) if tokens[-1].key in ("ASC", "DESC") else ""
    inner = tokens[:-1] if order else tokens
    if len(inner) == 4 and inner[1].text == "(" and inner[2].kind == "number":
        inner = inner[:1]
    text = written_name(inner[0]) if len(inner) == 1 and inner[0].text else joined(inner)
    if inner and inner[0].text == "(":
        text = joined(inner)
    return f"{text} {order}" if order and ordered else text


def removal(text: str, table: Table, item: Item, reason: str) -> list[Edit]:
    """Edits that take `item` out of `table` with its comma and, if it is left empty, its line."""
    tokens = table.tokens
    start, end = tokens[item.first].start, tokens[item.last - 1].end
    if not text[tokens[item.first - 1].end : start].strip():
        start = tokens[item.first - 1].end
    elif not text[text.rfind("\n", 0, start) + 1 : start].strip():
        start = text.rfind("\n", 0, start)
    comma = item.last if item.last < len(tokens) and tokens[item.last].text == "," else None
    if comma is None and tokens[item.first - 1].text == ",":
        comma = item.first - 1
    edits = [Edit(start, end, "", reason)]
    if comma is not None:
        edits.append(Edit(tokens[comma].start, tokens[comma].end, ""))
    return edits


def mend_key(text: str, table: Table, item: Item, names: Names) -> tuple[list[Edit], str]:
    """Edits for a table's key, and the CREATE INDEX that takes its place (or "")."""
    tokens = table.tokens
    if item.kind in ("index", "fulltext", "spatial"):
        key = read_key(tokens, item.body + 1, item.last, ordered=True)
        reason = {"index": _INDEX, "fulltext": _FULLTEXT, "spatial": _SPATIAL}[item.kind]
        edits = removal(text, table, item, reason)
        if key is None or item.kind == "spatial":
            return edits, ""
        return edits, index_statement(table.written, table.name, key, item.kind, names)
    if item.kind in ("primary", "unique"):
        return _mend_unique(table, item), ""
    if item.kind == "foreign":
        return _mend_foreign(table, item), ""
    return [], ""


def index_statement(written_table: str, table: str, key: Key, kind: str, names: Names) -> str:
    """CREATE INDEX for an index of `table`; its name is made unique, as PostgreSQL wants it."""
    wanted = key.name.strip('"') or "_".join([table, *(_word(c) for c in key.columns), "idx"])
    if wanted.lower() in names.relations:
        wanted = f"{table}_{wanted}"
    name = written(names.free(wanted[:60]))
    if kind == "fulltext":
        texts = " || ' ' || ".join(f"coalesce({column}, '')" for column in key.columns)
        columns = f"to_tsvector({literal('simple')}, {texts})"
        return f"CREATE INDEX {name} ON {written_table} USING gin ({columns})"
    unique = "UNIQUE " if kind == "unique" else ""
    return f"CREATE {unique}INDEX {name} ON {written_table} ({', '.join(key.columns)})"


def _word(column: str) -> str:
    return "".join(c if c.isalnum() or c == "_" else "" for c in column.split(" ")[0])


def _mend_unique(table: Table, item: Item) -> list[Edit]:
    """`UNIQUE KEY name (a(10))` and `PRIMARY KEY CLUSTERED (a ASC) WITH (...)`."""
    tokens = table.tokens
    primary = item.kind == "primary"
    at = item.body + 1 + primary
    if at >= item.last or tokens[at].key == "NULLS":
        return []
    key = read_key(tokens, at, item.last, ordered=False)
    if key is None or (key.plain and key.close + 1 >= item.last):
        return []
    ending = joined(tokens[key.close + 1 : item.last])
    behind = (
        f" {ending}" if ending.upper().startswith(("DEFERRABLE", "INITIALLY", "INCLUDE")) else ""
    )
    if key.plain and behind:
        return []
    named = key.name and not primary and item.body == item.first
    name = f"CONSTRAINT {key.name} " if named else _constraint_name(table, item)
    kind = "PRIMARY KEY" if primary else "UNIQUE"
    new = f"{name}{kind} ({', '.join(key.columns)}){behind}"
    start, end = tokens[item.first].start, tokens[item.last - 1].end
    return [Edit(start, end, new, f"PostgreSQL writes this key as {kind} (columns).")]


def _constraint_name(table: Table, item: Item) -> str:
    if item.body - item.first < 2:
        return ""
    return f"CONSTRAINT {written_name(table.tokens[item.first + 1])} "


def _mend_foreign(table: Table, item: Item) -> list[Edit]:
    """MySQL's `FOREIGN KEY name (column)`."""
    tokens, at = table.tokens, item.body + 2
    last = name_end(tokens[: item.last], at)
    if last == at or last >= item.last or tokens[last].text != "(":
        return []
    start, end = tokens[at].start, tokens[last].start
    return [Edit(start, end, "", "A foreign key's name stands behind CONSTRAINT.")]
