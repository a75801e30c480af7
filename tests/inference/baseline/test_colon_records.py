"""Records whose labels end in colons, wherever on a page they stand."""

from __future__ import annotations

from ghost_engine.inference.baseline.colon_records import find_labelled_records
from ghost_engine.inference.baseline.controls import Control
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.texts import Look, Text

PAIRS = (("Owner:", "Ada Byron"), ("Repository:", "Djblets"), ("Branch:", "main"), ("Bugs:", "123"))
PROSE = "which was squished on mobile until the list was reworked"


def word(text: str, x: int, y: int) -> Text:
    return Text(text, (x, y, x + 8 * len(text), y + 18), 0.99, Look(14.0, 0.3, (20, 20, 20)))


def screen() -> Page:
    """Labels that end together right of a text, each with its value."""
    texts = [
        text
        for n, (label, value) in enumerate(PAIRS)
        for text in (
            word(PROSE, 20, 100 + 40 * n),
            word(label, 700 - 8 * len(label), 100 + 40 * n),
            word(value, 712, 100 + 40 * n),
        )
    ]
    return Page(1000, 600, tuple(texts))


def test_labels_with_colons_are_a_record_beside_prose() -> None:
    (record,) = find_labelled_records(screen(), [])
    told = [(field.label, field.values) for field in record.fields]
    assert told == [(label.rstrip(":"), (value,)) for label, value in PAIRS]


def test_values_in_boxes_are_a_form() -> None:
    boxes = [Control("box", (708, 96 + 40 * n, 900, 122 + 40 * n)) for n in range(len(PAIRS))]
    assert find_labelled_records(screen(), boxes) == ()
