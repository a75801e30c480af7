"""What rows are marked with."""

from __future__ import annotations

from ghost_engine.inference.baseline.entities import Entity, Named
from ghost_engine.inference.baseline.marked import add_marks
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.relations import Finding, plan_tables
from ghost_engine.inference.baseline.texts import Look, Text

BOX = (0, 200, 600, 400)
NAME = Field("Name", ("Fix the gate", "Order lamps"), BOX, read=False)
CHIPS = Field("Tags", ("api, urgent", "api"), BOX, read=False)


def text(words: str, y: int) -> Text:
    return Text(words, (400, y, 400 + 8 * len(words), y + 20), look=Look(14))


def page(listed: str, said: str) -> Page:
    return Page(1200, 800, (text(said, 150),), navigation=(text(listed, 20),))


def named(*fields: Field) -> Named:
    return Named(Region("list", fields, BOX, 0.9), Entity("task", "a test", 0.9))


def test_what_the_application_lists_as_tags_and_the_page_speaks_of_joins_two_tables() -> None:
    (found,) = add_marks(page("Labels", "Labels"), [named(NAME)], "en")
    tables = plan_tables([Finding(found.region, found.entity, 0)])

    assert [table.name for table in tables] == ["tasks", "labels", "task_labels"]
    assert add_marks(page("Labels", "Filter"), [named(NAME)], "en") == (named(NAME),)
    assert add_marks(page("Projects", "Labels"), [named(NAME)], "en") == (named(NAME),)


def test_chips_on_rows_are_the_labels_that_the_application_lists() -> None:
    (found,) = add_marks(page("Labels", "Filter"), [named(NAME, CHIPS)], "en")

    assert [(field.label, field.target) for field in found.region.fields] == [
        ("Name", ""),
        ("Labels", "label"),
    ]
