"""Names of people by their form."""

from __future__ import annotations

import pytest

from ghost_engine.inference.baseline.people import are_people, is_person


@pytest.mark.parametrize(
    "name",
    ["Ann Lee", "Dr. Ann Lee", "Lee, Ann", "AL Ann Lee", "Jean-Luc Picard", "María del Mar López"],
)
def test_names_of_people_are_known_by_their_given_name(name: str) -> None:
    assert is_person(name)


@pytest.mark.parametrize(
    "text", ["Ann", "ann lee", "Cargo Bike", "Blue Harbor Health", "INV-0012", "Edit Invoice", ""]
)
def test_other_texts_are_no_people(text: str) -> None:
    assert not is_person(text)


def test_most_of_a_column_must_be_people() -> None:
    assert are_people(["Ann Lee", "Ben Cole", "—"])
    assert not are_people(["Ann Lee", "Sales", "Support"])
    assert not are_people([])
