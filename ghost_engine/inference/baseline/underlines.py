"""Underlined inputs: a line with a value or a placeholder right above it, and a label over that.

Lines also divide lists and underline headings; an input's line is as long as others', its texts
begin where it begins, and its label is set smaller or paler than its value.
"""

from __future__ import annotations

from collections.abc import Sequence

from ghost_engine.inference.baseline.controls import Control
from ghost_engine.inference.baseline.form_setting import Setting
from ghost_engine.inference.baseline.labels import (
    asked_for,
    is_action,
    is_label,
    is_required,
    plain_label,
)
from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.texts import Text, group_rows, union_box
from ghost_engine.inference.protocol import Box

# In font sizes, above the line:
VALUE = 2.0
LABEL = 4.4
MIN_PROVEN = 2  # inputs with a label over a value, or mostly one text on lines in line


def underline_fields(setting: Setting, taken: Sequence[Box]) -> list[Field]:
    """The underlined inputs, if enough of them are sure."""
    lines = [control for control in setting.controls if control.shape == "underline"]
    lines = [line for line in lines if not any(_crosses(line.box, box) for box in taken)]
    found = [(line, _parts(line, setting)) for line in lines]
    named = [(line, *parts) for line, parts in found if parts is not None]
    named = [entry for entry in named if _has_twin(entry[0], [line for line, _, _ in named])]
    proven = [label for _, label, value in named if value is not None]
    if len(named) < MIN_PROVEN or len(proven) < MIN_PROVEN - bool(taken):
        return []
    return [field for line, label, value in named if (field := _field(line, label, value))]


def _parts(line: Control, setting: Setting) -> tuple[Text, Text | None] | None:
    """(label, value or None) over a line, or None where it underlines something else."""
    x0, _, x1, y = line.box
    over = [
        text
        for text in setting.texts
        if 0 < y - text.center_y < LABEL * setting.size
        and x0 - setting.size < text.center_x < x1 + setting.size
    ]
    rows = group_rows(over)
    if not rows or any(len([text for text in row if len(text.text) > 1]) > 1 for row in rows[-2:]):
        return None
    last = rows[-1][0]
    if abs(last.box[0] - x0) > 1.2 * setting.size or last.width > 0.9 * (x1 - x0):
        return None
    if y - last.center_y > VALUE * setting.size:
        return (last, None) if is_label(last.text) else None  # nothing is filled in
    above = rows[-2][0] if len(rows) > 1 else None
    if above is not None and _labels(above, last, setting.size):
        return (above, last)
    return (last, None) if is_label(last.text) else None  # a placeholder names it


def _labels(above: Text, value: Text, size: float) -> bool:
    """Whether the upper text is the label of the lower: close, in line, and set smaller."""
    close = value.box[1] - above.box[3] < 1.2 * size
    flush = abs(above.box[0] - value.box[0]) < 0.8 * size
    return close and flush and above.size < 0.95 * value.size and is_label(above.text)


def _has_twin(line: Control, lines: Sequence[Control]) -> bool:
    """Whether another line starts or ends where this one does, or is as long."""
    return any(
        other is not line
        and (
            abs(other.box[0] - line.box[0]) < 7
            or abs(other.box[2] - line.box[2]) < 7
            or abs(other.width - line.width) < 7
        )
        for other in lines
    )


def _crosses(one: Box, other: Box) -> bool:
    return (
        min(one[2], other[2]) - max(one[0], other[0]) > 0
        and min(one[3], other[3]) - max(one[1], other[1]) > 0
    )


def _field(line: Control, label: Text, value: Text | None) -> Field | None:
    name = label.text if value is None else asked_for(label.text)
    if is_action(name):
        return None
    shown = (value.text,) if value is not None and not is_action(value.text) else ()
    boxes = [label.box, (line.box[0], label.box[1], line.box[2], line.box[3])]
    return Field(plain_label(name), shown, union_box(boxes), "input", is_required(label.text))
