"""What the blocks of a group say, from texts laid out by hand."""

from __future__ import annotations

from ghost_engine.inference.baseline.blocks import Block
from ghost_engine.inference.baseline.naming import name_fields
from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.slots import read_parts
from ghost_engine.inference.baseline.texts import Look, Text

PLAIN, GREY = Look(14, 0.2, (20, 20, 20)), Look(14, 0.2, (120, 120, 120))

Row = tuple[str, ...]


def read(*blocks: tuple[Row, ...]) -> dict[str, Field]:
    """The fields of blocks of rows; "~" before a text sets it in grey."""
    made = []
    for number, rows in enumerate(blocks):
        top = 200 * number
        texts = [
            Text(
                words.lstrip("~"),
                (120 * column, top + 30 * row, 120 * column + 100, top + 30 * row + 16),
                look=GREY if words.startswith("~") else PLAIN,
            )
            for row, line in enumerate(rows)
            for column, words in enumerate(line)
        ]
        made.append(Block((0, top, 300, top + 150), tuple(texts)))
    return {field.label: field for field in name_fields(read_parts(made))}


def test_a_value_beside_a_value_is_no_label() -> None:
    found = read(
        (("Alpha",), ("Migration", "2026-04-15")),
        (("Beta",), ("Relaunch", "2026-05-16")),
        (("Gamma",), ("Rollout", "2026-04-14")),
        (("Delta",), ("Migration", "2026-08-11")),
        (("Epsilon",), ("Relaunch", "2026-08-12")),
    )
    assert "Migration" not in found and len(found["Date"].values) == 5


def test_two_chips_are_no_label_and_value_and_a_single_one_is_a_chip_too() -> None:
    city = ("~City", "Oslo")
    found = read(
        (("Ann",), city, ("~Hours", "20"), ("Music", "Art")),
        (("Ben",), city, ("~Hours", "18"), ("Music", "Art")),
        (("Cara",), city, ("~Hours", "24"), ("Art",)),
        (("Dora",), city, ("~Hours", "21"), ("Art", "Music")),
    )
    assert found["Tags"].values == ("Music, Art", "Music, Art", "Art", "Art, Music")
    assert set(found) == {"Name", "City", "Hours", "Tags"}


def test_a_room_with_its_number_is_a_name() -> None:
    found = read(
        (("Yoga",), ("Studio 2",)), (("Boxing",), ("Studio 1",)), (("Spinning",), ("Studio 2",))
    )
    assert "Studio" not in found and found["Name"].values == ("Yoga", "Boxing", "Spinning")


def test_an_address_is_told_from_other_words() -> None:
    found = read(
        (("Docklands Hall",), ("143 Hall Street",)),
        (("Town Hall",), ("27 Rodgers Road",)),
        (("Centro",), ("159 Friedman Drive",)),
    )
    assert found["Address"].values[0] == "143 Hall Street"
