"""A screenshot to zoom and pan, the boxes its columns were read from, and the list of the columns.

Selecting works in the browser at once and is told to Python afterwards; zoom and position live
there too and survive reruns. Boxes are in source pixels, whatever the size of the preview.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from app.components import zoom
from ghost_engine.data.images import Picture
from ghost_engine.inference.protocol import Evidence

PREVIEW_PIXELS = 2_500_000
_HERE = Path(__file__).parent


def _text(*names: str) -> str:
    return "".join((_HERE / name).read_text(encoding="utf-8") for name in names)


_component = st.components.v2.component(
    "ghost_screenshot",
    html=zoom.frame(
        '<button data-boxes aria-pressed="true" title="Show where each column was read">'
        "Column boxes</button>"
        '<button data-large aria-pressed="false" hidden title="Large, over the queue (Z)">'
        "Large</button>",
        '<div class="list" data-list tabindex="0" role="listbox" aria-label="Columns"></div>',
    ),
    css=zoom.STYLE + _text("viewer.css", "list.css"),
    js=zoom.SCRIPT + _text("list.js", "viewer.js"),
)


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


def column_id(column: Evidence) -> str:
    """`table.column`: how boxes, list and selection name a column."""
    return f"{column.table}.{column.column}"


def draw(
    picture: Picture,
    source: str,
    *,
    key: str,
    columns: Sequence[Evidence] = (),
    number: int = 0,
    selected: str | None = None,
    height: str = "480px",
    on_pick: Callable[[str], None] | None = None,
) -> None:
    """Draws the viewer, with the list under the picture when there are columns.

    Args:
        source: the picture's `preview`, made once and kept by the caller.
        columns: all are listed; those read from picture `number` have their box on it.
        selected: the `column_id` that stands out and is moved into view.
        height: of the whole, in CSS.
        on_pick: called with a `column_id` before the rerun that selecting it causes.
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    for column in columns:
        groups.setdefault(column.table, []).append(_row(column))
    draw_source(
        picture.content_hash,
        source,
        key=key,
        name=picture.name,
        size=picture.pixels.size,
        boxes={
            column_id(column): column.box
            for column in columns
            if column.box and column.image == number
        },
        groups=groups,
        selected=selected,
        height=height,
        on_pick=on_pick,
    )


def draw_source(
    content_hash: str,
    source: str,
    *,
    key: str,
    name: str,
    size: tuple[int, int],
    boxes: Mapping[str, Sequence[float]],
    groups: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    trimmed: bool = False,
    selected: str | None = None,
    height: str = "480px",
    on_pick: Callable[[str], None] | None = None,
) -> None:
    """Draws the viewer of a picture that nobody has decoded here.

    Args:
        source: a data URL of the picture, of any resolution.
        size: its width and height in source pixels; `boxes`, by `column_id`, are in these.
        groups: the rows of the list, by table.
        trimmed: fit what is inside the picture's plain margin, not the margin too, and offer to
            show it large, over what is left of it; the window's event `ghost-large` does so, too.
    """

    def picked() -> None:
        if on_pick:
            on_pick(str(st.session_state[key]["pick"]))

    _component(
        key=key,
        data={
            "id": content_hash,
            "source": source,
            "name": name,
            "width": size[0],
            "height": size[1],
            "boxes": [{"id": column, "box": box} for column, box in boxes.items()],
            "groups": [
                {"table": table, "columns": list(rows)} for table, rows in (groups or {}).items()
            ],
            "selected": selected,
            "trimmed": trimmed,
            "total_height": height,
        },
        on_pick_change=picked,
    )


def _row(column: Evidence) -> dict[str, Any]:
    return {
        "id": column_id(column),
        "name": column.column,
        "type": column.type,
        "label": column.label,
        "reason": column.reason,
        "confidence": column.confidence,
        "boxed": column.box is not None,
    }
