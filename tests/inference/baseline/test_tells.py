"""What speaks of a page's thing where no title does."""

from __future__ import annotations

import pytest

from ghost_engine.inference.baseline.clues import Reader
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.tells import told_by_data, told_elsewhere
from ghost_engine.inference.baseline.texts import Look, Text
from ghost_engine.inference.baseline.title_nouns import to_noun


def told(words: str) -> list[str]:
    text = Text(words, (40, 40, 40 + 8 * len(words), 60), look=Look(size=14))
    return [clue.noun for clue in told_elsewhere(Reader(Page(1200, 800, (text,))), 200)]


@pytest.mark.parametrize(
    ("words", "noun"),
    [
        ("Over 1,000 places in Salzburg", "place"),
        ("24 products", "product"),
        ("Found 4 assets", "asset"),
        ("Add to cart", "product"),
        ("Your booking details", "booking"),
    ],
)
def test_counts_buttons_and_headings_of_ones_own_tell_what_a_page_shows(
    words: str, noun: str
) -> None:
    assert told(words) == [noun]


@pytest.mark.parametrize("words", ["3 nights", "Add to calendar", "24 results"])
def test_what_is_measured_or_common_to_all_pages_tells_nothing(words: str) -> None:
    assert told(words) == []


@pytest.mark.parametrize("title", ["November 2026", "Past", "Shop.com", "Reading list", "Mon"])
def test_times_sites_and_what_one_does_are_no_things(title: str) -> None:
    assert to_noun(title) is None


def test_an_aside_in_brackets_is_no_part_of_a_name() -> None:
    assert to_noun("Site [new]") == to_noun("Sites (4)") == "site"


def test_what_is_done_with_a_thing_is_no_part_of_its_name() -> None:
    assert to_noun("List of hosts") == "host"
    assert to_noun("Upload a data product") == "data_product"
    assert to_noun("Add flat page") == "flat_page"
    assert to_noun("Load Balancer Pool Members") == "load_balancer_pool_member"
    assert to_noun("These four words say nothing") is None


def test_what_is_counted_again_and_again_is_a_unit() -> None:
    counts = ("1,672 sats", "1,465 sats", "19,553 sats")
    texts = tuple(
        Text(count, (40, 40 + 30 * n, 140, 60 + 30 * n), look=Look(size=14))
        for n, count in enumerate(counts)
    )
    menu = Page(1200, 800, texts[:1], navigation=texts[1:])
    assert not list(told_elsewhere(Reader(menu), 200))


def test_a_button_that_saves_changes_makes_none() -> None:
    page = Page(
        1200, 800, framed=frozenset({button("Save changes")}), body=(button("Save changes"),)
    )
    form = Region("form", (Field("City", (), (40, 40, 400, 80)),), (40, 40, 400, 80), 0.9)
    assert not list(told_by_data(Reader(page), form))


def button(words: str) -> Text:
    return Text(words, (300, 200, 300 + 8 * len(words), 220), look=Look(size=14))
