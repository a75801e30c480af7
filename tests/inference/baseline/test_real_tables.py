"""Tables as applications draw them: two labels in one cell, units below the labels, columns that
stand close together, cells that span several records; and what is none of a table's."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

from ghost_engine.inference.baseline.headed import is_told_by_header
from ghost_engine.inference.baseline.labels import is_label
from ghost_engine.inference.baseline.looks import measure_looks
from ghost_engine.inference.baseline.menus import without_menus
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region, RegionKind
from ghost_engine.inference.baseline.spacing import split_at_gaps
from ghost_engine.inference.baseline.tables import find_tables
from ghost_engine.inference.baseline.texts import Text, clean_texts
from ghost_engine.ocr import Line

Word = tuple[str, int, int, int]  # text, x, y, font size


class Sheet:
    """A white page; what is written on it is also what a text reader would say."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", (900, 560), "white")
        self.draw = ImageDraw.Draw(self.image)
        self.lines: list[Line] = []

    def write(self, *words: Word) -> None:
        """Writes words; the text reader takes all of one call for one text."""
        right = 0.0
        for text, x, y, size in words:
            font = ImageFont.load_default(size)
            self.draw.text((x, y), text, fill=(30, 30, 30), font=font)
            right = x + font.getlength(text)
        _, left, top, size = words[0]
        text = " ".join(word[0] for word in words)
        self.lines.append(
            Line(text, (left - 2, top - 4, int(right) + 3, top + int(1.6 * size)), 0.99)
        )

    def rules(self, *heights: int) -> None:
        for y in heights:
            self.draw.line((20, y, 880, y), fill=(214, 214, 214))

    def texts(self) -> tuple[Text, ...]:
        return split_at_gaps(measure_looks(clean_texts(self.lines), self.image), self.image)

    def table(self) -> Region:
        page = Page(self.image.width, self.image.height, self.texts())
        (table,) = find_tables(page, self.image)
        return table


def columns(table: Region) -> dict[str, tuple[str, ...]]:
    return {field.label: field.values for field in table.fields}


def test_two_labels_in_one_cell_name_the_two_lines_of_each_record() -> None:
    sheet = Sheet()
    for x, upper, lower in ((40, "Name", "Description"), (400, "Status", "Created")):
        sheet.write((upper, x, 20, 16))
        sheet.write((lower, x, 50, 16))
    sheet.write(("Owner", 700, 20, 16))
    for number, name in enumerate(("Lathe", "Drill", "Press", "Saw")):
        y = 100 + 80 * number
        sheet.write((name, 40, y, 16))
        sheet.write(("active", 400, y, 16))
        sheet.write((f"{number + 2} days ago", 400, y + 30, 13))
        sheet.write(("Ada Byron", 700, y, 16))
    sheet.write(("By the window", 40, 370, 13))
    sheet.rules(85, 165, 245, 325, 405)
    assert columns(sheet.table()) == {
        "Name": ("Lathe", "Drill", "Press", "Saw"),
        "Description": ("By the window",),
        "Status": ("active",) * 4,
        "Created": ("2 days ago", "3 days ago", "4 days ago", "5 days ago"),
        "Owner": ("Ada Byron",) * 4,
    }


def test_a_wrapped_label_stays_one() -> None:
    sheet = Sheet()
    for x, upper, lower in (
        (40, "Contract", "Number"),
        (300, "Start", "Date"),
        (560, "Net", "Cost"),
    ):
        sheet.write((upper, x, 20, 16))
        sheet.write((lower, x, 40, 16))
    for number in range(3):
        for x, value in ((40, f"K-{number}"), (300, "2021-08-23"), (560, "30.00")):
            sheet.write((value, x, 80 + 40 * number, 16))
    sheet.rules(70, 110, 150, 190)
    assert list(columns(sheet.table())) == ["Contract Number", "Start Date", "Net Cost"]


def test_units_below_the_labels_are_no_record_and_a_cell_may_span_two() -> None:
    sheet = Sheet()
    places = (40, 200, 500, 700)
    for row, cells in (
        (20, ("Meal", "Contents", "Energy", "Fat")),
        (60, ("", "", "kcal", "g")),
        (100, ("Breakfast", "Milk", "354.0", "0.2")),
        (130, ("", "Cereals with oats", "362.0", "6.9")),
        (180, ("Lunch", "Bread", "217.3", "3.5")),
        (220, ("Dinner", "Apples", "41.6", "0.1")),
    ):
        for x, cell in zip(places, cells, strict=True):
            if cell:
                sheet.write((cell, x, row, 16))
    sheet.rules(50, 90, 170, 210, 250)
    sheet.write(("Nutritional data", 40, 270, 26))
    sheet.write(("Energy", 40, 320, 16))
    sheet.write(("975 kcal", 500, 320, 16))
    found = columns(sheet.table())
    assert found["Meal"] == ("Breakfast", "Lunch", "Dinner")
    assert found["Energy"] == ("354.0", "362.0", "217.3", "41.6")


def test_texts_read_as_one_are_cut_where_a_column_begins() -> None:
    sheet = Sheet()
    sheet.write(("Port", 40, 20, 16), ("Certificate", 84, 20, 16))
    sheet.write(("443", 40, 60, 16))
    sheet.write(("example.org", 84, 60, 16))
    sheet.write(("8080", 40, 100, 16))
    sheet.write(("example.com", 84, 100, 16))
    sheet.write(("Signature algorithm of", 300, 20, 16))
    assert [text.text for text in sheet.texts()][:2] == ["Port", "Certificate"]
    assert sheet.texts()[-1].text == "Signature algorithm of"


def test_a_menu_open_over_a_table_is_no_part_of_it() -> None:
    entries = [word(name, 320, 120 + 32 * n) for n, name in enumerate(("Users", "Roles", "Sites"))]
    entries += [word("Reports", 320, 216), word("Grants", 320, 248)]
    below = [word("Name", 40, 180), word("Owner", 600, 180), word("Active", 320, 420)]
    menu, card = (300, 104, 520, 235), (30, 150, 870, 500)
    page = without_menus(Page(900, 560, (*entries, *below)), [menu, card])
    assert page.body == tuple(below)
    assert without_menus(Page(900, 560, tuple(entries)), [menu]).body == tuple(entries)


def test_lines_of_a_table_header_are_no_labels_of_a_record() -> None:
    def region(kind: RegionKind, **columns: int) -> Region:
        box = (0, 0, 500, 200)
        fields = [Field(label.replace("_", " "), ("5",) * n, box) for label, n in columns.items()]
        return Region(kind, tuple(fields), box, 0.9)

    table = region("table", Grant_title=2, Faculty_role=2, Amount_awarded=2, Agency=2)
    assert is_told_by_header(region("detail", Faculty=1, Amount=1, Agency=1), [table])
    assert not is_told_by_header(region("detail", Project=1, Amount=1, Start=1), [table])


def test_names_of_files_are_no_labels() -> None:
    assert [is_label(text) for text in ("Problem 1.ipynb", "logo.png", "Order no.", "Name")] == [
        False,
        False,
        True,
        True,
    ]


def word(text: str, x: int, y: int) -> Text:
    return Text(text, (x, y, x + 8 * len(text), y + 20))
