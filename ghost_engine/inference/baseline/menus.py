"""An open menu that covers a part of the page: its entries are no data.

A page and its panels go in; the page comes out without the texts of a narrow panel that holds one
column of labels and lies across the border of another, as nothing but an opened menu does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.labels import is_label
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.texts import Text
from ghost_engine.inference.protocol import Box

MIN_ENTRIES = 4
WIDEST = 0.4  # of the page
LAPPED = 12  # pixels that two panels share each way, at least
FLUSH = 8  # pixels between the beginnings of a menu's entries
STEP = 1.4  # times the usual step between entries, to one with a ground of its own


def without_menus(page: Page, panels: Sequence[Box]) -> Page:
    """The page without the entries of its open menus."""
    entries = {
        entry
        for panel in panels
        if panel[2] - panel[0] < WIDEST * page.width
        and any(_crosses(panel, other) for other in panels)
        for entry in _entries(panel, page.body)
    }
    if not entries:
        return page
    return replace(page, body=tuple(text for text in page.body if text not in entries))


def _crosses(one: Box, other: Box) -> bool:
    """Whether two boxes share a part and neither holds the other."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    if wide < LAPPED or high < LAPPED:
        return False
    return not (_holds(one, other) or _holds(other, one))


def _holds(outer: Box, inner: Box) -> bool:
    return all(outer[n] - LAPPED <= inner[n] for n in (0, 1)) and all(
        inner[n] <= outer[n] + LAPPED for n in (2, 3)
    )


def _entries(menu: Box, texts: Sequence[Text]) -> list[Text]:
    """The entries of a menu, one below the other, the last with a ground of its own; none where it
    holds anything else."""
    inside = [
        text
        for text in sorted(texts, key=lambda text: text.center_y)
        if menu[0] <= text.center_x <= menu[2] and menu[1] <= text.center_y <= menu[3]
    ]
    if len(inside) < MIN_ENTRIES or not all(is_label(text.text) for text in inside):
        return []
    left = inside[0].box[0]
    steps = [b.center_y - a.center_y for a, b in zip(inside, inside[1:], strict=False)]
    flush = all(abs(text.box[0] - left) < FLUSH for text in inside)
    if not flush or max(steps) > STEP * min(steps):
        return []
    return [
        *inside,
        *(
            text
            for text in texts
            if abs(text.box[0] - left) < FLUSH
            and 0 < text.center_y - inside[-1].center_y < STEP * max(steps)
        ),
    ]
