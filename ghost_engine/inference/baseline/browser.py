"""The window of a browser around a page: its tabs and address are no part of what the page shows.

A screenshot of a whole window has an address near its upper edge, and under it a line or a step of
colour from side to side. What is above goes; the address stays known, for its path often names what
the page is about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PIL import Image

from ghost_engine.inference.baseline.pixels import pixels_of
from ghost_engine.inference.baseline.regions import moved_box
from ghost_engine.inference.baseline.steps import steps_down
from ghost_engine.inference.baseline.texts import Text, group_rows, median_height

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UPPER = 0.25  # of the height: an address is no lower,
MAX_HEIGHTS = 12  # text heights: nor lower than that
MAX_ROWS = 2  # of tabs and titles over it
MAX_BESIDE = 3  # texts in its row: its own, the name of a button, of who uses the browser
BELOW = 5  # text heights: the window's edge is no lower below it
MOST = 0.5  # of the height that a window may take
ACROSS = 0.97  # of the width that the edge goes on for
STEP = 3  # levels

_ADDRESS = re.compile(
    r"^\W{0,3}\w?\s?(?:https?:/{1,2})?(?:[\w-]+(?:\.[\w-]+)+|localhost)"
    r"(?::\d{2,5})?(?P<path>/\S*)?$",
    re.IGNORECASE,
)
_CERTAIN = re.compile(r"://|localhost|:\d{2,5}|[a-z]/", re.I)
_SEGMENT = re.compile(r"[/#]+")
_NAME = re.compile(r"[a-z][a-z_-]{2,}", re.I)


@dataclass(frozen=True, slots=True)
class Window:
    """`top` is where the page begins, pixels; `path` are the words of the address, outer first."""

    top: int
    path: tuple[str, ...]


def find_window(texts: Sequence[Text], image: Image.Image) -> Window | None:
    """The browser's window, if a page stands in one."""

    height = median_height(texts)
    limit = min(UPPER * image.height, MAX_HEIGHTS * height)
    rows = group_rows([text for text in texts if text.center_y < limit])
    for row in rows[: MAX_ROWS + 1]:
        found = [text for text in row if _is_address(text.text)]
        if not found or len(row) > MAX_BESIDE or _is_repeated(found[0], texts):
            continue
        bottom = max(text.box[3] for text in row)
        edge = _edge(pixels_of(image), bottom, int(bottom + BELOW * height))
        if edge is None or edge > MOST * image.height:
            return None
        return Window(edge, address_words(found[0].text))
    return None


def address_words(address: str) -> tuple[str, ...]:
    """The words of an address's path: "shop.example/admin/orders/12" -> ("admin", "orders")."""
    match = _ADDRESS.match(address)
    path = (match["path"] or "") if match else ""
    parts = _SEGMENT.split(re.split(r"[?&]", path)[0])
    return tuple(
        part.replace("-", " ").replace("_", " ") for part in parts if _NAME.fullmatch(part)
    )


def below(texts: Sequence[Text], top: int) -> tuple[Text, ...]:
    """The texts of the page, placed as if it were all of the picture."""
    inside = (text for text in texts if text.center_y > top)
    return tuple(replace(text, box=moved_box(text.box, 0, -top)) for text in inside)


def _is_address(text: str) -> bool:
    return _ADDRESS.match(text) is not None and _CERTAIN.search(text) is not None


def _is_repeated(address: Text, texts: Sequence[Text]) -> bool:
    """Whether others stand below it: a column of addresses."""
    return any(
        _is_address(text.text)
        and text.center_y > address.box[3]
        and abs(text.box[0] - address.box[0]) < address.height
        for text in texts
    )


def _edge(pixels: NDArray[np.uint8], first: int, last: int) -> int | None:
    """The first row of pixels that differs from the one above it from side to side."""
    steps = steps_down(pixels[first : last + 1])
    for row, share in enumerate((steps >= STEP).mean(axis=1)):
        if share >= ACROSS:
            return first + row + 1
    return None
