"""A tolerant reading of CREATE TABLE: its name, its items, and the clauses of each column.

Everything is a span of token numbers, so that a rule can change exactly what it means. The reading
never fails on odd SQL: what it does not know stays part of the clause before it. It takes in the
words of MySQL, SQLite, SQL Server and Oracle beside PostgreSQL's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ghost_engine.sql.lexer import Token
from ghost_engine.sql.repair.spans import joined, matching, name_end, split_commas
from ghost_engine.sql.repair.vocabulary import is_type_word

_TABLE_WORDS = frozenset(
    ("CREATE", "OR", "REPLACE", "GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "UNLOGGED", "EXTERNAL")
    + ("VOLATILE", "TRANSIENT", "FOREIGN", "VIRTUAL")
)
# The words that begin a clause behind a column's type, and the clause's kind.
_CLAUSES = {
    "NOT": "not null", "NULL": "null", "DEFAULT": "default", "PRIMARY": "primary",
    "UNIQUE": "unique", "KEY": "key", "CHECK": "check", "REFERENCES": "references",
    "COLLATE": "collate", "CHARSET": "charset", "COMMENT": "comment",
    "AUTO_INCREMENT": "identity", "AUTOINCREMENT": "identity", "IDENTITY": "identity",
    "GENERATED": "generated", "AS": "generated", "UNSIGNED": "unsigned", "ON": "on",
    "CONSTRAINT": "constraint", "FOREIGN": "foreign", "STORED": "stored",
    "VIRTUAL": "stored", "PERSISTED": "stored",
    "ZEROFILL": "noise", "SIGNED": "noise", "INVISIBLE": "noise", "VISIBLE": "noise",
    "ROWGUIDCOL": "noise", "SPARSE": "noise", "CLUSTERED": "noise", "NONCLUSTERED": "noise",
    "COLUMN_FORMAT": "noise", "STORAGE": "noise", "SRID": "noise", "AFTER": "noise",
    "FIRST": "noise", "ENABLE": "noise", "DISABLE": "noise", "ASCII": "noise", "BINARY": "noise",
    "USING": "noise", "ENCODE": "noise", "MASKED": "noise",
}  # fmt: skip
_SECOND_WORDS = {"not null": ("NULL", "FOR"), "primary": ("KEY",), "foreign": ("KEY",)}
_NOW = frozenset(("CURRENT_TIMESTAMP", "NOW", "LOCALTIMESTAMP", "LOCALTIME", "SYSDATE", "GETDATE"))


@dataclass(frozen=True, slots=True)
class Clause:
    """Tokens `[first:last)` behind a column's type. A CONSTRAINT name is part of its clause."""

    kind: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Item:
    """One entry between the brackets, tokens `[first:last)`.

    `kind` is column, primary, unique, foreign, check, index, fulltext, spatial, exclude or like.
    `body` is where the kind's own word stands (behind CONSTRAINT name). For a column, `[first+1 :
    type_end)` is the type and `clauses` follow.
    """

    kind: str
    first: int
    last: int
    body: int
    type_end: int = 0
    clauses: tuple[Clause, ...] = ()

    def clause(self, kind: str) -> Clause | None:
        return next((clause for clause in self.clauses if clause.kind == kind), None)


@dataclass(frozen=True, slots=True)
class Table:
    """A CREATE TABLE: `name` is tokens `[name_first:name_last)`, `open`/`close` its brackets.

    `close` is the number of tokens when the bracket is never closed.
    """

    tokens: Sequence[Token]
    name_first: int
    name_last: int
    open: int
    close: int
    items: tuple[Item, ...]
    title: Sequence[Token] = ()  # its name when that is not among `tokens` (ALTER TABLE)

    @property
    def name(self) -> str:
        return (self.title or self.tokens[self.name_first : self.name_last])[-1].name

    @property
    def written(self) -> str:
        """The name as the script writes it."""
        name = self.title or self.tokens[self.name_first : self.name_last]
        return "".join(token.text for token in name)

    @property
    def columns(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.kind == "column")

    def column(self, name: str) -> Item | None:
        return next((item for item in self.columns if self.item_name(item) == name), None)

    def item_name(self, item: Item) -> str:
        return self.tokens[item.first].name

    def type_text(self, item: Item) -> str:
        """The type of a column, its tokens joined by blanks where words meet."""
        return joined(self.tokens[item.first + 1 : item.type_end])


def read_table(tokens: Sequence[Token]) -> Table | None:
    """The CREATE TABLE in `tokens`, or None if they are none or have no column list."""
    keys = [token.key if token.kind == "word" else "" for token in tokens[:8]]
    if "TABLE" not in keys or not all(key in _TABLE_WORDS for key in keys[: keys.index("TABLE")]):
        return None
    first = keys.index("TABLE") + 1
    if keys[0] != "CREATE":
        return None
    if keys[first : first + 3] == ["IF", "NOT", "EXISTS"]:
        first += 3
    last = name_end(tokens, first)
    if last == first or last >= len(tokens) or tokens[last].text != "(":
        return None
    close = matching(tokens, last)
    items = tuple(_items(tokens, last + 1, close))
    return Table(tokens, first, last, last, close, items)


def _items(tokens: Sequence[Token], first: int, last: int) -> Iterator[Item]:
    for begin, end in split_commas(tokens, first, last):
        if begin < end:
            yield read_item(tokens, begin, end)


def read_item(tokens: Sequence[Token], first: int, last: int) -> Item:
    """One entry of a table: a column or a constraint."""
    body = first
    if tokens[first].key == "CONSTRAINT" and tokens[first].kind == "word" and first + 1 < last:
        body = first + 1
        if _constraint_kind(tokens, body, last) is None:
            body = first + 2
    kind = _constraint_kind(tokens, body, last) if body < last else None
    if kind is not None:
        return Item(kind, first, last, body)
    type_end = _type_end(tokens, first + 1, last)
    return Item("column", first, last, first, type_end, tuple(_clauses(tokens, type_end, last)))


def _key(tokens: Sequence[Token], index: int, last: int) -> str:
    """The word at `index`, upper case; a quoted name, a number and the like give their text."""
    if index >= last:
        return ""
    return tokens[index].key if tokens[index].kind != "quoted" else '"'


def _constraint_kind(tokens: Sequence[Token], at: int, last: int) -> str | None:
    key, following = _key(tokens, at, last), _key(tokens, at + 1, last)
    if (key, following) in (("PRIMARY", "KEY"), ("FOREIGN", "KEY")):
        return key.lower()
    if key == "CHECK" and following == "(":
        return "check"
    if key == "EXCLUDE" and following in ("USING", "("):
        return "exclude"
    if key == "LIKE":
        return "like"
    if key in ("UNIQUE", "FULLTEXT", "SPATIAL", "KEY", "INDEX"):
        found = _lists_columns(tokens, at + 1, last)
        return {"KEY": "index"}.get(key, key.lower()) if found else None
    return None


def _lists_columns(tokens: Sequence[Token], at: int, last: int) -> bool:
    """True for `[KEY|INDEX] [name] [USING x] ( name`, the form of a key, not of a column."""
    while _key(tokens, at, last) in ("KEY", "INDEX", "CLUSTERED", "NONCLUSTERED", "NULLS", "NOT"):
        at += 1
    if _key(tokens, at, last) == "DISTINCT":
        at += 1
    if _key(tokens, at, last) != "(" and _key(tokens, at, last) != "USING":
        at += 1
    if _key(tokens, at, last) in ("USING", "CLUSTERED", "NONCLUSTERED"):
        at += 1 + (_key(tokens, at, last) == "USING")
    return _key(tokens, at, last) == "(" and not _is_size(tokens, at + 1, last)


def _is_size(tokens: Sequence[Token], at: int, last: int) -> bool:
    return at < last and (tokens[at].kind in ("number", "string") or tokens[at].key == "MAX")


def _type_end(tokens: Sequence[Token], at: int, last: int) -> int:
    """Behind the type that begins at `at`; equal to `at` when there is none."""
    begin, depth = at, 0
    while at < last:
        key = _key(tokens, at, last)
        if (
            depth == 0
            and _clause_kind(tokens, at, last)
            and not (at == begin and is_type_word(key))
        ):
            break
        depth += (key in ("(", "[")) - (key in (")", "]"))
        at += 1
    return at


def _clause_kind(tokens: Sequence[Token], at: int, last: int) -> str | None:
    key = _key(tokens, at, last)
    if key == "CHARACTER":
        return "charset" if _key(tokens, at + 1, last) == "SET" else None
    if key == "ON" and _key(tokens, at + 1, last) == "UPDATE":
        return "on update" if _key(tokens, at + 2, last) in _NOW else None
    if key == "NOT":
        following = _key(tokens, at + 1, last)
        return {"NULL": "not null", "FOR": "noise", "ENFORCED": "noise"}.get(following)
    return _CLAUSES.get(key) if tokens[at].kind == "word" else None


def _clauses(tokens: Sequence[Token], first: int, last: int) -> Iterator[Clause]:
    """Cut `[first:last)` at the words that begin a clause."""
    at = first
    while at < last:
        begin = at
        kind = _clause_kind(tokens, at, last) or "noise"
        if kind == "constraint" and at + 2 < last:
            at += 2
            kind = _clause_kind(tokens, at, last) or "constraint"
        at = _clause_end(tokens, kind, at + 1, last)
        at = min(at, last)  # a bracket that is never closed ends nowhere
        yield Clause(kind, begin, at)


def _clause_end(tokens: Sequence[Token], kind: str, at: int, last: int) -> int:
    if _key(tokens, at, last) in _SECOND_WORDS.get(kind, ()):
        at += 1
    elif kind == "default" and at < last:
        at += 1 + (_key(tokens, at, last) == "NOT")
        if tokens[at - 1].text == "(":
            at = matching(tokens[:last], at - 1) + 1
    elif kind in ("generated", "charset", "collate", "on update"):
        at += _key(tokens, at, last) != "("
    depth = 0
    while at < last:
        key = _key(tokens, at, last)
        if depth == 0 and _ends_clause(tokens, kind, at, last):
            return at
        depth += (key in ("(", "[")) - (key in (")", "]"))
        at += 1
    return at


def _ends_clause(tokens: Sequence[Token], kind: str, at: int, last: int) -> bool:
    following = _clause_kind(tokens, at, last)
    if following is None or following == "on":
        return False
    key = _key(tokens, at, last)
    if kind == "references" and (key == "SET" or tokens[at - 1].key == "SET"):
        return False  # ON DELETE SET NULL, SET DEFAULT
    if kind == "generated" and key == "NULL" and tokens[at - 1].key == "ON":
        return False  # Oracle's GENERATED BY DEFAULT ON NULL AS IDENTITY
    if kind == "generated" and key in ("AS", "IDENTITY", "STORED", "VIRTUAL", "DEFAULT"):
        return False
    if kind == "unique" and key == "KEY":
        return False
    return not (kind == "not null" and key == "NULL")
