"""What frames a page is told from what it shows."""

from __future__ import annotations

from PIL import Image, ImageDraw

from ghost_engine.inference.baseline.controls import Control
from ghost_engine.inference.baseline.page import Page, split_page
from ghost_engine.inference.baseline.texts import Look, Text

Placed = tuple[str, int, int]  # text, x, y


def split(image: Image.Image, *placed: Placed) -> Page:
    texts = [Text(text, (x, y, x + 9 * len(text), y + 20)) for text, x, y in placed]
    return split_page(texts, [], image)


def words(texts: tuple[Text, ...]) -> list[str]:
    return [text.text for text in texts]


MENU = [(word, 20, 80 + 40 * n) for n, word in enumerate(["Home", "Teams", "Members", "Plans"])]
ROWS = [
    (cell, 300 + 160 * column, 80 + 40 * number)
    for number, row in enumerate([["Name", "Role"], ["Ada", "Lead"], ["Alan", "Guest"]])
    for column, cell in enumerate(row)
]


def test_a_line_down_the_page_ends_the_sidebar() -> None:
    image = Image.new("RGB", (1200, 700), "white")
    ImageDraw.Draw(image).line((200, 0, 200, 700), fill=(225, 225, 225))
    page = split(image, *MENU, *ROWS)
    assert words(page.navigation) == ["Home", "Teams", "Members", "Plans"]
    assert 195 <= page.left <= 210


def test_the_first_column_of_a_table_is_no_sidebar() -> None:
    image = Image.new("RGB", (1200, 700), "white")
    names = [(name, 20, 80 + 40 * n) for n, name in enumerate(["Name", "Ada", "Alan", "Grace"])]
    roles = [(role, 320, 80 + 40 * n) for n, role in enumerate(["Role", "Lead", "Guest", "Lead"])]
    page = split(image, *names, *roles)
    assert page.left == 0 and page.navigation == ()


def test_a_strip_of_icons_is_not_part_of_the_body() -> None:
    image = Image.new("RGB", (1200, 700), "white")
    ImageDraw.Draw(image).rectangle((0, 0, 60, 700), fill=(30, 30, 60))
    page = split(image, ("Q", 20, 120), *ROWS)
    assert page.left == 61 and "Q" not in words(page.body)


def test_tabs_along_the_lower_edge_of_a_telephone_are_navigation() -> None:
    image = Image.new("RGB", (400, 860), "white")
    tabs = [(word, 20 + 100 * n, 830) for n, word in enumerate(["Home", "Users", "Apps", "Logs"])]
    page = split(image, ("Users", 20, 20), ("Ada Byron", 20, 120), *tabs)
    assert words(page.navigation) == ["Home", "Users", "Apps", "Logs"]
    assert words(page.body) == ["Users", "Ada Byron"]


def test_what_is_below_a_title_is_no_bar() -> None:
    image = Image.new("RGB", (1200, 700), "white")
    title = Text("Members", (40, 10, 240, 50), look=Look(size=32))
    filters = [
        Text(word, (40 + 380 * n, 70, 130 + 380 * n, 90), look=Look(size=14))
        for n, word in enumerate(["Any", "All", "Open"])
    ]
    assert split_page([title, *filters], [], image).navigation == ()
    assert len(split_page(filters, [], image).navigation) == 3


def test_a_divider_with_nothing_left_of_it_is_no_sidebar() -> None:
    image = Image.new("RGB", (1200, 700), "white")
    ImageDraw.Draw(image).rectangle((0, 0, 239, 700), fill=(20, 22, 30))
    assert split(image, *ROWS).left == 0


def test_names_with_amounts_on_a_dark_pane_are_navigation() -> None:
    image = Image.new("RGB", (1200, 700), "white")
    ImageDraw.Draw(image).rectangle((0, 0, 239, 700), fill=(20, 22, 30))
    names = ["Budget", "Reports", "Checking", "Savings", "Wallet", "Car loan"]
    amounts = ["4,218.66", "6,200.00", "$133.93", "-3,500.00"]
    menu = [(name, 20, 80 + 40 * n) for n, name in enumerate(names)]
    menu += [(amount, 150, 160 + 40 * n) for n, amount in enumerate(amounts)]
    dark = Look(ground=(20, 22, 30))
    texts = [Text(t, (x, y, x + 9 * len(t), y + 20), look=dark) for t, x, y in menu]
    texts += [Text(t, (x, y, x + 9 * len(t), y + 20)) for t, x, y in ROWS]
    page = split_page(texts, [], image)
    assert "Savings" in words(page.navigation) and words(page.body)[0] == "Name"


def test_a_list_with_counts_beside_a_strip_of_icons_is_navigation() -> None:
    image = Image.new("RGB", (1200, 700), "white")
    draw = ImageDraw.Draw(image)
    draw.line((40, 0, 40, 700), fill=(200, 200, 200))
    draw.line((300, 0, 300, 700), fill=(200, 200, 200))
    queues = [(name, 60, 90 + 47 * n) for n, name in enumerate(["Open", "To me", "Web", "Docs"])]
    counts = [(count, 230, 90 + 47 * n) for n, count in enumerate(["2434", "141", "1,208", "15"])]
    rows = [(cell, x + 60, y) for cell, x, y in ROWS]
    page = split(image, *queues, *counts, *rows)
    assert "Docs" in words(page.navigation) and 295 <= page.left <= 305


def test_the_ground_of_the_open_item_is_no_input() -> None:
    names = ["Runs", "Flows", "Deployments", "Work pools", "Blocks"]
    texts = [Text(name, (20, 91 + 40 * n, 120, 111 + 40 * n)) for n, name in enumerate(names)]
    texts += [Text(cell, (x, y, x + 90, y + 20)) for cell, x, y in ROWS]
    open_item = Control("box", (8, 86, 220, 116))
    drawing = [Control("toggle", (60, 600, 76, 609)), Control("toggle", (90, 620, 106, 629))]
    page = split_page(texts, [open_item, *drawing], Image.new("RGB", (1200, 700), "white"))
    assert words(page.navigation) == names
