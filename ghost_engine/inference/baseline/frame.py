"""What frames a page: a sidebar or a strip of icons on the left, bars above and below.

Texts and pixels go in; out come where the body begins, and the texts of the bars. What holds inputs
is no navigation.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ghost_engine.inference.baseline.controls import MAX_INPUT_HEIGHT, Control
from ghost_engine.inference.baseline.labels import is_label
from ghost_engine.inference.baseline.steps import largest_channel
from ghost_engine.inference.baseline.texts import Row, Text, group_rows, median_height, median_size
from ghost_engine.inference.baseline.vocabulary import kind_of_value
from ghost_engine.inference.protocol import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]  # (height, width, 3), RGB

MIN_NAVIGATION = 4
CARD_MARGIN = 6  # pixels
SIDEBAR_SHARE = 0.33  # of the width, at most
MAX_SHARE = 0.4  # of the width, with the space beside it
BAR_SHARE = 0.14  # of the height, at most
TITLE = 1.3  # times the size of what it heads
EDGE = 3  # levels between neighbours; the palest dividers differ by less than borders of inputs
UPRIGHT = 0.9  # of the height that a divider goes on for
MAX_NAVIGATION_LETTERS = 28
DATA = ("date", "timestamp", "money", "email", "phone", "url")
MIN_DATA = 3
NAMED = 0.4  # of the texts left of a form name its inputs
MAX_INPUT, MAX_LINES = 0.6, 2.2  # of the page's width, of a text's height
FLUSH = 5  # pixels between the beginnings of two items of a list
TINTED = 4  # levels between the grounds of a pane and of the body

_COUNT = re.compile(r"\d[\d,.]*[kKmM]?\+?")
_AMOUNT = re.compile(r"[-−+]?\W?[\d.,\s]+\W?")


def sidebar_edge(texts: Sequence[Text], controls: Sequence[Control], pixels: Pixels) -> int:
    """The x where the body begins; 0 without a sidebar."""
    height, width = pixels.shape[:2]
    below = [text for text in texts if text.center_y > 0.08 * height]
    strip = 0  # of icons
    for x in _dividers(pixels):
        left = [text for text in below if text.box[2] <= x + 3]
        right = [text for text in below if text.box[0] >= x - 3]
        parts = len(left) + len(right) == len(below) and _may_part(left, right, controls, x)
        if parts and not _name_inputs(left, controls, width):
            narrow = x < 0.08 * width and len(left) < MIN_NAVIGATION
            if _is_list(left) or _is_list(_without_amounts(left, right)):
                return x + 1
            strip = strip or (x + 1) * narrow
    return _edge_without_divider(below, controls, width) or strip


def top_bar(texts: Sequence[Text], width: int, height: int) -> list[Text]:
    """The first row of several short texts near the top that has nothing in line below it."""
    limit = max(BAR_SHARE * height, 60)
    largest = 0.0
    for row in group_rows(text for text in texts if text.center_y < limit):
        if largest > TITLE * median_size(row):
            return []  # what is below a title belongs to the page
        if len(row) >= 3 and _spread(row) > 0.3 * width and not _heads_columns(row, texts):
            return list(row)
        largest = max(largest, *(text.size for text in row))
    return []


def bottom_bar(texts: Sequence[Text], width: int, height: int) -> list[Text]:
    """The tabs along the lower edge of a telephone's screen."""
    if width > 0.8 * height:
        return []
    low = [text for text in texts if text.center_y > 0.93 * height]
    for row in reversed(group_rows(low)):
        centers = [text.center_x for text in row]
        steps = [after - before for before, after in zip(centers, centers[1:], strict=False)]
        even = len(steps) >= 2 and max(steps) < 1.5 * min(steps)
        if even and _spread(row) > 0.5 * width and all(is_label(text.text) for text in row):
            return list(row)
    return []


def _dividers(pixels: Pixels) -> list[int]:
    """Where colours change over almost the whole height, in the left part; left to right."""
    import numpy as np

    height, width = pixels.shape[:2]
    strip = pixels[int(0.1 * height) :, : int(SIDEBAR_SHARE * width) + 1].astype(np.int16)
    if strip.shape[0] < 8 or strip.shape[1] < 8:
        return []
    steps = (largest_channel(np.abs(np.diff(strip, axis=1))) >= EDGE).mean(axis=0)
    found = [int(x) for x in np.flatnonzero(steps > UPRIGHT) if x > 0.02 * width]
    return [x for x, after in zip(found, [*found, width][1:], strict=False) if after - x > 2]


def _may_part(
    left: Sequence[Text], right: Sequence[Text], controls: Sequence[Control], x: int
) -> bool:
    inputs = [control for control in controls if control.shape == "box" and control.box[2] <= x]
    return len(right) >= MIN_NAVIGATION and len(inputs) < 2 + len(left)


def _is_list(left: Sequence[Text]) -> bool:
    """Whether texts stand one below the other, and are short."""
    rows = group_rows(left)
    alone = sum(len(row) == 1 or _with_badge(row) for row in rows) >= 0.7 * len(rows)
    short = sum(len(text.text) <= MAX_NAVIGATION_LETTERS for text in left) >= 0.8 * len(left)
    return len(rows) >= MIN_NAVIGATION and alone and short and not _holds_data(left)


def _without_amounts(left: Sequence[Text], right: Sequence[Text]) -> list[Text]:
    """The texts of a pane on a ground of its own, without the amounts or counts at the ends of its
    lines: navigation between accounts, folders or shelves says how much is in each."""
    if len(left) < MIN_NAVIGATION:
        return list(left)
    grounds = [statistics.median(_lightness(text) for text in side) for side in (left, right)]
    if abs(grounds[0] - grounds[1]) < TINTED:
        return list(left)
    amounts = {
        row[1]
        for row in group_rows(left)
        if len(row) == 2 and is_label(row[0].text) and _AMOUNT.fullmatch(row[1].text)
    }
    return [text for text in left if text not in amounts]


def _lightness(text: Text) -> int:
    return max(text.look.ground)


def _holds_data(texts: Sequence[Text]) -> bool:
    """Whether dates, amounts or addresses stand there: navigation has none but the user's own."""
    return sum(kind_of_value(text.text) in DATA for text in texts) >= MIN_DATA


def _with_badge(row: Row) -> bool:
    """An item with a count behind it or an icon before it."""
    if len(row) != 2:
        return False
    return min(len(text.text) for text in row) <= 3 or bool(_COUNT.fullmatch(row[1].text))


def _edge_without_divider(texts: Sequence[Text], controls: Sequence[Control], width: int) -> int:
    """The first wide space right of a list of labels at the left edge that is in line with little
    of what is beside it."""
    solid = [control.box for control in controls if control.shape in ("panel", "box")]
    solid = [box for box in solid if 0.03 * width < box[2] - box[0] < 0.9 * width]
    for x in range(int(0.05 * width), int(SIDEBAR_SHARE * width), 4):
        if any(text.box[0] < x < text.box[2] for text in texts):
            continue
        if any(box[0] + 4 < x < box[2] - 4 for box in solid):
            continue  # a card or an input is not cut in two
        left = [text for text in texts if text.box[2] <= x]
        right = [text for text in texts if text.box[0] >= x]
        if len(left) < MIN_NAVIGATION or len(right) < MIN_NAVIGATION:
            continue
        inputs = [control for control in controls if control.box[2] <= x]
        if sum(_asks(control, left) for control in inputs) >= 2 or not _is_list(left):
            continue
        if _on_card(left, solid) or _name_inputs(left, controls, width):
            continue
        labels = sum(is_label(text.text) for text in left) >= 0.8 * len(left)
        gap = min(text.box[0] for text in right) - max(text.box[2] for text in left)
        at_edge = min(text.box[0] for text in left) < 0.06 * width
        inputs = [c for c in controls if c.shape == "box" and c.box[0] >= x - 4]
        beside = sum(
            any(_level(text, other) for other in right) or _is_label_of(text, inputs)
            for text in left
        )
        if labels and at_edge and gap > median_height(left) and beside <= 0.6 * len(left):
            edge = min(text.box[0] for text in right) - 4
            return edge if edge < MAX_SHARE * width else 0
    return 0


def _asks(control: Control, left: Sequence[Text]) -> bool:
    """Whether a control is an input of a form, not the ground of the item that is open, whose text
    begins where the others do, and not a part of a picture."""
    if control.shape == "checkbox":
        return False
    x0, y0, x1, y1 = control.box
    level = [text for text in left if y0 < text.center_y < y1]
    held = [text for text in level if x0 <= text.box[0] and text.box[2] <= x1]
    begin = statistics.median(text.box[0] for text in left)
    return bool(level) and not any(abs(text.box[0] - begin) < FLUSH for text in held)


def _name_inputs(texts: Sequence[Text], controls: Sequence[Control], width: int) -> bool:
    """Whether texts are the labels of a form: many end in a colon, or stand level with inputs that
    begin together."""
    right = max((text.box[2] for text in texts), default=0)
    height = median_height(texts)
    inputs = [
        control
        for control in controls
        if control.shape == "box"
        and control.box[0] >= right - 3
        and control.width < MAX_INPUT * width
        and control.height < MAX_LINES * height
    ]
    named: dict[int, int] = {}  # how many stand beside inputs that begin at one x
    for text in texts:
        beside = {c.box[0] // 4 for c in inputs if _is_beside(text, c)}
        for x in beside | {0} if text.text.endswith(":") else beside:
            named[x] = named.get(x, 0) + 1
    return max(named.values(), default=0) >= max(MIN_DATA, NAMED * len(texts))


def _is_beside(text: Text, control: Control) -> bool:
    return abs((control.box[1] + control.box[3]) / 2 - text.center_y) < 0.2 * text.height


def _on_card(texts: Sequence[Text], cards: Sequence[Box]) -> bool:
    """Whether most texts stand on one card, set off from the page's left edge."""
    for x0, y0, x1, y1 in cards:
        held = sum(x0 < text.center_x < x1 and y0 < text.center_y < y1 for text in texts)
        if x0 > CARD_MARGIN and held >= max(MIN_NAVIGATION, 0.6 * len(texts)):
            return True
    return False


def _level(one: Text, other: Text) -> bool:
    return abs(one.center_y - other.center_y) < 0.2 * min(one.height, other.height)


def _is_label_of(text: Text, inputs: Sequence[Control]) -> bool:
    """Whether a low box begins on the line of a text: its input."""
    return any(
        box.box[1] <= text.center_y <= box.box[3] and box.height < MAX_INPUT_HEIGHT * text.size
        for box in inputs
    )


def _spread(row: Row) -> int:
    return row[-1].box[2] - row[0].box[0]


def _heads_columns(row: Row, texts: Sequence[Text]) -> bool:
    reach = row[0].box[3] + 6 * median_height(row)
    near = [text for text in texts if row[0].box[3] < text.center_y < reach]
    aligned = sum(any(abs(head.box[0] - text.box[0]) < 8 for text in near) for head in row)
    return aligned >= 0.6 * len(row)
