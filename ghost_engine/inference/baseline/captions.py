"""The label of a control: above it, to its left, on its frame, or inside it.

Controls and the texts outside of inputs go in; the label that names a control comes out, lines that
wrap joined. Which side labels stand on is one decision for a whole form.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ghost_engine.inference.baseline.controls import Control, holds, holds_text
from ghost_engine.inference.baseline.labels import is_label, plain_label
from ghost_engine.inference.baseline.marks import cut_row
from ghost_engine.inference.baseline.texts import Text, group_rows, union_box

Side = Literal["above", "left"]

MIN_TABS = 4
APART = 4.0  # text heights between two tabs, at most

# In font sizes:
ABOVE = 1.7  # from a label's lower edge to its control
HELP = 1.6  # the height of a help text between them
INDENT = (-1.1, 2.6)  # of a label against its control
LEFT = 16.0  # from a label's end to its control
FLUSH = 0.5  # labels stand over their inputs alike
LINE = 0.75  # between the lines of one label


@dataclass(frozen=True, slots=True)
class Setting:
    """What labels are looked for among: `texts` outside of all inputs and `everything` there is,
    the `controls`, the panels that part a page, the usual font `size` in pixels."""

    everything: tuple[Text, ...]
    texts: tuple[Text, ...]
    controls: tuple[Control, ...]
    panels: tuple[Control, ...]
    size: float


def usual_side(controls: Sequence[Control], setting: Setting) -> Side:
    """The side on which most controls have a label; above where it is even."""
    above = sum(label_above(control, setting) is not None for control in controls)
    left = sum(label_left(control, setting) is not None for control in controls)
    return "left" if left > above else "above"


def find_caption(control: Control, side: Side, setting: Setting) -> Text | None:
    """The label of a control: in a cell that touches it, on the usual side, or on the other."""
    attached = label_attached(control, setting)
    if attached is not None:
        return attached
    above, left = label_above(control, setting), label_left(control, setting)
    if side == "left":
        return left or above
    if above is None and left is not None and control.box[0] - left.box[2] > 5 * setting.size:
        return None
    return above or left


def tab_rows(controls: Sequence[Control], setting: Setting) -> frozenset[Text]:
    """The texts of rows that stand over inputs, but not each over one: tabs, links, headings."""
    over: dict[Text, Control] = {}
    for control in controls:
        label = label_above(control, setting)
        if label is not None:
            over[label] = control
    tabs: set[Text] = set()
    for row in (part for line in group_rows(setting.texts) for part in cut_row(line, APART)):
        own = [text for text in row if text in over]
        if len(row) < MIN_TABS or not own:
            continue
        steps = [text.box[0] - over[text].box[0] for text in own]
        usual = statistics.median_low(steps)
        flush = sum(abs(step - usual) < FLUSH * setting.size for step in steps)
        if flush < 0.6 * len(row):
            tabs.update(row)
    return frozenset(tabs)


def label_attached(control: Control, setting: Setting) -> Text | None:
    """The words in a cell grown together with the control's left end: an input group."""
    x0, y0, _, y1 = control.box
    for cell in setting.controls:
        level = abs(cell.box[1] - y0) < 5 and abs(cell.box[3] - y1) < 5
        if cell.shape in ("box", "chip", "button") and level and -3 <= x0 - cell.box[2] <= 4:
            inside = [text for text in setting.everything if holds_text(cell.box, text)]
            if len(inside) == 1 and is_label(inside[0].text) and cell.width < 0.8 * control.width:
                return inside[0]
    return None


def label_above(control: Control, setting: Setting) -> Text | None:
    """The nearest label that starts over the control; a help text between them is passed over."""
    x0, y0, x1, _ = control.box
    size = setting.size
    near = [
        text
        for text in setting.texts
        if text.center_y < y0 + 0.4 * size
        and y0 - text.box[3] < (ABOVE + HELP) * size
        and INDENT[0] * size < text.box[0] - x0 < INDENT[1] * size
        and text.box[0] < x1
        and _together(control, text, setting)
    ]
    near.sort(key=lambda text: -text.box[3])
    for order, text in enumerate(near[:2]):
        close = y0 - text.box[3] < ABOVE * size
        follows = order > 0 and near[0].box[1] - text.box[3] < LINE * size
        if (close or follows) and is_label(text.text) and not _is_heading(text, setting):
            return text
        if order == 0 and not close:
            return None
    return None


def label_left(control: Control, setting: Setting) -> Text | None:
    """The label that ends before the control, level with its first line."""
    x0, y0, _, y1 = control.box
    size = setting.size
    low, high = y0 - 0.4 * size, min(y1 + 0.4 * size, y0 + 3.6 * size)
    level = [
        text
        for text in setting.texts
        if low < text.center_y < high
        and -3 <= x0 - text.box[2] < LEFT * size
        and not _between(text, control, setting)
        and _together(control, text, setting)
        and not _is_heading(text, setting)
    ]
    nearest = max(level, key=lambda text: text.box[2], default=None)
    if nearest is None:
        return None
    lines = [text for text in level if _same_column(text, nearest, size)]
    joined = _join(lines)
    return joined if is_label(joined.text) else None


def _join(lines: Sequence[Text]) -> Text:
    ordered = sorted(lines, key=lambda text: text.box[1])
    text = " ".join(line.text for line in ordered)
    return replace(ordered[0], text=text, box=union_box([line.box for line in ordered]))


def _same_column(one: Text, other: Text, size: float) -> bool:
    flush = min(abs(one.box[0] - other.box[0]), abs(one.box[2] - other.box[2])) < 0.7 * size
    return flush and abs(one.center_y - other.center_y) < 2 * size


def _between(text: Text, control: Control, setting: Setting) -> bool:
    """Whether another control stands between a text and a control on one line."""
    return any(
        other is not control
        and other.shape in ("box", "underline", "checkbox", "toggle", "radio")
        and other.box[0] >= text.box[2] - 3
        and other.box[2] <= control.box[0] + 3
        and other.width > setting.size
        and other.box[1] < text.center_y < other.box[3]
        for other in setting.controls
    )


def _together(control: Control, text: Text, setting: Setting) -> bool:
    """Whether a text lies on the innermost panel the control lies on."""
    around = [panel for panel in setting.panels if holds(panel.box, control.box)]
    if not around:
        return True
    inner = min(around, key=lambda panel: panel.width * panel.height)
    x0, y0, x1, y1 = inner.box
    return x0 - 2 <= text.center_x <= x1 + 2 and y0 - 2 <= text.center_y <= y1 + 2


def _is_heading(text: Text, setting: Setting) -> bool:
    """Whether a text is set so large that it heads a part of the form; no mark follows it."""
    return text.size > 1.3 * setting.size and plain_label(text.text) == text.text
