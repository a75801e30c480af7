"""Weeks, boards, grids and lists as consumer applications draw them, laid out by hand."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from ghost_engine.inference.baseline.reading import read_findings
from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.relations import Finding
from ghost_engine.ocr import Line

Placed = tuple[str, int, int]  # text, x, y
Box = tuple[int, int, int, int]

INK, PALE = "#222222", "#8a8a8a"


def read(
    placed: list[Placed],
    boxes: list[Box] | None = None,
    size: tuple[int, int] = (1200, 800),
    pale: frozenset[str] = frozenset(),
) -> tuple[Finding, ...]:
    """What is found where texts stand, those in `pale` in grey, on boxes of their own ground."""
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    for box in boxes or []:
        pen.rectangle(box, fill="#dbe7ff")
    for text, x, y in placed:
        pen.text((x, y), text, fill=PALE if text in pale else INK, font_size=16)
    lines = tuple(Line(t, (x, y, x + 9 * len(t), y + 20), 0.99) for t, x, y in placed)
    return read_findings(image, lines, 0)


def fields(finding: Finding) -> dict[str, Field]:
    return {field.label: field for field in finding.region.fields}


def week(events: list[tuple[int, int, list[str]]]) -> tuple[list[Placed], list[Box]]:
    """A week from Monday the 16th: day, top and lines of each event."""
    placed, boxes = [("November 2026", 300, 20)], []
    for n, day in enumerate(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]):
        placed += [(day, 60 + 160 * n, 70), (str(16 + n), 64 + 160 * n, 96)]
    for day, top, lines in events:
        x = 10 + 160 * day
        boxes.append((x, top, x + 150, top + 80))
        placed += [(line, x + 8, top + 6 + 22 * n) for n, line in enumerate(lines)]
    return placed, boxes


def test_the_lines_in_one_frame_of_a_week_are_one_event_with_its_hours() -> None:
    lines = [["Design review", "10am – 12pm"], ["Demo", "3:30 – 4:30pm"], ["Dentist", "3 – 4pm"]]
    placed, boxes = week([(n, 200 + 100 * n, each) for n, each in enumerate(lines)])
    (found,) = read(placed, boxes)
    assert (found.region.kind, found.entity.name) == ("calendar", "event")
    assert fields(found)["Name"].values == ("Design review", "Demo", "Dentist")
    assert fields(found)["Starts at"].values == (
        "2026-11-16 10:00",
        "2026-11-17 3:30",
        "2026-11-18 3:00",
    )
    assert len(fields(found)["Ends at"].values) == 3


@pytest.mark.parametrize("hour", ["9:00a", "9:00 am", "09:00"])
def test_an_hour_before_a_name_is_no_part_of_it(hour: str) -> None:
    placed, boxes = week([(n, 200, [f"{hour} Ann Lee"]) for n in range(4)])
    (found,) = read(placed, boxes)
    assert fields(found)["Organizer"].values == ("Ann Lee",) * 4


TASKS = ["Write launch post", "Fix broken links", "Collect quotes", "Press kit", "Choose a date"]
LEVELS = [("High", "On track"), ("Low", "At risk"), ("High", "At risk"), ("Low", "On track")]


def board(avatar: bool) -> Image.Image:
    """Two lanes of cards with two chips, a date and the initials of somebody in a circle."""
    image = Image.new("RGB", (1200, 800), "#eef0f3")
    pen = ImageDraw.Draw(image)
    for n in range(4):
        x, y = 300 * (n % 2) + 40, 130 + 170 * (n // 2)
        pen.rectangle((x, y, x + 260, y + 140), fill="white")
        pen.rectangle((x + 12, y + 50, x + 70, y + 76), fill="#f06a6a")
        pen.rectangle((x + 84, y + 50, x + 190, y + 76), fill="#5da283")
        if avatar:
            pen.ellipse((x + 12, y + 96, x + 44, y + 128), fill="#8d84e8")
    return image


def test_chips_and_initials_on_a_board_are_no_labels() -> None:
    image, placed = board(avatar=True), [("+ Add task", 1000, 20)]
    placed += [("To do", 44, 96), ("Done", 344, 96)]
    for n in range(4):
        x, y = 300 * (n % 2) + 40, 130 + 170 * (n // 2)
        placed += [(TASKS[n], x + 14, y + 14), (LEVELS[n][0], x + 18, y + 53)]
        placed += [(LEVELS[n][1], x + 96, y + 53), ("kd", x + 20, y + 102)]
        placed += [(f"Nov {n + 20}", x + 60, y + 102)]
    pen = ImageDraw.Draw(image)
    for words, x, y in placed:
        pen.text((x, y), words, fill=INK, font_size=16)
    lines = tuple(Line(t, (x, y, x + 9 * len(t), y + 20), 0.99) for t, x, y in placed)
    (found,) = read_findings(image, lines, 0)
    assert found.region.kind == "board"
    assert set(fields(found)) == {"Name", "Due on", "Priority", "Status", "Assignee"}
    assert fields(found)["Priority"].values == tuple(level for level, _ in LEVELS)
    assert fields(found)["Assignee"].target == "user"


def test_pictures_with_lines_below_are_cards_without_frames() -> None:
    placed, pictures = [("Over 1,000 places in Salzburg", 40, 20)], []
    for n in range(6):
        x, y = 40 + 380 * (n % 3), 60 + 360 * (n // 3)
        pictures.append((x, y, x + 320, y + 220))
        placed += [(f"Cabin {PLACES[n]}", x, y + 234), (f"4.{n}7 (1{n}3)", x + 240, y + 234)]
        placed += [
            (f"Lake view · {n + 2} beds", x, y + 260),
            (f"Dec {n + 1} – {n + 9}", x, y + 286),
        ]
        placed += [(f"€1{n}2 night", x, y + 312)]
    (found,) = read(placed, pictures)
    assert (found.region.kind, found.entity.name) == ("cards", "place")
    assert fields(found)["Rating"].values[:2] == ("4.07", "4.17")
    assert fields(found)["Review count"].values[:2] == ("103", "113")
    assert fields(found)["bed count"].values == tuple("234567")
    assert fields(found)["Price"].values[0] == "€102 night"
    assert fields(found)["Ends on"].values[0] == "Dec 9"


PLACES = ["Alpha", "Birch", "Cedar", "Dune", "Elm", "Fern"]


def test_a_list_of_chats_is_no_record_of_times() -> None:
    names = ["Ava Chen", "Family", "Climbing Crew", "Flat 4B", "Grandpa"]
    times = ["10:42", "9:15", "Yesterday", "Yesterday", "Friday"]
    said = ["See you then", "Who brings dessert?", "New project", "Rent is due", "Thank you all"]
    placed = [("Chats", 20, 14)]
    for n, name in enumerate(names):
        y = 80 + 76 * n
        placed += [(name, 76, y), (times[n], 300, y), (said[n], 76, y + 26)]
    (found,) = read(placed, size=(390, 520), pale=frozenset(said + times))
    assert (found.region.kind, found.entity.name) == ("list", "chat")
    assert fields(found)["Last message"].values == tuple(said)
    assert fields(found)["Last message at"].values == tuple(times)
