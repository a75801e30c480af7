"""Bars of tabs below tables, and headers on a ground of their own."""

from __future__ import annotations

from dataclasses import replace

from PIL import Image, ImageDraw, ImageFont

from ghost_engine.inference.baseline.false_headers import holds_tabs
from ghost_engine.inference.baseline.headers import is_one_style
from ghost_engine.inference.baseline.looks import measure_looks
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.tables import find_tables
from ghost_engine.inference.baseline.texts import Look, Text, clean_texts
from ghost_engine.inference.baseline.title_nouns import to_noun
from ghost_engine.ocr import Line

TABS = ("Overview", "Runs", "Audit log", "Settings")
FONT = ImageFont.load_default(16)


def word(text: str, x: int, y: int) -> Text:
    return Text(text, (x, y, x + 8 * len(text), y + 18), look=Look(14.0, 0.3))


def bar(y: int, *words: str) -> tuple[Text, ...]:
    """Words with the same gap after each."""
    starts = [20 + sum(8 * len(before) + 24 for before in words[:n]) for n in range(len(words))]
    return tuple(word(text, x, y) for text, x in zip(words, starts, strict=True))


def test_a_table_ends_above_a_bar_of_tabs() -> None:
    header = tuple(word(text, 20 + 200 * n, 20) for n, text in enumerate(("Total", "Date", "Who")))
    assert holds_tabs(bar(100, *TABS), header)
    assert not holds_tabs(tuple(word("Ada", head.box[0], 100) for head in header), header)


def test_a_header_on_a_ground_of_its_own_is_read_beside_a_heading() -> None:
    image = Image.new("RGB", (1100, 420), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((240, 30, 1080, 66), fill=(206, 230, 255))
    lines: list[Line] = []

    def write(text: str, x: int, y: int) -> None:
        width = int(FONT.getlength(text))
        draw.text((x, y), text, fill=(20, 20, 20), font=FONT)
        lines.append(Line(text, (x - 2, y, x + width + 2, y + 21), 0.99))

    def write_row(y: int, *cells: str) -> None:
        for column, cell in enumerate(cells):
            write(cell, 260 + 220 * column, y)

    write("OUTGOING", 30, 38)
    write_row(38, "Summary", "Branch", "Amount")
    for number in range(6):
        write("Closed since May" if number % 2 else "Open", 50, 90 + 50 * number)
        write_row(90 + 50 * number, f"Mend the login page {number}", "master", f"{number}.50")
    texts = measure_looks(clean_texts(lines), image)
    (table,) = find_tables(Page(image.width, image.height, texts), image)
    assert [field.label for field in table.fields] == ["Summary", "Branch", "Amount"]


def test_a_title_beside_buttons_heads_no_columns() -> None:
    row = [word(text, 20 + 200 * n, 20) for n, text in enumerate(("Runs", "New run", "Summary"))]
    assert is_one_style(row)
    assert not is_one_style([replace(row[0], look=Look(24.0, 0.3)), *row[1:]])


def test_a_label_cut_to_a_letter_is_no_column() -> None:
    image = Image.new("RGB", (700, 320), "white")
    header = [word(text, 20 + 200 * n, 20) for n, text in enumerate(("Run", "Started", "State"))]
    cells = [
        word(text, 20 + 200 * n, 60 + 40 * row)
        for row in range(4)
        for n, text in enumerate((f"load-{row}", f"2026-11-2{row}", "Done"))
    ]
    page = Page(700, 320, (*header, word("C", 640, 20), *cells))
    (table,) = find_tables(page, image)
    assert [field.label for field in table.fields] == ["Run", "Started", "State"]


def test_what_is_done_with_things_is_no_part_of_their_name() -> None:
    assert to_noun("Items ordered") == "item"
    assert to_noun("Files uploaded") == "file"
    assert to_noun("Red seeds") == "red_seed"
