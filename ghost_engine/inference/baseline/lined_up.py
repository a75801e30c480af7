"""Labels in line with those of a form, though nothing to fill in was seen beside them: a value that
cannot be edited, a link, stars, or an input too pale to be told from its ground.

The labels of a form that stand left of their inputs say where its others stand and how they are
set; a text set alike between them is one, too. Headings, wrapped lines and prose are not.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence

from ghost_engine.inference.baseline.controls import Control
from ghost_engine.inference.baseline.form_setting import Setting
from ghost_engine.inference.baseline.label_lines import wraps
from ghost_engine.inference.baseline.labels import is_action, is_label, is_required, plain_label
from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.texts import Colour, Text, union_box
from ghost_engine.inference.baseline.vocabulary import load_vocabulary
from ghost_engine.inference.protocol import Box

MIN_LABELS = 2
ALIKE, SAME = 48, 3  # levels between two inks or grounds
SIZES = (0.72, 1.3)  # of one label by the usual one; help signs make texts higher
FLUSH = 0.7  # font sizes
STEP = 2.2  # usual distances between two labels, to one more above or below them
SAME_STEP, SAME_WEIGHT = 1.3, 0.25  # of the usual ones, of a label without a value
TAB = 5.0  # font sizes between two tabs, and down to the text under them
VALUE = (-1.0, 1.5)  # font sizes, where a value begins against the inputs

_NUMBERED = re.compile(r"#\s?\d+$")  # one of several blocks: "Line #2"

Named = tuple[Text, Control]


def lined_up_fields(named: Sequence[Named], known: Sequence[Box], setting: Setting) -> list[Field]:
    """The fields of labels in line with those of `named`, which are left of their controls; what
    stands in a field that is `known` is none."""
    fields: list[Field] = []
    taken = {label.text for label, _ in named}
    for column in _columns(named, setting.size):
        start = statistics.median_low([control.box[0] for _, control in column])
        labels = [label for label, _ in column]
        others = [
            text
            for text in setting.texts
            if not (text.text in taken or _is_line(text, labels) or _is_told(text, known))
            and _is_another(text, labels, start, setting.size)
        ]
        values = {text: _value(text, start, setting) for text in others}
        for filled in (True, False):  # what has a value tells how far apart labels stand
            for text in others:
                shown = values[text]
                if (shown is not None) is filled and _is_in_reach(text, labels, shown, setting):
                    labels.append(text)
                    fields.append(_field(text, shown, setting))
        taken.update(label.text for label in labels)
    return fields


def _columns(named: Sequence[Named], size: float) -> list[list[Named]]:
    """The labels that begin or end together, their inputs too."""
    columns: list[list[Named]] = []
    for label, control in named:
        for column in columns:
            first, other = column[0]
            if abs(other.box[0] - control.box[0]) < FLUSH * size and _flush(label, first, size):
                column.append((label, control))
                break
        else:
            columns.append([(label, control)])
    return [column for column in columns if len(column) >= MIN_LABELS]


def _flush(one: Text, other: Text, size: float) -> bool:
    return min(abs(one.box[0] - other.box[0]), abs(one.box[2] - other.box[2])) < FLUSH * size


def _is_another(text: Text, labels: Sequence[Text], start: int, size: float) -> bool:
    """Whether a text is set as labels are, in line with them and left of the inputs."""
    flush = sum(_flush(text, label, size) for label in labels) >= 0.6 * len(labels)
    words = is_label(text.text) and not is_action(text.text) and not _NUMBERED.search(text.text)
    if not flush or not words or text.box[2] >= start:
        return False
    usual = statistics.median(label.size for label in labels)
    alike = any(
        _near(text.look.ink, label.look.ink) and _near(text.look.ground, label.look.ground)
        for label in labels
    )
    if any(wraps(label, text, size) for label in labels):
        return False
    return alike and SIZES[0] * usual < text.size < SIZES[1] * usual


def _is_line(text: Text, labels: Sequence[Text]) -> bool:
    """Whether a text is a line of a wrapped label."""
    return any(
        label.text != text.text
        and label.box[1] <= text.center_y <= label.box[3]
        and text.box[0] < label.box[2]
        and label.box[0] < text.box[2]
        for label in labels
    )


def _is_told(text: Text, known: Sequence[Box]) -> bool:
    return any(x0 <= text.center_x <= x1 and y0 <= text.center_y <= y1 for x0, y0, x1, y1 in known)


def _near(one: Colour, other: Colour, most: int = ALIKE) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) <= most


def _value(text: Text, start: int, setting: Setting) -> Text | None:
    """What stands level with a label where the inputs begin."""
    values = (
        other
        for other in setting.everything
        if VALUE[0] * setting.size < other.box[0] - start < VALUE[1] * setting.size
        and abs(other.center_y - text.center_y) < 0.5 * setting.size
    )
    return min(values, key=lambda other: other.box[0], default=None)


def _is_in_reach(text: Text, labels: Sequence[Text], value: Text | None, setting: Setting) -> bool:
    """Whether a text stands among the labels or near them; without a value only between them, no
    farther from them than they are from each other, and set just like them: headings are not."""
    centers = sorted(label.center_y for label in labels)
    steps = [below - above for above, below in zip(centers, centers[1:], strict=False)]
    step = max(statistics.median_low(steps), 1.5 * setting.size)
    if value is not None and _is_editor_tab(value, setting):
        return True  # long texts are high
    if value is not None:
        return centers[0] - STEP * step < text.center_y < centers[-1] + STEP * step
    above = [text.center_y - center for center in centers if center < text.center_y]
    below = [center - text.center_y for center in centers if center > text.center_y]
    if not above or not below or max(min(above), min(below)) > SAME_STEP * step:
        return False
    weight = statistics.median(label.look.weight for label in labels)
    like = abs(text.look.weight - weight) < SAME_WEIGHT * weight
    like = like and any(_near(text.look.ground, label.look.ground, SAME) for label in labels)
    return like and not _goes_on(text, labels, setting.size)


def _goes_on(text: Text, labels: Sequence[Text], size: float) -> bool:
    """Whether a text is another line of a label."""
    return any(
        text.center_y > label.center_y and text.box[1] - label.box[3] < 0.2 * size
        for label in labels
    )


def _field(text: Text, value: Text | None, setting: Setting) -> Field:
    if value is not None and _is_editor_tab(value, setting):
        return _written(text, value, setting)
    shown = value.text if value is not None and not is_action(value.text) else ""
    return Field(
        plain_label(text.text),
        (shown,) if shown else (),
        union_box([text.box, value.box]) if value is not None else text.box,
        control="input",
        required=is_required(text.text),
    )


def _is_editor_tab(value: Text, setting: Setting) -> bool:
    """Whether a text is the first of the tabs over a long text: "Write | Preview"."""
    tabs = load_vocabulary().editor_tabs
    return value.text.lower() in tabs and any(
        other.text.lower() in tabs
        and abs(other.center_y - value.center_y) < 0.5 * setting.size
        and 0 < other.box[0] - value.box[2] < TAB * setting.size
        for other in setting.everything
    )


def _written(label: Text, tab: Text, setting: Setting) -> Field:
    """The long text under the tabs of an editor."""
    below = [
        text
        for text in setting.everything
        if abs(text.box[0] - tab.box[0]) < TAB * setting.size / 2
        and 0 < text.center_y - tab.center_y < TAB * setting.size
    ]
    first = min(below, key=lambda text: text.center_y, default=None)
    box = union_box([label.box, tab.box, *(text.box for text in below)])
    said = (first.text,) if first is not None else ()
    return Field(plain_label(label.text), said, box, "textarea", is_required(label.text))
