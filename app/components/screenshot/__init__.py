"""A screenshot to zoom and pan, with the boxes that columns were read from.

Zoom and position live in the browser and survive reruns. Boxes are in source pixels, whatever the
size of the preview that is sent.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from app.components import zoom
from ghost_engine.data.images import Picture
from ghost_engine.inference.protocol import Box

PREVIEW_PIXELS = 2_500_000
_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "ghost_screenshot",
    html=zoom.frame(
        '<button data-boxes aria-pressed="true" title="Show where each column was read">'
        "Column boxes</button>"
    ),
    css=zoom.STYLE + (_HERE / "viewer.css").read_text(encoding="utf-8"),
    js=zoom.SCRIPT + (_HERE / "viewer.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """One box on the picture; `id` comes back when somebody clicks it."""

    id: str
    label: str
    box: Box


def preview(picture: Picture) -> str:
    """A data URL of at most 2.5 megapixels: what the browser shows."""
    image = picture.pixels
    excess = image.width * image.height / PREVIEW_PIXELS
    if excess > 1:
        shrink = excess**0.5
        image = image.resize((round(image.width / shrink), round(image.height / shrink)))
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=85, method=2)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def draw(
    picture: Picture,
    source: str,
    *,
    key: str,
    marks: Sequence[Mark] = (),
    selected: str | None = None,
    height: str = "480px",
    on_pick: Callable[[str], None] | None = None,
) -> None:
    """Draws the viewer.

    Args:
        source: the picture's `preview`, made once and kept by the caller.
        selected: the mark that stands out and is moved into view.
        height: of the picture's frame, in CSS.
        on_pick: called with a mark's id before the rerun that a click on it causes.
    """

    def picked() -> None:
        if on_pick:
            on_pick(str(st.session_state[key]["pick"]))

    _component(
        key=key,
        data={
            "id": picture.content_hash,
            "source": source,
            "name": picture.name,
            "width": picture.pixels.width,
            "height": picture.pixels.height,
            "boxes": [{"id": mark.id, "label": mark.label, "box": mark.box} for mark in marks],
            "selected": selected,
            "view_height": height,
        },
        on_pick_change=picked,
    )
