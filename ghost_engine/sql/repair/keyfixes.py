"""Fixes for foreign keys whose target is not unique or has another type, and for value types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from ghost_engine.sql.repair.draft import Draft, Edit, Part
from ghost_engine.sql.repair.names import references
from ghost_engine.sql.repair.order import move_keys
from ghost_engine.sql.repair.pieces import Item, Table, read_table
from ghost_engine.sql.repair.place import Fix, Place
from ghost_engine.sql.repair.spans import joined, name_end
from ghost_engine.sql.repair.units import Unit, units
from ghost_engine.sql.repair.valuefixes import bad_default, bad_truth

_INCOMPATIBLE = re.compile(
    r'"([^"]+)" of the referencing table and "([^"]+)" of the referenced table '
    r".*: (.+) and (.+?)\.?$"
)
_SERIALS = {"serial": "integer", "bigserial": "bigint", "smallserial": "smallint"}


def not_unique(place: Place) -> Iterator[Fix]:
    """The target becomes unique later in the script, or is made so, or the key goes."""
    table = place.said[-1].rsplit(".", 1)[-1] if place.said else ""
    yield lambda draft: _move(draft, place.part, table)
    for target in _single_targets(place.part, table):
        yield partial(_make_unique, name=table, column=target)
    for unit in _keys_to(place.part, table):
        reason = (
            f"The foreign key points at columns of {table} that are not unique; it is left out."
        )
        yield place.cut(unit, reason)


def _move(draft: Draft, part: Part, table: str) -> None:
    """Worth a try only if something after the table is made adds a key to it."""
    later = [
        other
        for other in draft.parts
        if ("UNIQUE" in other.words or "PRIMARY KEY" in other.words)
        and not other.words.startswith("CREATE TABLE")
        and any(token.name == table for token in other.tokens)
    ]
    if later:
        move_keys(draft, part, lambda name: name == table)


def _keys_to(part: Part, table: str) -> list[Unit]:
    found = []
    for unit in units(part):
        tokens = part.tokens[unit.first : unit.last]
        at = next((i for i, token in enumerate(tokens) if token.key == "REFERENCES"), None)
        if at is not None and tokens[name_end(tokens, at + 1) - 1].name == table:
            found.append(unit)
    return found


def _single_targets(part: Part, table: str) -> Iterator[str]:
    """The column of `table` that each one-column key points at, "id" when it names none."""
    tokens = part.tokens
    for _, last in references(tokens):
        if tokens[last - 1].name != table:
            continue
        if last >= len(tokens) or tokens[last].text != "(":
            yield "id"
        elif last + 2 < len(tokens) and tokens[last + 2].text == ")":
            yield tokens[last + 1].name


def _table(draft: Draft, name: str) -> tuple[Part, Table] | None:
    for part in draft.parts:
        table = read_table(part.tokens)
        if table is not None and table.name == name:
            return part, table
    return None


def _make_unique(draft: Draft, name: str, column: str) -> None:
    """PRIMARY KEY where the table has none, else UNIQUE; not for a part of a longer key."""
    found = _table(draft, name)
    item = found[1].column(column) if found else None
    if found is None or item is None:
        return
    part, table = found
    primary = [other for other in table.items if other.kind == "primary"]
    inline = any(other.clause("primary") for other in table.columns)
    if any(column in _names(table, other) for other in primary):
        return
    kind = "UNIQUE" if primary or inline else "PRIMARY KEY"
    end = table.tokens[item.type_end - 1].end
    reason = f"A foreign key points at {name}.{column}, so it must be unique."
    draft.edit(part, [Edit(end, end, f" {kind}", reason)])


def _names(table: Table, item: Item) -> set[str]:
    return {token.name for token in table.tokens[item.body : item.last]}


def mismatch(place: Place) -> Iterator[Fix]:
    """42804: a foreign key between two types, or a value of another type than its column."""
    found = _INCOMPATIBLE.search(place.problem.message.replace("\n", " "))
    if found is None:
        yield from bad_default(place)
        yield from bad_truth(place)
        return
    column, target, _, wanted = found.groups()
    reason = (
        f"A foreign key's columns have one type: {column} is {wanted} now, as what it points at."
    )
    yield lambda draft: _retype(draft, place.part, column, wanted, reason)
    for unit in units(place.part):
        words = {token.name for token in place.part.tokens[unit.first : unit.last]}
        if "references" in words and (target in words or unit.kind == "references"):
            yield place.cut(unit, "The two columns of this foreign key have different types.")


def _retype(draft: Draft, part: Part, column: str, wanted: str, reason: str) -> None:
    index = draft.find(part.number)
    found = read_table(part.tokens)
    if found is None and index is not None:  # ALTER TABLE: the column stands in its table
        owner = _table(draft, part.tokens[name_end(part.tokens, 2) - 1].name)
        part, found = owner if owner else (part, None)
    item = found.column(column) if found else None
    if found is None or item is None or item.type_end <= item.first + 1:
        return
    old = joined(found.tokens[item.first + 1 : item.type_end])
    start, end = found.tokens[item.first + 1].start, found.tokens[item.type_end - 1].end
    new = _SERIALS.get(wanted, wanted)
    edits = [Edit(start, end, new, f"{reason} (It was {old}.)")]
    default = item.clause("default")
    if default is not None:
        cut_from = found.tokens[default.first - 1].end
        last = found.tokens[default.last - 1].end
        edits.append(Edit(cut_from, last, "", "The default was of the old type."))
    draft.edit(part, edits)
