"""Spans of tokens: what closes a bracket, where a name ends, what stands between commas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ghost_engine.sql.lexer import Token


def joined(tokens: Sequence[Token]) -> str:
    """Tokens as text, a blank wherever they did not touch."""
    texts = []
    for before, token in zip((None, *tokens), tokens, strict=False):
        apart = before is not None and before.end < token.start
        texts.append((" " if apart else "") + token.text)
    return "".join(texts)


def name_end(tokens: Sequence[Token], first: int) -> int:
    """Behind the (dotted) name that begins at `first`, or `first` if none does."""
    last = first
    while last < len(tokens) and tokens[last].kind in ("word", "quoted"):
        last += 1
        if last + 1 >= len(tokens) or tokens[last].text != ".":
            return last
        last += 1
    return last


def matching(tokens: Sequence[Token], opening: int) -> int:
    """The number of the bracket that closes the one at `opening`, or of tokens if none does."""
    depth = 0
    for index in range(opening, len(tokens)):
        depth += (tokens[index].text == "(") - (tokens[index].text == ")")
        if depth == 0:
            return index
    return len(tokens)


def split_commas(tokens: Sequence[Token], first: int, last: int) -> Iterator[tuple[int, int]]:
    """The spans between the commas of `[first:last)` that stand in no inner bracket."""
    depth, begin = 0, first
    for index in range(first, last):
        text = tokens[index].text
        depth += (text in ("(", "[")) - (text in (")", "]"))
        if text == "," and depth == 0:
            yield begin, index
            begin = index + 1
    yield begin, last
