"""Keyboard shortcuts for a page: a chord presses a button, wherever the cursor is.

Streamlit's own `shortcut=` gives a button one chord and hears nothing inside an editor or a frame;
a curator's hands stay in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

_component = st.components.v2.component(
    "ghost_keys", js=(Path(__file__).parent / "keys.js").read_text(encoding="utf-8")
)


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Chords such as `A`, `?`, `Ctrl+Enter` or `Alt+J`, and what they press or focus.

    A chord without Ctrl or Alt is a letter to type while the cursor is in a text, and only the SQL
    editor hears the others; fields of a form keep their keys. `selector` is
    CSS; Ctrl also means Cmd. `focus` puts the cursor there instead of pressing it; `leave` takes
    the cursor out of the text, so that the next letter is a shortcut again. A selector
    `event:NAME` sends that event to the window: what lies in a component is out of CSS's reach.
    """

    chords: tuple[str, ...]
    selector: str
    focus: bool = False
    leave: bool = False


def listen(shortcuts: Sequence[Shortcut], *, key: str, dialog: str = "") -> None:
    """Listens while it is drawn; an open dialog has the keyboard to itself.

    Args:
        dialog: names the one that this rerun opens; the cursor goes to its first field.
    """
    _component(
        key=key,
        data={
            "dialog": dialog,
            "shortcuts": [
                {
                    "chords": list(each.chords),
                    "selector": each.selector,
                    "focus": each.focus,
                    "leave": each.leave,
                }
                for each in shortcuts
            ],
        },
    )
