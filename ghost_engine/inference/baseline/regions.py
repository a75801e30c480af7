"""What a page's body is made of: regions of fields, each field with its label and values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ghost_engine.inference.baseline.texts import Text
from ghost_engine.inference.protocol import Box

# A filter is a form over a list: its fields are the list's.
RegionKind = Literal[
    "table", "form", "detail", "filter", "cards", "board", "calendar", "tile", "list"
]
ControlKind = Literal["none", "input", "select", "checkbox", "textarea", "day", "moment"]


@dataclass(frozen=True, slots=True)
class Field:
    """One label and what was read for it, top to bottom; `box` surrounds label and values.

    `read` is false where no label stands in the picture: then the values gave it. `english` is the
    label in English where the page is in another language. `target` is the singular noun of the
    table that values without a label are rows of, where that is known.
    """

    label: str
    values: tuple[str, ...]
    box: Box
    control: ControlKind = "none"
    required: bool = False
    read: bool = True
    english: str = ""
    target: str = ""

    @property
    def said(self) -> str:
        """The label in English, as far as it can be told."""
        return self.english or self.label


@dataclass(frozen=True, slots=True)
class Region:
    """Fields of one thing. `caption` is the heading right above it; `confidence` is 0 to 1."""

    kind: RegionKind
    fields: tuple[Field, ...]
    box: Box
    confidence: float
    caption: Text | None = None
