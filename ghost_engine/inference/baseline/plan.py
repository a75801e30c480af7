"""The schema an engine means to write: tables and columns with where each comes from."""

from __future__ import annotations

from dataclasses import dataclass

from ghost_engine.inference.protocol import Box

ID = "id"


@dataclass(frozen=True, slots=True)
class PlannedColumn:
    """One column to be. `references` names the table whose id it holds; `choices` become a CHECK;
    `label`, `box`, `image` and `values` say what it was read from."""

    name: str
    type: str
    reason: str
    confidence: float
    label: str | None = None
    box: Box | None = None
    image: int = 0
    values: tuple[str, ...] = ()
    required: bool = False
    references: str | None = None
    choices: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlannedTable:
    """One table to be. `key` is `id`, or the two references of a table that only joins; `label` is
    what the screen calls it, where the name does not show that."""

    name: str
    columns: tuple[PlannedColumn, ...]
    reason: str
    confidence: float
    key: tuple[str, ...] = (ID,)
    label: str | None = None
