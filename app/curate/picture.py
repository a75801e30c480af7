"""The screenshot in the middle: zoomable, with the boxes a pairs file knows."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from app.components import screenshot
from app.components.layout import PANE_HEIGHT
from app.components.words import plain
from app.curate.desk import Desk
from ghost_engine.data.images import read_picture
from ghost_engine.data.records import Screenshot
from ghost_engine.data.store import Store

HEIGHT = PANE_HEIGHT.replace("130px", "182px")
MAX_PLAIN_BYTES = 600_000  # larger ones are made smaller before they travel
MIMES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}


def draw(store: Store, desk: Desk) -> None:
    """Draws the open example's picture, or says why there is none."""
    example = desk.example
    if example is None:
        return
    shot = example.screenshot
    shown = source_of(store, shot)
    if not shown:
        _words_instead(shot, example.description)
        return
    screenshot.draw_source(
        shot.key,
        shown,
        name=Path(shot.path).name or f"Screenshot {example.id}",
        size=(shot.width, shot.height),
        key="curate-screenshot",
        boxes=boxes(example.reference),
        trimmed=True,
        height=HEIGHT,
    )


def source_of(store: Store, shot: Screenshot) -> str:
    """What the browser shows, or "" where the picture is missing."""
    if shot.missing or not (path := store.picture_path(shot)).is_file():
        return ""
    return _source(path, shot.extension, shot.bytes)


@lru_cache(maxsize=16)
def _source(path: Path, extension: str, size: int) -> str:
    """A data URL of the picture: the file itself, or a smaller one."""
    if size > MAX_PLAIN_BYTES:
        return screenshot.preview(read_picture(path))
    return f"data:{MIMES[extension]};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"


def boxes(reference: Mapping[str, Any] | None) -> dict[str, tuple[float, float, float, float]]:
    """The boxes of a pairs file's columns, by `table.column`."""
    found: dict[str, tuple[float, float, float, float]] = {}
    for column in (reference or {}).get("columns") or ():
        box = column.get("box")
        if box and len(box) == 4:
            x0, y0, x1, y1 = map(float, box)
            found[f"{column.get('table')}.{column.get('column')}"] = (x0, y0, x1, y1)
    return found


def _words_instead(shot: Screenshot, description: str) -> None:
    with st.container(border=True, height=460):
        if description:
            st.markdown("**The screen in words**")
            st.text(description)
            return
        st.markdown(":gray[:material/hide_image:] **The picture is missing.**")
        st.text(shot.path)
        st.caption(
            plain(
                "Import the dataset again with the folder that holds its pictures, and it is "
                "filled in; every decision stays."
            )
        )
