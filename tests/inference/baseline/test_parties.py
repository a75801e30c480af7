"""Somebody's name, phone and mail below a label; labels that go over two lines."""

from __future__ import annotations

from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.parties import find_parties
from ghost_engine.inference.baseline.texts import Look, Text
from ghost_engine.inference.baseline.wrapped_labels import with_whole_labels


def word(text: str, x: int, y: int) -> Text:
    return Text(text, (x, y, x + 8 * len(text), y + 18), 0.99, Look(14.0, 0.3, (20, 20, 20)))


def page(*texts: Text) -> Page:
    return Page(1200, 700, texts)


def test_a_name_with_phone_and_mail_below_a_label_is_one_party() -> None:
    texts = (
        word("Supplier:", 40, 100),
        word("Borealis Timber", 70, 124),
        word("+47 55 123 456", 90, 146),
        word("sales@borealis.example", 90, 168),
        word("Notes", 40, 320),
    )

    regions, rest = find_parties(page(*texts))

    told = {field.label: field.values for region in regions for field in region.fields}
    assert told == {
        "Supplier": ("Borealis Timber",),
        "Supplier phone": ("+47 55 123 456",),
        "Supplier email": ("sales@borealis.example",),
    }
    assert [text.text for text in rest.body] == ["Notes"]


def test_labels_over_their_values_are_no_party() -> None:
    texts = (
        word("Customer", 40, 100),
        word("Iris Novak", 40, 120),
        word("Email", 40, 140),
        word("iris@example.org", 40, 160),
    )

    regions, rest = find_parties(page(*texts))

    assert regions == ()
    assert rest.body == texts


def test_a_label_of_two_lines_is_one_label_level_with_its_value() -> None:
    labels = ("Model", "Mileage", "Insurance", "Registration")
    rows = [
        text
        for number, label in enumerate(labels)
        for text in (word(label, 40, 100 + 34 * number), word("48,220", 240, 100 + 34 * number))
    ]
    wrapped = (
        word("Next technical", 40, 240),
        word("2026-04-30", 240, 240),
        word("inspection", 40, 256),
        word("Drivers", 40, 292),
    )

    whole = with_whole_labels(page(*rows, *wrapped))

    joined = next(text for text in whole.body if text.text == "Next technical inspection")
    assert joined.box[1] == 240
    assert len(whole.body) == len(rows) + len(wrapped) - 1


def test_lines_with_a_value_each_stay_labels_of_their_own() -> None:
    tops = (100, 134, 168, 202, 236, 252)
    labels = ("Model", "Mileage", "Insurance", "Registration", "Language", "Organization")
    texts = tuple(
        text
        for label, top in zip(labels, tops, strict=True)
        for text in (word(label, 40, top), word(f"A {top}", 240, top))
    )

    assert with_whole_labels(page(*texts)).body == texts
