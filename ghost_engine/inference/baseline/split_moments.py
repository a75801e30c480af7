"""One moment asked for in two inputs, a date and a time: one field, under the label of both.

Fields of a form go in and come out; the two inputs say only "Date" and "Time", what they are the
date and the time of stands before the first of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ghost_engine.inference.baseline.form_setting import Setting
from ghost_engine.inference.baseline.labels import is_action, is_label, is_required, plain_label
from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.texts import Text, union_box
from ghost_engine.inference.protocol import Box

NEAR = 3.0  # font sizes between the two inputs
LEVEL = 1.0  # font sizes between the middles of the label and of the first input's label
FAR = 16.0  # font sizes from the label to the inputs

_DATE = re.compile(r"date|day|datum|fecha", re.IGNORECASE)
_TIME = re.compile(r"time|hour|zeit|uhrzeit|heure|hora", re.IGNORECASE)


def with_whole_moments(fields: Sequence[Field], setting: Setting) -> list[Field]:
    """The fields; a date and the time beside or below it are one."""
    whole: list[Field] = []
    gone: set[Box] = set()
    for field in fields:
        if field.box in gone:
            continue
        twin = next((other for other in fields if _belong(field, other, setting.size)), None)
        label = _label_of(field, setting) if twin is not None else None
        if twin is None or label is None:
            whole.append(field)
            continue
        gone |= {field.box, twin.box, label.box}
        values = " ".join((*field.values, *twin.values))
        box = union_box([label.box, field.box, twin.box])
        whole.append(
            Field(
                plain_label(label.text),
                (values,) if values else (),
                box,
                "moment",
                is_required(label.text),
            )
        )
    labels = {field.label for field in whole if field.control == "moment"}
    return [
        f for f in whole if f.box not in gone and (f.label not in labels or f.control == "moment")
    ]


def _belong(date: Field, time: Field, size: float) -> bool:
    """Whether two fields are the date and the time of one moment: close, and called no more."""
    if not (_DATE.fullmatch(date.label) and _TIME.fullmatch(time.label)):
        return False
    below = abs(date.box[0] - time.box[0]) < NEAR * size and (
        -size < time.box[1] - date.box[3] < NEAR * size
    )
    beside = abs(date.box[1] - time.box[1]) < size and 0 < time.box[0] - date.box[0]
    return below or beside


def _label_of(date: Field, setting: Setting) -> Text | None:
    """The label level with a date's own, before it, or right above it."""
    x0, y0, _, y1 = date.box
    size = setting.size
    near = [
        text
        for text in setting.texts
        if text.box[2] <= x0 + 3
        and x0 - text.box[2] < FAR * size
        and y0 - LEVEL * size < text.center_y < y1
        and is_label(text.text)
        and not is_action(text.text)
    ]
    return max(near, key=lambda text: text.box[2], default=None)
