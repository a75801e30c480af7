"""Many browsers at once, each with a picture of its own: no error, and nothing mixed up."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
ANIMALS = (
    "falcon otter badger salmon walrus pelican gazelle lobster panther sparrow "
    "buffalo cheetah dolphin hamster leopard octopus penguin raccoon tortoise vulture"
).split()


def animal_screen(animal: str) -> bytes:
    """A PNG of a table with columns named after the animal, which nobody else has."""
    picture = Image.new("RGB", (1000, 420), "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(18)
    draw.text((40, 24), f"{animal.title()} list", fill="#111", font=ImageFont.load_default(28))
    draw.rectangle((40, 84, 960, 124), fill="#e6e9ee")
    lines = [
        (f"{animal.title()} code", "Name", f"{animal.title()} price", "Created"),
        ("A-101", "North", "12.50", "2026-01-04"),
        ("A-102", "South", "8.00", "2026-01-09"),
        ("A-103", "East", "31.75", "2026-02-01"),
        ("A-104", "West", "5.20", "2026-02-11"),
    ]
    for line, cells in enumerate(lines):
        for at, cell in enumerate(cells):
            draw.text((56 + at * 235, 94 + line * 44), cell, fill="#222", font=font)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "count", [2, pytest.param(20, marks=[pytest.mark.slow, pytest.mark.timeout(300)])]
)
def test_everyone_gets_their_own_schema(visitor: Callable[[], Page], count: int) -> None:
    animals = ANIMALS[:count]
    pages = {animal: visitor() for animal in animals}
    for page in pages.values():
        page.goto("/playground")
    for animal, page in pages.items():
        file = {"name": f"{animal}.png", "mimeType": "image/png", "buffer": animal_screen(animal)}
        page.locator("input[type=file]").set_input_files(file)

    for animal, page in pages.items():
        sql = page.get_by_label("SQL of the schema", exact=True)
        expect(sql).to_contain_text(animal, timeout=120_000)
        expect(page.locator(".stMarkdownBadge").filter(has_text="Runs").first).to_be_visible()
        text = sql.inner_text().lower()
        assert [other for other in animals if other != animal and other in text] == []
