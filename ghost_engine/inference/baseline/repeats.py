"""Inputs that come again and again in a form: the lines of an order, the choices of a question.

Fields of a form go in; out come the fields of the record itself, and a table of what repeats.
"""

from __future__ import annotations

from collections.abc import Sequence

from ghost_engine.inference.baseline.labels import is_action, is_label
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import Text, union_box
from ghost_engine.inference.protocol import Box
from ghost_engine.sql.nouns import is_plural

MIN_LABELS = 2  # that repeat
MIN_TIMES = 2
CAPTION = 9.0  # font sizes over the first input
INDENT = 4.0  # font sizes between a heading and the first input's label
CONFIDENCE = 0.9


def part_repeats(
    fields: Sequence[Field], texts: Sequence[Text], size: float
) -> tuple[list[Field], Region | None]:
    """The fields that come once, and a table of those that come as often as others do."""
    times: dict[str, list[Field]] = {}
    for field in fields:
        times.setdefault(field.label.lower(), []).append(field)
    often = {label: found for label, found in times.items() if len(found) >= MIN_TIMES}
    usual = max((len(found) for found in often.values()), default=0)
    again = {label: found for label, found in often.items() if 2 * len(found) >= usual}
    if len(again) < MIN_LABELS or not _take_turns(list(again.values())):
        return list(fields), None
    columns = tuple(_column(found) for found in again.values())
    box = union_box([column.box for column in columns])
    own = [field for field in fields if field.label.lower() not in again]
    own = [field for field in own if not _inside(field, box)]
    caption = _caption(box, texts, size)
    return own, Region("table", columns, box, CONFIDENCE, caption)


def above_or_below(fields: Sequence[Field], table: Region) -> Box:
    """The box of the fields on one side of a table, that where more of them are."""
    above = [field.box for field in fields if field.box[3] <= table.box[1]]
    below = [field.box for field in fields if field.box[1] >= table.box[3]]
    return union_box(max(above, below, key=len) or [field.box for field in fields])


def _take_turns(columns: Sequence[Sequence[Field]]) -> bool:
    """Whether one label comes again only after another came: not two forms of their own."""
    first, second = (sorted(field.box[1] for field in found) for found in columns[:2])
    return min(len(first), len(second)) >= MIN_TIMES and second[0] < first[1]


def _column(found: Sequence[Field]) -> Field:
    values = tuple(value for field in found for value in field.values)
    box = union_box([field.box for field in found])
    return Field(found[0].label, values, box, found[0].control, any(f.required for f in found))


def _inside(field: Field, box: Box) -> bool:
    return box[1] < (field.box[1] + field.box[3]) / 2 < box[3]


def _caption(box: Box, texts: Sequence[Text], size: float) -> Text | None:
    """The nearest plural over the first input."""
    above = [
        text
        for text in texts
        if 0 < box[1] - text.center_y < CAPTION * size
        and abs(text.box[0] - box[0]) < INDENT * size
        and is_label(text.text)
        and not is_action(text.text)
        and is_plural(text.text.split()[-1].lower())
    ]
    return max(above, key=lambda text: text.center_y, default=None)
