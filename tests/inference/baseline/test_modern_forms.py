"""Forms as component libraries draw them: chevrons, segmented choices, stars before labels,
"Optional" under them, signs in circles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ghost_engine.inference.baseline.arbitration import are_inputs
from ghost_engine.inference.baseline.chevrons import has_chevron
from ghost_engine.inference.baseline.controls import find_controls
from ghost_engine.inference.baseline.forms import find_forms
from ghost_engine.inference.baseline.headed import without_headers
from ghost_engine.inference.baseline.icons import without_icons
from ghost_engine.inference.baseline.kinds import infer_kind
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import Look, Text, clean_texts
from ghost_engine.ocr import Line

SIZE = (1000, 420)
BORDER, DARK, BLUE = (190, 195, 200), (30, 30, 30), (60, 120, 200)
Draw = ImageDraw.ImageDraw


def word(text: str, x: int, y: int) -> Text:
    return Text(text, (x, y, x + 8 * len(text), y + 18), look=Look(14.0, 0.25))


def sheet() -> tuple[Image.Image, Draw]:
    image = Image.new("RGB", SIZE, "white")
    return image, ImageDraw.Draw(image)


def form(image: Image.Image, *texts: Text) -> dict[str, Field]:
    (region,) = find_forms(Page(*SIZE, body=texts), find_controls(image, texts))
    return {field.label: field for field in region.fields}


def caret(draw: Draw) -> None:
    draw.polygon([(280, 22), (290, 22), (285, 27)], fill=DARK)


def angle(draw: Draw) -> None:
    draw.line([(279, 21), (285, 27), (291, 21)], fill=DARK, width=2)


def pair(draw: Draw) -> None:
    draw.polygon([(280, 22), (290, 22), (285, 16)], fill=DARK)
    draw.polygon([(280, 27), (290, 27), (285, 33)], fill=DARK)


def calendar(draw: Draw) -> None:
    draw.rectangle((278, 17, 292, 31), outline=DARK, width=2)
    draw.line((278, 21, 292, 21), fill=DARK, width=2)


def cross(draw: Draw) -> None:
    draw.line((280, 19, 290, 29), fill=DARK, width=2)
    draw.line((290, 19, 280, 29), fill=DARK, width=2)


@pytest.mark.parametrize(
    ("sign", "opens"),
    [(caret, True), (angle, True), (pair, True), (calendar, False), (cross, False)],
)
def test_inputs_with_a_chevron_at_their_end_open(sign: Callable[[Draw], None], opens: bool) -> None:
    image, draw = sheet()
    draw.rectangle((40, 8, 300, 40), outline=BORDER)
    sign(draw)
    grey = np.asarray(image.convert("L")).astype(np.int16)
    assert has_chevron(grey, (40, 8, 301, 41), 14.0) is opens


def test_what_opens_is_chosen_and_what_is_typed_is_not() -> None:
    image, draw = sheet()
    for top in (50, 110):
        draw.rectangle((40, top, 300, top + 32), outline=BORDER)
    draw.line([(279, 63), (285, 69), (291, 63)], fill=DARK, width=2)
    texts = [word("Room", 40, 28), word("Title", 40, 88), word("Please enter a title", 50, 117)]
    fields = form(image, *texts)
    assert fields["Room"].control == "select" and fields["Title"].control == "input"
    assert fields["Title"].values == ()


def test_grown_buttons_after_a_label_are_one_choice() -> None:
    image, draw = sheet()
    for top in (20, 120):
        draw.rectangle((200, top, 460, top + 30), outline=BORDER)
    draw.rectangle((200, 70, 280, 100), fill=BLUE)
    for x in (281, 362):
        draw.rectangle((x, 70, x + 80, 100), outline=BORDER)
    texts = [word(t, 40, y) for t, y in (("Name", 26), ("Source", 76), ("City", 126))]
    texts += [word("Blank", 220, 76), word("Image", 302, 76), word("Disk", 386, 76)]
    fields = form(image, *texts)
    assert set(fields) == {"Name", "Source", "City"}
    assert fields["Source"].values == ("Blank", "Image", "Disk")


def test_optional_under_a_label_is_no_part_of_it() -> None:
    image, draw = sheet()
    tops = (20, 90, 160)
    for top in tops:
        draw.rectangle((200, top, 700, top + 34), outline=BORDER)
    labels = ("Room", "Track", "Tags")
    texts = [word(label, 140, top + 8) for label, top in zip(labels, tops, strict=True)]
    texts += [word("Optional", 120, top + 28) for top in tops]
    assert list(form(image, *texts)) == list(labels)


def test_a_star_before_a_label_is_its_mark() -> None:
    (text,) = clean_texts([Line("* Capacity (GB)", (20, 10, 140, 30), 0.99)])
    assert text.text == "Capacity (GB) *" and text.box[0] > 30


def test_a_sign_in_a_circle_is_no_letter() -> None:
    image, draw = sheet()
    for x in range(12, 60, 9):
        draw.rectangle((x, 20, x + 4, 31), fill=DARK)  # letters
    draw.ellipse((70, 18, 84, 32), outline=DARK)
    draw.rectangle((76, 23, 77, 28), fill=DARK)
    (text,) = without_icons([Text("Zone O", (8, 14, 88, 36))], image)
    assert text.text == "Zone" and text.box[2] < 70


def test_what_begins_over_a_date_is_no_button() -> None:
    image, draw = sheet()
    for top in (20, 70, 120):
        draw.rectangle((200, top, 460, top + 30), outline=BORDER)
    texts = [word(t, 40, y) for t, y in (("Name", 26), ("Start", 76), ("Search", 126))]
    fields = form(image, *texts, word("mm/dd/yyyy", 210, 76))
    assert set(fields) == {"Name", "Start"}


def test_a_list_of_the_labels_of_inputs_is_none() -> None:
    names = ("Name", "Room", "Start", "Track", "Tags")
    rows = [(20, 40 * n, 700, 40 * n + 30) for n in range(len(names))]
    asked = tuple(Field(name, (), box, "input") for name, box in zip(names, rows, strict=True))
    form = Region("form", asked, (20, 0, 700, 190), 0.9)
    said = Region("list", (Field("Name", names, (20, 0, 90, 190), read=False),), form.box, 0.6)
    assert are_inputs(said, [form])
    tabs = tuple(Field(tab, names[1:], rows[0]) for tab in ("Account", "Team"))
    assert are_inputs(Region("table", tabs, form.box, 0.9), [form])
    assert not are_inputs(said, [Region("form", asked[:2], rows[0], 0.7)])


def test_a_question_is_no_yes_or_no_where_words_answer_it() -> None:
    assert infer_kind(Field("What?", ("Fado evening",), (0, 0, 9, 9), "input")).type == "text"
    assert infer_kind(Field("Is it paid?", (), (0, 0, 9, 9), "input")).type == "boolean"


def test_several_chips_in_an_input_are_several_values() -> None:
    image, draw = sheet()
    for top in (20, 80):
        draw.rectangle((200, top, 700, top + 34), outline=BORDER)
    for x in (206, 300):
        draw.rounded_rectangle((x, 84, x + 84, 110), 4, outline=BORDER)
    texts = [word("Name", 140, 28), word("Tags", 140, 88), word("beginner", 214, 88)]
    fields = form(image, *texts, word("hardware", 308, 88))
    assert fields["Tags"].values == ("beginner", "hardware")
    assert fields["Tags"].control == "several" and infer_kind(fields["Tags"]).type == "text[]"


def test_checkboxes_after_one_label_are_several_of_a_set() -> None:
    image, draw = sheet()
    for top in (20, 240):
        draw.rectangle((200, top, 460, top + 30), outline=BORDER)
    for top in (80, 120, 160):
        draw.rectangle((200, top, 214, top + 14), outline=BORDER)
    texts = [word(t, 40, y) for t, y in (("Name", 26), ("Days", 78), ("City", 246))]
    days = ("Mornings", "Evenings", "Nights")
    texts += [word(day, 224, 78 + 40 * n) for n, day in enumerate(days)]
    fields = form(image, *texts)
    assert set(fields) == {"Name", "Days", "City"} and fields["Days"].values == days
    own = form(image, *texts, word("Weekend", 40, 118))  # a label of its own
    assert {"Mornings", "Nights"} <= set(own)


def test_a_label_may_go_on_with_a_capital() -> None:
    image, draw = sheet()
    for top in (20, 110, 200):
        draw.rectangle((200, top, 460, top + 30), outline=BORDER)
    texts = [word(t, 40, y) for t, y in (("Name", 26), ("Bill", 116), ("Type", 140), ("City", 206))]
    assert list(form(image, *texts)) == ["Name", "Bill Type", "City"]
    assert "Bill" in form(image, *texts, word("monthly", 200, 140))  # a label with a value


def test_a_text_under_tabs_to_write_and_to_preview_is_long() -> None:
    image, draw = sheet()
    for top in (20, 70):
        draw.rectangle((200, top, 700, top + 30), outline=BORDER)
    texts = [word(t, 40, y) for t, y in (("Name", 26), ("City", 76), ("Notes", 128))]
    texts += [word("Write", 204, 128), word("Preview", 270, 128), word("Six tables.", 204, 160)]
    notes = form(image, *texts)["Notes"]
    assert notes.control == "textarea" and notes.values == ("Six tables.",)


def test_a_label_may_begin_over_the_cell_before_its_input() -> None:
    image, draw = sheet()
    for x, top in ((200, 40), (236, 110)):
        draw.rectangle((x, top, 700, top + 32), outline=BORDER)
    draw.rectangle((200, 110, 236, 142), fill=(240, 240, 244), outline=BORDER)
    texts = [word("Client", 200, 18), word("Budget", 200, 88), word("25000", 246, 117)]
    assert list(form(image, *texts)) == ["Client", "Budget"]


def test_what_goes_on_behind_a_value_leaves_it_an_input() -> None:
    image, draw = sheet()
    for top in (40, 110):
        draw.rectangle((200, top, 700, top + 32), outline=BORDER)
    texts = [word("Name", 200, 18), word("Mail", 200, 88), word("jane.doe", 210, 117)]
    fields = form(image, *texts, word("@example.com", 600, 117))
    assert list(fields) == ["Name", "Mail"]


def toggles(draw: Draw, x: int, tops: tuple[int, ...]) -> None:
    for top in tops:
        draw.rounded_rectangle((x, top, x + 36, top + 20), 10, fill=BLUE)
        draw.ellipse((x + 18, top + 2, x + 34, top + 18), fill="white")


def test_toggles_at_the_end_of_rows_are_named_by_how_these_begin() -> None:
    image, draw = sheet()
    toggles(draw, 900, (40, 110, 180))
    labels = ("Email digest", "Project updates", "Weekly report")
    texts = [word(label, 100, 34 + 70 * n) for n, label in enumerate(labels)]
    texts += [word("Sent every morning", 100, 54), word("When a status changes", 100, 124)]
    fields = form(image, *texts)
    assert list(fields) == list(labels)
    assert all(field.control == "checkbox" for field in fields.values())


def test_a_checkbox_on_a_page_is_no_toggle() -> None:
    image, draw = sheet()
    draw.rectangle((200, 40, 214, 54), outline=BORDER)
    draw.rectangle((300, 90, 360, 104), fill=(240, 240, 244))
    draw.rectangle((300, 90, 314, 104), outline=BORDER)
    assert not [c for c in find_controls(image, ()) if c.shape == "toggle"]


def test_a_radio_button_beside_one_of_two_options_is_no_yes_or_no() -> None:
    image, draw = sheet()
    for top in (40, 110):
        draw.rectangle((200, top, 700, top + 32), outline=BORDER)
    draw.ellipse((198, 168, 217, 187), outline=BORDER)
    texts = [word("Name", 200, 18), word("Mail", 200, 88), word("Paid monthly", 224, 168)]
    assert "Paid monthly" in form(image, *texts)  # a switch
    assert list(form(image, *texts, word("Paid yearly", 224, 200))) == ["Name", "Mail"]


def test_labels_over_pale_inputs_are_fields_where_others_have_frames() -> None:
    image, draw = sheet()
    for top in (40, 180, 250):
        draw.rectangle((200, top, 700, top + 32), outline=BORDER)
    texts = [word(label, 200, 18 + 70 * n) for n, label in enumerate(("Mail", "Role", "City"))]
    texts += [word("Street", 200, 228), word("Owner", 212, 117), word("Please ask first", 200, 380)]
    fields = form(image, *texts)
    assert set(fields) == {"Mail", "Role", "City", "Street"} and fields["Role"].values == ("Owner",)


def test_a_record_ends_where_the_table_of_its_lines_begins() -> None:
    def field(label: str, value: str, y: int) -> Field:
        return Field(label, (value,) if value else (), (20, y, 400, y + 20))

    heads = ("Product", "Quantity", "Unit", "Price", "Total")
    cells = (("Lamp", "Desk", "Add a line"), ("4", "2"), ("pc", "pc"), ("40", "45"), ("160", "90"))
    columns = [
        Field(head, values, (20 + 90 * n, 200, 100 + 90 * n, 300))
        for n, (head, values) in enumerate(zip(heads, cells, strict=True))
    ]
    lines = Region("table", tuple(columns), (20, 200, 460, 300), 0.9)
    own = (field("Customer", "Deco", 40), field("Terms", "30 days", 70))
    read = (field("Product", "Quantity", 200), field("Unit", "Price", 200))
    read += (field("Total", "", 200), field("Desk", "2", 260))
    (record,) = without_headers([Region("detail", own + read, (20, 40, 460, 300), 0.95)], [lines])
    assert record.fields == own and record.box[3] < 200


def test_a_value_that_begins_as_a_button_does_is_still_one() -> None:
    image, draw = sheet()
    for top in (40, 110):
        draw.rectangle((200, top, 700, top + 32), outline=BORDER)
    texts = [word("Name", 200, 18), word("Summary", 200, 88), word("Select a name", 210, 47)]
    fields = form(image, *texts, word("Show the deck plan", 210, 117))
    assert fields["Name"].values == () and fields["Summary"].values == ("Show the deck plan",)


def test_help_of_some_lines_between_label_and_input_is_passed_over() -> None:
    image, draw = sheet()
    for top in (40, 180):
        draw.rectangle((200, top, 700, top + 32), outline=BORDER)
    texts = [word("City", 200, 18), word("Instance", 200, 98)]
    said = ("It is a part of the address, so", "it can't be changed later by you", "or anyone.")
    texts += [word(line, 200, 116 + 19 * n) for n, line in enumerate(said)]
    assert list(form(image, *texts)) == ["City", "Instance"]
