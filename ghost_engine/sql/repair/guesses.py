"""Small changes that may mend a syntax error at one token, in tiers from gentle to rough."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ghost_engine.sql.lexer import Token
from ghost_engine.sql.repair.draft import Edit, Part
from ghost_engine.sql.repair.keys import removal
from ghost_engine.sql.repair.names import closest
from ghost_engine.sql.repair.pieces import Clause, Item, Table, read_table
from ghost_engine.sql.repair.spans import joined, matching
from ghost_engine.sql.repair.vocabulary import is_type_word, quoted, words

_STARTS_ITEM = frozenset(("PRIMARY", "FOREIGN", "UNIQUE", "CHECK", "CONSTRAINT", "EXCLUDE"))


def tiers(part: Part, at: int) -> Iterator[list[list[Edit]]]:
    """Lists of candidates for the error at token `at`; a later list is rougher."""
    table = read_table(part.tokens)
    item = _item_at(table, at) if table else None
    yield list(_keywords(part, at))
    if at == 0:
        return
    yield list(_gentle(part, table, item, at))
    yield list(_less_a_word(part, table, item, at))
    if table is not None:
        yield list(_less_a_piece(part, table, item, at))
        yield list(_bare_column(part, table, item))
    else:
        yield [[Edit(part.tokens[at - 1].end, len(part.text), "", _gone(part.tokens[at]))]]


def _gone(token: Token) -> str:
    return f"{token.text[:40]} cannot stand here in PostgreSQL; it is left out."


def _keywords(part: Part, at: int) -> Iterator[list[Edit]]:
    """The keyword that must be meant by a word that is one letter off."""
    for index in (at, at - 1, at + 1):
        if not 0 <= index < len(part.tokens) or part.tokens[index].kind != "word":
            continue
        token = part.tokens[index]
        meant = closest(token.text.lower(), words("keywords"))
        if meant is not None and token.text.lower() not in words("keywords"):
            reason = f"{token.text} must mean {meant.upper()}."
            yield [Edit(token.start, token.end, meant.upper(), reason)]


def _item_at(table: Table, at: int) -> Item | None:
    return next((item for item in table.items if item.first <= at <= item.last), None)


def _gentle(part: Part, table: Table | None, item: Item | None, at: int) -> Iterator[list[Edit]]:
    """Quote a reserved word, add a comma or brackets, take a spare sign out."""
    tokens = part.tokens
    for index in (at, at - 1):
        token = tokens[index]
        if index > 0 and token.kind == "word" and token.name in words("reserved"):
            reason = f"{token.text} is a reserved word; as a name it stands in double quotes."
            yield [Edit(token.start, token.end, quoted(token.name), reason)]
    token = tokens[at]
    if token.text in (",", ")") and tokens[at - 1].text == ",":
        yield [_cut(tokens[at - 1], "There was a comma too many.")]
    if token.text in (")", ",", "]", "}", "\\", "`"):
        yield [_cut(token, f"A {token.text} too many.")]
    if table is not None and table.open < at < table.close and _may_begin_item(tokens, at):
        yield [Edit(tokens[at - 1].end, tokens[at - 1].end, ",", "A comma was missing.")]
    if item is not None and tokens[at - 1].key == "CHECK" and token.text != "(":
        end = tokens[item.last - 1].end
        yield [Edit(token.start, token.start, "(", "CHECK needs brackets."), Edit(end, end, ")")]
    if table is None and token.text != "(" and token.kind in ("word", "quoted", "string"):
        yield [Edit(tokens[at - 1].end, tokens[at - 1].end, ",", "A comma was missing.")]
    if token.kind == "quoted":
        yield [Edit(token.start, token.end, _string(token), "Strings stand in single quotes.")]
    if tokens[at - 1].kind == "string" and at > 1:
        name = quoted(tokens[at - 1].text.strip("'"))
        yield [Edit(tokens[at - 1].start, tokens[at - 1].end, name, "Names take double quotes.")]
    if token.kind == "string":
        name = quoted(token.text.strip("'"))
        yield [Edit(token.start, token.end, name, "Names stand in double quotes.")]


def _string(token: Token) -> str:
    return "'" + token.name.replace("'", "''") + "'"


def _cut(token: Token, reason: str) -> Edit:
    return Edit(token.start, token.end, "", reason)


def _may_begin_item(tokens: Sequence[Token], at: int) -> bool:
    if tokens[at].key in _STARTS_ITEM:
        return True
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    return following is not None and is_type_word(following.text) and following.kind == "word"


def _less_a_word(
    part: Part, table: Table | None, item: Item | None, at: int
) -> Iterator[list[Edit]]:
    """Leave out the token, with the value or brackets behind it; never a column's name."""
    tokens = part.tokens
    if table is not None and (item is None or _is_definition(item, at)):
        return
    if tokens[0].key == "INSERT":
        return  # a row less a value is another row
    yield from _cuts(tokens, at)
    if at > 1 and not (item and _is_definition(item, at - 1)) and tokens[at - 1].kind == "word":
        yield from _cuts(tokens, at - 1)


def _cuts(tokens: Sequence[Token], at: int) -> Iterator[list[Edit]]:
    ends = [at]
    if at + 1 < len(tokens) and tokens[at + 1].text == "(":
        ends.append(min(matching(tokens, at + 1), len(tokens) - 1))
    if at + 2 < len(tokens) and tokens[at + 1].text == "=":
        ends.append(at + 2)
    if at + 1 < len(tokens) and tokens[at + 1].kind in ("number", "string", "word"):
        ends.append(at + 1)
    if tokens[at].text in (",", "(", ")"):
        return
    for end in ends:
        yield [Edit(tokens[at - 1].end, tokens[end].end, "", _gone(tokens[at]))]


def _is_definition(item: Item, at: int) -> bool:
    """True for a column's name and type, and for the comma behind an entry."""
    if at == item.last or item.kind != "column":
        return at == item.last
    return at <= item.first + 1


def _less_a_piece(part: Part, table: Table, item: Item | None, at: int) -> Iterator[list[Edit]]:
    """Leave out the clause, the constraint, or all behind the closing bracket."""
    tokens = part.tokens
    if at > table.close:
        yield [Edit(tokens[table.close].end, len(part.text), "", _gone(tokens[table.close + 1]))]
    if item is None:
        return
    if item.kind != "column":
        text = joined(tokens[item.first : item.last])[:60]
        reason = f"PostgreSQL cannot read this: {text}"
        yield removal(part.text, table, item, reason)
        return
    for clause in item.clauses:
        if clause.first <= at <= clause.last:
            yield [_clause_cut(tokens, clause)]


def _clause_cut(tokens: Sequence[Token], clause: Clause) -> Edit:
    start, end = tokens[clause.first - 1].end, tokens[clause.last - 1].end
    return Edit(start, end, "", _gone(tokens[clause.first]))


def _bare_column(part: Part, table: Table, item: Item | None) -> Iterator[list[Edit]]:
    """Keep a column's name and type, or its name alone as text; garbage that is no column goes."""
    tokens = part.tokens
    if item is None or item.kind != "column":
        return
    first, last = tokens[item.first], tokens[item.last - 1]
    reason = "What stood behind the column cannot be read; its name and type are kept."
    if item.type_end > item.first + 1:
        yield [Edit(tokens[item.type_end - 1].end, last.end, "", reason)]
    if item.type_end > item.first + 2:
        yield [Edit(tokens[item.first + 1].end, last.end, "", reason)]
    if first.kind in ("word", "quoted"):
        name = first.text if first.kind == "quoted" else quoted(first.name)
        name = first.text if first.name not in words("reserved") else name
        yield [Edit(first.start, last.end, f"{name} text", "The column's type cannot be read.")]
    else:
        gone = f"This is no column: {joined(tokens[item.first : item.last])[:60]}"
        yield removal(part.text, table, item, gone)
