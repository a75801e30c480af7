"""A page taken apart: the navigation at its edges, and the body with the data.

Texts and pixels go in, a `Page` comes out. Only a left sidebar and a top bar are told apart; what
else frames a page stays in its body.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from ghost_engine.inference.baseline.controls import Control
from ghost_engine.inference.baseline.labels import is_action, is_label
from ghost_engine.inference.baseline.texts import (
    Colour,
    Row,
    Text,
    group_rows,
    median_height,
    median_size,
)
from ghost_engine.inference.protocol import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]  # (height, width, 3), RGB

MIN_NAVIGATION = 4
CARD_MARGIN = 6  # pixels
SIDEBAR_SHARE = 0.33  # of the width, at most
TOP_BAR_SHARE = 0.14  # of the height, at most


@dataclass(frozen=True, slots=True)
class Page:
    """`body` and `navigation` together are all texts; `active` is the navigation
    items shown, outer first."""

    width: int
    height: int
    body: tuple[Text, ...]
    navigation: tuple[Text, ...] = ()
    active: tuple[Text, ...] = ()
    framed: frozenset[Text] = frozenset()  # texts in an input, a button or a chip
    left: int = 0  # where the body begins, pixels


def split_page(texts: Sequence[Text], controls: Sequence[Control], image: Image.Image) -> Page:
    """Separates navigation from body; what holds inputs is no navigation."""
    import numpy as np

    pixels = np.asarray(image)
    left = _sidebar_edge(texts, controls, pixels)
    sidebar = [text for text in texts if text.box[2] <= left]
    rest = [text for text in texts if text.box[2] > left]
    bar = _top_bar(rest, image.width, image.height)
    framed = _framed(texts, controls)
    navigation = (*sidebar, *bar)
    return Page(
        width=image.width,
        height=image.height,
        body=tuple(text for text in rest if text not in bar),
        navigation=navigation,
        active=_active_items(sidebar, _ground, 8)
        or _active_items([*sidebar], _ink, 40)
        or _active_items([text for text in bar if text not in framed], _ink, 40),
        framed=framed,
        left=left,
    )


def _sidebar_edge(texts: Sequence[Text], controls: Sequence[Control], pixels: Pixels) -> int:
    """The x where the body begins; 0 without a sidebar."""
    height, width = pixels.shape[:2]
    best, edge = 0, 0
    below = [text for text in texts if text.center_y > 0.06 * height]
    surfaces = [
        control
        for control in controls
        if control.shape in ("panel", "box")
        and 0.03 * width < control.width
        and (control.width < 0.9 * width or control.height < 0.6 * height)
        and control.box[1] > 0.06 * height
    ]
    for gutter in range(int(0.05 * width), int(SIDEBAR_SHARE * width), 4):
        if any(text.box[0] < gutter < text.box[2] for text in below):
            continue
        left = [text for text in below if text.box[2] <= gutter]
        right = [text for text in below if text.box[0] >= gutter]
        if len(left) < MIN_NAVIGATION or len(right) < MIN_NAVIGATION:
            continue
        start = min(text.box[0] for text in right)
        if any(control.box[0] < gutter and control.box[2] > start for control in surfaces):
            continue  # a card or an input is not cut in two
        if _on_card(left, surfaces):
            continue
        inputs = [control for control in controls if control.box[2] <= gutter]
        if sum(control.shape == "box" for control in inputs) >= 2:
            continue
        gap = min(text.box[0] for text in right) - max(text.box[2] for text in left)
        if gap > best and _is_sidebar(left, right, pixels):
            best, edge = gap, min(text.box[0] for text in right) - 4
    return edge


def _on_card(texts: Sequence[Text], surfaces: Sequence[Control]) -> bool:
    """Whether most texts stand on one card, set off from the page's left edge."""
    for card in surfaces:
        x0, y0, x1, y1 = card.box
        held = sum(x0 < text.center_x < x1 and y0 < text.center_y < y1 for text in texts)
        if x0 > CARD_MARGIN and held >= max(MIN_NAVIGATION, 0.6 * len(texts)):
            return True
    return False


def _is_sidebar(left: Sequence[Text], right: Sequence[Text], pixels: Pixels) -> bool:
    rows = group_rows(left)
    alone = sum(len(row) == 1 for row in rows) >= 0.7 * len(rows)
    short = sum(len(text.text) <= 24 for text in left) >= 0.8 * len(left)
    if not (alone and short and len(rows) >= MIN_NAVIGATION):
        return False
    if _has_divider(left, right, pixels):
        return True
    beside = sum(any(_level(text, other) for other in right) for text in left)
    at_edge = min(text.box[0] for text in left) < 0.06 * pixels.shape[1]
    return at_edge and beside <= 0.5 * len(left)


def _level(one: Text, other: Text) -> bool:
    return abs(one.center_y - other.center_y) < 0.2 * min(one.height, other.height)


def _has_divider(left: Sequence[Text], right: Sequence[Text], pixels: Pixels) -> bool:
    """Whether background or a line changes over most of the height between the two."""
    import numpy as np

    x0, x1 = max(text.box[2] for text in left), min(text.box[0] for text in right)
    strip = pixels[int(0.1 * pixels.shape[0]) :, x0:x1].astype(np.int16)
    if strip.shape[1] < 3:
        return False
    steps = np.abs(np.diff(strip, axis=1)).max(axis=2) > 6  # (height, gap - 1)
    return bool((steps.mean(axis=0) > 0.85).any())


def _top_bar(texts: Sequence[Text], width: int, height: int) -> list[Text]:
    """The first row of several short texts near the top that has nothing in line below it."""
    limit = max(TOP_BAR_SHARE * height, 60)
    for row in group_rows(text for text in texts if text.center_y < limit):
        if len(row) >= 3 and _spread(row) > 0.3 * width and not _heads_columns(row, texts):
            return list(row)
    return []


def _spread(row: Row) -> int:
    return row[-1].box[2] - row[0].box[0]


def _heads_columns(row: Row, texts: Sequence[Text]) -> bool:
    reach = row[0].box[3] + 6 * median_height(row)
    near = [text for text in texts if row[0].box[3] < text.center_y < reach]
    aligned = sum(any(abs(head.box[0] - text.box[0]) < 8 for text in near) for head in row)
    return aligned >= 0.6 * len(row)


def _ground(text: Text) -> Colour:
    return text.look.ground


def _ink(text: Text) -> Colour:
    return text.look.ink


def _active_items(
    items: Sequence[Text], colour: Callable[[Text], Colour], apart: int
) -> tuple[Text, ...]:
    """The one or two items of usual size whose colour is more than `apart` from the usual."""
    items = [item for item in items if item.size < 1.2 * median_size(items)]
    if len(items) < 3:
        return ()
    usual = [statistics.median(colour(item)[part] for item in items) for part in range(3)]
    named = [
        item
        for item in items
        if max(abs(value - mid) for value, mid in zip(colour(item), usual, strict=True)) > apart
        and is_label(item.text)
        and not is_action(item.text)
    ]
    return tuple(named) if len(named) <= 2 else ()


def _framed(texts: Sequence[Text], controls: Sequence[Control]) -> frozenset[Text]:
    boxes = [control.box for control in controls if control.shape in ("box", "button", "chip")]
    return frozenset(text for text in texts if any(_fits(text, box) for box in boxes))


def _fits(text: Text, box: Box) -> bool:
    x0, y0, x1, y1 = box
    inside = x0 <= text.box[0] and text.box[2] <= x1 and y0 <= text.center_y <= y1
    return inside and y1 - y0 < 2.6 * text.height
