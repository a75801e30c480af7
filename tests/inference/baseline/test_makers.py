"""What a page offers to make beside the rows it shows."""

from __future__ import annotations

from ghost_engine.inference.baseline.entities import Entity, Named
from ghost_engine.inference.baseline.makers import add_made
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region, RegionKind
from ghost_engine.inference.baseline.texts import Look, Text

BOX = (0, 200, 600, 400)


def page(*words: str, top: int = 210) -> Page:
    """A page with texts one below the other."""
    texts = (
        Text(said, (40, top + 30 * row, 40 + 8 * len(said), top + 20 + 30 * row), look=Look(14))
        for row, said in enumerate(words)
    )
    return Page(1200, 800, tuple(texts))


def named(noun: str, kind: RegionKind, *fields: Field) -> Named:
    return Named(Region(kind, fields, BOX, 0.9), Entity(noun, "a test", 0.9))


NAME = Field("Name", ("Fix the gate", "Order lamps"), BOX, read=False)
LANES = Field("Status", ("Now", "Later"), BOX, read=False)


def test_the_lanes_of_a_board_are_what_it_offers_to_make_beside_them() -> None:
    board = named("task", "board", NAME, LANES)

    (found,) = add_made(page("+ Add task", "+ Add task", "Add another stage"), [board], "en")

    assert [(field.label, field.target) for field in found.region.fields] == [
        ("Name", ""),
        ("Stage", "stage"),
    ]
    assert add_made(page("Add another stage", top=40), [board], "en") == (board,)


def test_rows_belong_to_what_heads_their_groups_and_can_be_made() -> None:
    issues = named("issue", "list", NAME)

    (found,) = add_made(page("Web Sprint 24", "Create sprint"), [issues], "en")

    assert found.region.fields[-1].target == "sprint"
    assert add_made(page("Backlog", "Create sprint"), [issues], "en") == (issues,)


def test_rows_are_sorted_into_categories_that_can_be_made() -> None:
    cookies = named("cookie", "table", NAME)

    (found,) = add_made(page("Create new category", "Create view"), [cookies], "en")

    assert [field.target for field in found.region.fields] == ["", "category"]


def test_what_one_adds_to_a_record_belongs_to_it() -> None:
    client = named("client", "form", NAME)

    found = add_made(page("+ Add Contact", "Create invoice", "Add to cart"), [client], "en")

    assert [(each.entity.name, each.parent) for each in found] == [
        ("client", None),
        ("contact", "client"),
    ]
    labelled = named("client", "form", Field("Contacts", (), BOX))
    assert add_made(page("+ Add Contact"), [labelled], "en") == (labelled,)
