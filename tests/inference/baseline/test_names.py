"""Identifiers from whatever a label says."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghost_engine.inference.baseline.names import (
    make_unique,
    plural,
    quote_identifier,
    to_identifier,
)
from ghost_engine.sql.nouns import singular


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("First name", "first_name"),
        ("firstName", "first_name"),
        ("Work E-mail address", "work_email"),
        ("Größe (cm)", "grosse_cm"),
        ("Prénom de l'élève", "prenom_de_leleve"),
        ("Łódź / Ørsted", "lodz_orsted"),
        ("Discount %", "discount_percent"),
        ("# of items", "number_of_items"),
        ("2nd phone", "column_2nd_phone"),
        ("商品名", "column"),
        ("", "column"),
    ],
)
def test_labels_become_ascii_snake_case(label: str, name: str) -> None:
    assert to_identifier(label, "column") == name


@given(st.text(max_size=200))
def test_any_text_becomes_an_identifier_postgresql_takes(label: str) -> None:
    name = to_identifier(label, "column")
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name)


def test_long_labels_are_cut_between_words() -> None:
    name = to_identifier("word " * 40, "column")
    assert len(name) <= 63 and name.endswith("word")


def test_a_taken_name_gets_a_number_within_the_limit() -> None:
    assert make_unique("name", {"name", "name_2"}) == "name_3"
    assert make_unique("x" * 63, {"x" * 63}) == "x" * 61 + "_2"


def test_reserved_words_are_quoted() -> None:
    assert [quote_identifier(name) for name in ("order", "user", "name")] == [
        '"order"',
        '"user"',
        "name",
    ]


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("product_category", "product_categories"),
        ("person", "people"),
        ("address", "addresses"),
        ("status", "statuses"),
        ("bus", "buses"),
        ("analysis", "analyses"),
    ],
)
def test_nouns_have_a_singular_and_a_plural(one: str, many: str) -> None:
    assert plural(one) == many
    assert singular(one) == one
