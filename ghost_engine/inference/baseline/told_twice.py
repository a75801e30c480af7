"""A form and a record in one place: which of the two tells it.

Regions go in, verdicts come out; inputs with frames of their own speak for a form.
"""

from __future__ import annotations

from collections.abc import Sequence

from ghost_engine.inference.baseline.controls import Control, holds
from ghost_engine.inference.baseline.learned import shared
from ghost_engine.inference.baseline.regions import Region
from ghost_engine.inference.baseline.weights import PROVEN

MORE = 4  # times the labels of a form, a record is not cut by it
TOLD = 0.6  # of a record's labels


def is_boxed(form: Region, controls: Sequence[Control]) -> bool:
    """Whether inputs of a form have frames or grounds of their own, not only lines."""
    boxes = [control.box for control in controls if control.shape == "box"]
    return sum(any(holds(field.box, box) for box in boxes) for field in form.fields) >= 2


def tells_it(form: Region, record: Region) -> bool:
    """Whether a form, whose inputs are seen, holds most labels of a record read from texts."""
    labels = {field.label.lower() for field in form.fields}
    held = sum(field.label.lower() in labels for field in record.fields)
    return shared(form.box, record.box) > 0.5 and held >= TOLD * len(record.fields)


def is_told_by(form: Region, lists: Sequence[Region]) -> bool:
    """Whether a sure detail list holds nearly all that an underlined form does."""
    return any(
        region.kind == "detail"
        and region.confidence >= PROVEN
        and len(region.fields) >= 0.7 * len(form.fields)
        and shared(region.box, form.box) > 0.5
        for region in lists
    )


def is_crossed(record: Region, forms: Sequence[Region]) -> bool:
    """Whether a form that tells nearly as much begins or ends within a record."""
    return any(
        shared(record.box, form.box) > 0.2 and len(record.fields) < MORE * len(form.fields)
        for form in forms
    )
