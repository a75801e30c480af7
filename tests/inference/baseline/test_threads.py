"""What people wrote or did below a record, each under a line of who and when."""

from __future__ import annotations

from ghost_engine.inference.baseline.entities import Entity, Named
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import Look, Text
from ghost_engine.inference.baseline.threads import add_threads


def word(text: str, x: int, y: int) -> Text:
    return Text(text, (x, y, x + 8 * len(text), y + 20), 0.99, Look(14.0, 0.3, (20, 20, 20)))


def named(*texts: Text) -> list[tuple[str, str | None, list[str]]]:
    """Table, owner and fields of what a record with these texts below it is shown with."""
    status = Field("Status", ("Open",), (100, 100, 300, 120))
    record = Named(Region("detail", (status,), status.box, 0.9), Entity("ticket", "", 0.9))
    page = Page(1000, 900, (word("Status", 100, 100), word("Open", 250, 100), *texts))
    return [
        (each.entity.name, each.parent, [field.label for field in each.region.fields])
        for each in add_threads(page, [record])[1:]
    ]


WRITTEN = ["User", "Body", "Created at"]


def test_entries_are_called_by_the_heading_over_them() -> None:
    texts = (
        word("Follow ups", 104, 300),
        word("Comment", 110, 340),
        word("2 days, 5 hours ago · t.okafor", 104, 365),
        word("Asked for the client log.", 104, 400),
        word("4 hours ago · lindqvist", 104, 465),
    )
    assert named(*texts) == [("follow_up", "ticket", WRITTEN)]


def test_entries_that_nothing_names_are_comments() -> None:
    texts = [word(f"Updated by Helen Marsh {n} days ago", 100, 300 + 90 * n) for n in (2, 3)]
    assert named(*texts) == [("comment", "ticket", WRITTEN)]


def test_one_line_or_versions_with_dates_are_no_thread() -> None:
    assert named(word("Updated by Helen Marsh 2 days ago", 100, 300)) == []
    rows = [word(f"v1.{n}.0 · 3 May", 100, 300 + 30 * n) for n in range(3)]
    assert named(*rows) == []
