"""Two regions of one place: which of them tells what it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image

from ghost_engine.inference.baseline.arbitration import (
    are_cells,
    in_order,
    is_told_by_labels,
    is_told_by_tiles,
)
from ghost_engine.inference.baseline.headed import is_told_by_header
from ghost_engine.inference.baseline.labels import is_label
from ghost_engine.inference.baseline.learned import learned_regions
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.reader.decode import Reading
from ghost_engine.inference.baseline.regions import Field, Region, RegionKind
from ghost_engine.inference.baseline.tables import find_tables
from ghost_engine.inference.baseline.texts import Look, Text
from ghost_engine.inference.baseline.tiles import find_rows, find_tiles
from ghost_engine.inference.protocol import Box

BLANK = Image.new("RGB", (1000, 600), "white")


def region(kind: RegionKind, box: Box, *columns: tuple[str, ...], sure: float = 0.9) -> Region:
    """A region of that many columns, each a label and its values."""
    fields = tuple(Field(label, tuple(values), box) for label, *values in columns)
    return Region(kind, fields, box, sure)


def orders(box: Box) -> Region:
    columns = [("Number", "1", "2", "3"), ("Buyer", "A", "B", "C"), ("Total", "5", "6", "7")]
    return region("table", box, *columns)


def reading(*regions: Region) -> Reading:
    return Reading(0.97, regions, (), (), ())


def word(text: str, x: int, y: int) -> Text:
    look = Look(14.0, 0.2, (30, 30, 30), (255, 255, 255))
    return Text(text, (x, y, x + 9 * len(text), y + 20), 0.99, look)


def page(*texts: Text) -> Page:
    return Page(1000, 600, texts)


def test_the_cells_of_a_table_are_no_cards() -> None:
    cells = region("cards", (400, 100, 700, 500), ("Name", "a", "b"), ("Status", "c", "d"))
    assert are_cells(cells, [orders((100, 100, 900, 500))])


def test_panels_that_say_but_some_columns_of_a_table_are_no_cards() -> None:
    columns = ("Number", "Buyer"), ("1", "2", "3", "A", "Dashboard")
    cells = region("cards", (0, 0, 400, 480), ("Name", *columns[0]), ("Status", *columns[1]))
    other = region("cards", (0, 0, 400, 480), ("Name", "Ada", "Alan"), ("Status", "x", "y"))
    table = orders((100, 300, 900, 700))
    assert are_cells(cells, [table])
    assert not are_cells(other, [table])


def test_two_tables_side_by_side_are_no_cards() -> None:
    panels = region("cards", (100, 90, 900, 510), ("Name", "a"), ("Date", "b"), ("Count", "c"))
    left, right = orders((100, 100, 480, 500)), orders((520, 100, 900, 500))
    assert are_cells(panels, [left, right])
    assert not are_cells(panels, [left])


def test_cards_around_a_table_that_says_far_more_are_none() -> None:
    around = region("cards", (80, 60, 950, 520), ("Name", "a"), ("Time", "b"))
    assert are_cells(around, [orders((100, 100, 900, 500))])


def test_labels_and_figures_of_tiles_are_no_record() -> None:
    record = region("detail", (100, 20, 900, 90), ("Orders", "36"), ("Buyers", "72"), ("Sum", "9"))
    assert is_told_by_tiles(record, [(90, 10, 910, 100)])
    assert not is_told_by_tiles(record, [(90, 300, 910, 400)])


def test_labels_between_values_make_a_record() -> None:
    box = (100, 100, 900, 300)
    rows = region("table", box, ("Team", "Red", "Ground North"), ("Coach", "Ada", "Seats 300"))
    labels = [("Team", "Red"), ("Coach", "Ada"), ("Ground", "North"), ("Seats", "300")]
    assert is_told_by_labels(rows, [region("detail", box, *labels)])
    assert not is_told_by_labels(rows, [region("detail", box, *labels[:3])])


def test_a_record_goes_before_the_table_on_its_right() -> None:
    record = region("detail", (20, 108, 280, 500), ("Buyer", "Ada"), ("State", "paid"))
    lower = region("detail", (20, 300, 280, 500), ("Buyer", "Ada"), ("State", "paid"))
    table = orders((300, 100, 900, 500))
    assert in_order([table, record], 16) == (record, table)
    assert in_order([lower, table], 16) == (table, lower)


def test_what_is_seen_in_pixels_is_kept_where_the_learned_reader_sees_nothing() -> None:
    read = orders((300, 100, 900, 500))
    asked = region("form", (20, 100, 280, 400), ("Buyer", "All"), ("State", "Any"))
    word = region("detail", (20, 420, 280, 500), ("Buyer", "All"), ("State", "Any"))
    kept = learned_regions(reading(read), (asked, word))
    assert [each.kind for each in kept] == ["table", "form"]


def test_what_stands_beside_a_card_is_no_column_of_the_table_in_it() -> None:
    rows = [("Plan", "City", "Seats"), *[("Gold", "Rome", "90")] * 4]
    inside = [
        word(text, 100 + 150 * column, 100 + 40 * row)
        for row, cells in enumerate(rows)
        for column, text in enumerate(cells)
    ]
    beside = [word(text, 700, 112 + 40 * n) for n, text in enumerate(("Owner", "Ada", "Alan"))]
    (table,) = find_tables(page(*inside, *beside), BLANK, [(80, 60, 560, 400)])
    assert [field.label for field in table.fields] == ["Plan", "City", "Seats"]


def test_a_table_of_keys_and_values_is_no_record_unless_it_lists_attributes() -> None:
    rows = (("auc", "0.88"), ("f1", "0.76"), ("log_loss", "0.21"))
    for head, told in (("Metric", True), ("Attribute", False)):
        box = (100, 100, 500, 300)
        table = region(
            "table", box, (head, *(a for a, _ in rows)), ("Value", *(b for _, b in rows))
        )
        record = region("detail", box, (head, "Value"), *rows)
        assert is_told_by_header(record, [table]) is told


def test_a_proven_record_stays_where_the_learned_reader_sees_none() -> None:
    labels = ("Schedule", "Latest run", "Next run", "Owner", "Tags")
    pairs = [(label, "a value") for label in labels]
    read = orders((100, 300, 900, 560))
    record = region("detail", (100, 100, 900, 160), *pairs, sure=0.95)
    unsure = region("detail", (100, 100, 900, 160), *pairs, sure=0.7)
    assert [each.kind for each in learned_regions(reading(read), (record,))] == ["table", "detail"]
    assert [each.kind for each in learned_regions(reading(read), (unsure,))] == ["table"]


def test_buttons_head_no_table_whatever_stands_below_them() -> None:
    cells = [
        word(text, 100 + 250 * column, 150 + 40 * row)
        for row in range(6)
        for column, text in enumerate(("Ada", "2025-01-0" + str(row + 1), "5.00"))
    ]
    for heads, tables in ((("Resolve", "Ignore", "Share"), 0), (("Buyer", "Due", "Total"), 1)):
        top = [word(text, 100 + 250 * n, 100) for n, text in enumerate(heads)]
        assert len(find_tables(page(*top, *cells), BLANK)) == tables


def test_a_title_beside_a_button_heads_no_table() -> None:
    rows = [("Winter roads", "Draft", "3"), ("Storm maps", "Draft", "5"), ("Data", "Sent", "7")]
    cells = [
        word(text, 100 + 250 * column, 150 + 40 * row)
        for row, texts in enumerate(rows)
        for column, text in enumerate(texts)
    ]
    heads = [word(text, 100 + 250 * n, 100) for n, text in enumerate(("Post", "State", "Views"))]
    large = replace(heads[0], look=replace(heads[0].look, size=30.0))
    assert len(find_tables(page(*heads, *cells), BLANK)) == 1
    found = find_tables(page(large, *heads[1:], *cells), BLANK)
    assert not any(field.label == "Post" for table in found for field in table.fields)


def test_rules_stand_where_the_learned_reader_keeps_no_region() -> None:
    unsure = region("table", (300, 100, 900, 500), ("Number", "1"), ("Total", "5"), sure=0.3)
    assert learned_regions(reading(unsure), (orders((0, 0, 9, 9)),)) == (orders((0, 0, 9, 9)),)


def test_a_table_ends_with_the_card_it_begins_in() -> None:
    upper = [word(text, 100 + 250 * n, 100) for n, text in enumerate(("Plan", "City", "Seats"))]
    rows = [("Gold", "Rome", "90"), *[("Ada", "paid", "5.00")] * 4]
    below = [
        word(text, 100 + 250 * column, 130 + 30 * row)
        for row, cells in enumerate(rows)
        for column, text in enumerate(cells)
    ]
    cards = [(80, 80, 920, 155), (80, 165, 920, 420)]
    assert len(find_tables(page(*upper, *below), BLANK)) == 1
    assert find_tables(page(*upper, *below), BLANK, cards) == ()


def test_tabs_over_a_search_box_are_no_table() -> None:
    tabs = ("All", "New", "Open", "Pending", "On hold")
    texts = [word(text, 100 + 120 * n, 60) for n, text in enumerate(tabs)]
    box = (word("Q", 100, 100), word("Find orders", 220, 100))
    assert find_tables(page(*texts, *box), BLANK) == ()


@pytest.mark.parametrize("figure", ["80", "80 8%"])
def test_a_figure_may_stand_beside_its_change_and_over_its_label(figure: str) -> None:
    panels: list[Box] = []
    texts: list[Text] = []
    for number, label in enumerate(("Orders", "Buyers", "Invoices")):
        x = 60 + 300 * number
        panels.append((x, 40, x + 260, 120))
        texts += [word(figure, x + 20, 56), word(label, x + 20, 86)]
    assert len(find_tiles(find_rows(page(*texts), panels))) == 3


@pytest.mark.parametrize("label", ["Versicherungsscheinnr.", "Invoice no. *", "Max. guests"])
def test_shortened_words_may_end_a_label(label: str) -> None:
    assert is_label(label)
    assert not is_label("All orders of this week are listed.")
