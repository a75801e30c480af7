"""Tabs with a bar below the open one are told from headers with a line below all labels."""

from __future__ import annotations

from PIL import Image, ImageDraw

from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.pixels import pixels_of
from ghost_engine.inference.baseline.tab_bars import find_tab_bars, without_tabs
from ghost_engine.inference.baseline.texts import Look, Text

WORDS = ("Issues", "Releases", "Settings", "Members")
ROW = tuple(
    Text(word, (40 + 120 * n, 40, 40 + 120 * n + 9 * len(word), 60), look=Look(size=14))
    for n, word in enumerate(WORDS)
)


def screen(*lines: tuple[int, int, int, int]) -> Image.Image:
    image = Image.new("RGB", (1200, 700), "white")
    for line in lines:
        ImageDraw.Draw(image).rectangle(line, fill=(90, 60, 200))
    return image


def test_the_tab_with_a_bar_of_its_own_is_open() -> None:
    found = list(find_tab_bars(ROW, pixels_of(screen((150, 70, 240, 72)))))
    assert [(bar.tabs, bar.open.text) for bar in found] == [(ROW, "Releases")]


def test_a_line_below_all_labels_is_a_headers() -> None:
    assert not list(find_tab_bars(ROW, pixels_of(screen((20, 70, 700, 72)))))


def test_a_button_below_a_label_is_no_bar() -> None:
    assert not list(find_tab_bars(ROW, pixels_of(screen((150, 66, 240, 96)))))


def test_tabs_head_no_data_and_the_open_one_is_known() -> None:
    cell = Text("Route not found", (40, 120, 190, 140), look=Look(size=14))
    page = without_tabs(Page(1200, 700, (*ROW, cell)), screen((150, 70, 240, 72)))
    assert page.body == (cell,) and page.navigation == ROW
    assert [tab.text for tab in page.opened] == ["Releases"]
