"""Checkboxes, toggles and radio buttons of a form, each with its label.

A checkbox or a toggle is a yes or no; radio buttons side by side are one field with the label
before them. Checkboxes that select the rows of a list are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.captions import Side, label_above, label_left
from ghost_engine.inference.baseline.controls import Control, holds
from ghost_engine.inference.baseline.form_setting import Setting
from ghost_engine.inference.baseline.label_lines import joined, with_wrapped
from ghost_engine.inference.baseline.labels import (
    MANY_WORDS,
    is_action,
    is_label,
    is_required,
    plain_label,
)
from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.texts import Text, union_box
from ghost_engine.inference.protocol import Box

MIN_ROWS = 3  # checkboxes in line before texts in line select rows
MIN_TOGGLES = 2  # in one column
MIN_SEVERAL = 3  # checkboxes of one field
MAX_OPTION = 4  # words
WRAPPED = 1.7  # times the distance of two switches where options wrap
STEP = 2.6  # font sizes between two radio buttons of one field
OPTIONS = 3.2  # font sizes between two options, at most
ABOUT = 1.4  # font sizes from the middle of a radio button to two lines beside it
BESIDE = 2.6  # font sizes from a switch to its label


def switch_fields(setting: Setting, side: Side, around: Box) -> list[Field]:
    """The switches within `around`, top to bottom."""
    switches = [
        control
        for control in setting.controls
        if control.shape in ("checkbox", "toggle", "radio")
        and holds(around, control.box)
        and not _is_part(control, setting)
    ]
    rows = [control for control in switches if _selects_row(control, setting)]
    if len(rows) >= MIN_ROWS:
        switches = [control for control in switches if control not in rows]
    fields: list[Field] = []
    done: set[Control] = set()
    for control in switches:
        if control in done:
            continue
        group = _radio_group(control, switches, setting)
        several = _several(control, switches, setting)
        done.update(group if several is None else several[0])
        if several is not None:
            field: Field | None = several[1]
        elif len(group) > 1:
            field = _group_field(group, setting)
        else:
            field = _field(control, side, setting)
        if field is not None:
            fields.append(field)
    return fields


def _is_part(control: Control, setting: Setting) -> bool:
    """Whether it is the knob of a toggle, the mark in a box, or an icon in an input or button."""
    return any(
        other is not control
        and other.shape not in ("panel", "underline")
        and holds(other.box, control.box)
        and (other.shape != "box" or other.height < 3 * control.height)
        and (other.shape != "box" or other in setting.inputs)  # and not in the cell of a table
        for other in setting.controls
    )


def _selects_row(control: Control, setting: Setting) -> bool:
    """Whether several texts follow on its line before the next switch."""
    after = [
        text
        for text in setting.texts
        if text.box[0] >= control.box[2] - 2 and control.box[1] < text.center_y < control.box[3]
    ]
    nexts = [
        other.box[0]
        for other in setting.controls
        if other.shape in ("checkbox", "toggle", "radio", "box")
        and other.box[0] > control.box[2]
        and other.box[1] < (control.box[1] + control.box[3]) / 2 < other.box[3]
    ]
    end = min(nexts, default=10**9)
    return sum(text.box[0] < end for text in after) >= 2


def _radio_group(
    control: Control, switches: Sequence[Control], setting: Setting
) -> tuple[Control, ...]:
    """Radio buttons on one line or one below the other, each with an option after it."""
    if control.shape != "radio":
        return (control,)
    options = [
        other
        for other in switches
        if other.shape == "radio" and _beside(other, setting) is not None
    ]
    level = [
        other for other in options if abs(other.box[1] - control.box[1]) < 0.5 * control.height
    ]
    below = _column(control, options, setting.size)
    group = level if len(level) > 1 else below
    return tuple(group) if len(group) > 1 and control in group else (control,)


def _column(control: Control, options: Sequence[Control], size: float) -> list[Control]:
    """The radio buttons right above and below one, without a gap between."""
    flush = [other for other in options if abs(other.box[0] - control.box[0]) < 4]
    column: list[Control] = []
    for other in sorted(flush, key=lambda other: other.box[1]):
        if column and other.box[1] - column[-1].box[1] > STEP * size:
            if control in column:
                break
            column = []
        column.append(other)
    return column


def toggle_rows(setting: Setting) -> list[Field]:
    """The toggles in one column at the right end of rows, each with the label its row begins with,
    and maybe a line about it below."""
    toggles = [each for each in setting.controls if each.shape == "toggle"]
    rows = [
        (label, each)
        for each in toggles
        if _beside(each, setting) is None
        and sum(abs(other.box[2] - each.box[2]) < 4 for other in toggles) >= MIN_TOGGLES
        and (label := _row_label(each, setting)) is not None
    ]
    return [
        Field(plain_label(label.text), (), union_box([label.box, each.box]), "checkbox")
        for label, each in rows
        if len(rows) >= MIN_TOGGLES and not is_action(label.text)
    ]


def _row_label(toggle: Control, setting: Setting) -> Text | None:
    """The first line of what stands at the left end of a toggle's row, with nothing between."""
    center = (toggle.box[1] + toggle.box[3]) / 2
    level = [
        text
        for text in setting.texts
        if text.box[2] < toggle.box[0] and abs(text.center_y - center) < ABOUT * setting.size
    ]
    start = min((text.box[0] for text in level), default=0)
    lines = [text for text in level if text.box[0] - start < 0.5 * setting.size]
    if len(lines) < len(level) or len(lines) > 2:
        return None
    first = min(lines, key=lambda text: text.center_y, default=None)
    return first if first is not None and is_label(first.text) else None


def _several(
    control: Control, switches: Sequence[Control], setting: Setting
) -> tuple[list[Control], Field] | None:
    """Checkboxes below each other with one label before the first of them, each with an option of
    a few words: several of a set."""
    boxes = [
        other
        for other in switches
        if other.shape == "checkbox" and _beside(other, setting) is not None
    ]
    group = _column(control, boxes, WRAPPED * setting.size) if control in boxes else []
    if len(group) < MIN_SEVERAL:
        return None
    first, last = group[0].box, group[-1].box
    top = int(first[1] - STEP * setting.size)  # a button that ticks all may stand over them
    around = replace(control, box=(first[0], top, last[2], last[3]))
    label = label_left(around, setting)
    if label is None or is_action(label.text) or any(_named(each, setting) for each in group[1:]):
        return None
    options = [text for each in group if (text := _beside(each, setting)) is not None]
    if any(len(text.text.split()) > MAX_OPTION for text in options):
        return None
    box = union_box([label.box, *(text.box for text in options)])
    values = tuple(text.text for text in options)
    return group, Field(plain_label(label.text), values, box, "several", is_required(label.text))


def _named(control: Control, setting: Setting) -> bool:
    """Whether a checkbox that is not the first of a column has a label before it."""
    label = label_left(control, setting)
    return label is not None and label.center_y > control.box[1] - 0.5 * setting.size


def _group_field(group: Sequence[Control], setting: Setting) -> Field | None:
    first = min(group, key=lambda control: (control.box[1] // 8, control.box[0]))
    label = label_left(first, setting) or label_above(first, setting)
    if label is None or is_action(label.text):
        return None
    options = [text for control in group if (text := _beside(control, setting)) is not None]
    box = union_box([label.box, *(text.box for text in options)])
    values = tuple(text.text for text in options)
    return Field(plain_label(label.text), values, box, "select", is_required(label.text))


def _field(control: Control, side: Side, setting: Setting) -> Field | None:
    """One yes or no: the label to its right, else on the usual side."""
    label = _beside(control, setting)
    if control.shape == "radio" and (label is None or _is_one_of_many(label, setting)):
        return None  # an option of a choice, the knob of a slider, an icon
    named = label_left(control, setting) if side == "left" else label_above(control, setting)
    if label is not None:
        label = joined(with_wrapped([label], setting)) or label
    if label is None or (named is not None and not is_label(label.text, MANY_WORDS)):
        label = named
    if label is None or not is_label(label.text, MANY_WORDS) or is_action(label.text):
        return None
    box = union_box([label.box, control.box])
    return Field(plain_label(label.text), (), box, "checkbox", is_required(label.text))


def _is_one_of_many(option: Text, setting: Setting) -> bool:
    """Whether other texts begin above or below one, as options do whose circles were not seen."""
    return any(
        other is not option
        and abs(other.box[0] - option.box[0]) < 0.4 * setting.size
        and abs(other.center_y - option.center_y) < OPTIONS * setting.size
        for other in setting.texts
    )


def _beside(control: Control, setting: Setting) -> Text | None:
    center = (control.box[1] + control.box[3]) / 2
    near = [
        text
        for text in setting.texts
        if abs(text.center_y - center) < 0.8 * setting.size
        and text.box[0] - control.box[2] < BESIDE * setting.size
        and control.box[0] - 0.6 * setting.size
        <= text.box[0]  # a text reader may take the box for a letter
        and text.box[2] > control.box[2] + setting.size
    ]
    if not near and control.shape == "radio":
        near = _lines_beside(control, setting)
    start = min((text.box[0] for text in near), default=0)
    flush = [text for text in near if text.box[0] - start < 0.5 * setting.size]
    return min(flush, key=lambda text: text.center_y, default=None)


def _lines_beside(control: Control, setting: Setting) -> list[Text]:
    """The upper of two lines that stand about the middle of a radio button: what it is, and more
    about it."""
    center = (control.box[1] + control.box[3]) / 2
    start = control.box[2] + BESIDE * setting.size
    lines = [
        text
        for text in setting.texts
        if control.box[2] <= text.box[0] < start
        and abs(text.center_y - center) < ABOUT * setting.size
    ]
    upper = [text for text in lines if text.center_y < center]
    return upper if len(upper) == 1 and len(lines) == 2 else []
