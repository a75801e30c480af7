"""Commas between the entries of a CREATE TABLE: too many, or too few."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ghost_engine.sql.lexer import Token
from ghost_engine.sql.repair.draft import Draft, Edit, Part
from ghost_engine.sql.repair.names import Names
from ghost_engine.sql.repair.pieces import Table, read_table
from ghost_engine.sql.repair.vocabulary import is_type_word

_MISSING = "A comma was missing."
_SPARE = "There was a comma too many."
# A new column does not begin behind these, nor with those.
_WANTS_MORE = frozenset(
    ("DEFAULT", "COLLATE", "REFERENCES", "AS", "COMMENT", "SET", "AND", "OR", "NOT", "CONSTRAINT")
    + ("CHECK", "KEY", "ON", "IN", "IS", "LIKE", "BETWEEN", "USING", "ALWAYS", "BY", "UNIQUE")
    + ("WITH", "WITHOUT", "TIME", "CHARACTER", "NATIONAL")
)
_NO_NAMES = frozenset(
    ("WITH", "WITHOUT", "NOT", "DEFAULT", "CHECK", "CONSTRAINT", "REFERENCES", "GENERATED", "AS")
    + ("COLLATE", "PRIMARY", "UNIQUE", "NULL", "ON", "CHARACTER", "VARYING", "PRECISION", "SET")
    + ("COMMENT", "KEY", "DOUBLE", "AND", "OR", "IN", "UNSIGNED", "TO")
)


def mend_commas(draft: Draft, part: Part, names: Names, quietly: bool = False) -> Part:
    """Take spare commas out of a CREATE TABLE and put missing ones in.

    Args:
        quietly: tidy up after another change, without a change of its own.
    """
    table = read_table(part.tokens)
    if table is None:
        return part
    edits = list(_spare(table.tokens, table.open))
    if not quietly and table.close == len(table.tokens):
        unclosed = list(_unclosed(part.text, table))
        if unclosed:
            return mend_commas(draft, draft.edit(part, unclosed), names)
    if not quietly:
        edits += _missing(part.text, table, names)
    if quietly:
        edits = [Edit(edit.start, edit.end, edit.text) for edit in edits]
    return draft.edit(part, edits)


def _spare(tokens: Sequence[Token], first: int) -> Iterator[Edit]:
    for before, token in zip(tokens[first:], tokens[first + 1 :], strict=False):
        if token.text == "," and before.text in (",", "("):
            yield Edit(token.start, token.end, "", _SPARE)
        elif token.text == ")" and before.text == ",":
            yield Edit(before.start, before.end, "", _SPARE)
    if tokens[-1].text == ",":
        yield Edit(tokens[-1].start, tokens[-1].end, "", _SPARE)


def _unclosed(text: str, table: Table) -> Iterator[Edit]:
    """Close a bracket inside an entry where the next column begins."""
    tokens, depth = table.tokens, 0
    for index in range(table.open, len(tokens) - 2):
        token, name, kind = tokens[index : index + 3]
        depth += (token.text == "(") - (token.text == ")")
        begins = name.kind in ("word", "quoted") and kind.kind == "word"
        if depth <= 1 or not begins or not is_type_word(kind.text):
            continue
        if token.text == "," or _begins_column(text, tokens, index + 1, Names()):
            end = token.start if token.text == "," else token.end
            comma = "" if token.text == "," else ","
            yield Edit(end, end, ")" * (depth - 1) + comma, "A bracket was never closed.")
            depth = 1


def _missing(text: str, table: Table, names: Names) -> Iterator[Edit]:
    tokens, depth, begin = table.tokens, 0, table.open + 1
    for index in range(table.open + 1, min(table.close, len(tokens))):
        token = tokens[index]
        if depth == 0 and token.text == ",":
            begin = index + 1
        elif depth == 0 and index - begin >= 2 and _begins_item(text, tokens, index, begin, names):
            end = tokens[index - 1].end
            yield Edit(end, end, ",", _MISSING)
            begin = index
        depth += (token.text == "(") - (token.text == ")")


def _begins_item(text: str, tokens: Sequence[Token], index: int, begin: int, names: Names) -> bool:
    """True if the entry that began at `begin` must have ended before token `index`."""
    key, following, later = ([token.key for token in tokens[index : index + 3]] + ["", "", ""])[:3]
    in_column = tokens[begin].key not in ("CONSTRAINT", "PRIMARY", "FOREIGN", "UNIQUE", "CHECK")
    if tokens[index - 2].key == "CONSTRAINT":
        return False
    if key == "CONSTRAINT":
        last = [token.key for token in tokens[index + 2 : index + 5]]
        table_wide = last[:2] == ["FOREIGN", "KEY"] or last[:3] == ["PRIMARY", "KEY", "("]
        return table_wide or last[:2] == ["UNIQUE", "("]
    if (key, following) == ("FOREIGN", "KEY"):
        return later != "REFERENCES"
    if in_column and ((key, following, later) == ("PRIMARY", "KEY", "(")):
        return True
    if in_column and (key, following) == ("UNIQUE", "("):
        return True
    return _begins_column(text, tokens, index, names)


def _begins_column(text: str, tokens: Sequence[Token], index: int, names: Names) -> bool:
    before, token = tokens[index - 1], tokens[index]
    if "\n" not in text[before.end : token.start] or index + 1 >= len(tokens):
        return False
    following = tokens[index + 1]
    is_type = following.kind == "word" and is_type_word(following.text)
    if not is_type and following.name not in names.types:
        return False
    if token.kind == "word" and token.key in _NO_NAMES or token.kind not in ("word", "quoted"):
        return False
    return before.text == ")" or before.kind != "symbol" and before.key not in _WANTS_MORE
