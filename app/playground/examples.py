"""The example screens on the playground."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

FOLDER = Path(__file__).parents[2] / "data" / "validation_set" / "images"


@dataclass(frozen=True, slots=True)
class Example:
    """One screen of the validation set, which no engine was made or trained with.

    `name` is its link (`?example=name`), `title` says what it shows, `number` is its picture.
    """

    name: str
    title: str
    number: int

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.number:04}.png"

    @property
    def file_name(self) -> str:
        return f"{self.name}.png"


EXAMPLES = (
    Example("guests", "Table of hotel guests", 2),
    Example("meter_reading", "Dark form of a reading", 45),
    Example("energy_bill", "Bill and its lines", 3),
    Example("matters_dark", "Dark table of a law firm", 39),
    Example("reports_board", "Board of reports (hard)", 44),
)


def find_example(name: str) -> Example | None:
    """The example of that name, or None."""
    return next((example for example in EXAMPLES if example.name == name), None)


@st.cache_data(show_spinner=False)
def picture_bytes(name: str) -> bytes:
    """The PNG of an example."""
    example = find_example(name)
    return example.path.read_bytes() if example else b""
