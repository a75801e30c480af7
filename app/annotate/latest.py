"""The last drafts: the screenshot, what PostgreSQL says of it, and the way to Curate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from app.components.amounts import duration
from app.components.verdict import LOOKS
from app.components.words import plain
from app.state import store
from ghost_engine.data.records import Example
from ghost_engine.errors import StoreError

SHOWN = 6
THUMBNAIL_BOX = (96, 72)  # pixels; a phone's screen is narrow, not tall


def draw(rows: Sequence[dict[str, Any]]) -> None:
    """The newest first; nothing while there is none."""
    done = [row for row in rows if row.get("event") == "done"]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("**Last drafts**", width="stretch")
        if done:
            st.page_link("../pages/curate.py", label="Review in Curate", icon=":material/rule:")
    if not done:
        st.caption("None yet.")
    for row in reversed(done[-SHOWN:]):
        if (example := _example(int(row["example"]))) is not None:
            _draw_one(example, row)


def _draw_one(example: Example, row: dict[str, Any]) -> None:
    small = store().thumbnails([example.screenshot.key]).get(example.screenshot.key)
    name = Path(example.screenshot.path).name or f"Screenshot {example.id}"
    look = LOOKS["runs" if row.get("valid") else "fails"]
    word = "Runs" if row.get("valid") else "Fails"
    with st.container(
        border=True, horizontal=True, gap="small", key=f"annotate-latest-{example.id}"
    ):
        if small is not None:
            st.image(small, width=_width(example))
        with st.container(gap=None):
            st.markdown(f"**{plain(name)}** :{look.colour}-badge[{look.icon} {word}]")
            st.caption(" · ".join(_facts(row)))
            if error := str(row.get("error") or ""):
                st.caption(plain(error))


def _width(example: Example) -> int:
    width, height = THUMBNAIL_BOX
    shot = example.screenshot
    return min(width, max(1, round(height * shot.width / shot.height))) if shot.height else width


def _facts(row: dict[str, Any]) -> list[str]:
    tables = int(row.get("tables") or 0)
    cost, apart = row.get("cost_usd") or 0, row.get("disagreement")
    parts = [f"{tables} table{'' if tables == 1 else 's'}", duration(row.get("seconds"))]
    parts += [f"\\${cost:.4f}"] if cost else []
    parts += [f"answers {apart:.0%} apart"] if apart is not None else []
    return parts


def _example(example_id: int) -> Example | None:
    try:
        return store().get(example_id)
    except StoreError:
        return None  # another store's by now
