"""Corrections inside a CREATE TABLE: types, clauses, counters, keys, whole columns, options."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ghost_engine.sql.corrections.columns import (
    INTEGERS,
    ColumnPlace,
    clause_kinds,
    columns,
    filled,
    plain,
    plain_text,
    primary_key,
    type_matches,
)
from ghost_engine.sql.corrections.correction import ANY, Correction
from ghost_engine.sql.lexer import Token, tokenize
from ghost_engine.sql.lint.spelling import quoted
from ghost_engine.sql.passages import Passages
from ghost_engine.sql.repair.draft import Edit
from ghost_engine.sql.repair.pieces import Clause, Item, Table
from ghost_engine.sql.repair.spans import split_commas

SERIALS = {"int": "serial", "integer": "serial", "bigint": "bigserial", "smallint": "smallserial"}
_VALUES = frozenset(("default", "generated", "identity"))
_OPTIONS = frozenset(
    ("ENGINE", "DEFAULT", "CHARSET", "CHARACTER", "AUTO_INCREMENT", "COLLATE", "COMMENT")
    + ("ROW_FORMAT",)
)


def chosen(script: Passages, correction: Correction) -> Iterator[ColumnPlace]:
    """The columns in the correction's scope."""
    for place in columns(script):
        if correction.scope.holds(place.passage.about, place.name):
            yield place


def change_type(script: Passages, correction: Correction) -> Iterator[Edit]:
    for place in chosen(script, correction):
        if place.type and type_matches(correction.before, place.type):
            if place.type != plain_text(correction.after):
                yield _typed(
                    place,
                    correction.after,
                    f"{place.words}: {place.type} became {correction.after}.",
                )


def make_enum(script: Passages, correction: Correction) -> Iterator[Edit]:
    """An inline ENUM becomes a type of its own, made right before its table."""
    made = set(script.things)
    for place in chosen(script, correction):
        if not place.type.startswith("enum(") or not type_matches(correction.before, place.type):
            continue
        name = filled(correction.after, place.passage.about, place.name)
        if name in made:
            continue
        made.add(name)
        labels = ", ".join(_labels(place))
        start = place.passage.first
        yield Edit(start, start, f"CREATE TYPE {quoted(name)} AS ENUM ({labels});\n")
        yield _typed(place, quoted(name), f"{place.words}: the enum is a type {name}.")


def add_clause(script: Passages, correction: Correction) -> Iterator[Edit]:
    kinds = clause_kinds(correction.after)
    for place in chosen(script, correction):
        have = {clause.kind for clause in place.item.clauses}
        if any(_clashes(place, script, kind, have) for kind in kinds):
            continue
        reason = f"{place.words}: {correction.after} was added."
        null = place.clause("null")
        if kinds == ["not null"] and null is not None:
            yield _put(place, null, correction.after, reason)
        elif kinds == ["not null"]:
            yield Edit(place.type_end, place.type_end, f" {correction.after}", reason)
        else:
            yield Edit(place.end, place.end, f" {correction.after}", reason)


def drop_clause(script: Passages, correction: Correction) -> Iterator[Edit]:
    for place in chosen(script, correction):
        for clause in _meant(place, correction.before):
            yield cut(place, clause, f"{place.words}: {correction.before} was taken away.")


def replace_clause(script: Passages, correction: Correction) -> Iterator[Edit]:
    for place in chosen(script, correction):
        for clause in _meant(place, correction.before):
            reason = f"{place.words}: {correction.before} became {correction.after}."
            yield _put(place, clause, correction.after, reason)


def replace_counter(script: Passages, correction: Correction) -> Iterator[Edit]:
    """AUTO_INCREMENT and its like become an identity, or the serial type of the same width."""
    serial = plain_text(correction.after) in SERIALS.values()
    for place in chosen(script, correction):
        for clause in _meant(place, correction.before):
            reason = f"{place.words}: {correction.before} became {correction.after}."
            if not serial:
                yield _put(place, clause, correction.after, reason)
            elif place.type:
                wide = SERIALS["bigint"] if place.type == "bigint" else correction.after
                yield _typed(place, wide, reason)
                yield cut(place, clause, "")


def add_key(script: Passages, correction: Correction) -> Iterator[Edit]:
    counts = "generated" in clause_kinds(correction.after)
    keyed: set[str] = set()
    for place in chosen(script, correction):
        table = place.passage.about
        clauses = {clause.kind for clause in place.item.clauses}
        whole = place.type in INTEGERS and not clauses & _VALUES
        if table in keyed or primary_key(script, table) or (counts and not whole):
            continue
        keyed.add(table)
        reason = f"{place.words}: {correction.after} was added."
        yield Edit(place.end, place.end, f" {correction.after}", reason)


def add_column(script: Passages, correction: Correction) -> Iterator[Edit]:
    """The column stands first if it is the key, else behind the last column."""
    name = next(tokenize(correction.after)).name
    is_key = "primary" in clause_kinds(correction.after.partition(" ")[2])
    for passage in script.tables.values():
        table = passage.table
        if table is None or not table.columns or not correction.scope.holds(passage.about):
            continue
        if table.column(name) or (is_key and primary_key(script, passage.about)):
            continue
        reason = f"{passage.about}.{name} was added."
        if is_key or correction.before == "first":
            first = passage.tokens[table.items[0].first].start
            gap = _gap(script.text, passage.tokens, table.items[0])
            yield Edit(first, first, f"{correction.after},{gap}", reason)
        else:
            last = table.columns[-1]
            end = passage.tokens[last.last - 1].end
            gap = _gap(script.text, passage.tokens, last)
            yield Edit(end, end, f",{gap}{correction.after}", reason)


def drop_options(script: Passages, correction: Correction) -> Iterator[Edit]:
    """What other databases write behind a table's last bracket."""
    for passage in script.tables.values():
        table = passage.table
        if table is None or not correction.scope.holds(passage.about):
            continue
        tail = passage.tokens[table.close + 1 :]
        if not tail or tail[0].key not in _OPTIONS:
            continue
        if correction.before in (ANY, plain(tail)):
            yield Edit(
                passage.tokens[table.close].end,
                tail[-1].end,
                "",
                f"{passage.about}: its options went.",
            )


# -- edits -----------------------------------------------------------------------------------------


def cut(place: ColumnPlace, clause: Clause, reason: str) -> Edit:
    """Take a clause out with the blanks before it; a comment before it stays."""
    tokens = place.tokens
    return cut_span(place.text, tokens, clause.first, clause.last, reason)


def cut_span(text: str, tokens: Sequence[Token], first: int, last: int, reason: str) -> Edit:
    start, before = tokens[first].start, tokens[first - 1].end
    start = before if not text[before:start].strip() else start
    return Edit(start, tokens[last - 1].end, "", reason)


def without_items(
    text: str, table: Table, gone: Sequence[Item], reasons: Sequence[str]
) -> list[Edit]:
    """The edits that take entries out of a table with their commas and comments on their lines."""
    tokens, edits = table.tokens, []
    spans = list(split_commas(tokens, table.open + 1, table.close))
    out = [any(first == item.first for item in gone) for first, _ in spans]
    kept = [number for number, leaves in enumerate(out) if not leaves]
    if not kept:
        return []
    for number, (first, last) in enumerate(spans):
        if not out[number]:
            continue
        reason = next(r for item, r in zip(gone, reasons, strict=True) if item.first == first)
        start, end = tokens[first].start, tokens[last - 1].end
        before = tokens[first - 1].end
        if not text[before:start].strip():
            start = before
        elif not text[text.rfind("\n", 0, start) + 1 : start].strip():
            start = text.rfind("\n", 0, start)
        if number < kept[-1]:
            end = tokens[last].end
            following = tokens[last + 1].start
            if (
                number == 0
                and "\n" not in text[before:following]
                and not text[end:following].strip()
            ):
                start, end = tokens[first].start, following
        edits.append(Edit(start, end, "", reason))
        if number > kept[-1]:
            comma = tokens[first - 1]
            edits.append(Edit(comma.start, comma.end, ""))
    return edits


def _typed(place: ColumnPlace, new: str, reason: str) -> Edit:
    tokens, item = place.tokens, place.item
    return Edit(tokens[item.first + 1].start, tokens[item.type_end - 1].end, new, reason)


def _put(place: ColumnPlace, clause: Clause, text: str, reason: str) -> Edit:
    start, end = place.tokens[clause.first].start, place.tokens[clause.last - 1].end
    return Edit(start, end, text, reason)


def _meant(place: ColumnPlace, before: str) -> Iterator[Clause]:
    key = plain_text(before)
    for clause in place.item.clauses:
        if place.key(clause) == key:
            yield clause


def _clashes(place: ColumnPlace, script: Passages, kind: str, have: set[str]) -> bool:
    """True if the column has such a clause already, or one that says otherwise."""
    if kind == "not null" and place.name in primary_key(script, place.passage.about):
        return True
    if kind in _VALUES:
        return bool(have & _VALUES) or "serial" in place.type
    return kind in have


def _labels(place: ColumnPlace) -> list[str]:
    item = place.item
    spans = split_commas(place.tokens, item.first + 3, item.type_end - 1)
    return [place.text[place.tokens[b].start : place.tokens[e - 1].end] for b, e in spans if b < e]


def _gap(text: str, tokens: Sequence[Token], item: Item) -> str:
    """What stands before an entry: a blank, or a new line as deep as this one."""
    start = tokens[item.first].start
    line = text.rfind("\n", 0, start) + 1
    if not text[line:start].strip() and line:
        return "\n" + text[line:start]
    return " "
