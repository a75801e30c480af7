"""A striped table under a shaded header, and plurals of words that else frame a page."""

from __future__ import annotations

from PIL import Image

from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.tables import find_tables
from ghost_engine.inference.baseline.texts import Colour, Look, Text
from ghost_engine.inference.baseline.title_nouns import to_noun

SHADED, WHITE = (238, 238, 240), (255, 255, 255)


def word(text: str, x: int, y: int, ground: Colour) -> Text:
    look = Look(14.0, 0.3, (90, 90, 90), ground)
    return Text(text, (x, y, x + 8 * len(text), y + 18), 0.99, look)


def test_rows_striped_like_the_header_are_no_labels() -> None:
    rows = [("Title", "Category", "Contributor")]
    rows += [(f"Paper {letter}", f"Topic {letter}", "Ada Brook") for letter in "ABCD"]
    texts = [
        word(cell, 40 + 220 * column, 100 + 30 * line, SHADED if line < 2 or line % 2 else WHITE)
        for line, row in enumerate(rows)
        for column, cell in enumerate(row)
    ]
    (table,) = find_tables(Page(800, 400, tuple(texts)), Image.new("RGB", (800, 400), "white"))
    assert [field.label for field in table.fields] == list(rows[0])


def test_several_pages_or_accounts_are_things() -> None:
    assert (to_noun("Pages"), to_noun("Accounts")) == ("page", "account")
    assert (to_noun("Page"), to_noun("My account"), to_noun("Reports")) == (None, None, None)
