"""Forms, detail lists and dialogs drawn by hand, without a text reader."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from PIL import Image, ImageDraw

from ghost_engine.inference.baseline.controls import find_controls
from ghost_engine.inference.baseline.details import find_details
from ghost_engine.inference.baseline.dialogs import find_dialog, part_dialog
from ghost_engine.inference.baseline.forms import find_forms
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import Look, Text

SIZE = (900, 640)
BORDER, PALE, DARK = (200, 205, 212), (140, 140, 140), (30, 30, 30)


def word(text: str, x: int, y: int, size: float = 14.0, ink: tuple[int, int, int] = DARK) -> Text:
    width = int(0.56 * size * len(text))
    return Text(text, (x, y, x + width, y + int(1.3 * size)), look=Look(size, 0.25, ink))


def sheet() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", SIZE, "white")
    return image, ImageDraw.Draw(image)


def page_of(texts: Sequence[Text]) -> Page:
    return Page(*SIZE, body=tuple(texts))


def form(image: Image.Image, texts: Sequence[Text]) -> dict[str, Field]:
    (region,) = find_forms(page_of(texts), find_controls(image, texts))
    return {field.label: field for field in region.fields}


def details(texts: Sequence[Text], image: Image.Image | None = None) -> tuple[Region, ...]:
    return find_details(page_of(texts), find_controls(image or sheet()[0], texts))


@pytest.mark.parametrize(("dx", "dy"), [(0, -26), (-190, 9)])
def test_labels_stand_above_their_inputs_or_to_the_left(dx: int, dy: int) -> None:
    image, draw = sheet()
    texts = []
    for number, (label, value) in enumerate([("Name *", "Ada"), ("City", ""), ("Fee", "12.50")]):
        top = 60 + 80 * number
        draw.rectangle((240, top, 560, top + 36), outline=BORDER)
        texts.append(word(label, 240 + dx, top + dy))
        texts += [word(value, 252, top + 9)] if value else []
    fields = form(image, texts)
    assert list(fields) == ["Name", "City", "Fee"]
    assert fields["Name"].required and fields["Name"].values == ("Ada",)
    assert fields["City"].values == ()


def test_a_help_text_between_label_and_input_is_passed_over() -> None:
    image, draw = sheet()
    draw.rectangle((40, 90, 400, 126), outline=BORDER)
    draw.rectangle((40, 180, 400, 216), outline=BORDER)
    texts = [word("Account", 40, 46), word("The account it is drawn from.", 40, 66, 12.0, PALE)]
    assert list(form(image, [*texts, word("Amount", 40, 156)])) == ["Account", "Amount"]


def test_a_prompt_in_an_input_is_no_value() -> None:
    image, draw = sheet()
    draw.rectangle((40, 90, 400, 126), outline=BORDER)
    draw.rectangle((40, 180, 400, 216), outline=BORDER)
    texts = [word("Team", 40, 66), word("Select...", 52, 99), word("Starts", 40, 156)]
    fields = form(image, texts)
    assert fields["Team"].values == () and fields["Team"].control == "select"


def test_the_cell_grown_together_with_an_input_names_it() -> None:
    image, draw = sheet()
    for left in (40, 460):
        draw.rectangle((left, 90, left + 100, 126), outline=BORDER, fill=(233, 236, 239))
        draw.rectangle((left + 100, 90, left + 400, 126), outline=BORDER)
    texts = [word("Location", 52, 99), word("Status", 472, 99), word("All", 152, 99)]
    fields = form(image, texts)
    assert list(fields) == ["Location", "Status"] and fields["Location"].values == ("All",)


def test_switches_are_yes_or_no_and_radios_in_a_row_one_choice() -> None:
    image, draw = sheet()
    draw.rectangle((40, 60, 400, 96), outline=BORDER)
    draw.rectangle((40, 140, 400, 176), outline=BORDER)
    draw.rectangle((40, 200, 55, 215), outline=PALE)
    draw.ellipse((140, 240, 156, 256), outline=PALE)
    draw.ellipse((240, 240, 256, 256), outline=PALE)
    texts = [word("Name", 40, 36), word("E-mail", 40, 116), word("Newsletter", 64, 199)]
    texts += [word("Size", 40, 239), word("Small", 164, 239), word("Large", 264, 239)]
    fields = form(image, texts)
    assert fields["Newsletter"].control == "checkbox"
    assert fields["Size"].values == ("Small", "Large")


def test_a_checkbox_is_named_by_a_text_that_was_read_together_with_it() -> None:
    image, draw = sheet()
    draw.rectangle((40, 60, 400, 96), outline=BORDER)
    draw.rectangle((40, 140, 400, 176), outline=BORDER)
    draw.rectangle((40, 200, 55, 215), outline=PALE)
    texts = [word("Name", 40, 36), word("E-mail", 40, 116), word("May be replaced", 46, 199)]
    assert form(image, texts)["May be replaced"].control == "checkbox"


def test_underlined_inputs_have_a_small_label_over_the_value_or_a_placeholder() -> None:
    image, draw = sheet()
    texts = [word("Title", 40, 206, 16.0, PALE)]
    for number, (label, value) in enumerate([("Author", "Ada"), ("Year", "1843")]):
        texts += [word(label, 40, 60 + 80 * number, 11.0, PALE)]
        texts += [word(value, 40, 78 + 80 * number, 16.0)]
    for y in (104, 184, 232):
        draw.line((40, y, 400, y), fill=PALE)
    fields = form(image, texts)
    assert set(fields) == {"Author", "Year", "Title"} and fields["Author"].values == ("Ada",)


def test_values_under_pale_labels_are_a_detail_list() -> None:
    texts = [word("Overview", 40, 40, 20.0)]
    pairs = [("Season", "2024"), ("Home", "Leeds"), ("Goals", "3"), ("Date", "2025-01-02")]
    for number, (label, value) in enumerate(pairs):
        x, y = 40 + 300 * (number % 2), 90 + 70 * (number // 2)
        texts += [word(label, x, y, 12.0, PALE), word(value, x, y + 22)]
    (region,) = details(texts)
    assert {field.label: field.values for field in region.fields} == {
        label: (value,) for label, value in pairs
    }


def test_labels_beside_values_may_stand_in_two_columns() -> None:
    texts = []
    pairs = [("Course", "History"), ("Year", "2025"), ("Lecturer", "Ada Byron"), ("Room", "L.4")]
    for number, (label, value) in enumerate(pairs):
        x, y = 40 + 400 * (number % 2), 90 + 40 * (number // 2)
        texts += [word(label, x, y, 12.0, PALE), word(value, x + 140, y)]
    (region,) = details(texts)
    assert [field.label for field in region.fields] == [label for label, _ in pairs]


def test_names_over_paler_lines_are_a_list_and_no_details() -> None:
    people = [("Ada Byron", "Analyst"), ("Alan Mathison", "Logician"), ("Grace Brew", "Admiral")]
    texts = []
    for number, (name, work) in enumerate(people):
        texts += [word(name, 40, 60 + 60 * number), word(work, 40, 80 + 60 * number, 12.0, PALE)]
    assert details(texts) == ()


def test_paler_values_of_several_kinds_are_details_and_no_list() -> None:
    image, draw = sheet()
    draw.rectangle((20, 40, 700, 300), outline=PALE)
    pairs = [("Order", "SHP-1"), ("Buyer", "Rivoli"), ("Picked up", "2025-01-02")]
    pairs += [("Total", "$5.00"), ("State", "sent"), ("Arrives", "2025-02-03")]
    texts = []
    for number, (label, value) in enumerate(pairs):
        x, y = 40 + 300 * (number % 2), 60 + 70 * (number // 2)
        texts += [word(label, x, y), word(value, x, y + 22, ink=PALE)]
    (region,) = details(texts, image)
    assert [field.label for field in region.fields] == [label for label, _ in pairs]


@pytest.mark.parametrize("dark", [False, True])
def test_a_dialog_over_a_dimmed_page_is_read_for_itself(dark: bool) -> None:
    veil, ground = ((12, 12, 14), (44, 44, 48)) if dark else ((120, 120, 120), (255, 255, 255))
    dim, ink = ((110, 110, 110), (245, 245, 245)) if dark else ((40, 40, 40), (20, 20, 20))
    image = Image.new("RGB", SIZE, veil)
    ImageDraw.Draw(image).rectangle((250, 150, 650, 450), fill=ground)
    behind = [(word(f"Row {n}", 40, 60 + 60 * n), dim, veil) for n in range(6)]
    front = [(word(text, 280, 200 + 60 * n), ink, ground) for n, text in enumerate("abc")]
    texts = [
        Text(text.text, text.box, look=Look(14.0, 0.2, colour, back))
        for text, colour, back in (*behind, *front)
    ]
    box = find_dialog(image, find_controls(image, texts), texts)
    assert box is not None and abs(box[0] - 250) < 4 and abs(box[3] - 450) < 4
    inside, outside = part_dialog(page_of(texts), box)
    assert len(inside.body) == 3 and len(outside.body) == 6


def test_a_white_card_on_a_white_page_is_no_dialog() -> None:
    image, draw = sheet()
    draw.rectangle((250, 150, 650, 450), outline=BORDER)
    texts = [word("Row", 40, 60 + 60 * n) for n in range(6)]
    texts += [word("abc", 280, 200 + 60 * n) for n in range(3)]
    assert find_dialog(image, find_controls(image, texts), texts) is None
