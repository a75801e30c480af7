"""Panes side by side: a record's fields, its messages and its history, parted by upright lines.

A page and its picture go in, the page once for each pane comes out. Rows of texts are read across
a pane, never across two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PIL import Image

from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.pixels import pixels_of
from ghost_engine.inference.baseline.steps import steps_right
from ghost_engine.inference.baseline.texts import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]  # (height, width, 3), RGB

EDGE = 3  # levels between neighbours; dividers may be very pale
UPRIGHT = 0.6  # of the height below the page's bars that a divider goes on for
BARS = 0.2  # of the height
EVERY = 3  # one row of pixels in so many is looked at
MIN_TEXTS = 4  # of a pane
MAX_CROSSED = 1  # texts that a divider runs through


def find_panes(page: Page, image: Image.Image) -> tuple[Page, ...]:
    """The panes of a page, left to right; the page itself where nothing parts it."""
    borders = [x for x in _dividers(image) if x > page.left + 2 and _parts(page.body, x)]
    if not borders:
        return (page,)
    lefts, rights = [page.left, *borders], [*borders, page.width]
    panes = [
        tuple(text for text in page.body if left <= text.center_x < right)
        for left, right in zip(lefts, rights, strict=True)
    ]
    return tuple(replace(page, body=pane) for pane in panes if len(pane) >= MIN_TEXTS)


def _dividers(image: Image.Image) -> list[int]:
    """Where colours change over most of the height, left to right."""
    import numpy as np

    pixels: Pixels = pixels_of(image)
    rows = np.ascontiguousarray(pixels[int(BARS * pixels.shape[0]) :: EVERY])
    if rows.shape[0] < 8 or rows.shape[1] < 8:
        return []
    steps = steps_right(rows) >= EDGE
    found = [int(x) + 1 for x in np.flatnonzero(steps.mean(axis=0) > UPRIGHT)]
    return [x for x, before in zip(found, [-9, *found], strict=False) if x - before > EVERY]


def _parts(texts: Sequence[Text], x: int) -> bool:
    """Whether a line at `x` has texts on either side, runs through hardly any, and does not part
    labels with a sign behind them from what stands on their lines."""
    crossed = sum(text.box[0] < x - 2 and x + 2 < text.box[2] for text in texts)
    left = sum(text.box[2] <= x + 2 for text in texts)
    right = sum(text.box[0] >= x - 2 for text in texts)
    after = [text.center_y for text in texts if text.box[0] >= x - 2]
    labels = sum(
        any(abs(y - text.center_y) < 0.3 * text.height for y in after)
        for text in texts
        if text.signed and text.box[2] <= x + 2
    )
    return crossed <= MAX_CROSSED and min(left, right) >= MIN_TEXTS and labels < MIN_TEXTS
