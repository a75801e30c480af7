"""Choices drawn as buttons grown together, one of them pressed: "Day | Week | Month" after a label.

Controls and texts go in; the groups come out, each a field of a form where a label stands before or
over it. Tabs and pages of a list have no such label, and say what they do.
"""

from __future__ import annotations

from collections.abc import Sequence

from ghost_engine.inference.baseline.captions import label_above, label_left
from ghost_engine.inference.baseline.controls import Control, holds_text
from ghost_engine.inference.baseline.form_setting import Setting
from ghost_engine.inference.baseline.labels import is_action, is_required, plain_label
from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.texts import Colour, Text, chains, union_box

LEVEL = 3  # pixels between the borders of two buttons
GROWN = (-4, 4)  # pixels between two of them
CENTRED = 1.2  # font sizes, by which a text may stand nearer to one end
MAX_WORDS = 4
PRESSED = 12  # levels between the ground of the chosen one and of the others

Group = tuple[Control, ...]


def find_segments(
    controls: Sequence[Control], texts: Sequence[Text], size: float
) -> tuple[Group, ...]:
    """The groups of two buttons and more, left to right, of which one is pressed."""
    buttons = [
        control
        for control in sorted(controls, key=lambda control: control.box[0])
        if control.shape in ("box", "button", "chip") and _option(control, texts, size)
    ]
    groups = chains(buttons, _grown)
    return tuple(tuple(group) for group in groups if _has_pressed(group))


def segment_fields(groups: Sequence[Group], setting: Setting) -> list[Field]:
    """One field a group with a label, its options as values."""
    fields: list[Field] = []
    for group in groups:
        label = label_left(group[0], setting) or label_above(group[0], setting)
        if label is None or is_action(label.text):
            continue
        options = [text for each in group for text in setting.everything if _holds(each, text)]
        box = union_box([label.box, *(control.box for control in group)])
        values = tuple(text.text for text in options)
        fields.append(
            Field(plain_label(label.text), values, box, "select", is_required(label.text))
        )
    return fields


def _option(control: Control, texts: Sequence[Text], size: float) -> bool:
    """Whether a control holds one short text in its middle, and no number or action."""
    inside = [text for text in texts if _holds(control, text)]
    if len(inside) != 1 or len(inside[0].text.split()) > MAX_WORDS:
        return False
    (text,) = inside
    before, after = text.box[0] - control.box[0], control.box[2] - text.box[2]
    return abs(before - after) < CENTRED * size and not (
        text.text.isdigit() or is_action(text.text)
    )


def _holds(control: Control, text: Text) -> bool:
    return holds_text(control.box, text)


def _grown(left: Control, right: Control) -> bool:
    level = max(abs(left.box[1] - right.box[1]), abs(left.box[3] - right.box[3])) <= LEVEL
    return level and GROWN[0] <= right.box[0] - left.box[2] <= GROWN[1]


def _has_pressed(group: Sequence[Control]) -> bool:
    """Whether one button has another ground than all others, which have one."""
    grounds = [control.ground for control in group]
    pressed = [one for one in grounds if sum(_near(one, other) for other in grounds) == 1]
    return len(group) >= 2 and len(pressed) == (2 if len(group) == 2 else 1)


def _near(one: Colour, other: Colour) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < PRESSED
