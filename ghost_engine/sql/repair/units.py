"""The smallest pieces of a statement that can be left out, and their removal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ghost_engine.sql.repair.commas import mend_commas
from ghost_engine.sql.repair.draft import Draft, Edit, Part
from ghost_engine.sql.repair.keys import removal
from ghost_engine.sql.repair.names import Names
from ghost_engine.sql.repair.pieces import Table, read_table
from ghost_engine.sql.repair.spans import joined, name_end, split_commas

_LOOSE = ("check", "default", "references", "collate", "generated", "noise", "unique", "constraint")


@dataclass(frozen=True, slots=True)
class Unit:
    """Tokens `[first:last)` of a statement that can go without a table or a column going.

    `kind` is a clause's or an item's kind, "tail" or "action"; `edits` take it out.
    """

    kind: str
    first: int
    last: int
    edits: tuple[tuple[int, int], ...]

    def cut(self, reason: str) -> list[Edit]:
        """The edits; the first of them carries the reason."""
        return [Edit(s, e, "", "" if n else reason) for n, (s, e) in enumerate(self.edits)]


def units(part: Part) -> Iterator[Unit]:
    """Everything in `part` that can be left out."""
    table = read_table(part.tokens)
    if table is not None:
        yield from _table_units(part, table)
    elif part.words.startswith("ALTER TABLE "):
        yield from _actions(part)


def _table_units(part: Part, table: Table) -> Iterator[Unit]:
    tokens = table.tokens
    for item in table.items:
        if item.kind != "column":
            spans = [(edit.start, edit.end) for edit in removal(part.text, table, item, "")]
            yield Unit(item.kind, item.first, item.last, tuple(spans))
        for clause in item.clauses:
            if clause.kind in _LOOSE:
                start, end = tokens[clause.first - 1].end, tokens[clause.last - 1].end
                yield Unit(clause.kind, clause.first, clause.last, ((start, end),))
    if table.close + 1 < len(tokens):
        span = (tokens[table.close].end, tokens[-1].end)
        yield Unit("tail", table.close + 1, len(tokens), (span,))


def _actions(part: Part) -> Iterator[Unit]:
    tokens = part.tokens
    begin = 2 + 2 * (tokens[2].key == "IF")
    first = name_end(tokens, begin + (tokens[begin].key == "ONLY"))
    spans = [span for span in split_commas(tokens, first, len(tokens)) if span[0] < span[1]]
    for number, (at, last) in enumerate(spans if len(spans) > 1 else []):
        start = tokens[at - 1].start if number else tokens[at].start
        end = tokens[last - 1].end if number else tokens[spans[1][0] - 1].end
        yield Unit("action", at, last, ((start, end),))


def unit_at(part: Part, offset: int) -> Unit | None:
    """The smallest unit that holds character `offset`."""
    tokens = part.tokens
    found = [
        unit
        for unit in units(part)
        if tokens[unit.first].start <= offset <= tokens[unit.last - 1].end
    ]
    return min(found, key=lambda unit: unit.last - unit.first, default=None)


def unit_text(part: Part, unit: Unit) -> str:
    return joined(part.tokens[unit.first : unit.last])


def cut_unit(draft: Draft, part: Part, unit: Unit, reason: str) -> None:
    """Take `unit` out, and the comma that may be left over."""
    part = draft.edit(part, unit.cut(reason))
    mend_commas(draft, part, Names(), quietly=True)
