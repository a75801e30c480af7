"""Columns where they stand in a script, and their types and clauses in a comparable form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ghost_engine.sql.lexer import Token, tokenize
from ghost_engine.sql.lint.spelling import quoted
from ghost_engine.sql.nouns import sure_singular
from ghost_engine.sql.passages import Passage, Passages, referenced
from ghost_engine.sql.repair.pieces import Clause, Item, Table, read_item
from ghost_engine.sql.repair.spans import matching, split_commas

INTEGERS = frozenset(("int", "integer", "bigint", "smallint", "int2", "int4", "int8", "mediumint"))


@dataclass(frozen=True, eq=False)
class ColumnPlace:
    """One column's entry in a CREATE TABLE of the script `text`."""

    text: str
    passage: Passage
    table: Table
    item: Item

    @property
    def name(self) -> str:
        return self.table.item_name(self.item)

    @property
    def tokens(self) -> Sequence[Token]:
        return self.table.tokens

    @property
    def type(self) -> str:
        """The type in lower case with fixed blanks; "" if it has none."""
        return plain(self.tokens[self.item.first + 1 : self.item.type_end])

    @property
    def end(self) -> int:
        """The offset behind its last word."""
        return self.tokens[self.item.last - 1].end

    @property
    def type_end(self) -> int:
        return self.tokens[max(self.item.type_end, self.item.first + 1) - 1].end

    @property
    def words(self) -> str:
        return f"{self.passage.about}.{self.name}"

    def clause(self, kind: str) -> Clause | None:
        return self.item.clause(kind)

    def key(self, clause: Clause) -> str:
        return plain(without_name(self.tokens[clause.first : clause.last]))

    def written(self, clause: Clause) -> str:
        """The clause as the script has it, its constraint name left out."""
        span = without_name(self.tokens[clause.first : clause.last])
        return " ".join(self.text[span[0].start : span[-1].end].split())


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key of one column, wherever it is written. `[first:last)` are tokens of `passage`.

    `kind` is "clause", "item" or "alter"; `rules` is what stands behind the target.
    """

    table: str
    column: str
    target: str
    rules: str
    kind: str
    passage: Passage
    first: int
    last: int


def plain(tokens: Sequence[Token]) -> str:
    """Tokens in lower case, a blank between words only; strings as they are."""
    text = ""
    apart = False
    for token in tokens:
        word = token.kind not in ("symbol",)
        said = token.text if token.kind in ("string", "quoted") else token.text.lower()
        text += (" " if apart and word else "") + said
        apart = word or token.text == ")"
    return text


def plain_text(text: str) -> str:
    return plain(tuple(tokenize(text)))


def without_name(tokens: Sequence[Token]) -> Sequence[Token]:
    """A clause or constraint less its `CONSTRAINT name`."""
    named = len(tokens) > 2 and tokens[0].kind == "word" and tokens[0].key == "CONSTRAINT"
    return tokens[2:] if named else tokens


def clause_kinds(text: str) -> list[str]:
    """The kinds of clause that `text`, written behind a type, consists of."""
    tokens = tuple(tokenize(f"x int {text}"))
    return [clause.kind for clause in read_item(tokens, 0, len(tokens)).clauses]


def columns(script: Passages) -> Iterator[ColumnPlace]:
    """Every column of every CREATE TABLE."""
    for passage in script.tables.values():
        table = passage.table
        for item in table.columns if table is not None else ():
            assert table is not None
            yield ColumnPlace(script.text, passage, table, item)


def type_matches(pattern: str, type_text: str) -> bool:
    """True if a type is the one meant; `varchar(*)` means any length, `enum(*)` any labels."""
    if pattern.endswith("(*)"):
        return type_text.startswith(pattern[:-2]) and type_text.endswith(")")
    return type_text == pattern


def primary_key(script: Passages, table: str) -> tuple[str, ...]:
    """The columns of a table's primary key, as far as the script says."""
    passage = script.tables.get(table)
    made = passage.table if passage else None
    if made is None:
        return ()
    for item in made.items:
        if item.kind == "primary":
            return names_in(made.tokens, item.body, item.last)
        if item.clause("primary") is not None:
            return (made.item_name(item),)
    for other in script.of(table):
        keys = [token.key for token in other.tokens]
        if other.kind == "alter" and "PRIMARY" in keys:
            return names_in(other.tokens, keys.index("PRIMARY"), len(other.tokens))
    return ()


def names_in(tokens: Sequence[Token], first: int, last: int) -> tuple[str, ...]:
    """The names between the first brackets at or behind `first`."""
    opening = next((i for i in range(first, last) if tokens[i].text == "("), None)
    if opening is None:
        return ()
    close = min(matching(tokens, opening), last)
    spans = split_commas(tokens, opening + 1, close)
    return tuple(tokens[begin].name for begin, end in spans if begin < end)


def references(script: Passages) -> Iterator[Reference]:
    """Every foreign key of a single column."""
    for place in columns(script):
        clause = place.clause("references")
        if clause is not None:
            yield from _reference(place.passage, place.name, clause.first, clause.last, "clause")
    for passage in script.items:
        table = passage.table
        if table is not None:
            for item in table.items:
                if item.kind == "foreign":
                    yield from _listed(passage, item.first, item.last, "item")
        elif passage.kind == "alter" and passage.about:
            yield from _listed(passage, 0, len(passage.tokens), "alter")


def _listed(passage: Passage, first: int, last: int, kind: str) -> Iterator[Reference]:
    keys = [token.key for token in passage.tokens[first:last]]
    if "FOREIGN" not in keys:
        return
    named = names_in(passage.tokens, first + keys.index("FOREIGN"), last)
    if len(named) == 1:
        yield from _reference(passage, named[0], first, last, kind)


def _reference(
    passage: Passage, column: str, first: int, last: int, kind: str
) -> Iterator[Reference]:
    tokens = passage.tokens[first:last]
    for _, end, target in referenced(tokens):
        rest = (
            matching(tokens, end) + 1 if tokens[end : end + 1] and tokens[end].text == "(" else end
        )
        rules = plain(tokens[rest:]).upper()
        yield Reference(passage.about, column, target, rules, kind, passage, first, last)
        return


def indexed(script: Passages, table: str) -> set[str]:
    """Columns that an index, a key or a unique constraint of the table begins with."""
    found = set(primary_key(script, table)[:1])
    for passage in script.of(table):
        if passage.kind == "index":
            on = next(i for i, token in enumerate(passage.tokens) if token.key == "ON")
            found |= set(names_in(passage.tokens, on, len(passage.tokens))[:1])
        made = passage.table
        for item in made.items if made is not None else ():
            if item.kind in ("unique", "index"):
                found |= set(names_in(passage.tokens, item.body, item.last)[:1])
            elif item.clause("unique") is not None:
                found.add(passage.tokens[item.first].name)
    return found


def table_written(passage: Passage) -> str:
    """The name of a table as a new statement should write it."""
    return ".".join(quoted(part) for part in passage.about.split("."))


def filled(template: str, table: str, column: str) -> str:
    """A name made from a template with {table}, {noun} (its singular) and {column}."""
    bare = table.rpartition(".")[2]
    name = template.replace("{table}", bare).replace("{noun}", sure_singular(bare))
    return name.replace("{column}", column)
