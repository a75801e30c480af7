"""Texts near the top that speak of no kind of thing: links, slugs and sentences."""

from __future__ import annotations

import pytest

from ghost_engine.inference.baseline.entities import name_regions
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import Look, Text
from ghost_engine.inference.baseline.title_nouns import to_noun


def text(words: str, x: int, y: int, size: float = 14) -> Text:
    return Text(words, (x, y, x + 8 * len(words), y + round(1.4 * size)), look=Look(size=size))


def name(label: str, *body: Text, navigation: tuple[Text, ...] = ()) -> str:
    box = (220, 200, 900, 400)
    form = Region("form", (Field(label, ("x",), box), Field("Owner", ("y",), box)), box, 0.9)
    cells = tuple(text("cell", 300, 400 + 30 * row) for row in range(6))
    page = Page(1200, 800, (*body, *cells), navigation=navigation)
    return name_regions(page, [form])[0].entity.name


def test_words_around_a_slash_in_a_sentence_are_no_path() -> None:
    number = text("Review Request #13339 — Created Oct. 12, 2023", 220, 60)
    prose = text("controls/op, message, and author", 220, 100)
    assert name("Description", number, prose) == "review_request"


def test_a_link_to_elsewhere_and_a_slug_name_no_table() -> None:
    bar = (text("Nightly", 40, 10), text("View site", 260, 10), text("Help", 1100, 10))
    slug = text("warehouse-loads", 220, 60, 26)
    assert name("Pipeline title", slug, navigation=bar) == "pipeline"


def test_the_name_of_a_bank_is_no_table_and_a_ledger_holds_transactions() -> None:
    box = (220, 200, 900, 400)
    labels = ("Date", "Payee", "Payment", "Deposit")
    table = Region("table", tuple(Field(label, ("1", "2"), box) for label in labels), box, 0.9)
    page = Page(1200, 800, (text("Bank of America", 220, 60, 26), text("cell", 300, 400)))
    assert name_regions(page, [table])[0].entity.name == "transaction"


@pytest.mark.parametrize(
    ("title", "noun"),
    [("Bank of America", None), ("List of Users", "user"), ("Orders of the day", "order")],
)
def test_a_proper_name_with_of_is_no_thing(title: str, noun: str | None) -> None:
    assert to_noun(title) == noun
