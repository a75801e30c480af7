"""Pages in the window of a browser, drawn here; what is drawn is what a text reader would say."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw, ImageFont

from ghost_engine.inference.baseline.browser import address_words, find_window
from ghost_engine.inference.baseline.reading import read_findings
from ghost_engine.inference.baseline.relations import Finding
from ghost_engine.inference.baseline.texts import clean_texts
from ghost_engine.ocr import Line

FONT = ImageFont.load_default(15)
CELLS = (
    ("Ref", "Berth", "Arrived on", "Draught"),
    ("NX-4410", "North 4", "2026-03-02", "7.2"),
    ("NX-4411", "North 7", "2026-03-05", "6.9"),
    ("NX-4412", "East 1", "2026-03-09", "8.1"),
    ("NX-4413", "East 2", "2026-03-11", "5.5"),
)
BAR = 84


class Sheet:
    """A page with one table that nothing on it names, below `top`."""

    def __init__(self, top: int = 0) -> None:
        self.image = Image.new("RGB", (1000, 420 + top), "white")
        self.draw = ImageDraw.Draw(self.image)
        self.lines: list[Line] = []
        for number, row in enumerate(CELLS):
            for column, cell in enumerate(row):
                self.write(cell, 40 + 230 * column, top + 60 + 44 * number)
            y = top + 96 + 44 * number
            self.draw.line((30, y, 970, y), fill=(214, 214, 214))

    def write(self, text: str, x: int, y: int) -> None:
        self.draw.text((x, y), text, fill=(30, 30, 30), font=FONT)
        box = (x - 2, y, x + int(FONT.getlength(text)) + 2, y + 20)
        self.lines.append(Line(text, box, 0.99))

    def findings(self) -> tuple[Finding, ...]:
        return read_findings(self.image, self.lines, 0)


def window(address: str) -> Sheet:
    sheet = Sheet(top=BAR)
    sheet.draw.rectangle((0, 0, 1000, BAR - 1), fill=(232, 234, 237))
    sheet.draw.rounded_rectangle((120, 44, 880, 76), 16, fill="white")
    sheet.write("Harbour desk", 90, 12)
    sheet.write(address, 140, 50)
    return sheet


def test_a_page_is_read_as_without_the_window_around_it() -> None:
    [alone] = Sheet().findings()
    [framed] = window("harbour.example/").findings()
    assert [f.label for f in framed.region.fields] == [f.label for f in alone.region.fields]
    x0, y0, x1, y1 = alone.region.box
    assert framed.region.box == (x0, y0 + BAR, x1, y1 + BAR)  # in the picture, not in the page
    assert framed.region.fields[0].box[1] == alone.region.fields[0].box[1] + BAR


def test_the_address_names_what_nothing_on_the_page_does() -> None:
    assert [each.entity.name for each in Sheet().findings()] == ["record"]
    [named] = window("https://harbour.example/admin/vessel-calls?page=2").findings()
    assert named.entity.name == "vessel_call"
    assert "address" in named.entity.reason


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("shop.example/admin/orders/12", ("admin", "orders")),
        ("https://desk.example/#/support-tickets?state=open", ("support tickets",)),
        ("localhost:3000/projects/1/time_entries", ("projects", "time entries")),
        ("Q desk.example:8080", ()),
        ("a sentence with / in it", ()),
    ],
)
def test_words_of_an_address(address: str, words: tuple[str, ...]) -> None:
    assert address_words(address) == words


def test_addresses_in_a_column_are_no_window() -> None:
    sheet = window("berth-1.example/calls")
    assert find_window(clean_texts(sheet.lines), sheet.image) is not None
    sheet.write("berth-2.example/calls", 140, 94)
    assert find_window(clean_texts(sheet.lines), sheet.image) is None


def test_a_picture_of_the_bar_alone_is_left_whole() -> None:
    bar = Image.new("RGB", (1000, 60), "white")
    ImageDraw.Draw(bar).rectangle((0, 50, 1000, 60), fill=(232, 234, 237))
    lines = [Line("harbour.example/calls", (40, 4, 240, 24), 0.99)]
    assert find_window(clean_texts(lines), bar) is None
    taller = Image.new("RGB", (1000, 400), (232, 234, 237))
    taller.paste(bar)
    assert find_window(clean_texts(lines), taller) is not None


def test_a_page_below_an_address_without_an_edge_is_left_whole() -> None:
    sheet = Sheet(top=BAR)
    sheet.write("harbour.example/calls", 140, 50)
    assert find_window(clean_texts(sheet.lines), sheet.image) is None
