"""The different schemas among the screens, in an order that does not depend on theirs.

Screens with the same schema are one source: what is joined, and how, is the same whether a screen
is given once or twice, first or last.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ghost_engine.inference.consolidate.outcome import Screen
from ghost_engine.inference.protocol import Evidence
from ghost_engine.sql.compare.families import type_family
from ghost_engine.sql.schema import Column, Schema, Table

_EMPTY_MARKS = frozenset(("", "-", "–", "—", "n/a", "none", "null"))


@dataclass(frozen=True)
class Source:
    """One schema, the numbers of the screens that have it, and their evidence."""

    number: int
    schema: Schema
    sql: str
    screens: tuple[int, ...]
    evidence: tuple[tuple[Evidence, ...], ...]  # one tuple a screen

    @cached_property
    def enums(self) -> frozenset[str]:
        return frozenset(enum.name for enum in self.schema.enums)

    def family(self, column: Column) -> str:
        return type_family(column.type, self.enums)

    def values(self, table: Table, column: str) -> tuple[tuple[str, ...], ...]:
        """The texts read for a column, one tuple an evidence."""
        return tuple(
            each.values
            for screen in self.evidence
            for each in screen
            if each.column == column and each.table in (table.qualified, table.name) and each.values
        )


def read_sources(screens: Sequence[Screen]) -> list[Source]:
    """The different schemas of the screens that run and hold a table."""
    numbers: dict[str, list[int]] = {}
    for number, screen in enumerate(screens):
        if screen.report.valid and screen.report.schema.tables:
            key = json.dumps(screen.report.schema.to_dict(), sort_keys=True)
            numbers.setdefault(key, []).append(number)
    return [
        Source(
            number=place,
            schema=screens[alike[0]].report.schema,
            sql=min(screens[number].report.sql for number in alike),
            screens=tuple(alike),
            evidence=tuple(screens[number].columns for number in alike),
        )
        for place, (_, alike) in enumerate(sorted(numbers.items()))
    ]


def is_blank(text: str) -> bool:
    """True for a cell that shows nothing."""
    return text.strip().casefold() in _EMPTY_MARKS


def normalised(text: str) -> str:
    """A value as it is compared: letters and digits, whatever their case and spacing."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def spelling(label: str) -> str:
    """A label as it is compared: `In progress` is `in_progress`, but `A+` is not `A-`."""
    return re.sub(r"[\s_]+|(?<=\w)-(?=\w)", " ", label.casefold()).strip()
