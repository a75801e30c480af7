"""Pages laid out by hand and at random, without a text reader."""

from __future__ import annotations

import random

import pytest
from PIL import Image, ImageDraw

from ghost_engine.inference.baseline.ddl import write_ddl
from ghost_engine.inference.baseline.reading import read_findings
from ghost_engine.inference.baseline.relations import Finding, plan_tables
from ghost_engine.ocr import Line
from ghost_engine.sql import check

Placed = tuple[str, int, int]  # text, x, y


def lines_of(*placed: Placed, height: int = 20) -> tuple[Line, ...]:
    return tuple(Line(text, (x, y, x + 9 * len(text), y + height), 0.99) for text, x, y in placed)


def read(*placed: Placed, size: tuple[int, int] = (1200, 700)) -> tuple[Finding, ...]:
    return read_findings(Image.new("RGB", size, "white"), lines_of(*placed), 0)


def grid(left: int, top: int, *rows: list[str], step: int = 200) -> list[Placed]:
    return [
        (cell, left + step * column, top + 40 * number)
        for number, row in enumerate(rows)
        for column, cell in enumerate(row)
        if cell
    ]


def labels(finding: Finding) -> list[str]:
    return [field.label for field in finding.region.fields]


def test_a_table_is_read_column_by_column() -> None:
    (found,) = read(
        ("Orders", 100, 20),
        *grid(100, 80, ["Number", "Total"], ["A-1", "$5.00"], ["A-2", "$6.00"], ["A-3", "$7.00"]),
    )
    assert labels(found) == ["Number", "Total"]
    assert found.region.fields[1].values == ("$5.00", "$6.00", "$7.00")


def test_wrapped_labels_are_joined() -> None:
    (found,) = read(
        ("Date", 100, 80),
        ("Amount", 300, 80),
        ("of birth", 100, 102),
        *grid(100, 150, ["2001-01-02", "$5.00"], ["2003-01-02", "$6.00"], ["1999-01-02", "$1.00"]),
    )
    assert labels(found) == ["Date of birth", "Amount"]


def test_a_sum_at_the_end_is_no_record() -> None:
    (found,) = read(
        *grid(100, 80, ["Item", "Price"], ["Mug", "$5.00"], ["Cup", "$6.00"], ["Pot", "$7.00"]),
        *grid(100, 240, ["Total:", "$18.00"]),
    )
    assert found.region.fields[1].values == ("$5.00", "$6.00", "$7.00")


def test_lines_below_one_record_belong_to_it() -> None:
    head, lines = read(
        *grid(100, 80, ["ID", "Date", "Status", "Agent"], ["7", "2025-01-02", "Open", "Ada"]),
        *grid(130, 220, ["Item", "Price", "Quantity"], ["Mug", "$5", "1"], ["Cup", "$6", "2"]),
        ("Shipment 7", 100, 20),
    )
    assert lines.parent == head.entity.name
    assert lines.entity.name == f"{head.entity.name}_line"


def test_a_sidebar_is_no_data_and_names_the_page() -> None:
    image = Image.new("RGB", (1200, 700), "white")
    ImageDraw.Draw(image).rectangle((0, 0, 180, 700), fill=(230, 230, 240))
    ImageDraw.Draw(image).rectangle((0, 130, 180, 164), fill=(90, 120, 250))
    menu = [(word, 20, 60 + 40 * n) for n, word in enumerate(["Home", "Teams", "Members", "Plans"])]
    rows = grid(300, 80, ["Name", "Joined"], ["Ada", "2025-01-02"], ["Alan", "2025-01-03"])
    more = grid(300, 200, ["Grace", "2025-01-05"], ["Edsger", "2025-01-09"])
    (found,) = read_findings(image, lines_of(*menu, *rows, *more), 0)
    assert found.entity.name == "member"
    assert labels(found) == ["Name", "Joined"]


@pytest.mark.parametrize(
    "placed",
    [
        [],
        [("Hello", 100, 100)],
        [(f"A sentence of many words that goes on, number {n}.", 80, 40 * n) for n in range(12)],
        [(word, 20 + 90 * n, 10) for n, word in enumerate(["Home", "About", "Blog", "Login"])],
    ],
)
def test_texts_that_are_no_data_give_nothing(placed: list[Placed]) -> None:
    assert read(*placed) == ()


WORDS = (
    [
        "Name",
        "Status",
        "Total",
        "Order",
        "ID",
        "Customer *",
        "Notes:",
        "E-mail",
        "Save",
        "Search...",
    ]
    + ["2025-01-02", "$5.00", "12", "—", "Paid", "a@b.io", "10.0.0.1", "1 / 3", "Größe", "商品"]
    + ["'; --", "\\", "x" * 90, "Home / Orders / 7", "All orders", "select", "3 kg", "50 %"]
)


@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 6))]
)
def test_random_pages_give_sql_that_runs_or_nothing(seed: int) -> None:
    randomness = random.Random(f"pages/{seed}")
    for _ in range(25):
        size = (randomness.randint(40, 2000), randomness.randint(40, 1500))
        image = Image.new("RGB", size, randomness.choice(["white", "black", "#336699"]))
        draw = ImageDraw.Draw(image)
        step_x, step_y = randomness.randint(20, 300), randomness.randint(12, 60)
        placed = []
        for _ in range(randomness.randrange(80)):
            x = step_x * randomness.randrange(size[0] // step_x + 1)
            y = step_y * randomness.randrange(size[1] // step_y + 1)
            placed.append((randomness.choice(WORDS), x, y))
            if randomness.random() < 0.4:
                draw.rectangle((x - 4, y - 4, x + step_x, y + 26), outline="grey")
        script = write_ddl(plan_tables(read_findings(image, lines_of(*placed), 0)))
        assert script == "" or check(script).valid, script
