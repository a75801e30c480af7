"""Forms: controls with the label above, to the left, in the frame, or inside.

Controls and texts go in, at most one form comes out: the controls that have a label. Search boxes
and buttons are not fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.controls import Control
from ghost_engine.inference.baseline.labels import is_action, is_label, is_required, plain_label
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import (
    Text,
    group_rows,
    median_height,
    union_box,
)
from ghost_engine.inference.protocol import Box

MIN_FIELDS = 2
MIN_WIDTH = 4  # of an input, in text heights
MAX_TEXTS_INSIDE = 12  # more than a text area shows is a panel


def find_forms(page: Page, controls: Sequence[Control]) -> tuple[Region, ...]:
    """The form of the body, or nothing."""
    height = median_height(page.body)
    inputs = _innermost([control for control in controls if control.box[0] >= page.left - 4])
    inputs = [control for control in inputs if not _is_ruled(control, inputs, height)]
    fields: dict[str, Field] = {}
    for control in inputs:
        if control.shape != "checkbox" and not _in_line(control, inputs):
            continue
        field = _field(control, inputs, page.body, height)
        if field is not None:
            fields.setdefault(field.label.lower(), field)
    if sum(field.control == "input" for field in fields.values()) < MIN_FIELDS:
        return ()  # panels and lists of checkboxes alone are no form
    ordered = _reading_order(tuple(fields.values()), page.width)
    box = union_box([field.box for field in ordered])
    confidence = round(min(0.9, 0.4 + 0.08 * len(ordered)), 2)
    return (Region("form", ordered, box, confidence),)


def _is_ruled(control: Control, controls: Sequence[Control], height: float) -> bool:
    """Whether a control is a row of a list: one of many lines close together, or of many boxes
    that touch."""
    x0, y0, x1, y1 = control.box
    limit = 3.4 * height if control.shape == "underline" else y1 - y0 + 4
    return control.shape != "checkbox" and any(
        other is not control
        and other.shape == control.shape
        and abs(other.box[0] - x0) < 7
        and abs(other.box[2] - x1) < 7
        and abs(other.box[3] - y1) < limit
        for other in controls
    )


def _in_line(control: Control, controls: Sequence[Control]) -> bool:
    """Whether another input starts or ends where this one does."""
    return any(
        other is not control
        and other.shape == control.shape
        and (abs(other.box[0] - control.box[0]) < 7 or abs(other.box[2] - control.box[2]) < 7)
        for other in controls
    )


def _innermost(controls: Sequence[Control]) -> list[Control]:
    """Without the panels that hold other controls."""
    return [
        control
        for control in controls
        if not any(
            other is not control and other.shape != "checkbox" and _holds(control.box, other.box)
            for other in controls
        )
    ]


def _holds(outer: Box, inner: Box) -> bool:
    return (
        outer[0] - 2 <= inner[0]
        and outer[1] - 2 <= inner[1]
        and inner[2] <= outer[2] + 2
        and inner[3] <= outer[3] + 2
        and (inner[2] - inner[0]) * (inner[3] - inner[1])
        < 0.9 * (outer[2] - outer[0]) * (outer[3] - outer[1])
    )


def _field(
    control: Control, controls: Sequence[Control], texts: Sequence[Text], height: float
) -> Field | None:
    if control.shape == "checkbox":
        return _checkbox_field(control, controls, texts, height)
    if control.box[2] - control.box[0] < MIN_WIDTH * height:
        return None
    inside = _without_icons([text for text in texts if _within(text, control.box)], control)
    if len(inside) > MAX_TEXTS_INSIDE or _is_list_row(inside, control):
        return None
    outside = [text for text in texts if text not in inside and not _boxed(text, controls)]
    label = _label_above(control, outside, height) or _label_left(control, outside, height)
    if control.shape == "underline" and (label is None or not _is_input_line(control, inside)):
        return None
    values = inside
    if label is None and len(inside) == 1 and is_label(inside[0].text) and control.shape == "box":
        label, values = inside[0], []  # a placeholder names its field
        if control.box[2] - control.box[0] < 3 * label.width:
            return None  # a button, or a chip
    if label is None or is_action(label.text) or any(is_action(text.text) for text in values):
        return None
    return _make(label, values, control, height)


def _without_icons(inside: Sequence[Text], control: Control) -> list[Text]:
    """A chevron or a cross at the right end is read as a letter or digit."""
    if len(inside) < 2:
        return list(inside)
    end = control.box[2] - 2.5 * median_height(inside)
    return [text for text in inside if len(text.text) > 2 or text.box[0] < end]


def _is_input_line(control: Control, inside: Sequence[Text]) -> bool:
    """Whether a line is an input: links and headings are underlined over their whole width."""
    width = control.box[2] - control.box[0]
    return len(inside) <= 1 and all(text.width < 0.7 * width for text in inside)


def _make(label: Text, values: Sequence[Text], control: Control, height: float) -> Field:
    tall = control.box[3] - control.box[1] > 4 * height
    shown = tuple(" ".join(text.text for text in row) for row in group_rows(values))
    value = (" ".join(shown),) if shown else ()
    return Field(
        plain_label(label.text),
        value,
        union_box([label.box, control.box]),
        control="textarea" if tall else "input",
        required=is_required(label.text),
    )


def _checkbox_field(
    control: Control, controls: Sequence[Control], texts: Sequence[Text], height: float
) -> Field | None:
    """A box with its label to the right, or above when nothing stands to the right."""
    x0, y0, x1, y1 = control.box
    center = (y0 + y1) / 2
    beside = [
        text
        for text in texts
        if abs(text.center_y - center) < 0.6 * height and 0 <= text.box[0] - x1 < 1.5 * height
    ]
    above = _label_above(replace(control, box=(x0, y0, x1 + 40, y1)), texts, height)
    label = beside[0] if beside else above
    if label is None or not is_label(label.text) or is_action(label.text):
        return None
    box = union_box([label.box, control.box])
    return Field(plain_label(label.text), (), box, "checkbox", is_required(label.text))


def _within(text: Text, box: Box) -> bool:
    return (
        box[0] - 3 <= text.box[0] and text.box[2] <= box[2] + 3 and box[1] < text.center_y < box[3]
    )


def _boxed(text: Text, controls: Sequence[Control]) -> bool:
    return any(control.shape == "box" and _within(text, control.box) for control in controls)


def _is_list_row(inside: Sequence[Text], control: Control) -> bool:
    """Texts far apart on one line are the cells of a row, not the value of an input."""
    width = control.box[2] - control.box[0]
    for row in group_rows(inside):
        gaps = [right.box[0] - left.box[2] for left, right in zip(row, row[1:], strict=False)]
        if len(row) > 3 or (len(gaps) == 1 and gaps[0] > 0.3 * width and width > 300):
            return True
    return False


def _label_above(control: Control, texts: Sequence[Text], height: float) -> Text | None:
    """The nearest label whose start is over the control's; one in the frame counts."""
    x0, y0, x1, _ = control.box
    near = [
        text
        for text in texts
        if -0.7 * height < y0 - text.box[3] < 1.4 * height
        and text.center_y < y0 + 0.3 * height
        and -2.5 * height < text.box[0] - x0 < 2.5 * height
        and text.box[0] < x1
        and is_label(text.text)
    ]
    return max(near, key=lambda text: text.box[3], default=None)


def _label_left(control: Control, texts: Sequence[Text], height: float) -> Text | None:
    """The label that ends close before the control, level with its first line."""
    x0, y0, _, y1 = control.box
    level = min((y0 + y1) / 2, y0 + 1.2 * height)
    near = [
        text
        for text in texts
        if abs(text.center_y - level) < 0.8 * height
        and -2 <= x0 - text.box[2] < 8 * height
        and is_label(text.text)
    ]
    return max(near, key=lambda text: text.box[2], default=None)


def _reading_order(fields: Sequence[Field], width: int) -> tuple[Field, ...]:
    """Column by column, then downwards."""
    return tuple(sorted(fields, key=lambda field: (round(6 * field.box[0] / width), field.box[1])))
