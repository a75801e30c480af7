"""Tables drawn by hand: ruled, wrapped, side by side, with pictures of people and footers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from PIL import Image, ImageDraw, ImageFont

from ghost_engine.inference.baseline.looks import measure_looks
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Region
from ghost_engine.inference.baseline.spacing import split_at_gaps
from ghost_engine.inference.baseline.tables import find_tables
from ghost_engine.inference.baseline.texts import clean_texts
from ghost_engine.ocr import Line

Placed = tuple[str, int, int]  # text, x, y
FONT = ImageFont.load_default(16)
INK, PALE = (30, 30, 30), (214, 214, 214)


class Sheet:
    """A white page that is written on; what is written is also what a text reader would say."""

    def __init__(self, width: int = 1000, height: int = 600) -> None:
        self.image = Image.new("RGB", (width, height), "white")
        self.draw = ImageDraw.Draw(self.image)
        self.lines: list[Line] = []

    def write(self, text: str, x: int, y: int, size: int = 16, right: bool = False) -> None:
        font = ImageFont.load_default(size)
        width = int(font.getlength(text))
        x -= width if right else 0
        self.draw.text((x, y), text, fill=INK, font=font)
        self.lines.append(Line(text, (x - 2, y, x + width + 2, y + int(1.3 * size)), 0.99))

    def rows(self, left: int, top: int, cells: Sequence[Sequence[str]], step: int = 160) -> None:
        for number, row in enumerate(cells):
            for column, cell in enumerate(row):
                if cell:
                    self.write(cell, left + step * column, top + 40 * number)

    def rule(self, y: int, x0: int = 30, x1: int = 970) -> None:
        self.draw.line((x0, y, x1, y), fill=PALE)

    def tables(self) -> tuple[Region, ...]:
        texts = split_at_gaps(measure_looks(clean_texts(self.lines), self.image), self.image)
        page = Page(self.image.width, self.image.height, texts)
        return find_tables(page, self.image)


def labels(region: Region) -> list[str]:
    return [field.label for field in region.fields]


def values(region: Region, label: str) -> tuple[str, ...]:
    return next(field.values for field in region.fields if field.label == label)


ORDERS = [
    ["Number", "Customer", "Total"],
    ["A-1", "Ada Byron", "$5.00"],
    ["A-2", "Alan Kay", "$6.00"],
    ["A-3", "Grace Kay", "$7.00"],
]


def test_lines_between_two_rules_are_one_record() -> None:
    sheet = Sheet()
    sheet.rows(40, 40, [["Product", "Customer", "Total"]])
    for number in range(3):
        top = 80 + 70 * number
        sheet.rule(top - 8)
        sheet.write("Mug of clay,", 40, top)
        sheet.write("glazed", 40, top + 20)
        sheet.write("Ada", 200, top + 10)
        sheet.write(f"${number}.00", 360, top + 10)
    sheet.rule(80 + 210 - 8)
    (table,) = sheet.tables()
    assert labels(table) == ["Product", "Customer", "Total"]
    assert values(table, "Product") == ("Mug of clay, glazed",) * 3


def test_dense_rows_without_rules_stay_apart() -> None:
    sheet = Sheet()
    for number, row in enumerate(ORDERS):
        for column, cell in enumerate(row):
            sheet.write(cell, 40 + 160 * column, 40 + 19 * number)
    (table,) = sheet.tables()
    assert values(table, "Number") == ("A-1", "A-2", "A-3")


def test_a_footer_that_counts_rows_and_pages_is_no_record() -> None:
    sheet = Sheet()
    sheet.rows(40, 40, ORDERS)
    sheet.write("1-3 of 45", 40, 204)
    for number in range(1, 5):
        sheet.write(str(number), 330 + 30 * number, 204)
    (table,) = sheet.tables()
    assert values(table, "Total") == ("$5.00", "$6.00", "$7.00")


def test_numbers_flush_right_belong_to_the_label_they_end_below() -> None:
    sheet = Sheet()
    rows = [("Name", "Amount", "Due"), *[("Ada", "$1,000,000.00", "2025-01-02")] * 3]
    for number, (name, amount, due) in enumerate(rows):
        sheet.write(name, 40, 40 + 40 * number)
        sheet.write(amount, 300, 40 + 40 * number, right=True)
        sheet.write(due, 340, 40 + 40 * number)
    (table,) = sheet.tables()
    assert values(table, "Amount") == ("$1,000,000.00",) * 3


def test_initials_before_a_name_are_no_part_of_it() -> None:
    sheet = Sheet()
    sheet.rows(40, 40, [["Owner", "Total", "Due"]])
    for number, name in enumerate(["Ada Byron", "Alan Kay", "Grace Kay"], start=1):
        sheet.write("".join(part[0] for part in name.split()), 42, 40 + 40 * number)
        sheet.write(name, 78, 40 + 40 * number)
        sheet.write("$5.00", 200, 40 + 40 * number)
        sheet.write("2025-01-02", 360, 40 + 40 * number)
    (table,) = sheet.tables()
    assert values(table, "Owner") == ("Ada Byron", "Alan Kay", "Grace Kay")


def test_tables_in_panels_side_by_side_are_two() -> None:
    sheet = Sheet(1240)
    for left, head in ((40, ["Order", "Price"]), (660, ["Device", "Bought"])):
        sheet.draw.rectangle((left - 20, 20, left + 520, 240), outline=PALE)
        cells = [["A-1", "$5.00"], ["A-2", "$6.00"], ["A-3", "$7.00"]]
        sheet.rows(left, 40, [head, *cells], step=220)
        for number in range(1, 4):
            sheet.rule(32 + 40 * number, left - 20, left + 520)
    assert [labels(table) for table in sheet.tables()] == [
        ["Order", "Price"],
        ["Device", "Bought"],
    ]


def test_a_second_table_below_begins_at_its_own_labels() -> None:
    sheet = Sheet()
    sheet.rows(40, 40, ORDERS)
    more = [["Product", "Weight", "Price"], ["Mug", "12 kg", "$5"], ["Cup", "3 kg", "$6"]]
    sheet.write("Products", 40, 230, size=22)
    sheet.rows(40, 280, more, step=140)
    assert [labels(table) for table in sheet.tables()] == [
        ["Number", "Customer", "Total"],
        ["Product", "Weight", "Price"],
    ]


def test_labels_above_their_values_are_no_table() -> None:
    sheet = Sheet()
    pairs = [("Carrier", "Mode"), ("Rail freight", "By rail"), ("Origin", "Goods"), ("Kiel", "Tea")]
    for number, (one, other) in enumerate(pairs):
        size = 12 if number % 2 == 0 else 20
        sheet.write(one, 40, 40 + 30 * number, size=size)
        sheet.write(other, 400, 40 + 30 * number, size=size)
    assert sheet.tables() == ()


def test_months_below_a_chart_head_no_table() -> None:
    sheet = Sheet()
    sheet.rows(40, 40, [["Jan", "Feb", "Mar", "Apr"], ["12", "14", "9", "3"], ["1", "2", "3", "4"]])
    assert sheet.tables() == ()


def test_figures_below_small_labels_are_no_table() -> None:
    sheet = Sheet()
    for column, label in enumerate(["Orders", "Users", "Visits", "Sales"]):
        sheet.write(label, 40 + 200 * column, 40, size=14)
        sheet.write("1,204", 40 + 200 * column, 66, size=32)
    assert sheet.tables() == ()


def test_a_label_for_two_lines_names_two_columns() -> None:
    sheet = Sheet()
    sheet.rows(40, 40, [["Client/", "Amount", "Status"]])
    sheet.write("Number", 40, 60)
    sheet.rule(84)
    for number in range(3):
        top = 90 + 60 * number
        sheet.write("Ada Byron", 40, top)
        sheet.write(f"INV-{number}", 40, top + 22)
        sheet.write("$5.00", 200, top + 10)
        sheet.write("Paid", 360, top + 10)
        sheet.rule(top + 54)
    (table,) = sheet.tables()
    assert labels(table) == ["Client", "Number", "Amount", "Status"]
    assert values(table, "Number") == ("INV-0", "INV-1", "INV-2")


@pytest.mark.parametrize(("gap", "parts"), [(40, ["Minutes", "Status"]), (5, ["Minutes Status"])])
def test_a_line_is_cut_where_a_gap_is_wide(gap: int, parts: list[str]) -> None:
    sheet = Sheet()
    width = int(FONT.getlength("Minutes"))
    sheet.draw.text((40, 40), "Minutes", fill=INK, font=FONT)
    sheet.draw.text((40 + width + gap, 40), "Status", fill=INK, font=FONT)
    end = 40 + width + gap + int(FONT.getlength("Status"))
    line = Line("Minutes Status", (38, 40, end + 2, 60), 0.99)
    texts = split_at_gaps(measure_looks(clean_texts([line]), sheet.image), sheet.image)
    assert [text.text for text in texts] == parts


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1)])
def test_a_picture_of_a_few_pixels_has_no_tables(size: tuple[int, int]) -> None:
    assert find_tables(Page(*size, ()), Image.new("RGB", size)) == ()
