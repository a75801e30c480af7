"""Ctrl/Cmd+V of a picture, anywhere on the page: it lands in the file uploader of that key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

_component = st.components.v2.component(
    "ghost_paste", js=(Path(__file__).parent / "paste.js").read_text(encoding="utf-8")
)


def listen(uploader_key: str, *, key: str, on_missed: Callable[[], None] | None = None) -> None:
    """Listens while it is drawn.

    Args:
        uploader_key: the `key` of the `st.file_uploader` that takes the pictures.
        on_missed: called when a picture was pasted while that uploader is not on the page.
    """
    _component(key=key, data={"uploader": uploader_key}, on_missed_change=on_missed or _ignore)


def _ignore() -> None:
    """Nothing takes the picture, and nobody wants to know."""
