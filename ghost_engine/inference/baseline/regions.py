"""What a page's body is made of: regions of fields, each field with its label and values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from ghost_engine.inference.baseline.texts import Text
from ghost_engine.inference.protocol import Box

# A filter is a form over a list: its fields are the list's.
RegionKind = Literal[
    "table", "form", "detail", "filter", "cards", "board", "calendar", "tile", "list"
]
ControlKind = Literal["none", "input", "select", "several", "checkbox", "textarea", "day", "moment"]


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


def moved(region: Region, dx: int, dy: int) -> Region:
    """A region of a part of a picture, placed in the whole."""
    fields = tuple(replace(field, box=moved_box(field.box, dx, dy)) for field in region.fields)
    return replace(region, box=moved_box(region.box, dx, dy), fields=fields)


def moved_box(box: Box, dx: int, dy: int) -> Box:
    """A box so much further right and down, no further than the picture's edges."""
    x0, y0, x1, y1 = box
    return (max(0, x0 + dx), max(0, y0 + dy), max(0, x1 + dx), max(0, y1 + dy))
