"""Fixes for defaults and rows whose values do not fit their columns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ghost_engine.sql.repair.draft import Edit, Part
from ghost_engine.sql.repair.pieces import read_table
from ghost_engine.sql.repair.place import Fix, Place
from ghost_engine.sql.repair.spans import joined, matching, split_commas
from ghost_engine.sql.repair.units import unit_at
from ghost_engine.sql.repair.vocabulary import literal

_OF_TYPE = re.compile(r'column "([^"]+)" is of type (\S+).* but')
_TRUTHS = {"0": "FALSE", "1": "TRUE", "'0'": "FALSE", "'1'": "TRUE"}
_BITS = {"FALSE": "0", "TRUE": "1"}


def bad_default(place: Place) -> Iterator[Fix]:
    """A default of another type: 0 for a boolean, TRUE for a number, a number for a text."""
    found = _OF_TYPE.search(place.problem.message)
    table = read_table(place.part.tokens)
    item = table.column(found.group(1)) if found and table else None
    clause = item.clause("default") if item else None
    if table is None or clause is None or found is None:
        return
    at = next(i for i in range(clause.first, clause.last) if table.tokens[i].key == "DEFAULT")
    value = joined(table.tokens[at + 1 : clause.last])
    new = _TRUTHS.get(value) if found.group(2) == "boolean" else _BITS.get(value.upper())
    start, end = table.tokens[at + 1].start, table.tokens[clause.last - 1].end
    for text in (new, value if value.startswith("'") else literal(value)):
        if text is not None:
            yield place.edit([Edit(start, end, text, f"The default must be {found.group(2)}.")])
    reason = f"The default {value} is not {found.group(2)}; it is left out."
    first = table.tokens[clause.first - 1].end
    yield place.edit([Edit(first, end, "", reason)])


def bare_word(place: Place) -> Iterator[Fix]:
    """DEFAULT active: a word that should be a string."""
    tokens = place.part.tokens
    for index, token in enumerate(tokens):
        if token.start <= place.offset < token.end and tokens[index - 1].key == "DEFAULT":
            reason = f"A default that is text stands in single quotes: {token.name}."
            yield place.edit([Edit(token.start, token.end, literal(token.text.strip('"')), reason)])


def bad_value(place: Place) -> Iterator[Fix]:
    """A value that its column's type cannot hold: the default goes, the column stays."""
    unit = unit_at(place.part, place.offset)
    if unit is not None and unit.kind == "default":
        yield place.cut(unit, f"The default does not fit the column: {place.problem.message}.")


def bad_truth(place: Place) -> Iterator[Fix]:
    """INSERT of 0 and 1 into a boolean column, in every row."""
    found = _OF_TYPE.search(place.problem.message)
    if found is None or found.group(2) != "boolean":
        return
    edits = _truths(place.part, place.offset)
    if edits:
        yield place.edit(edits)


def _truths(part: Part, offset: int) -> list[Edit]:
    tokens = part.tokens
    values = next((i for i, token in enumerate(tokens) if token.key == "VALUES"), len(tokens))
    rows = []
    for begin, last in split_commas(tokens, values + 1, len(tokens)):
        if begin < last and tokens[begin].text == "(":
            rows.append(list(split_commas(tokens, begin + 1, min(matching(tokens, begin), last))))
    hits = [n for row in rows for n, (b, e) in enumerate(row) if _holds(part, b, e, offset)]
    return [
        Edit(tokens[row[n][0]].start, tokens[row[n][0]].end, new, "A boolean is TRUE or FALSE.")
        for n in hits[:1]
        for row in rows
        if n < len(row)
        for new in [_TRUTHS.get(tokens[row[n][0]].text)]
        if new is not None and row[n][1] == row[n][0] + 1
    ]


def _holds(part: Part, begin: int, end: int, offset: int) -> bool:
    return begin < end and part.tokens[begin].start <= offset < part.tokens[end - 1].end
