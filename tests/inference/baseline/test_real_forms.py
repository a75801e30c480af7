"""Forms as real applications draw them: help signs, far and wrapped labels, values without a frame,
bands over parts, moments in two inputs, ticked checkboxes, labels in frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw

from ghost_engine.inference.baseline.controls import find_controls
from ghost_engine.inference.baseline.filters import as_filter
from ghost_engine.inference.baseline.forms import find_forms
from ghost_engine.inference.baseline.frame import sidebar_edge
from ghost_engine.inference.baseline.icons import without_icons
from ghost_engine.inference.baseline.kinds import infer_kind
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.pairs import find_pairs
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import Look, Text

SIZE = (1000, 520)
BORDER, DARK, BLUE, WHITE = (190, 195, 200), (30, 30, 30), (60, 120, 200), (255, 255, 255)


def word(text: str, x: int, y: int, **look: tuple[int, int, int]) -> Text:
    return Text(text, (x, y, x + 8 * len(text), y + 18), look=Look(14.0, 0.25, **look))


def sheet() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", SIZE, "white")
    return image, ImageDraw.Draw(image)


def form(image: Image.Image, texts: Sequence[Text]) -> dict[str, Field]:
    (region,) = find_forms(Page(*SIZE, body=tuple(texts)), find_controls(image, texts))
    return {field.label: field for field in region.fields}


def inputs(draw: ImageDraw.ImageDraw, x: int, tops: Sequence[int], width: int = 260) -> None:
    for top in tops:
        draw.rectangle((x, top, x + width, top + 30), outline=BORDER)


def test_help_signs_behind_labels_are_cut_off() -> None:
    image, draw = sheet()
    for x in range(12, 60, 9):
        draw.rectangle((x, 20, x + 4, 32), fill=DARK)  # letters
    draw.ellipse((72, 19, 86, 33), fill=(80, 120, 80))
    plain, read = Text("Street", (8, 16, 90, 36)), Text("Street 0", (8, 16, 90, 36))
    for text in without_icons([plain, read], image):
        assert text.text == "Street" and text.box[2] < 72
    starred = Text("Street *", (8, 16, 90, 36))
    assert without_icons([starred], image) == (starred,)


def test_labels_far_left_of_their_inputs_are_theirs() -> None:
    image, draw = sheet()
    tops = (40, 90, 140)
    inputs(draw, 640, tops)
    labels = ("Name", "City", "Country")
    texts = [word(label, 20, top + 6) for label, top in zip(labels, tops, strict=True)]
    assert list(form(image, texts)) == list(labels)


def test_values_without_a_frame_are_fields_where_others_have_inputs() -> None:
    image, draw = sheet()
    inputs(draw, 240, (40, 140, 190))
    texts = [word(label, 40, 46 + 50 * n) for n, label in enumerate(("Team", "Company", "Due"))]
    texts[2] = word("Due", 40, 146)
    texts += [word("Acme", 240, 96, ink=BLUE), word("Owner", 40, 196)]
    texts += [word("Details", 40, 240, ink=BLUE)]  # a heading of another colour
    fields = form(image, texts)
    assert list(fields) == ["Team", "Company", "Due", "Owner"]
    assert fields["Company"].values == ("Acme",)


def test_coloured_bands_over_parts_of_a_form_are_headings() -> None:
    image, draw = sheet()
    draw.rectangle((20, 30, 980, 60), fill=BLUE)
    draw.rectangle((20, 170, 980, 200), fill=BLUE)
    inputs(draw, 240, (80, 125, 220, 270))
    texts = [word("Address", 30, 36, ink=WHITE, ground=BLUE)]
    texts += [word("Remarks", 30, 176, ink=WHITE, ground=BLUE)]
    texts += [
        word(label, 30, top)
        for label, top in (("Street", 86), ("City", 131), ("Note", 226), ("Link", 276))
    ]
    assert list(form(image, texts)) == ["Street", "City", "Note", "Link"]


def test_a_date_and_a_time_under_one_label_are_one_moment() -> None:
    image, draw = sheet()
    inputs(draw, 240, (40,))
    inputs(draw, 290, (90, 126), 110)
    texts = [word("Title:", 40, 46), word("Published:", 40, 94)]
    texts += [word("Date:", 240, 96), word("Time:", 240, 132)]
    fields = form(image, texts)
    assert list(fields) == ["Title", "Published"]
    assert infer_kind(fields["Published"]).type.startswith("timestamp")


def test_wrapped_labels_of_ticked_checkboxes_are_whole() -> None:
    image, draw = sheet()
    inputs(draw, 300, (40, 150))
    draw.rectangle((302, 92, 314, 104), fill=(0, 110, 250))
    draw.line([(305, 98), (307, 101), (312, 95)], fill="white", width=2)
    texts = [word("Zone", 240, 46), word("Font", 240, 156)]
    texts += [word("Warn me when I leave", 112, 90), word("with unsaved text", 136, 114)]
    field = form(image, texts)["Warn me when I leave with unsaved text"]
    assert field.control == "checkbox"


def test_a_label_in_the_frame_of_an_input_leaves_it_an_input() -> None:
    image, draw = sheet()
    for top in (40, 120):
        draw.rectangle((40, top, 400, top + 50), outline=BORDER)
        draw.rectangle((52, top - 6, 88, top + 8), fill="white")
    texts = [word("Name", 54, 32), word("Anna", 54, 58), word("Note", 54, 112)]
    assert form(image, texts)["Name"].values == ("Anna",)


def test_labels_of_inputs_are_no_sidebar() -> None:
    image, draw = sheet()
    tops = (60, 110, 160, 210, 260)
    inputs(draw, 240, tops)
    names = ("Title", "Servings", "Food", "Amount", "Remark")
    labels = [word(f"{name}:", 20, top + 6) for name, top in zip(names, tops, strict=True)]
    links = [word("Today", 520, 80 + 50 * n) for n in range(5)]
    texts = [*labels, *links]
    assert sidebar_edge(texts, find_controls(image, texts), np.asarray(image)) == 0


def test_rows_of_inputs_under_the_heads_of_their_columns_are_a_table() -> None:
    image, draw = sheet()
    inputs(draw, 240, (30, 80))
    for x in (40, 340, 560):
        inputs(draw, x, (220, 260, 300), 160)
    texts = [word("Customer:", 40, 36), word("Placed on:", 40, 86), word("Lines", 40, 170)]
    texts += [
        word(head, x, 198) for head, x in (("Product", 40), ("Quantity", 340), ("Price", 560))
    ]
    texts += [word("Lamp", 48, 226), word("2", 348, 226), word("Chair", 48, 266)]
    own, table = find_forms(Page(*SIZE, body=tuple(texts)), find_controls(image, texts))
    assert [field.label for field in own.fields] == ["Customer", "Placed on"]
    assert [field.label for field in table.fields] == ["Product", "Quantity", "Price"]
    assert table.fields[0].values == ("Lamp", "Chair")


def test_a_text_under_a_bar_of_signs_is_named_by_its_tab() -> None:
    image, draw = sheet()
    inputs(draw, 240, (110, 160))
    draw.rectangle((40, 30, 600, 64), fill=(210, 210, 255), outline=BORDER)
    draw.rectangle((40, 230, 150, 268), outline=BORDER)
    draw.rectangle((40, 268, 700, 304), fill=(245, 245, 245), outline=BORDER)
    draw.rectangle((40, 304, 700, 460), outline=BORDER)
    texts = [word("Team", 40, 116), word("Owner", 40, 166), word("Summary", 56, 240)]
    texts += [word(sign, 60 + 40 * n, 276) for n, sign in enumerate("BIUA")]
    texts += [word("It does not heat.", 52, 316)]
    texts += [Text("Repair it", (46, 32, 170, 62), look=Look(22.0, 0.3))]
    fields = form(image, texts)
    assert list(fields) == ["Name", "Team", "Owner", "Summary"]
    assert fields["Summary"].control == "textarea"


def test_a_form_for_another_row_of_a_short_list_is_about_the_list() -> None:
    note, added = (40, 320, 300, 360), (310, 320, 500, 360)
    rows = Field("Note", ("laptop",), note), Field("Added", ("today",), added)
    table = Region("table", rows, (40, 300, 500, 360), 0.8)
    asked = Field("Note", (), (40, 60, 300, 90), "input"), Field("Ends", (), (40, 110, 300, 140))
    region = Region("form", asked, (40, 60, 300, 140), 0.8)
    assert as_filter(region, [region, table]).kind == "filter"
    lines = Region("table", tuple(replace(row, control="input") for row in rows), table.box, 0.8)
    assert as_filter(region, [region, lines]).kind == "form"


def test_what_only_seeks_over_a_list_is_no_column_of_it() -> None:
    box = (40, 60, 900, 140)
    rows = tuple(Field(label, ("a", "b", "c"), (40, 300, 900, 500)) for label in ("Title", "User"))
    asked = (
        Field("Title", (), box, "input"),
        Field("Customer name", (), box, "input"),
        Field("Status", (), box, "select"),
        Field("Date from", ("2026-01-01",), box, "day"),
    )
    table = Region("table", rows, (40, 300, 900, 500), 0.9)
    found = as_filter(Region("form", asked, box, 0.9), [table])
    assert [field.label for field in found.fields] == ["Title", "Status"]


def test_what_a_date_input_asks_for_is_no_value() -> None:
    image, draw = sheet()
    inputs(draw, 240, (40, 90, 140))
    texts = [word("Title", 40, 46), word("Due", 40, 96), word("Until", 40, 146)]
    texts += [word("Title", 248, 46), word("mm/dd/yyyy", 248, 96)]
    texts += [word("DD.MM.YYYY, hh:mm", 248, 146)]
    fields = form(image, texts)
    assert [field.values for field in fields.values()] == [(), (), ()]
    assert infer_kind(fields["Due"]).type == "date"
    assert infer_kind(fields["Until"]).type.startswith("timestamp")


def test_radio_buttons_below_each_other_are_one_field() -> None:
    image, draw = sheet()
    inputs(draw, 240, (40, 90))
    options = ("Photos", "Files", "Both")
    for number in range(3):
        draw.ellipse((240, 140 + 28 * number, 260, 160 + 28 * number), outline=DARK)
    texts = [word("Title", 40, 46), word("Code", 40, 96), word("Kind", 40, 140)]
    texts += [word(option, 264, 140 + 28 * number) for number, option in enumerate(options)]
    fields = form(image, texts)
    assert list(fields) == ["Title", "Code", "Kind"]
    assert fields["Kind"].values == options


def test_a_list_to_choose_from_is_no_long_text() -> None:
    image, draw = sheet()
    inputs(draw, 240, (40, 90))
    draw.rectangle((240, 140, 330, 260), outline=BORDER)
    texts = [word("Title", 40, 46), word("Code", 40, 96), word("Sites", 40, 144)]
    fields = form(image, [*texts, word("example", 246, 144)])
    assert fields["Sites"].control == "select" and fields["Sites"].values == ("example",)


def test_signs_behind_labels_mark_them_as_such_however_far_their_values() -> None:
    image, draw = sheet()
    tops = (40, 80, 120, 160)
    names, values = ("Host", "Port", "Version", "Site"), ("core-1", "161", "Two", "Edge")
    texts = []
    for top, name, value in zip(tops, names, values, strict=True):
        for x in range(22, 22 + 8 * len(name), 8):
            draw.rectangle((x, top + 4, x + 4, top + 14), fill=DARK)
        draw.ellipse(
            (20 + 8 * len(name) + 6, top + 2, 20 + 8 * len(name) + 20, top + 16), fill=BLUE
        )
        texts += [word(name, 20, top), word(value, 560, top)]
    page = Page(*SIZE, body=without_icons(texts, image))
    (record,) = find_pairs(page)
    assert [field.label for field in record.fields] == list(names)
    assert not find_pairs(Page(*SIZE, body=tuple(texts)))
