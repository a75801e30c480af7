"""The frame pages share: two panes side by side, and the few rules Streamlit has no option for."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

# Both panes fill the window, no more.
PANE_HEIGHT = "clamp(430px, calc(100vh - 130px), 1100px)"
TAB_HEIGHT = "clamp(381px, calc(100vh - 179px), 1051px)"  # under a row of tabs

# Static text of our own: nothing a person or a file says ever goes into it.
_RULES = """
<style>
.stMainBlockContainer { padding-left: 1.5rem; padding-right: 1.5rem; }
[data-testid="stFileUploaderDropzone"] {
  min-height: 9rem; flex-direction: column; align-items: center; justify-content: center;
  gap: 0.6rem; border: 1px dashed var(--st-border-color, #8886);
}
[data-testid="stFileUploaderDropzoneInstructions"] { display: none; }
[data-testid="stFileUploaderDropzone"]::after {
  content: "or drop them here, or paste one with Ctrl+V. PNG, JPEG or WebP, up to 10 MB each.";
  font-size: 0.875rem; opacity: 0.75;
}[class*="st-key-dataset-upload"] [data-testid="stFileUploaderDropzone"]::after {
  content: "or drop it here. JSON, JSON Lines or CSV.";
}
/* Curate: one line for the facts beside the toolbar, and lines that are cut rather than wrapped. */
.stMainBlockContainer:has(.st-key-facts) { padding-top: 0.75rem; }
.st-key-facts { position: relative; z-index: 1000000; padding-right: 2.5rem; }
.st-key-notice p, .st-key-report p {
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis;
}
.st-key-notice, .st-key-report { min-width: 0; flex: 1 1 0 !important; }
.st-key-queue iframe { height: clamp(330px, calc(100vh - 218px), 1000px); }
</style>
"""


def apply_rules() -> None:
    """Puts the rules on the page; once, in the entry script."""
    st.html(_RULES)


def heading(title: str) -> DeltaGenerator:
    """A page's first line: its title, and room beside it for chips and buttons."""
    line = st.container(horizontal=True, vertical_alignment="center", gap="small", key="heading")
    line.subheader(title, anchor=False, width="content")
    return line


def two_panes() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Screenshot left, work right; side by side down to 1280 px."""
    left, right = st.columns([46, 54], gap="small")
    return left, right
