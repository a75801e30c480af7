"""Labels set as those over the inputs of a form are, each over a text that begins where the values
in the inputs do: an input too pale to be told from its ground, or a value that cannot be edited.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from ghost_engine.inference.baseline.controls import Control
from ghost_engine.inference.baseline.form_setting import Setting
from ghost_engine.inference.baseline.labels import is_action, is_label, is_required, plain_label
from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.texts import Colour, Text, union_box
from ghost_engine.inference.protocol import Box

MIN_LABELS = 2
SIZES = (0.85, 1.18)  # of one label by another
SAME_INK, SAME_WEIGHT = 40, 0.25  # levels; of the weight
REACH = 2.2  # usual distances from the labels
# In font sizes:
FLUSH = 0.5
LEVEL = 0.6  # from where the middle of a value is to be
INSIDE = (-0.3, 2.4)  # from an input's left end to its value

Named = tuple[Text, Control]


def stacked_up_fields(
    named: Sequence[Named], known: Sequence[Box], setting: Setting
) -> list[Field]:
    """The fields of labels in line with those of `named`, which stand over their controls; what
    stands in a field that is `known` is none."""
    fields: list[Field] = []
    taken = {label.text for label, _ in named}
    for first, home in named:
        column = [
            (label, control)
            for label, control in named
            if abs(label.box[0] - first.box[0]) < FLUSH * setting.size
        ]
        if len(column) < MIN_LABELS or column[0] != (first, home):
            continue
        for text in setting.texts:
            if text.text in taken or _is_told(text, known) or not _is_alike(text, column, setting):
                continue
            value = _value(text, column, setting)
            if value is not None:
                taken.add(text.text)
                box = union_box([text.box, value.box])
                required = is_required(text.text)
                fields.append(Field(plain_label(text.text), (value.text,), box, "input", required))
    return fields


def _is_alike(text: Text, column: Sequence[Named], setting: Setting) -> bool:
    """Whether a text is set as most labels of a column are, and stands among or near them."""
    if not is_label(text.text) or is_action(text.text):
        return False
    labels = [label for label, _ in column]
    if abs(text.box[0] - labels[0].box[0]) >= FLUSH * setting.size:
        return False
    like = sum(
        SIZES[0] < text.size / max(1.0, label.size) < SIZES[1]
        and _near(text.look.ink, label.look.ink)
        and abs(text.look.weight - label.look.weight) < SAME_WEIGHT * label.look.weight
        for label in labels
    )
    centers = sorted(label.center_y for label in labels)
    step = statistics.median_low(
        [below - above for above, below in zip(centers, centers[1:], strict=False)]
    )
    near = centers[0] - REACH * step < text.center_y < centers[-1] + REACH * step
    return near and 2 * like > len(labels)


def _value(text: Text, column: Sequence[Named], setting: Setting) -> Text | None:
    """What stands under a label where others have their values."""
    down = statistics.median_low(
        [(control.box[1] + control.box[3]) / 2 - label.center_y for label, control in column]
    )
    start = column[0][1].box[0]
    below = (
        other
        for other in setting.everything
        if abs(other.center_y - text.center_y - down) < LEVEL * setting.size
        and INSIDE[0] * setting.size < other.box[0] - start < INSIDE[1] * setting.size
    )
    return min(below, key=lambda other: other.box[0], default=None)


def _is_told(text: Text, known: Sequence[Box]) -> bool:
    return any(x0 <= text.center_x <= x1 and y0 <= text.center_y <= y1 for x0, y0, x1, y1 in known)


def _near(one: Colour, other: Colour) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) <= SAME_INK
