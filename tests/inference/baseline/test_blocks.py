"""Cards, boards, tiles, calendars and lists, laid out by hand and read without a text reader."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from ghost_engine.inference.baseline.panels import find_panels
from ghost_engine.inference.baseline.reading import read_findings
from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.relations import Finding
from ghost_engine.ocr import Line

Placed = tuple[str, int, int]  # text, x, y
Box = tuple[int, int, int, int]

LIGHT, DARK = ("#eef0f3", "white", "#333333"), ("#16181d", "#23262d", "#dddddd")


def draw(boxes: list[Box], placed: list[Placed], colours: tuple[str, str, str] = LIGHT) -> Image:
    ground, panel, ink = colours
    image = Image.new("RGB", (1200, 800), ground)
    pen = ImageDraw.Draw(image)
    for box in boxes:
        pen.rectangle(box, fill=panel)
    for text, x, y in placed:
        # "Buyer at Initech" is set paler than the name above it, as applications do
        pen.text((x, y), text, fill="#999999" if " at " in text else ink, font_size=16)
    return image


def read(
    boxes: list[Box], placed: list[Placed], colours: tuple[str, str, str] = LIGHT
) -> tuple[Finding, ...]:
    lines = tuple(Line(t, (x, y, x + 9 * len(t), y + 20), 0.99) for t, x, y in placed)
    return read_findings(draw(boxes, placed, colours), lines, 0)


def fields(finding: Finding) -> dict[str, Field]:
    return {field.label: field for field in finding.region.fields}


PEOPLE = ["Ada Byron", "Grace Hopper", "Alan Turing", "Edsger Dijkstra", "Barbara Liskov"]
CITIES = ["Oslo", "Bern", "Oslo", "Rome", "Bern"]


def cards(count: int) -> tuple[list[Box], list[Placed]]:
    boxes, placed = [], [("Members", 40, 20)]
    for n in range(count):
        x, y = 40 + 280 * (n % 4), 120 + 200 * (n // 4)
        boxes.append((x, y, x + 250, y + 160))
        placed += [(PEOPLE[n], x + 16, y + 14), (f"member{n}@club.example", x + 16, y + 44)]
        placed += [("City", x + 16, y + 80), (CITIES[n], x + 180, y + 80)]
        placed += [("Joined", x + 16, y + 110), (f"2025-0{n + 1}-14", x + 140, y + 110)]
    return boxes, placed


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_cards_become_one_region_with_what_each_of_them_says(
    colours: tuple[str, str, str],
) -> None:
    (found,) = read(*cards(5), colours)
    assert found.region.kind == "cards" and found.entity.name == "member"
    assert sorted(fields(found)["City"].values) == sorted(CITIES)
    assert fields(found)["Joined"].read and not fields(found)["Email"].read
    assert sorted(fields(found)["Name"].values) == sorted(PEOPLE)


def test_two_cards_are_too_few_to_be_sure() -> None:
    assert not any(found.region.kind == "cards" for found in read(*cards(2)))


def test_headings_of_lanes_are_the_states_of_what_stands_below() -> None:
    boxes, placed = [], [("Orders", 40, 20)]
    for lane, head in enumerate(["Open", "Packed", "Sent"]):
        x = 40 + 300 * lane
        placed.append((head, x + 10, 100))
        for n in range(2 + lane % 2):
            y = 140 + 130 * n
            boxes.append((x, y, x + 270, y + 100))
            placed += [(f"ORD-10{lane}{n}", x + 16, y + 12), ("Total", x + 16, y + 60)]
            placed.append((f"${lane + n + 3}.50", x + 200, y + 60))
    (found,) = read(boxes, placed)
    assert found.region.kind == "board"
    assert fields(found)["Status"].values == ("Open", "Packed", "Sent")
    assert len(fields(found)["Total"].values) == 7


def test_a_tile_with_a_count_says_that_there_is_a_table() -> None:
    boxes, placed = [], []
    for n, (label, number) in enumerate(
        [("Customers", "120"), ("Invoices", "48"), ("Revenue", "$9,400.00")]
    ):
        x = 40 + 300 * n
        boxes.append((x, 80, x + 260, 180))
        placed += [(label, x + 16, 92), (number, x + 16, 126)]
    image = draw(boxes, placed)
    pen = ImageDraw.Draw(image)
    for text, x, y in placed[1::2]:
        pen.rectangle((x, y, x + 200, y + 40), fill="white")
        pen.text((x, y), text, fill="black", font_size=32)
    lines = tuple(
        Line(t, (x, y, x + 18 * len(t) if n % 2 else x + 9 * len(t), y + (40 if n % 2 else 20)), 1)
        for n, (t, x, y) in enumerate(placed)
    )
    found = read_findings(image, lines, 0)
    assert [(each.region.kind, each.entity.name) for each in found] == [
        ("tile", "customer"),
        ("tile", "invoice"),
    ]


def test_what_is_booked_on_the_days_of_a_calendar_has_a_guest_and_a_moment() -> None:
    placed = [("Bookings", 40, 10), ("June 2026", 40, 60)]
    days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    placed += [(day, 40 + 150 * n, 110) for n, day in enumerate(days)]
    for n in range(14):
        x, y = 40 + 150 * (n % 7), 150 + 120 * (n // 7)
        placed.append((str(n + 1), x, y))
        if n % 3 == 0:
            placed.append((f"{9 + n % 4}:30 {PEOPLE[n // 3]}", x, y + 40))
    (found,) = read([], placed)
    assert found.region.kind == "calendar"
    assert fields(found)["Guest"].values == tuple(PEOPLE)
    assert fields(found)["Starts at"].values[:2] == ("2026-06-01 9:30", "2026-06-04 12:30")


def test_entries_that_begin_alike_are_a_list_without_frames() -> None:
    titles = ["How to wait for all?", "Why is it not done?", "Is it ever done?", "Where is it all?"]
    placed = [("All Questions", 40, 20)]
    for n, title in enumerate(titles):
        y = 100 + 150 * n
        placed += [(title, 40, y), (f"{n} votes", 40, y + 30), (f"{7 * n} views", 130, y + 30)]
    (found,) = read([], placed)
    assert found.region.kind == "list"
    assert fields(found)["Name"].values == tuple(titles)
    assert fields(found)["vote count"].values == ("0", "1", "2", "3")
    assert fields(found)["view count"].values == ("0", "7", "14", "21")


def people_in_a_row(below: list[str]) -> list[Placed]:
    placed: list[Placed] = [("Hot contacts", 40, 40)]
    for n, (person, position) in enumerate(zip(PEOPLE, below, strict=True)):
        placed += [(person, 100, 100 + 70 * n), (position, 100, 124 + 70 * n)]
    return placed


def test_people_with_what_they_do_and_where_are_a_list() -> None:
    trades = ["Buyer", "Engineer", "Clerk", "Buyer", "Driver"]
    (found,) = read([], people_in_a_row([f"{trade} at Initech" for trade in trades]))
    assert found.region.kind == "list" and found.entity.name == "contact"
    assert fields(found)["Name"].values == tuple(PEOPLE)
    assert fields(found)["Title"].values == tuple(trades)
    assert set(fields(found)["Company"].values) == {"Initech"}


def test_initials_before_an_entry_are_a_picture_and_no_name() -> None:
    placed = people_in_a_row(["Buyer at Initech"] * 5)
    placed += [("AB", 60, 110), ("BL", 60, 390)]
    (found,) = read([], placed)
    assert fields(found)["Name"].values == tuple(PEOPLE)


def test_paragraphs_are_no_list() -> None:
    prose = "A sentence of more than nine words that goes on for its own sake, you see."
    placed = [(prose, 40, 60 + 30 * n + 40 * (n // 3)) for n in range(12)]
    assert read([], placed) == ()


def test_panels_are_flat_rectangles_and_never_the_page() -> None:
    boxes = [(40, 40, 240, 140), (300, 40, 500, 140)]
    image = draw(boxes, [("Title", 60, 60)])
    found = find_panels(image, 20)
    assert len(found) == 2
    for box, panel in zip(boxes, found, strict=True):
        assert max(abs(a - b) for a, b in zip(box, panel, strict=True)) <= 2


def test_a_chart_as_wide_as_the_cards_below_it_is_none_of_them() -> None:
    boxes: list[Box] = [(40, 40, 1100, 330)]
    placed = [(f"{n}m", 50, 60 + 40 * n) for n in range(6)]
    placed += [(f"{n:02} PM", 120 + 100 * n, 300) for n in range(1, 9)]
    for n in range(4):
        top = 360 + 100 * n
        boxes.append((40, top, 1100, top + 80))
        placed += [(PEOPLE[n], 60, top + 10), (f"member{n}@club.example", 60, top + 45)]
        placed += [(f"2025-0{n + 1}-14", 600, top + 45)]
    (found,) = read(boxes, placed)
    assert found.region.box[1] >= 360
    assert "6m" not in {value for field in found.region.fields for value in field.values}
