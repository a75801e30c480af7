"""Bars of tabs over what they switch: the open one is underlined by a bar of its own.

Texts and pixels go in, rows of tabs come out, each with the open one. A line below a table's
header runs on below its neighbours; the bar below a tab ends before them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PIL import Image

from ghost_engine.inference.baseline.labels import is_label
from ghost_engine.inference.baseline.marks import cut_row
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.pixels import pixels_of
from ghost_engine.inference.baseline.texts import Row, Text, group_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]  # (height, width, 3), RGB

MIN_TABS = 3
APART = 9.0  # text heights between two tabs, at most
REACH = 1.8  # text heights below a tab, in which its bar lies
THICK = (2, 0.6)  # pixels at least; text heights at most
COVERED = 0.7  # of the tab's text stands over its bar
WIDER = 5.0  # text heights that a bar may go on beyond its tab, either side
APART_FROM_GROUND = 40  # levels
SAME = 24  # levels


@dataclass(frozen=True, slots=True)
class TabBar:
    """Tabs, left to right, and the one whose content is shown."""

    tabs: Row
    open: Text


def without_tabs(page: Page, image: Image.Image) -> Page:
    """The page with its tabs among the navigation: they head no data."""
    bars = tuple(find_tab_bars(page.body, pixels_of(image)))
    if not bars:
        return page
    tabs = [tab for bar in bars for tab in bar.tabs]
    rest = tuple(text for text in page.body if text not in tabs)
    opened = tuple(bar.open for bar in bars)
    return replace(page, body=rest, navigation=(*page.navigation, *tabs), opened=opened)


def find_tab_bars(texts: Sequence[Text], pixels: Pixels) -> Iterator[TabBar]:
    """The bars of tabs among texts, top to bottom."""
    for row in group_rows(texts):
        for part in cut_row(row, APART):
            tabs = [text for text in part if is_label(text.text)]
            if len(tabs) < MIN_TABS:
                continue
            barred = [tab for tab in tabs if _is_barred(tab, tabs, pixels)]
            if len(barred) == 1:
                yield TabBar(tuple(tabs), barred[0])


def _is_barred(tab: Text, tabs: Sequence[Text], pixels: Pixels) -> bool:
    """Whether a thick line runs below a tab and ends before its neighbours."""
    import numpy as np

    x0, _, x1, y1 = tab.box
    size = max(tab.size, 0.5 * tab.height)
    strip = pixels[y1 : int(y1 + REACH * size), x0:x1].astype(np.int16)
    if min(strip.shape[:2]) <= THICK[0]:
        return False
    unlike = np.abs(strip - np.array(tab.look.ground, np.int16)).max(axis=2) > APART_FROM_GROUND
    rows = np.flatnonzero(unlike.mean(axis=1) >= COVERED)
    if not THICK[0] <= len(rows) <= max(THICK[0], THICK[1] * size):
        return False
    if rows[-1] - rows[0] >= len(rows) or rows[-1] == len(strip) - 1:
        return False  # several lines, or the upper edge of a surface
    y = y1 + int(rows[len(rows) // 2])
    left, right = _run(pixels[y], (x0 + x1) // 2)
    if left < x0 - WIDER * size or right > x1 + WIDER * size:
        return False
    alone = not any(
        tab is not other and left < other.box[2] and other.box[0] < right for other in tabs
    )
    return alone and not _is_framed(pixels[y1:y, left : right + 1], pixels[y, left])


def _run(line: NDArray[np.uint8], x: int) -> tuple[int, int]:
    """The first and the last pixel of one colour around `x`."""
    import numpy as np

    other = np.abs(line.astype(np.int16) - line[x].astype(np.int16)).max(axis=1) >= SAME
    before, after = np.flatnonzero(other[:x]), np.flatnonzero(other[x:])
    left = int(before[-1]) + 1 if before.size else 0
    return left, x + int(after[0]) - 1 if after.size else len(line) - 1


def _is_framed(above: Pixels, colour: NDArray[np.uint8]) -> bool:
    """Whether a line goes up at its ends: the lower edge of a button."""
    import numpy as np

    ends = np.abs(above[:, [0, 1, -2, -1]].astype(np.int16) - colour.astype(np.int16)).max(axis=2)
    return bool((ends < SAME).any(axis=1).mean() > 0.5) if above.size else False
