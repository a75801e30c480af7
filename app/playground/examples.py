"""The example screens that travel with the repository."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

FOLDER = Path(__file__).parents[2] / "data" / "examples"


@dataclass(frozen=True, slots=True)
class Example:
    """One screen: `name` is its file and its link (`?example=name`), `title` says what it shows."""

    name: str
    title: str

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.png"


EXAMPLES = (
    Example("orders", "Orders table"),
    Example("customer_form", "Customer form"),
    Example("invoice", "Invoice and its lines"),
    Example("inventory_dark", "Dark product table"),
    Example("projects", "Task board (hard)"),
)


def find_example(name: str) -> Example | None:
    """The example of that name, or None."""
    return next((example for example in EXAMPLES if example.name == name), None)


@st.cache_data(show_spinner=False)
def picture_bytes(name: str) -> bytes:
    """The PNG of an example."""
    example = find_example(name)
    return example.path.read_bytes() if example else b""
