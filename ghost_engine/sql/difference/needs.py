"""What a passage can only run behind: the things it mentions and the keys it points at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ghost_engine.sql.lexer import Token
from ghost_engine.sql.passages import Passage, Thing, qualified, referenced
from ghost_engine.sql.repair.spans import name_end

_PARENTS = frozenset(("LIKE", "INHERITS", "OF", "PARTITION"))


def needed(passage: Passage, made: Mapping[str, Thing]) -> frozenset[str]:
    """The names in `made` that must be there before `passage` runs, its own left out."""
    found = {name for _, _, name in referenced(passage.tokens)}
    if passage.thing == "view" or (passage.thing == "sequence" and passage.kind == "alter"):
        found |= set(_mentioned(passage.tokens))  # ALTER SEQUENCE ... OWNED BY table.column
    elif passage.kind in ("create", "alter"):
        found |= {name for name in _typing(passage) if made.get(name) in ("type", "sequence")}
        found |= set(_parents(passage.tokens)) | set(_sequences(passage.tokens))
    found.add(passage.about.rpartition(".")[0])  # its schema
    return frozenset((found & set(made)) - {passage.about})


def points_at(passage: Passage) -> frozenset[str]:
    """The tables that its foreign keys point at."""
    return frozenset(name for _, _, name in referenced(passage.tokens))


def makes_key(passage: Passage) -> bool:
    """True for a statement that gives its table a key that others may point at."""
    keys = {token.key for token in passage.tokens if token.kind == "word"}
    if passage.kind == "index":
        return "UNIQUE" in keys
    own = passage.kind == "alter" and "REFERENCES" not in keys
    return own and bool(keys & {"PRIMARY", "UNIQUE"})


def _typing(passage: Passage) -> Iterator[str]:
    """Names that may be types: what stands behind a column's name, or anywhere in an ALTER."""
    table = passage.table
    if table is None:
        yield from _mentioned(passage.tokens)
    for item in table.columns if table else ():
        yield from _mentioned(passage.tokens[item.first + 1 : item.last])


def _mentioned(tokens: Sequence[Token]) -> Iterator[str]:
    """Every name, bare and with its schema."""
    index = 0
    while index < len(tokens):
        last = name_end(tokens, index)
        if last > index + 2:
            yield qualified(tokens, index, last)
            yield qualified(tokens, index, last - 2)
        for token in tokens[index : max(last, index + 1)]:
            if token.kind in ("word", "quoted"):
                yield token.name
        index = max(last, index + 1)


def _parents(tokens: Sequence[Token]) -> Iterator[str]:
    for index, token in enumerate(tokens):
        if token.kind == "word" and token.key in _PARENTS:
            first = index + 1
            if first < len(tokens) and tokens[first].text == "(":
                first += 1
            last = name_end(tokens, first)
            if last > first:
                yield qualified(tokens, first, last)


def _sequences(tokens: Sequence[Token]) -> Iterator[str]:
    for before, token in zip(tokens, tokens[2:], strict=False):
        if token.kind == "string" and before.name == "nextval":
            yield token.text.strip("'").removeprefix("public.")
