"""Ways to end a statement that breaks off, from keeping all of it to losing its last entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ghost_engine.sql.lexer import Token
from ghost_engine.sql.repair.draft import Edit, Part

_MOST_TOKENS = 60
_OPEN = "The statement was not finished; its brackets are closed."
_CUT = "The statement broke off here; what cannot be read is left out and its brackets are closed."


def closings(part: Part) -> Iterator[list[Edit]]:
    """Edits that close `part`, less and less of its end kept, one entry of a table at most."""
    tokens = part.tokens
    commas = 0
    for cut in range(min(_MOST_TOKENS, len(tokens) - 3)):
        kept = tokens[: len(tokens) - cut]
        if cut:
            gone = tokens[len(tokens) - cut]
            commas += gone.text == "," and _depth(kept) == 1
        if commas > 1 or kept[-1].text == "(" and _depth(kept) == 1:
            return
        yield [_closing(part, kept, cut)]


def _closing(part: Part, kept: Sequence[Token], cut: int) -> Edit:
    brackets = ")" * _depth(kept)
    last = kept[-2] if kept[-1].text == "," else kept[-1]
    start = last.end
    if not cut and last is kept[-1]:
        return Edit(len(part.text), len(part.text), "\n" + brackets, _OPEN)
    layout = "\n" if "\n" in part.text else ""
    return Edit(start, len(part.text), layout + brackets, _CUT)


def _depth(tokens: Sequence[Token]) -> int:
    return max(0, sum((t.text == "(") - (t.text == ")") for t in tokens))
