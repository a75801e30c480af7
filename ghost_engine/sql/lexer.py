"""PostgreSQL's lexical structure (manual, section 4.1): text in, tokens with offsets out.

Written by hand because the judge's rules rest on seeing exactly the strings, comments and quoted
names that the server will see; a general SQL tokenizer differs in escape strings, nested comments
and `U&"..."`. It never fails: what is left open at the end is one token up to the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["word", "quoted", "string", "number", "parameter", "symbol"]

_SPACE = r"[ \t\n\r\f\v]"  # PostgreSQL takes any other blank for a letter
_TOKEN = re.compile(
    rf"""
    (?P<skip>(?:{_SPACE}+|--[^\r\n]*)+)
  | (?P<block>/\*)
  | (?P<string>
        [eE]'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+(?:'|\\?\Z)
      | (?:[bBxXnN]|[uU]&)?'[^']*+(?:''[^']*+)*+(?:'|\Z)
    )
  | (?P<quoted>(?:[uU]&)?"[^"]*+(?:""[^"]*+)*+(?:"|\Z))
  | (?P<dollar>\$(?:[A-Za-z_\u0080-\U0010ffff][A-Za-z_0-9\u0080-\U0010ffff]*+)?\$)
  | (?P<word>[A-Za-z_\u0080-\U0010ffff][A-Za-z_0-9$\u0080-\U0010ffff]*+)
  | (?P<number>(?:\d[\d_]*+(?:\.[\d_]*+)?|\.\d[\d_]*+)(?:[eE][+-]?\d+)?|0[xXoObB][0-9a-fA-F_]+)
  | (?P<parameter>\$\d+)
  | (?P<symbol>::|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK_EDGE = re.compile(r"/\*|\*/")


class Token(NamedTuple):
    """One token; `text[start:end]` of the script. `key` is the upper-cased word, or the symbol."""

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def key(self) -> str:
        return self.text.upper() if self.kind == "word" else self.text

    @property
    def name(self) -> str:
        """The identifier this token spells: folded if bare, unquoted if quoted."""
        if self.kind == "quoted":
            inner = self.text[self.text.index('"') + 1 :]
            return inner.removesuffix('"').replace('""', '"')
        return self.text.lower()


def tokenize(text: str) -> Iterator[Token]:
    """Every token of `text` that is not a blank or a comment, in order."""
    position, size = 0, len(text)
    while position < size:
        match = _TOKEN.match(text, position)
        assert match is not None  # the last branch takes any character
        kind, end = match.lastgroup, match.end()
        if kind == "block":
            end = _block_end(text, position)
        elif kind == "dollar":
            end = _dollar_end(text, match.group(), end)
            yield Token("string", text[position:end], position, end)
        elif kind != "skip":
            yield Token(kind, match.group(), position, end)  # type: ignore[arg-type]
        position = end


def _block_end(text: str, start: int) -> int:
    """The end of the comment that opens at `start`; PostgreSQL's comments nest."""
    depth = 0
    for edge in _BLOCK_EDGE.finditer(text, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)


def _dollar_end(text: str, tag: str, start: int) -> int:
    end = text.find(tag, start)
    return len(text) if end < 0 else end + len(tag)
