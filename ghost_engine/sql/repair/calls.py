"""Functions, prefixes and operators of other databases, wherever they stand in a statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ghost_engine.sql.lexer import Token
from ghost_engine.sql.repair.draft import Draft, Edit, Part
from ghost_engine.sql.repair.spans import matching
from ghost_engine.sql.repair.vocabulary import renamed_calls, replaced_calls

# Values that PostgreSQL writes without brackets; a precision may stay.
_BARE_VALUES = frozenset(
    ("CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME", "LOCALTIMESTAMP", "LOCALTIME")
    + ("CURRENT_USER", "SESSION_USER")
)
# Values other databases also write without brackets.
_WITHOUT_BRACKETS = frozenset(("SYSDATE", "SYSTIMESTAMP", "GETDATE", "UTC_TIMESTAMP"))
_OWNERS = frozenset(("dbo", "sys"))
_EXPRESSION_STARTS = frozenset(("DEFAULT", "(", "CHECK", ",", "=", "VALUES", "AS"))


def mend_calls(draft: Draft, part: Part) -> Part:
    """Rewrite every call and prefix in `part` that only another database knows."""
    return draft.edit(part, list(_edits(part.tokens)))


def _edits(tokens: Sequence[Token]) -> Iterator[Edit]:
    skip_to = 0
    for index, token in enumerate(tokens):
        if index < skip_to:
            continue
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        if token.name in _OWNERS and following is not None and following.text == ".":
            start = token.start
            yield Edit(start, following.end, "", f"{token.text} is SQL Server's schema.")
        elif token.kind == "word" and following is not None and following.text == "(":
            close = matching(tokens, index + 1)
            edit = _call(tokens, index, close)
            if edit is not None:
                yield edit
                skip_to = close + 1 if edit.end > token.end else 0
        elif token.kind == "word":
            yield from _word(tokens, index)
            yield from _nextval(tokens, index)
        elif token.kind == "string" and token.text[:2] in ("N'", "n'"):
            yield Edit(token.start, token.start + 1, "", "N'...' is SQL Server; '...' is the same.")


def _call(tokens: Sequence[Token], index: int, close: int) -> Edit | None:
    token, lower = tokens[index], tokens[index].text.lower()
    if close >= len(tokens) or not _is_call(tokens, index):
        return None
    if token.key in _BARE_VALUES and close == index + 2:
        reason = f"{token.text} stands without brackets in PostgreSQL."
        return Edit(token.end, tokens[close].end, "", reason)
    if token.key == "NOW" and close > index + 2:
        return Edit(
            token.start, tokens[index + 1].start, "CURRENT_TIMESTAMP", "now() takes no digits."
        )
    if lower in replaced_calls():
        new = replaced_calls()[lower]
        return Edit(token.start, tokens[close].end, new, f"{token.text}() is {new} in PostgreSQL.")
    if lower in renamed_calls():
        new = renamed_calls()[lower]
        return Edit(token.start, token.end, new, f"{token.text}() is called {new}() in PostgreSQL.")
    return None


def _is_call(tokens: Sequence[Token], index: int) -> bool:
    """True if the word is called here, not a type with a size or a name that is being given."""
    before = tokens[index - 1] if index else None
    if before is None or before.kind in ("quoted", "string", "number") or before.text == ".":
        return False
    if tokens[index].key == "UUID" or before.kind == "symbol":
        sized = tokens[index + 2].kind == "number" if index + 2 < len(tokens) else False
        return before.text not in (")", ",") or not sized
    return before.key in _EXPRESSION_STARTS or before.key in ("AND", "OR", "NOT", "ELSE", "THEN")


def _nextval(tokens: Sequence[Token], index: int) -> Iterator[Edit]:
    """Oracle's sequence.NEXTVAL."""
    keys = [token.key for token in tokens[index : index + 3]]
    if keys[1:] == [".", "NEXTVAL"]:
        name = tokens[index].name
        reason = "sequence.NEXTVAL is Oracle; nextval('sequence') is PostgreSQL."
        yield Edit(tokens[index].start, tokens[index + 2].end, f"nextval('{name}')", reason)


def _word(tokens: Sequence[Token], index: int) -> Iterator[Edit]:
    token, before = tokens[index], tokens[index - 1] if index else tokens[index]
    if token.key in _WITHOUT_BRACKETS and before.key in ("DEFAULT", "(", "VALUES"):
        new = replaced_calls()[token.text.lower()]
        yield Edit(token.start, token.end, new, f"{token.text} is {new} in PostgreSQL.")
    elif token.key == "NOW" and before.key == "DEFAULT":
        yield Edit(token.start, token.end, "CURRENT_TIMESTAMP", "NOW is a function: now().")
    elif token.key == "INTERVAL" and len(tokens) > index + 2 and tokens[index + 1].kind == "number":
        amount, unit = tokens[index + 1 : index + 3]
        new = f"'{amount.text} {unit.text}'"
        yield Edit(amount.start, unit.end, new, "An interval stands in quotes.")
    elif token.key in ("REGEXP", "RLIKE") and index + 1 < len(tokens):
        yield Edit(token.start, token.end, "~", f"{token.text} is ~ in PostgreSQL.")
