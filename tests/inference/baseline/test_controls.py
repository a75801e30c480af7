"""Controls drawn one by one, light and dark, and what they are taken for."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from ghost_engine.inference.baseline.controls import Control, find_controls, stacks
from ghost_engine.inference.baseline.texts import Look, Text

LIGHT = ("white", (206, 212, 218), (248, 249, 250))  # ground, border, filled input
DARK = ((24, 24, 28), (66, 70, 78), (46, 48, 54))


def word(text: str, x: int, y: int) -> Text:
    return Text(text, (x, y, x + 8 * len(text), y + 18), look=Look(size=14.0))


def shapes(image: Image.Image, *texts: Text) -> list[str]:
    found = find_controls(image, texts or (word("Usual", 0, 280),))
    return [control.shape for control in found]


def canvas(theme: tuple[object, ...]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (500, 300), theme[0])  # type: ignore[arg-type]
    return image, ImageDraw.Draw(image)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_frame_is_an_input_whether_its_corners_are_round_or_not(
    theme: tuple[tuple[int, int, int], ...],
) -> None:
    image, draw = canvas(theme)
    draw.rectangle((40, 40, 300, 76), outline=theme[1])
    draw.rounded_rectangle((40, 100, 300, 136), 9, outline=theme[1])
    found = find_controls(image, [word("Usual", 40, 10)])
    assert [control.shape for control in found] == ["box", "box"]
    assert all(abs(control.width - 260) < 4 and abs(control.height - 36) < 4 for control in found)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_ground_of_its_own_is_an_input_without_a_frame(
    theme: tuple[tuple[int, int, int], ...],
) -> None:
    image, draw = canvas(theme)
    draw.rectangle((40, 40, 300, 76), fill=theme[2])
    assert shapes(image) == ["box"]


def test_a_line_that_bounds_nothing_is_an_underline() -> None:
    image, draw = canvas(LIGHT)
    draw.line((40, 80, 300, 80), fill=(150, 150, 150))
    assert shapes(image) == ["underline"]


def test_small_squares_discs_and_pills_are_switches() -> None:
    image, draw = canvas(LIGHT)
    draw.rectangle((40, 40, 55, 55), outline=(120, 120, 120))
    draw.ellipse((100, 40, 116, 56), outline=(120, 120, 120))
    draw.rounded_rectangle((160, 40, 192, 56), 8, fill=(190, 190, 200))
    draw.ellipse((300, 30, 340, 70), fill=(200, 120, 60))
    found = sorted(find_controls(image, [word("Usual", 0, 280)]), key=lambda each: each.box[0])
    assert [each.shape for each in found] == ["checkbox", "radio", "toggle", "avatar"]


def test_a_stroke_of_a_letter_is_no_checkbox() -> None:
    image, draw = canvas(LIGHT)
    draw.rectangle((40, 100, 53, 113), fill=(90, 80, 30))
    ink = Look(16.0, 0.3, (90, 80, 30))
    spoken = Text("Description", (38, 94, 160, 118), look=ink)
    other = Text("Description", (60, 94, 180, 118), look=ink)
    assert shapes(image, spoken, word("Usual", 0, 280)) == []
    assert shapes(image, other, word("Usual", 0, 280)) == ["checkbox"]


def test_a_loud_ground_around_one_word_is_a_button_and_a_low_one_a_chip() -> None:
    image, draw = canvas(LIGHT)
    draw.rectangle((40, 40, 140, 76), fill=(20, 80, 200))
    draw.rounded_rectangle((200, 40, 260, 62), 8, fill=(210, 240, 210))
    texts = [word("Archive", 62, 49), word("Paid", 214, 42), word("Usual", 0, 280)]
    assert shapes(image, *texts) == ["button", "chip"]


def test_what_holds_inputs_is_a_panel() -> None:
    image, draw = canvas(LIGHT)
    draw.rectangle((20, 20, 400, 200), outline=LIGHT[1])
    draw.rectangle((40, 60, 300, 96), outline=LIGHT[1])
    assert shapes(image) == ["panel", "box"]


def test_compression_noise_hides_no_frame() -> None:
    image, draw = canvas(LIGHT)
    draw.rectangle((40, 40, 300, 76), outline=(150, 155, 160))
    noisy = Image.blend(image, Image.effect_noise(image.size, 20).convert("RGB"), 0.06)
    assert shapes(noisy).count("box") == 1


def test_cells_that_touch_are_one_grid() -> None:
    cells = [Control("box", (x, y, x + 100, y + 30)) for x in (10, 111) for y in (10, 41, 72)]
    apart = Control("box", (10, 200, 110, 230))
    assert stacks([*cells, apart]) == ((10, 10, 211, 102),)
