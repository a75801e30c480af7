"""Records whose labels are set like their values: words tell which is which."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from ghost_engine.inference.baseline.arbitration import settle_records
from ghost_engine.inference.baseline.attributes import is_attribute
from ghost_engine.inference.baseline.controls import Control
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.plain_records import find_plain_records
from ghost_engine.inference.baseline.reading import find_regions
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import Look, Text

DEVICE = (
    ("Serial number", "SN-88213"),
    ("Manufacturer", "Kestrel Optics"),
    ("Purchase date", "2025-03-14"),
    ("Cost", "$1,240.00"),
    ("Location", "Hall B"),
    ("Owner", "Alma Berger"),
    ("Warranty", "36 months"),
)


def word(text: str, x: int, y: int) -> Text:
    return Text(text, (x, y, x + 8 * len(text), y + 18), 0.99, Look(14.0, 0.3, (20, 20, 20)))


def right_aligned(text: str, end: int, y: int) -> Text:
    return word(text, end - 8 * len(text), y)


def page(*texts: Text) -> Page:
    return Page(1200, 700, texts)


def told(regions: Sequence[Region]) -> list[tuple[str, tuple[str, ...]]]:
    return [(field.label, field.values) for region in regions for field in region.fields]


EXPECTED = [(label, (value,)) for label, value in DEVICE]


def test_words_tell_labels_from_data() -> None:
    assert all(is_attribute(text) for text in ("Purchase date", "Created by", "Kundennummer"))
    assert not any(is_attribute(text) for text in ("Kestrel Optics", "Hall B", "Save", "Yes"))


def test_values_may_stand_beside_labels_that_end_together() -> None:
    texts = [
        text
        for n, (label, value) in enumerate(DEVICE)
        for text in (right_aligned(label, 300, 100 + 32 * n), word(value, 320, 100 + 32 * n))
    ]
    assert told(find_plain_records(page(*texts), [])) == EXPECTED


def test_values_may_stand_under_labels_in_three_columns() -> None:
    texts = [
        text
        for n, (label, value) in enumerate(DEVICE)
        for x, y in [(100 + 300 * (n % 3), 100 + 70 * (n // 3))]
        for text in (word(label, x, y), word(value, x, y + 22))
    ]
    assert sorted(told(find_plain_records(page(*texts), []))) == sorted(EXPECTED)


def test_two_lists_side_by_side_are_no_table() -> None:
    texts = [
        text
        for column in (0, 500)
        for n, (label, value) in enumerate(DEVICE)
        for start in ["" if column == 0 else "Second "]
        for text in (
            word(f"{start}{label.lower() if start else label}", 60 + column, 100 + 32 * n),
            word(value, 260 + column, 100 + 32 * n),
        )
    ]
    found = find_regions(page(*texts), [], Image.new("RGB", (1200, 700), "white"))
    assert {region.kind for region in found} == {"detail"}
    assert len(told(found)) == 2 * len(DEVICE)


def test_a_table_whose_columns_have_known_names_is_no_record() -> None:
    header = ("Name", "Contact", "City", "Category", "Rating", "Country")
    rows = [header, *(tuple(f"Cell {n}{i}" for n in range(6)) for i in "abc")]
    texts = [
        word(cell, 60 + 180 * n, 100 + 30 * line)
        for line, row in enumerate(rows)
        for n, cell in enumerate(row)
    ]
    assert find_plain_records(page(*texts), []) == ()


def test_what_stands_in_inputs_is_a_forms() -> None:
    texts, inputs = [], []
    for n, (label, value) in enumerate(DEVICE):
        top = 100 + 40 * n
        texts += [word(label, 60, top), word(value, 300, top)]
        inputs.append(Control("box", (290, top - 6, 600, top + 26)))
    assert find_plain_records(page(*texts), inputs) == ()


def test_a_record_that_takes_values_for_labels_goes() -> None:
    box = (0, 0, 500, 300)
    plain = Region("detail", tuple(Field(k, (v,), box) for k, v in DEVICE), box, 0.95)
    mixed = Region("detail", tuple(Field(v, (k,), box) for k, v in DEVICE), box, 0.95)
    assert settle_records([plain], [mixed]) == [plain]
    assert settle_records([plain], [plain]) == [plain]
