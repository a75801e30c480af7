"""An index in parts, read from `pg_get_indexdef`: method, keys, INCLUDE, WHERE."""

from __future__ import annotations

from dataclasses import dataclass

from ghost_engine.sql.lexer import Token, tokenize
from ghost_engine.sql.schema import Index


@dataclass(frozen=True, slots=True)
class IndexKey:
    """One key: a plain `column`, or None where it is an `expression`; `options` is the rest, such
    as `DESC` or an operator class."""

    expression: str
    column: str | None
    options: str = ""


@dataclass(frozen=True, slots=True)
class IndexParts:
    """What an index is made of, apart from its name."""

    method: str
    unique: bool
    keys: tuple[IndexKey, ...]
    rest: str = ""  # from the closing bracket to WHERE: INCLUDE, NULLS NOT DISTINCT, WITH
    where: str | None = None

    @property
    def columns(self) -> tuple[str, ...] | None:
        """The key columns, or None when a key is an expression."""
        names = [key.column for key in self.keys if key.column is not None]
        return tuple(names) if len(names) == len(self.keys) else None

    @property
    def is_plain(self) -> bool:
        """A B-tree of plain columns in plain order, without conditions or extras."""
        simple = self.method == "btree" and not self.rest and self.where is None
        return simple and all(key.column is not None and not key.options for key in self.keys)


def read_index(index: Index) -> IndexParts:
    """The parts of an index's definition."""
    text = index.definition
    tokens = list(tokenize(text))
    using = next(i for i, token in enumerate(tokens) if token.key == "USING")
    close = _closing(tokens, using + 2)
    where = next((i for i in range(close, len(tokens)) if tokens[i].key == "WHERE"), None)
    end = tokens[where].start if where is not None else len(text)
    condition = text[tokens[where].end :].strip() if where is not None else None
    return IndexParts(
        method=tokens[using + 1].name,
        unique=index.unique,
        keys=tuple(_key(text, part) for part in _parts(tokens[using + 3 : close])),
        rest=text[tokens[close].end : end].strip(),
        where=condition,
    )


def _closing(tokens: list[Token], opening: int) -> int:
    depth = 0
    for position in range(opening, len(tokens)):
        depth += (tokens[position].text == "(") - (tokens[position].text == ")")
        if depth == 0:
            return position
    return len(tokens) - 1


def _parts(tokens: list[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.text in "([") - (token.text in ")]")
        if token.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _key(text: str, tokens: list[Token]) -> IndexKey:
    first = tokens[0]
    if first.kind in ("word", "quoted") and (len(tokens) == 1 or tokens[1].text != "("):
        options = text[first.end : tokens[-1].end].strip()
        return IndexKey(text[first.start : first.end], first.name, options)
    close = _closing(tokens, next(i for i, token in enumerate(tokens) if token.text == "("))
    options = text[tokens[close].end : tokens[-1].end].strip()
    return IndexKey(text[first.start : tokens[close].end], None, options)
