"""Inputs that come again and again, and labels of inputs at the edge of a page."""

from __future__ import annotations

import numpy as np

from ghost_engine.inference.baseline.controls import Control
from ghost_engine.inference.baseline.frame import sidebar_edge
from ghost_engine.inference.baseline.labels import asked_for
from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.repeats import above_or_below, part_repeats
from ghost_engine.inference.baseline.texts import Look, Text


def word(text: str, x: int, y: int) -> Text:
    return Text(text, (x, y, x + 8 * len(text), y + 18), 0.99, Look(14.0, 0.3))


def field(label: str, y: int, *values: str) -> Field:
    return Field(label, values, (40, y, 600, y + 30), "input")


def choices(*tops: int) -> list[Field]:
    return [each for y in tops for each in (field("Choice text", y), field("Votes", y + 40, "0"))]


def test_labels_that_take_turns_are_columns_of_a_table_under_a_plural() -> None:
    question = field("Question text", 60)
    headings = [word("Add question", 40, 20), word("CHOICES", 40, 150), word("Choice: #1", 40, 180)]
    own, table = part_repeats([question, *choices(200, 300, 400)], headings, 14.0)
    assert own == [question]
    assert table is not None and table.caption == headings[1]
    assert [(f.label, f.values) for f in table.fields] == [
        ("Choice text", ()),
        ("Votes", ("0", "0", "0")),
    ]
    assert above_or_below(own, table) == question.box


def test_two_addresses_of_one_record_are_no_lines() -> None:
    billing = [field("Street", 60), field("City", 100)]
    shipping = [field("Street", 300), field("Town", 340)]
    fields = [*billing, *shipping]
    assert part_repeats(fields, [], 14.0) == (fields, None)


def test_what_a_label_asks_for_is_its_name() -> None:
    assert asked_for("Choose unit") == "Unit"
    assert asked_for("Enter your email") == "Email"
    assert asked_for("Select all") == "Select all"
    assert asked_for("Quantity") == "Quantity"


def test_labels_beside_their_inputs_are_no_sidebar() -> None:
    labels = ("Question", "Published", "Author", "Category", "Votes")
    texts = [word(label, 20, 100 + 50 * n) for n, label in enumerate(labels)]
    notes = [word(f"Help for number {n}", 220, 128 + 50 * n) for n in range(5)]
    inputs = [Control("box", (210, 92 + 50 * n, 500, 124 + 50 * n)) for n in range(5)]
    blank = np.full((500, 900, 3), 255, np.uint8)
    assert sidebar_edge([*texts, *notes], inputs, blank) == 0
    assert sidebar_edge([*texts, *notes], [], blank) > 0
