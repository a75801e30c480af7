"""A schema against the text of its screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from ghost_engine.data.quality import Sample, inspect
from ghost_engine.data.quality.judging import Field
from ghost_engine.data.quality.lengths import estimate_example, estimate_tokens
from ghost_engine.data.quality.screens import compare_with_screen, find_labels, split_words
from ghost_engine.ocr import Line

ORDERS = Path(__file__).resolve().parents[3] / "tests" / "fixtures" / "screens" / "orders.png"


def text(words: str, x: int = 10, y: int = 10) -> Line:
    return Line(words, (x, y, x + 9 * len(words), y + 16), 0.99)


def unseen(field: Field, *lines: str) -> bool:
    found = compare_with_screen([field], [text(each, y=30 * n) for n, each in enumerate(lines)])
    return any(each.code == "column-not-on-screen" for each in found)


@pytest.mark.parametrize(
    ("column", "line"),
    [
        ("order_date", "Order date"),
        ("orderDate", "ORDER DATE"),
        ("quantity", "Qty"),
        ("email", "E-mail address"),
        ("shipping_address", "Shipp1ng to"),
        ("is_active", "Enabled"),
        ("updated_at", "nothing"),
    ],
)
def test_a_column_is_seen_under_the_words_of_the_screen(column: str, line: str) -> None:
    assert not unseen(Field("orders", column, is_key=False), line)


def test_a_name_is_seen_under_the_word_for_its_table() -> None:
    assert not unseen(Field("customers", "name", is_key=False), "Customer")
    assert unseen(Field("customers", "name", is_key=False), "Invoice")


def test_keys_are_not_expected_on_a_screen() -> None:
    assert not unseen(Field("orders", "shipment_id", is_key=True), "Order date")
    assert unseen(Field("orders", "warehouse", is_key=False), "Order date")


def test_labels_are_heads_of_columns_and_texts_with_a_colon() -> None:
    heads = [text(each, x=200 * n, y=100) for n, each in enumerate(["Order", "Customer", "Total"])]
    body = [
        text(each, x=200 * n, y=130 + 30 * row)
        for row in range(3)
        for n, each in enumerate(["SO-1", "Ann Lee", "9.50"])
    ]
    form = [text("Delivery day:", y=10), text("Edit:", y=40), text("12:30", x=300, y=10)]
    assert find_labels([*form, *heads, *body]) == ("Delivery day", "Order", "Customer", "Total")


def test_words_are_parted_at_case_and_underscores() -> None:
    assert split_words("orderID_v2 Größe") == ("order", "id", "v", "2", "größe")


def test_a_real_screen_is_read_and_compared() -> None:
    sql = """CREATE TABLE orders (id int PRIMARY KEY, order_number text, customer text, email text,
        order_date date, status text, warehouse_shelf text);"""
    report = inspect([Sample("a", sql, ORDERS, declared="orders.png")], ocr=True)
    about = {(each.code, each.about) for each in report.problems}
    assert ("column-not-on-screen", "orders.warehouse_shelf") in about
    assert ("label-without-column", "Total") in about
    assert len(about) <= 3  # and "Items", which no column holds either


def test_tokens_are_counted_in_pieces() -> None:
    assert estimate_tokens("CREATE TABLE") == 2
    assert estimate_tokens("customer_id 42") == 2 + 1 + 1 + 2
    assert estimate_tokens("a;\n  b") == 4
    assert (
        estimate_example("a", "", "b", picture=True) == estimate_example("a", "", "b", False) + 256
    )
