"""The frame pages share: two panes side by side, and the few rules Streamlit has no option for."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

# Both panes fill the window, no more. A view has a bar of its own, which its height leaves out.
PANEL_HEIGHT = "clamp(380px, calc(100vh - 215px), 1000px)"
VIEW_HEIGHT = "clamp(346px, calc(100vh - 249px), 966px)"
SCREENSHOT_HEIGHT = "clamp(387px, calc(100vh - 208px), 1007px)"  # level with panels under tabs
EDITOR_HEIGHT = PANEL_HEIGHT

# Static text of our own: nothing a person or a file says ever goes into it.
_RULES = """
<style>
.stMainBlockContainer { padding-left: 1.5rem; padding-right: 1.5rem; }
.stVerticalBlock .stHeading h1 { padding: 0; }
.stMainBlockContainer [data-testid="stHeadingWithActionElements"] h1 { line-height: 1.3; }
</style>
"""


def apply_rules() -> None:
    """Puts the rules on the page; once, in the entry script."""
    st.html(_RULES)


def two_panes() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Screenshot left, work right; side by side down to 1280 px."""
    left, right = st.columns([46, 54], gap="small")
    return left, right
