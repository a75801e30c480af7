"""The label of a control: above it, to its left, on its frame, or inside it.

Controls and the texts outside of inputs go in; the label that names a control comes out, lines that
wrap joined. Which side labels stand on is one decision for a whole form.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from ghost_engine.inference.baseline.controls import Control, holds, holds_text
from ghost_engine.inference.baseline.form_setting import Setting
from ghost_engine.inference.baseline.label_lines import (
    joined,
    same_column,
    with_capitals,
    with_wrapped,
)
from ghost_engine.inference.baseline.labels import is_label, plain_label
from ghost_engine.inference.baseline.marks import cut_row
from ghost_engine.inference.baseline.texts import Text, group_rows

Side = Literal["above", "left"]

MIN_TABS = 4
MIN_FAR = 3  # labels in one column, their inputs in another
APART = 4.0  # text heights between two tabs, at most

# In font sizes:
ABOVE = 1.7  # from a label's lower edge to its control
HELP, MAX_HELP = 1.6, 3  # the height of a line of help between them; lines
PREFIX = -3.2  # the same, where a cell stands before the control
INDENT = (-1.1, 2.6)  # of a label against its control
FAR = 60.0  # the same where many stand in two columns
CELL = 12.0  # the height of a table's cell with an input in it
BESIDE = 1.5  # from a switch to its label
FLUSH = 0.5  # labels stand over their inputs alike
LINE = 0.75  # between the lines of one label


def usual_side(controls: Sequence[Control], setting: Setting) -> Side:
    """The side on which most controls have a label; above where it is even."""
    above = sum(label_above(control, setting) is not None for control in controls)
    left = sum(label_left(control, setting) is not None for control in controls)
    return "left" if left > above else "above"


def with_far_labels(controls: Sequence[Control], setting: Setting) -> Setting:
    """The setting; labels may stand as far from their inputs as there are columns of both, each
    label level with its input and nothing between: striped rows as wide as the page."""
    far = replace(setting, left=FAR)
    found = [(label, control) for control in controls if (label := label_left(control, far))]
    for first, home in found:
        column = [
            (label, control)
            for label, control in found
            if abs(label.box[0] - first.box[0]) < FLUSH * setting.size
            and abs(control.box[0] - home.box[0]) < FLUSH * setting.size
        ]
        if len(column) >= MIN_FAR and len({label.text for label, _ in column}) == len(column):
            reach = max(control.box[0] - label.box[2] for label, control in column)
            setting = replace(setting, left=max(setting.left, reach / setting.size + 1))
    return setting


def sides(controls: Sequence[Control], setting: Setting) -> dict[Control, Side]:
    """The side for each control: that of those which begin where it does, else the usual one; a
    form may have labels on the left over a list with labels above its columns."""
    usual = usual_side(controls, setting)
    found: dict[Control, Side] = {}
    for control in controls:
        column = [each for each in controls if abs(each.box[0] - control.box[0]) < 4]
        left = sum(label_left(each, setting) is not None for each in column)
        told = left >= 2 and left > sum(label_above(each, setting) is not None for each in column)
        found[control] = "left" if told else usual
    return found


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
    """The nearest label that starts over the control; a help text between them, of some lines, is
    passed over."""
    x0, y0, x1, _ = control.box
    size = setting.size
    near = [
        text
        for text in setting.texts
        if text.center_y < y0 + 0.4 * size
        and y0 - text.box[3] < (ABOVE + MAX_HELP * HELP) * size
        and _starts_over(text, control, setting)
        and text.box[0] < x1
        and _together(control, text, setting)
        and not _is_switched(text, setting)
    ]
    near.sort(key=lambda text: -text.box[3])
    for order, text in enumerate(near[: MAX_HELP + 1]):
        close = y0 - text.box[3] < ABOVE * size
        follows = order > 0 and near[order - 1].box[1] - text.box[3] < LINE * size
        if (close or follows) and is_label(text.text) and not _is_heading(text, setting):
            return text
        if not (close or follows):
            return None
    return None


def _starts_over(text: Text, control: Control, setting: Setting) -> bool:
    """Whether a label begins where its control does, or where a cell grown together with that
    begins, the currency before a price, and no other control."""
    x0, y0, _, y1 = control.box
    size = setting.size
    if INDENT[0] * size < text.box[0] - x0 < INDENT[1] * size:
        return True
    starts = (other.box for other in setting.inputs if other.box[1] < y1 and y0 < other.box[3])
    own = all(box[2] < text.box[0] or box[0] >= x0 for box in starts)
    return own and PREFIX * size < text.box[0] - x0 <= INDENT[0] * size and text.box[2] > x0


def label_left(control: Control, setting: Setting) -> Text | None:
    """The label that ends before the control, level with its first line."""
    x0, y0, _, y1 = control.box
    size = setting.size
    low, high = y0 - 0.4 * size, min(y1 + 0.4 * size, y0 + 3.6 * size)
    level = [
        text
        for text in setting.texts
        if low < text.center_y < high
        and -3 <= x0 - text.box[2] < setting.left * size
        and not _between(text, control, setting)
        and (_together(control, text, setting) or _in_next_cell(control, text, setting))
        and not _is_heading(text, setting)
    ]
    nearest = max(level, key=lambda text: text.box[2], default=None)
    if nearest is None:
        return None
    lines = [text for text in level if same_column(text, nearest, size)]
    return joined(with_capitals(with_wrapped(lines, setting), setting))


def _between(text: Text, control: Control, setting: Setting) -> bool:
    """Whether another control stands between a text and a control on one line."""
    return any(
        other is not control
        and other.shape in ("box", "underline", "checkbox", "toggle")
        and other.box[0] >= text.box[2] - 3
        and other.box[2] <= control.box[0] + 3
        and other.width > setting.size
        and other.box[1] < text.center_y < other.box[3]
        for other in setting.controls
    )


def _is_switched(text: Text, setting: Setting) -> bool:
    """Whether a text says what the checkbox right before it stands for."""
    return any(
        control.shape in ("checkbox", "radio", "toggle")
        and control.box[0] - 0.6 * setting.size < text.box[0]
        and text.box[0] < control.box[2] + BESIDE * setting.size
        and control.box[1] < text.center_y < control.box[3]
        for control in setting.controls
    )


def _together(control: Control, text: Text, setting: Setting) -> bool:
    """Whether a text lies on the innermost panel the control lies on."""
    around = [panel for panel in setting.panels if holds(panel.box, control.box)]
    if not around:
        return True
    inner = min(around, key=lambda panel: panel.width * panel.height)
    x0, y0, x1, y1 = inner.box
    return x0 - 2 <= text.center_x <= x1 + 2 and y0 - 2 <= text.center_y <= y1 + 2


def _in_next_cell(control: Control, text: Text, setting: Setting) -> bool:
    """Whether a text stands right before the panel of a control, in the cell beside it."""
    return any(
        holds(panel.box, control.box)
        and panel.height < CELL * setting.size
        and -3 <= panel.box[0] - text.box[2] < 2 * setting.size
        and panel.box[1] < text.center_y < panel.box[3]
        for panel in setting.panels
    )


def _is_heading(text: Text, setting: Setting) -> bool:
    """Whether a text is set so large that it heads a part of the form; no mark follows it."""
    usual = max(setting.size, setting.written)
    return text.size > 1.3 * usual and plain_label(text.text) == text.text
