"""Renaming a column or a table wherever the script names it: keys, indexes, checks, views, rows.

Strings and comments stay. A table is left alone where following the name is not certain: it hands
its columns down (LIKE, INHERITS, PARTITION OF), the script renames it itself, or it speaks of a
name that PostgreSQL would make of it (`users_pkey`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ghost_engine.sql.lexer import Token
from ghost_engine.sql.lint.spelling import quoted
from ghost_engine.sql.passages import Passage, Passages, qualified, referenced
from ghost_engine.sql.repair.draft import Edit
from ghost_engine.sql.repair.pieces import Table
from ghost_engine.sql.repair.spans import matching, name_end

_IMPLICIT = r"(?:\w*_)?(?:pkey|fkey|key|check|seq|idx|excl|not_null)\d*"
_HEIRS = frozenset(("LIKE", "INHERITS", "OF"))
_ALTERING = frozenset(("COLUMN", "ALTER", "DROP", "ADD", "EXISTS"))
_NO_COLUMN_BEFORE = frozenset(("::", "CONSTRAINT", "AS", "COLLATE", "INDEX"))


def rename_column(script: Passages, table: str, old: str, new: str) -> list[Edit]:
    """The edits that call `table.old` `new`; none if it has no such column, or one called `new`."""
    made = script.tables.get(table)
    if made is None or made.table is None or old == new or not _is_plain_case(script, table):
        return []
    if made.table.column(old) is None or made.table.column(new) is not None:
        return []
    spots = [
        token for passage in script.items for token in _column_spots(script, passage, table, old)
    ]
    reason = f"{table}.{old} is called {new}."
    return _edits(script, spots, new, reason)


def rename_table(script: Passages, old: str, new: str) -> list[Edit]:
    """The edits that call table `old` `new`; none if it is not made here or `new` is taken."""
    space, _, bare = old.rpartition(".")
    target = f"{space}.{new}" if space else new
    taken = {passage.name for passage in script.items} | set(script.things)
    if old not in script.tables or new == bare or target in taken or new in taken:
        return []
    if not _is_plain_case(script, old):
        return []
    spots = [token for passage in script.items for token in _table_spots(passage, old)]
    return _edits(script, spots, new, f"Table {old} is called {new}.")


def _edits(script: Passages, spots: list[Token], new: str, reason: str) -> list[Edit]:
    unique = sorted({token.start: token for token in spots}.values(), key=lambda each: each.start)
    return [
        Edit(token.start, token.end, _spelled(script.text, token, new), "" if number else reason)
        for number, token in enumerate(unique)
    ]


def _spelled(text: str, token: Token, new: str) -> str:
    """The new name in the quotes of the old one."""
    mark = text[token.start]
    if mark == "`":
        return f"`{new}`"
    if mark == "[":
        return f"[{new}]"
    return '"' + new.replace('"', '""') + '"' if mark == '"' else quoted(new)


def _is_plain_case(script: Passages, table: str) -> bool:
    bare = table.rpartition(".")[2]
    implicit = re.compile(rf"{re.escape(bare)}_{_IMPLICIT}")
    given = {token.name for passage in script.items for token in _given(passage)}
    for passage in script.items:
        keys = [token.key for token in passage.tokens]
        if passage.about == table and passage.kind == "alter" and "RENAME" in keys:
            return False
        if passage.about != table and passage.kind == "create" and _inherits(passage, table):
            return False
        for token in passage.tokens:
            name = _string_name(token) if token.kind == "string" else token.name
            if implicit.fullmatch(name) and name not in given:
                return False
    return True


def _string_name(token: Token) -> str:
    """nextval('users_id_seq'::regclass) speaks of a sequence in a string."""
    return token.text.strip("'").rpartition(".")[2].strip('"')


def _given(passage: Passage) -> Iterator[Token]:
    """Tokens that name a constraint, an index or a thing, and columns."""
    tokens = passage.tokens
    for before, token in zip(tokens, tokens[1:], strict=False):
        if before.key in ("CONSTRAINT", "INDEX", "EXISTS", "SEQUENCE", "TABLE", "TYPE", "VIEW"):
            if passage.kind in ("create", "index") or (
                passage.kind == "alter" and "ADD" in _keys(tokens)
            ):
                yield token
    table = passage.table
    for item in table.columns if table else ():
        yield tokens[item.first]


def _keys(tokens: Sequence[Token]) -> set[str]:
    return {token.key for token in tokens if token.kind == "word"}


def _inherits(passage: Passage, table: str) -> bool:
    if passage.thing != "table":
        return False
    for index, token in enumerate(passage.tokens):
        if token.kind == "word" and token.key in _HEIRS:
            first = index + 1
            first += first < len(passage.tokens) and passage.tokens[first].text == "("
            last = name_end(passage.tokens, first)
            if last > first and qualified(passage.tokens, first, last) == table:
                return True
    return False


# -- columns ---------------------------------------------------------------------------------------


def _column_spots(script: Passages, passage: Passage, table: str, name: str) -> Iterator[Token]:
    tokens = passage.tokens
    yield from _referenced_columns(tokens, table, name)
    if passage.thing == "view" and passage.kind == "create":
        yield from _view_columns(script, passage, table, name)
    if passage.thing == "sequence":
        yield from _behind_table(tokens, table, name)
    if passage.about != table:
        return
    if passage.table is not None:
        yield from _own_columns(passage, passage.table, name)
    elif passage.kind == "index":
        on = next(i for i, token in enumerate(tokens) if token.key == "ON")
        yield from _in_brackets(tokens, on, len(tokens), name)
        where = next((i for i, t in enumerate(tokens) if t.key == "WHERE"), len(tokens))
        yield from _named(tokens, where + 1, len(tokens), name)
    elif passage.kind == "insert":
        first = next((i for i, token in enumerate(tokens) if token.text == "("), len(tokens))
        values = next((i for i, token in enumerate(tokens) if token.key == "VALUES"), 0)
        if first < values:
            yield from _named(tokens, first, matching(tokens, first), name)
        conflict = next((i for i, t in enumerate(tokens) if t.key == "CONFLICT"), len(tokens))
        yield from _named(tokens, conflict + 1, len(tokens), name)
    elif passage.kind == "comment" and tokens[2].key == "COLUMN":
        yield from _behind_table(tokens, table, name)
    elif passage.kind == "alter":
        yield from _altered_columns(tokens, name)


def _own_columns(passage: Passage, table: Table, name: str) -> Iterator[Token]:
    """The column's own name, and itself in every key, check and expression of its table."""
    tokens = passage.tokens
    for item in table.items:
        if item.kind == "column":
            if tokens[item.first].name == name:
                yield tokens[item.first]
            for clause in item.clauses:
                if clause.kind != "references":
                    yield from _in_brackets(tokens, clause.first, clause.last, name)
        else:
            end = next(
                (i for i in range(item.first, item.last) if tokens[i].key == "REFERENCES"),
                item.last,
            )
            yield from _in_brackets(tokens, item.body, end, name)
            where = range(item.body, end)
            after = next((i for i in where if tokens[i].key == "WHERE"), end)
            yield from _named(tokens, after + 1, end, name)
    if [token.key for token in tokens[table.close + 1 : table.close + 3]] == ["PARTITION", "BY"]:
        yield from _in_brackets(tokens, table.close + 1, len(tokens), name)


def _altered_columns(tokens: Sequence[Token], name: str) -> Iterator[Token]:
    target = next((i for i, token in enumerate(tokens) if token.key == "REFERENCES"), len(tokens))
    yield from _in_brackets(tokens, 0, target, name)
    for before, token in zip(tokens, tokens[1:], strict=False):
        if before.kind == "word" and before.key in _ALTERING and token.name == name:
            if token.kind in ("word", "quoted"):
                yield token


def _referenced_columns(tokens: Sequence[Token], table: str, name: str) -> Iterator[Token]:
    for _, last, target in referenced(tokens):
        if target == table and tokens[last : last + 1] and tokens[last].text == "(":
            yield from _named(tokens, last, matching(tokens, last), name)


def _behind_table(tokens: Sequence[Token], table: str, name: str) -> Iterator[Token]:
    """`table.column`, as COMMENT ON COLUMN and OWNED BY write it."""
    index = 0
    while index < len(tokens):
        last = name_end(tokens, index)
        if last > index + 2 and qualified(tokens, index, last - 2) == table:
            if tokens[last - 1].name == name:
                yield tokens[last - 1]
        index = max(last, index + 1)


def _in_brackets(tokens: Sequence[Token], first: int, last: int, name: str) -> Iterator[Token]:
    """Columns called `name` inside any brackets of `[first:last)`."""
    depth = 0
    for index in range(first, last):
        depth += (tokens[index].text == "(") - (tokens[index].text == ")")
        if depth > 0:
            yield from _named(tokens, index, index + 1, name)


def _named(tokens: Sequence[Token], first: int, last: int, name: str) -> Iterator[Token]:
    """Tokens of `[first:last)` that spell `name` and can be a column."""
    for index in range(first, min(last, len(tokens))):
        token = tokens[index]
        if token.kind not in ("word", "quoted") or token.name != name:
            continue
        before = tokens[index - 1] if index else token
        after = tokens[index + 1] if index + 1 < len(tokens) else None
        if before.kind != "quoted" and before.key in _NO_COLUMN_BEFORE:
            continue
        if after is not None and token.kind == "word":
            called = after.text == "(" and token.end == after.start
            if called or after.kind == "string" or after.key == "FROM" or after.text == ".":
                continue
        yield token


def _view_columns(script: Passages, view: Passage, table: str, name: str) -> Iterator[Token]:
    """The column in a view: behind its table or an alias of it, or bare where no other has it."""
    owners = _sources(script, view)
    aliases = {alias for alias, source in owners.items() if source == table}
    if not aliases:
        return
    tokens = view.tokens
    others = {source for source in owners.values() if source != table}
    shared = any(name in _columns_of(script, other) for other in others)
    start = next((i for i, token in enumerate(tokens) if token.key == "AS"), 0)
    for index in range(start + 1, len(tokens)):
        token = tokens[index]
        if token.kind not in ("word", "quoted") or token.name != name:
            continue
        if tokens[index - 1].text == ".":
            if tokens[index - 2].name in aliases:
                yield token
        elif not shared and tokens[index - 1].key != "AS":
            yield from _named(tokens, index, index + 1, name)


def _sources(script: Passages, view: Passage) -> dict[str, str]:
    """Alias (or last name) -> qualified name of each table in a view's FROM and JOIN."""
    found: dict[str, str] = {}
    tokens = view.tokens
    index = 0
    while index < len(tokens):
        last = name_end(tokens, index)
        name = qualified(tokens, index, last) if last > index else ""
        before = tokens[index - 1] if index else tokens[0]
        if name in script.things and name != view.about and before.key in ("FROM", "JOIN", ","):
            found[tokens[last - 1].name] = name
            alias = last + (last < len(tokens) and tokens[last].key == "AS")
            if alias < len(tokens) and tokens[alias].kind in ("word", "quoted"):
                found[tokens[alias].name] = name
        index = max(last, index + 1)
    return found


def _columns_of(script: Passages, name: str) -> set[str]:
    passage = script.tables.get(name)
    table = passage.table if passage else None
    return {table.item_name(item) for item in table.columns} if table else set()


# -- tables ----------------------------------------------------------------------------------------


def _table_spots(passage: Passage, table: str) -> Iterator[Token]:
    """The last part of the table's name wherever a table is named."""
    tokens = passage.tokens
    parts = table.split(".")
    for _, last, target in referenced(tokens):
        if target == table:
            yield tokens[last - 1]
    if passage.about == table and passage.thing == "table":
        yield from _heading(passage, parts)
    if passage.thing in ("view", "sequence") or passage.table is None and passage.kind == "create":
        yield from _anywhere(tokens, table)
    if passage.table is not None:
        yield from _anywhere(tokens[passage.table.close :], table)
        for item in passage.table.items:
            if item.kind == "like":
                yield from _anywhere(tokens[item.first : item.last], table)
            elif passage.about == table:
                yield from _qualifiers(tokens[item.first + 1 : item.last], parts[-1])


def _heading(passage: Passage, parts: list[str]) -> Iterator[Token]:
    """Where a statement says which table it is about."""
    tokens = passage.tokens
    first = 1
    if passage.kind in ("index", "comment"):
        words = [token.key for token in tokens]
        on = words.index("ON") if passage.kind == "index" else 1
        if passage.kind == "comment" and words[2] == "INDEX":
            return
        if passage.kind == "comment" and words[2] == "CONSTRAINT":
            on = words.index("ON", 3)
        first = on + 1
    for index in range(first, len(tokens)):
        if tokens[index].name != parts[-1] or tokens[index].kind not in ("word", "quoted"):
            continue
        if len(parts) == 2 and (index < 2 or tokens[index - 2].name != parts[0]):
            continue
        yield tokens[index]
        return


def _anywhere(tokens: Sequence[Token], table: str) -> Iterator[Token]:
    """Every name that is the table's, alone or before a column."""
    index = 0
    while index < len(tokens):
        last = name_end(tokens, index)
        called = last < len(tokens) and tokens[last].text == "(" and tokens[last - 1].kind == "word"
        before = tokens[index - 1] if index else None
        aliased = before is not None and before.key == "AS" and before.kind == "word"
        if last > index and not called and not aliased:
            if qualified(tokens, index, last) == table:
                yield tokens[last - 1]
            elif last > index + 2 and qualified(tokens, index, last - 2) == table:
                yield tokens[last - 3]
        index = max(last, index + 1)


def _qualifiers(tokens: Sequence[Token], name: str) -> Iterator[Token]:
    for token, after in zip(tokens, tokens[1:], strict=False):
        if token.name == name and after.text == "." and token.kind in ("word", "quoted"):
            yield token
