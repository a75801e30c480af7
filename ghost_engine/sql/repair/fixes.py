"""What to try for a problem the judge reports, keyed by PostgreSQL's error code.

A fix is a function that changes a draft. Whether it helped is for the judge to say: `workshop`
tries the fixes in order and keeps the first that makes progress.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ghost_engine.sql.repair.draft import Draft, Edit, Part
from ghost_engine.sql.repair.names import Names, closest, references
from ghost_engine.sql.repair.statements import index_name, makes_table
from ghost_engine.sql.repair.units import Unit, cut_unit, unit_at, unit_text, units
from ghost_engine.sql.repair.vocabulary import foreign_types, spelled, type_words
from ghost_engine.sql.report import Problem

Fix = Callable[[Draft], None]

_NAMED = re.compile(r'"((?:[^"]|"")*)"')
_MOST_UNITS = 12


@dataclass(frozen=True)
class Place:
    """A problem with the statement it is in, the offset there, and the names of the draft."""

    problem: Problem
    part: Part
    offset: int
    names: Names

    @property
    def said(self) -> list[str]:
        """The names in double quotes in PostgreSQL's message."""
        return [name.replace('""', '"') for name in _NAMED.findall(self.problem.message)]

    def edit(self, edits: list[Edit]) -> Fix:
        return lambda draft: _edit(draft, self.part, edits)

    def cut(self, unit: Unit, reason: str) -> Fix:
        return lambda draft: cut_unit(draft, self.part, unit, reason)


def _edit(draft: Draft, part: Part, edits: list[Edit]) -> None:
    draft.edit(part, edits)


def fixes(place: Place) -> Iterator[Fix]:
    """Fixes for the problem, the most faithful first; the last ones leave something out."""
    from ghost_engine.sql.repair import keyfixes, valuefixes

    special: dict[str | None, Callable[[Place], Iterator[Fix]]] = {
        "42P01": _absent_table,
        "42703": _absent_column,
        "42704": _absent_type,
        "42830": keyfixes.not_unique,
        "42804": keyfixes.mismatch,
        "42P07": _name_taken,
        "42710": _name_taken,
        "0A000": valuefixes.bare_word,
        "22P02": valuefixes.bad_value,
    }
    state = place.problem.sqlstate
    if state in special:
        yield from special[state](place)
    yield from _leave_out(place)


# -- absent tables, columns and types --------------------------------------------------------------


def _absent_table(place: Place) -> Iterator[Fix]:
    """Correct the names of absent tables where one must be meant, else leave the key out."""
    part, tables = place.part, place.names.tables
    known = set(tables) | {name for name in place.names.relations}
    edits: list[Edit] = []
    gone: list[tuple[Unit, str]] = []
    for first, last in references(part.tokens):
        name = part.tokens[last - 1].name
        if name in known:
            continue
        meant = closest(name, tables)
        if meant is not None:
            edits.append(_renamed(part, last - 1, meant, "table"))
            continue
        unit = unit_at(part, part.tokens[first].start)
        if unit is not None:
            reason = f"There is no table {name}; the foreign key to it is left out."
            gone.append((unit, reason))
    if edits or gone:
        yield lambda draft: _mend_references(draft, part, edits, gone)
    yield from _misspelled(place, tables, "table")


def _mend_references(
    draft: Draft, part: Part, edits: list[Edit], gone: list[tuple[Unit, str]]
) -> None:
    for unit, reason in gone:
        edits = edits + unit.cut(reason)
    part = draft.edit(part, edits)
    from ghost_engine.sql.repair.commas import mend_commas

    mend_commas(draft, part, Names(), quietly=True)


def _renamed(part: Part, index: int, meant: str, kind: str) -> Edit:
    token = part.tokens[index]
    reason = f"There is no {kind} {token.name}; {meant} must be meant."
    return Edit(token.start, token.end, spelled(meant), reason)


def _misspelled(place: Place, known: object, kind: str) -> Iterator[Fix]:
    """Rename every token that spells the absent name the message gives."""
    names = list(known)  # type: ignore[call-overload]
    for said in place.said[:1]:
        name = said.rsplit(".", 1)[-1]
        meant = closest(name, names)
        spots = [i for i, token in enumerate(place.part.tokens) if token.name == name]
        if meant is not None and spots:
            yield place.edit([_renamed(place.part, spot, meant, kind) for spot in spots])


def _absent_column(place: Place) -> Iterator[Fix]:
    """The one column that must be meant, else the key, index or check without it."""
    said = place.said[0].rsplit(".", 1)[-1] if place.said else ""
    part, tables = place.part, place.names.tables
    near = {token.name for token in part.tokens} & set(tables)
    columns = [column for table in sorted(near) for column in tables[table]]
    own = [unit for unit in units(part) if _mentions(part, unit, said)]
    meant = closest(said, columns)
    if meant is not None:
        spots = [i for i in _uses(part, said)]
        yield place.edit([_renamed(part, spot, meant, "column") for spot in spots])
    at = unit_at(part, place.offset)
    for unit in ([at] if at in own else []) + own:
        if unit is not None:
            text = unit_text(part, unit)[:80]
            yield place.cut(unit, f"There is no column {said}; this is left out: {text}")


def _uses(part: Part, name: str) -> Iterator[int]:
    """Where the name stands, column definitions aside."""
    from ghost_engine.sql.repair.pieces import read_table

    table = read_table(part.tokens)
    own = {item.first for item in table.columns} if table else set()
    for index, token in enumerate(part.tokens):
        if token.kind in ("word", "quoted") and token.name == name and index not in own:
            yield index


def _mentions(part: Part, unit: Unit, name: str) -> bool:
    tokens = part.tokens[unit.first : unit.last]
    return any(token.kind in ("word", "quoted") and token.name == name for token in tokens)


def _absent_type(place: Place) -> Iterator[Fix]:
    """The one type that must be meant, else text."""
    if not place.problem.message.startswith("type ") or not place.said:
        return
    said = re.sub(r"(?:\[\])+$", "", place.said[0]).rsplit(".", 1)[-1]
    from ghost_engine.sql.repair.pieces import matching

    tokens = place.part.tokens
    index = next((i for i, t in enumerate(tokens) if t.end > place.offset), len(tokens) - 1)
    spots = [i for i in range(index, min(index + 4, len(tokens))) if tokens[i].name == said]
    if not spots:
        return
    token = tokens[spots[0]]
    start = tokens[index].start
    meant = closest(said, place.names.types) or closest(said, type_words("known"))
    foreign = foreign_types().get(closest(said, foreign_types()) or "")
    if meant is None and foreign is not None:
        meant = foreign.to
    if meant is not None:
        reason = f"There is no type {said}; {meant} must be meant."
        written = spelled(meant) if meant in place.names.types else meant
        yield place.edit([Edit(start, token.end, written, reason)])
    end = token.end
    if spots[0] + 1 < len(tokens) and tokens[spots[0] + 1].text == "(":
        end = tokens[min(matching(tokens, spots[0] + 1), len(tokens) - 1)].end
    yield place.edit([Edit(start, end, "text", f"There is no type {said}; text holds anything.")])


# -- names given twice -----------------------------------------------------------------------------


def _name_taken(place: Place) -> Iterator[Fix]:
    """A second index or constraint of one name: another name, or none."""
    part = place.part
    said = place.said[0] if place.said else ""
    tokens = part.tokens
    for index, token in enumerate(tokens[:-1]):
        if token.key == "CONSTRAINT" and tokens[index + 1].name == said:
            reason = f"The name {said} was taken; this one is named by PostgreSQL."
            yield place.edit([Edit(token.start, tokens[index + 1].end + 1, "", reason)])
    if index_name(part) is not None:
        table = next((t.name for t in tokens if t.name in place.names.tables), "second")
        new = spelled(place.names.free(f"{table}_{said}"[:60]))
        spots = [token for token in tokens[:8] if token.name == said][:1]
        reason = f"The name {said} was taken; an index has its own name in PostgreSQL."
        yield place.edit([Edit(token.start, token.end, new, reason) for token in spots])


# -- the last resort -------------------------------------------------------------------------------


def _leave_out(place: Place) -> Iterator[Fix]:
    """The smallest piece at the error; then any piece; then the statement, if it makes no table."""
    part, message = place.part, place.problem.message
    at = unit_at(part, place.offset)
    if at is not None:
        yield place.cut(at, f"Left out: {unit_text(part, at)[:80]} ({message})")
    if makes_table(part):
        named = [unit for unit in units(part) if any(_mentions(part, unit, n) for n in place.said)]
        for unit in (named + [unit for unit in units(part) if unit not in named])[:_MOST_UNITS]:
            yield place.cut(unit, f"Left out: {unit_text(part, unit)[:80]} ({message})")
        return
    kind = " ".join(part.words.split(" ")[:2]).lower()
    yield lambda draft: draft.drop(part, f"This {kind} does not run and is left out: {message}.")
