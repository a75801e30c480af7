"""A problem the judge reports, with all a fix for it needs to know; and what a fix is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ghost_engine.sql.repair.draft import Draft, Edit, Part
from ghost_engine.sql.repair.names import Names
from ghost_engine.sql.repair.units import Unit, cut_unit
from ghost_engine.sql.report import Problem

Fix = Callable[[Draft], None]

_NAMED = re.compile(r'"((?:[^"]|"")*)"')


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
