"""How a cell speaks: sheets of HTML that follow the notebook's light or dark; errors in words.

Colours are the text's own or in the middle of light and dark. Imports nothing that a bare kernel
lacks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from IPython.display import display

from ghost_engine.errors import GhostError

Tone = Literal["good", "warning", "bad", "busy", "quiet"]
INK: dict[Tone, str] = {
    "good": "#2f9e63",
    "warning": "#c9811c",
    "bad": "#d14b4b",
    "busy": "#6470dc",
    "quiet": "#8b93a0",
}
SIGN: dict[Tone, str] = {"good": "✓", "warning": "!", "bad": "✗", "busy": "▸", "quiet": "·"}
FRAME = "font:13px/1.45 system-ui,sans-serif;max-width:980px"


@dataclass(frozen=True, slots=True)
class Sheet:
    """Something to see: as the last line of a cell it shows itself."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return f'<div style="{FRAME}">{self.html}</div>'

    def __repr__(self) -> str:
        return self.text


class LeftAlone(KeyboardInterrupt):
    """Somebody interrupted the cell; what it watched goes on."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words

    def _render_traceback_(self) -> list[str]:
        return [self.words]


def show(sheet: Sheet) -> None:
    """Put it below the cell."""
    display(sheet)  # type: ignore[no-untyped-call]


def tell(words: str) -> None:
    """A line below the cell."""
    show(Sheet(escape(words), words))


def chip(word: str, tone: Tone) -> str:
    """A word with its sign in its colour, as HTML."""
    style = f"color:{INK[tone]};border:1px solid;border-radius:10px;padding:0 8px;font-weight:600"
    return f'<span style="{style};white-space:nowrap">{SIGN[tone]} {escape(word)}</span>'


def table(rows: Iterable[Sequence[str]]) -> str:
    """Rows of HTML cells."""
    cell = "padding:2px 14px 2px 0;text-align:left;vertical-align:top;background:none;border:0"
    lines = ("".join(f'<td style="{cell}">{each}</td>' for each in row) for row in rows)
    return (
        '<table style="border-collapse:collapse;border:0;margin:4px 0">'
        + "".join(f'<tr style="background:none">{line}</tr>' for line in lines)
        + "</table>"
    )


def errors_in_words() -> None:
    """From now on an error of ours is its message and what to do next, without a traceback.

    The cell has failed all the same, and those behind it are not run.
    """

    def words(error: Any) -> list[str]:
        return [part for part in (f"✗ {error.message}", error.hint) if part]

    setattr(GhostError, "_render_traceback_", words)  # noqa: B010 - IPython's name for it
