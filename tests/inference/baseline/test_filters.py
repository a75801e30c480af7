"""What filters over a list are about, and what they say of it."""

from __future__ import annotations

from ghost_engine.inference.baseline.entities import name_regions
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region, RegionKind
from ghost_engine.inference.baseline.texts import Look, Text


def text(words: str, y: int, size: float = 14) -> Text:
    return Text(words, (220, y, 220 + 8 * len(words), y + round(1.4 * size)), look=Look(size=size))


def region(kind: RegionKind, top: int, caption: Text | None, *labels: str) -> Region:
    box = (220, top, 900, top + (40 if kind == "filter" else 200))
    fields = tuple(Field(label, ("0", "1", "2"), box) for label in labels)
    return Region(kind, fields, box, 0.9, caption)


def names(*regions: Region, texts: tuple[Text, ...]) -> list[str]:
    cells = tuple(text("cell", 400 + 30 * row) for row in range(6))
    page = Page(1200, 800, (*texts, *cells))
    return [each.entity.name for each in name_regions(page, regions)]


def test_a_filter_is_about_the_list_it_is_over() -> None:
    title, caption = text("Customers", 30, 26), text("All users", 270, 18)
    asks = region("filter", 100, None, "Email", "Name")
    users = region("table", 300, caption, "Email", "Joined", "Orders")
    assert names(asks, users, texts=(title, caption)) == ["user", "user"]


def test_what_a_filter_asks_for_is_no_caption_of_the_list_below() -> None:
    title, label = text("Visits", 30, 26), text("Pet", 270, 18)
    asks = region("filter", 250, None, "Pet", "State")
    rows = region("table", 300, label, "Pet", "Reason", "Amount")
    assert names(asks, rows, texts=(title, label)) == ["visit", "visit"]
