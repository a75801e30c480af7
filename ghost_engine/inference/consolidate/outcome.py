"""What goes into a consolidation and what comes out: screens, and one schema with its doubts.

Everything here is immutable. A `Conflict` names what the screens disagree about, what was made of
it and what else could be; `joining.choose` takes another option and joins anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ghost_engine.inference.protocol import Evidence
from ghost_engine.sql.report import Report

Kind = Literal["table", "column", "type", "key", "required", "default", "reference", "relation"]
"""What is in doubt: whether two tables or columns are one, and its name; a type; the primary key;
NOT NULL; a default; what a foreign key points at or does; a foreign key across screens."""


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen's schema as it was judged, and where its columns come from."""

    name: str
    report: Report
    columns: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something the screens do not agree on, settled by `chosen`.

    `key` stays the same whatever is chosen. `table` and `column` are names in the joined schema;
    `column` is "" where a whole table is meant. `screens[i]` are the numbers of the screens that
    speak for `options[i]`.
    """

    kind: Kind
    key: str
    table: str
    column: str
    options: tuple[str, ...]
    chosen: str
    reason: str
    screens: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A foreign key that no screen shows by itself, and why it was drawn."""

    table: str
    column: str
    target: str
    target_column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a screen's column went: `table.column` of screen number `image`, then and now."""

    image: int
    table: str
    column: str
    joined_table: str
    joined_column: str


@dataclass(frozen=True, slots=True)
class Consolidated:
    """One schema for all screens.

    `columns` is the evidence of every screen under the joined names, `image` the screen's number.
    `notes` say what could not be taken over. `screens` and `choices` (conflict key, option) are
    what it was made from.
    """

    sql: str
    report: Report
    columns: tuple[Evidence, ...]
    conflicts: tuple[Conflict, ...] = ()
    relations: tuple[Relation, ...] = ()
    places: tuple[Place, ...] = ()
    notes: tuple[str, ...] = ()
    screens: tuple[Screen, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
