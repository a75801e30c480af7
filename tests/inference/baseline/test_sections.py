"""Cards with headings: what stands in one is never a row or a label of what stands in another."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from ghost_engine.inference.baseline.arbitration import are_labels
from ghost_engine.inference.baseline.controls import find_controls
from ghost_engine.inference.baseline.page import Page, split_page
from ghost_engine.inference.baseline.panels import find_panels
from ghost_engine.inference.baseline.reading import find_regions, read_findings
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.sections import Section, captioned, find_sections
from ghost_engine.inference.baseline.texts import Look, Text
from ghost_engine.inference.protocol import Box
from ghost_engine.ocr import Line

PAGE, BAND, CARD, LINE = (240, 240, 240), (225, 228, 232), (255, 255, 255), (190, 190, 190)
TUNNEL = (("Name", "TN-01"), ("Encapsulation", "IPsec"), ("Role", "Hub"), ("Status", "Active"))
MEMBERS = (
    ("Device", "Interface", "Address"),
    ("rt-04", "Gi1/1", "10.0.0.4"),
    ("rt-05", "Gi1/2", "10.0.0.5"),
)


def text(
    said: str, x: int, y: int, bold: bool = False, ground: tuple[int, int, int] = CARD
) -> Text:
    look = Look(14.0, 0.4 if bold else 0.3, (20, 20, 20), ground)
    return Text(said, (x, y, x + 8 * len(said), y + 18), 0.99, look)


def card(
    draw: ImageDraw.ImageDraw, box: Box, head: str, rows: Sequence[Sequence[str]], step: int
) -> list[Text]:
    """A card with a heading on a band and lines between its rows."""
    x0, y0, x1, y1 = box
    draw.rectangle((x0, y0, x1 - 1, y1 - 1), CARD, LINE)
    draw.rectangle((x0, y0, x1 - 1, y0 + 39), BAND, LINE)
    texts = [text(head, x0 + 12, y0 + 11, bold=True, ground=BAND)]
    for number, row in enumerate(rows):
        top = y0 + 40 + 40 * number
        draw.line((x0, top, x1 - 1, top), LINE)
        texts += [text(said, x0 + 12 + step * n, top + 11) for n, said in enumerate(row)]
    return texts


def drawn() -> tuple[Image.Image, list[Text]]:
    """The tabs of a record, its facts in a card on the left, a table in one on the right."""
    image = Image.new("RGB", (1100, 400), PAGE)
    draw = ImageDraw.Draw(image)
    tabs = ("Tunnel", "Advanced", "Contacts", "Notes")
    texts = [text(said, 40 + 130 * n, 40, ground=PAGE) for n, said in enumerate(tabs)]
    texts += card(draw, (30, 120, 530, 320), "TUNNEL", TUNNEL, 160)
    texts += card(draw, (560, 120, 1060, 280), "MEMBERS", MEMBERS, 160)
    return image, texts


def read(image: Image.Image, texts: Sequence[Text]) -> tuple[Page, tuple[Region, ...]]:
    controls = find_controls(image, texts)
    page = split_page(texts, controls, image)
    return page, find_regions(page, controls, image, find_panels(image, 18))


def test_each_card_is_read_alone_under_its_heading() -> None:
    image, texts = drawn()
    _, regions = read(image, texts)
    said = {
        region.caption.text: {field.label: field.values for field in region.fields}
        for region in regions
        if region.caption is not None
    }
    assert said == {
        "TUNNEL": {label: (value,) for label, value in TUNNEL},
        "MEMBERS": {label: (one, other) for label, one, other in zip(*MEMBERS, strict=True)},
    }


def test_boxes_are_those_of_the_whole_picture() -> None:
    image, texts = drawn()
    _, regions = read(image, texts)
    at = {t.text: t.box for t in texts}
    boxes = {field.label: field.box for region in regions for field in region.fields}
    assert boxes["Role"][:2] == at["Role"][:2]
    assert boxes["Address"][0] == at["Address"][0]


def test_cards_of_one_size_are_the_entries_of_a_list() -> None:
    image = Image.new("RGB", (1100, 400), PAGE)
    draw = ImageDraw.Draw(image)
    texts: list[Text] = []
    for n, head in enumerate(("Piranesi", "Circe", "Pachinko")):
        facts = (("Author", f"A. Writer {n}"), ("Pages", f"{240 + n}"))
        texts += card(draw, (30 + 350 * n, 100, 350 + 350 * n, 220), head, facts, 120)
    controls = find_controls(image, texts)
    assert find_sections(split_page(texts, controls, image), controls) == ()


def test_short_cards_below_each_other_are_one() -> None:
    image = Image.new("RGB", (1100, 500), PAGE)
    draw = ImageDraw.Draw(image)
    texts = card(draw, (30, 40, 530, 160), "TUNNEL", TUNNEL[:2], 160)
    texts += card(draw, (30, 180, 530, 300), "STATE", TUNNEL[2:], 160)
    texts += card(draw, (560, 40, 1060, 200), "MEMBERS", MEMBERS, 160)
    _, regions = read(image, texts)
    (record,) = [region for region in regions if region.kind == "detail"]
    assert [(field.label, *field.values) for field in record.fields] == list(TUNNEL)


def test_the_labels_of_a_record_are_no_cards() -> None:
    labels = ("Name", "Description", "Interval", "Role", "Tenant")
    box = (0, 0, 400, 300)
    record = Region("detail", tuple(Field(label, ("x",), box) for label in labels), box, 0.7)
    cards = Region("cards", (Field("Name", ("Description", "Interval", "Role"), box),), box, 0.9)
    people = Region("cards", (Field("Name", ("Ada", "Grace", "Edsger"), box),), box, 0.9)
    assert are_labels(cards, [record])
    assert not are_labels(people, [record])


def test_the_heading_of_one_card_is_the_caption_of_what_begins_below_it() -> None:
    box, line = (0, 0, 400, 300), (10, 50, 300, 200)
    head, below = text("CHOICES", 12, 12, bold=True), text("Votes", 12, 120)
    one = Section(box, head, (below,))
    form = Region("form", (Field("Votes", (), below.box),), line, 0.9)
    assert captioned(form, [one]).caption == head
    between = Section(box, head, (text("Another heading", 12, 32), below))
    assert captioned(form, [between]).caption is None


def test_labels_far_from_their_values_are_better_than_nothing() -> None:
    image = Image.new("RGB", (1100, 300), CARD)
    lines = [
        Line(said, (x, 40 + 40 * n, x + 8 * len(said), 58 + 40 * n), 0.99)
        for n, pair in enumerate(TUNNEL)
        for x, said in zip((30, 560), pair, strict=True)
    ]
    (found,) = read_findings(image, lines, 0)
    said = {field.label: field.values for field in found.region.fields}
    assert said == {label: (value,) for label, value in TUNNEL}
    assert found.region.confidence < 0.45
