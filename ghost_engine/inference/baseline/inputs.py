"""Which boxes of a page may be filled in: no cells of a grid, no tabs, no bands over the parts of a
form, no panels.

Controls and texts go in, those boxes come out. What labels them is not judged here (`captions`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.controls import (
    MAX_INPUT_HEIGHT,
    Control,
    holds,
    holds_text,
)
from ghost_engine.inference.baseline.texts import Colour, Text, group_rows

_UNIT = re.compile(r"[@./%°].*|[A-Z]{3}|[a-z]{1,6}")  # "@example.com", "EUR", "days"
MAX_TEXTS_INSIDE = 12  # more than a text area shows is a panel
MIN_STRIP = 4  # boxes
MIN_LIST = 5.5  # font sizes, the width of a list to choose from
BAND_MARGIN = 3.0  # font sizes from a band's left end to the inputs under it
BAND_COLOUR = 5  # levels between its ground and theirs
MAX_STRIP_GAP = 0.5  # font sizes
MAX_ROW_TEXTS = 6  # on one line of an input: chips


def find_inputs(controls: Sequence[Control], texts: Sequence[Text], size: float) -> list[Control]:
    """The boxes that may be filled in."""
    boxes = [control for control in controls if control.shape == "box"]
    boxes += [replace(each, shape="box") for each in controls if _is_short_input(each, boxes)]
    surfaces = [control for control in controls if control.shape in ("box", "panel")]
    return [
        control
        for control in boxes
        if not _is_cell(control, surfaces)
        and not _is_band(control, boxes, texts, size)
        and not _is_in_strip(control, boxes, size)
        and _may_be_filled(control, controls, texts, size)
        and not (control.height > MAX_INPUT_HEIGHT * size and control.width < MIN_LIST * size)
    ]


def _is_short_input(control: Control, boxes: Sequence[Control]) -> bool:
    """Whether what looks like a chip begins where inputs do, as high as they are and of their
    ground: an input as short as its number."""
    alike = [
        other
        for other in boxes
        if abs(other.box[0] - control.box[0]) < 6
        and abs(other.height - control.height) < 3
        and not _differ(other.ground, control.ground)
    ]
    return control.shape == "chip" and len(alike) >= 2


def _is_cell(control: Control, surfaces: Sequence[Control]) -> bool:
    """Whether others of the same width touch it from above or below: the rows of a list, the head
    of a card."""
    x0, y0, x1, y1 = control.box
    return any(
        other is not control
        and abs(other.box[0] - x0) < 5
        and abs(other.box[2] - x1) < 5
        and min(abs(other.box[1] - y1), abs(y0 - other.box[3])) <= 3
        for other in surfaces
    )


def _is_band(
    control: Control, boxes: Sequence[Control], texts: Sequence[Text], size: float
) -> bool:
    """Whether a box is the coloured band over a part of the form: it begins left of the inputs,
    goes on behind them, has another ground than they have, and a heading."""
    x0, _, x1, bottom = control.box
    start = x0 + BAND_MARGIN * size
    below = [
        other
        for other in boxes
        if other.box[1] > bottom - 3 and (other.box[0] > start or other.box[2] > x1 + 3)
    ]
    within = [other for other in below if other.box[2] < x1]
    if len(within) < len(below):
        return False  # not as wide as the form
    apart = sum(_differ(other.ground, control.ground) for other in within)
    heads = any(holds_text(control.box, text) for text in texts)
    low = control.height < MAX_INPUT_HEIGHT * size
    return heads and low and len(within) >= 2 and apart > 0.6 * len(within)


def _differ(one: Colour, other: Colour) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) > BAND_COLOUR


def _is_in_strip(control: Control, boxes: Sequence[Control], size: float) -> bool:
    """Whether boxes of one height stand side by side with hardly a space, and each with a text of
    its own length: tabs, the pages of a list."""
    x0, y0, x1, y1 = control.box
    level = sorted(
        (other.box[0], other.box[2])
        for other in boxes
        if abs(other.box[1] - y0) < 4 and abs(other.box[3] - y1) < 4
    )
    run: list[tuple[int, int]] = []
    for left, right in level:
        if run and left - run[-1][1] > MAX_STRIP_GAP * size:
            if (x0, x1) in run:
                break
            run = []
        run.append((left, right))
    widths = {right - left for left, right in run}
    return (x0, x1) in run and len(run) >= MIN_STRIP and len(widths) > MIN_STRIP - 2


def _may_be_filled(
    control: Control, controls: Sequence[Control], texts: Sequence[Text], size: float
) -> bool:
    """Whether what a box holds is no more than a value: no controls, no cells of a row."""
    inside = [text for text in texts if holds_text(control.box, text)]
    tall = control.height > MAX_INPUT_HEIGHT * size
    held = [
        other
        for other in controls
        if other is not control
        and other.shape not in ("panel", "chip")
        and not (other.shape == "radio" or (other.shape == "checkbox" and not tall))
        and holds(control.box, other.box)
        and other.width < 0.9 * control.width
    ]
    if len(inside) > MAX_TEXTS_INSIDE or any(other.width > 4 * size for other in held):
        return False
    if tall and (held or not _is_writing(inside, control, size)):
        return False
    return not _is_list_row(inside, control, controls)


def _is_writing(inside: Sequence[Text], control: Control, size: float) -> bool:
    """Whether texts begin together at the upper left, as in a text area; or there are none."""
    if not inside:
        return True
    flush = all(text.box[0] - control.box[0] < 2 * size for text in inside)
    return flush and min(text.box[1] for text in inside) - control.box[1] < 2 * size


def _is_list_row(inside: Sequence[Text], control: Control, controls: Sequence[Control]) -> bool:
    """Texts far apart on one line are the cells of a row, not the value of an input."""
    chips = [other for other in controls if other.shape == "chip" and holds(control.box, other.box)]
    loose = [text for text in inside if not any(holds_text(chip.box, text) for chip in chips)]
    for row in group_rows(loose):
        gaps = [right.box[0] - left.box[2] for left, right in zip(row, row[1:], strict=False)]
        if sum(gap > 1.2 * control.height for gap in gaps) > 1:
            return True
        far = sum(gap > 0.25 * control.width for gap in gaps)
        if len(row) == 2 and _UNIT.fullmatch(row[1].text):
            continue  # what is filled in is measured or goes on so
        words = [text for text in row if len(text.text) > 2]
        if len(row) > MAX_ROW_TEXTS or (far and len(words) > 1 and control.width > 300):
            return True
    return False
