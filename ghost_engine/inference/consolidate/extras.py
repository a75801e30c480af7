"""Statements that a typed schema does not hold: domains, composite types, sequences, views.

They are taken over in the words of the screen that has them. A view whose tables have other names
now may not run any more; whoever judges the script leaves it out and says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from ghost_engine.inference.consolidate.expressions import sequence_of
from ghost_engine.inference.consolidate.sources import Source
from ghost_engine.sql.passages import Passage, read_passages
from ghost_engine.sql.schema import Schema


def read_extras(
    sources: Sequence[Source], schema: Schema
) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
    """(statements before the tables, statements behind them, notes)."""
    before: dict[str, str] = {}
    behind: dict[str, str] = {}
    notes = []
    drawn = {
        sequence_of(column.default or "") for table in schema.tables for column in table.columns
    }
    for source in sources:
        passages = read_passages(source.sql)
        for item in passages.items:
            into = _home(item, source, drawn)
            if into is None:
                continue
            text = passages.text[item.first : item.last].rstrip().rstrip(";") + ";"
            found = behind if into == "behind" else before
            if found.setdefault(item.about or text, text) != text:
                notes.append(f"{item.about} is different on several screens; one was taken")
    return tuple(before.values()), tuple(behind.values()), notes


def _home(item: Passage, source: Source, drawn: set[str | None]) -> str | None:
    if [token.key for token in item.tokens[:2]] == ["CREATE", "EXTENSION"]:
        return "before"
    if item.kind != "create":
        return None
    if item.thing == "view":
        return "behind"
    if item.thing == "type" and item.about.rpartition(".")[2] not in source.enums:
        return "before"
    return "before" if item.thing == "sequence" and item.about in drawn else None
