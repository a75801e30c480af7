"""Text that grows: in place, without a flicker, its end in sight until somebody scrolls up."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "ghost_live_text",
    html='<pre data-text tabindex="0"></pre>',
    css=(_HERE / "live_text.css").read_text(encoding="utf-8"),
    js=(_HERE / "live_text.js").read_text(encoding="utf-8"),
)


def draw(text: str, *, key: str, label: str, height: str, placeholder: str = "") -> None:
    """Draws the text.

    Args:
        label: its name for screen readers.
        height: of its frame, in CSS.
        placeholder: what stands there until there is text.
    """
    _component(
        key=key,
        data={"text": text, "label": label, "view_height": height, "placeholder": placeholder},
    )
