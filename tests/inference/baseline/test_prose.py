"""What a record says in sentences, and by the line under its title."""

from __future__ import annotations

from ghost_engine.inference.baseline.entities import Entity, Named
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.prose import add_prose
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import Look, Text

LONG = "The tunnel drops every ten minutes when I work from home"


def word(text: str, x: int, y: int, size: float = 14.0) -> Text:
    return Text(text, (x, y, x + 8 * len(text), y + 20), 0.99, Look(size, 0.3, (20, 20, 20)))


def told(*around: Text) -> dict[str, Field]:
    """The fields of a record of two pairs at 400 from the top, with texts around it."""
    pairs = (("Status", "Open"), ("Queue", "Network"))
    texts = [
        text
        for n, (label, value) in enumerate(pairs)
        for text in (word(label, 100, 400 + 40 * n), word(value, 300, 400 + 40 * n))
    ]
    fields = tuple(
        Field(label, (value,), (100, 400 + 40 * n, 400, 420 + 40 * n))
        for n, (label, value) in enumerate(pairs)
    )
    record = Named(Region("detail", fields, (100, 400, 400, 460), 0.9), Entity("ticket", "", 0.9))
    (named,) = add_prose(Page(1000, 900, (*around, *texts)), [record])
    return {field.label: field for field in named.region.fields}


def test_a_paragraph_under_the_title_describes_the_record() -> None:
    lines = (word(LONG, 100, 140), word("since the update.", 100, 162))
    found = told(word("VPN drops every ten minutes at home", 100, 100, 30), *lines)
    assert found["Description"].values == (f"{LONG} since the update.",)
    assert not found["Description"].read


def test_a_paragraph_stands_under_a_heading_of_its_own_beside_another_pane() -> None:
    pane = (word("Watchers", 700, 520), word("Helen Marsh", 700, 545))
    found = told(word("Description", 100, 520, 16), word(LONG, 100, 550), *pane)
    assert found["Description"].values == (LONG,)


def test_tabs_and_repeated_headings_are_no_paragraphs() -> None:
    title = word("Harbour Pump Station", 100, 100, 30)
    names = ("Overview", "Activity", "Roadmap", "Issues", "Gantt", "Calendar", "News", "Wiki")
    tabs = [word(name, 100 + 90 * n, 140) for n, name in enumerate(names)]
    entries = [
        text for y in (520, 600) for text in (word("Comment", 100, y), word(LONG, 100, y + 24))
    ]
    assert set(told(title, *tabs, *entries)) == {"Status", "Queue"}


def test_the_line_under_the_title_says_who_made_the_record() -> None:
    found = told(word("Added by Ewan Fraser 6 days ago. Updated 1 day ago.", 100, 150))
    assert found["Created by"].values == ("Ewan Fraser",)
    assert found["Updated at"].values == ("1 day ago",)
