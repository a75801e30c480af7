"""What the machine's cards are: the rules of visibility, and a machine without any."""

from __future__ import annotations

import json
import os

import pytest

from ghost_engine.hardware import KNOWN_CARDS, Card, cards, fingerprint, sample, survey, versions
from ghost_engine.hardware import visible as shown

FIRST = Card(0, "first", 16.0, 15.0, (7, 5), "GPU-aaaa-1")
SECOND = Card(1, "second", 80.0, 79.0, (9, 0), "GPU-bbbb-2")
SLICE = Card(1, "slice", 10.0, 9.0, (9, 0), "MIG-cccc-3", is_slice=True)
OTHER_SLICE = Card(1, "other slice", 10.0, 9.0, (9, 0), "MIG-dddd-4", is_slice=True)

without_card = pytest.mark.skipif(bool(survey({}).cards), reason="this machine has a card")


@pytest.mark.parametrize(
    ("wanted", "seen"),
    [
        (None, (FIRST, SECOND)),
        ("", ()),
        ("-1", ()),
        ("1", (SECOND,)),
        ("1,0", (SECOND, FIRST)),
        ("0,7,1", (FIRST,)),
        ("0,0", (FIRST,)),
        ("GPU-bbbb", (SECOND,)),
        ("GPU-", ()),
        ("none", ()),
    ],
)
def test_the_variable_shows_cards_as_cuda_does(wanted: str | None, seen: tuple[Card, ...]) -> None:
    assert shown((FIRST, SECOND), wanted) == seen


@pytest.mark.parametrize(
    ("wanted", "seen"),
    [
        (None, (SLICE,)),
        ("MIG-dddd", (OTHER_SLICE,)),
        ("MIG-cccc-3,MIG-dddd-4", (SLICE,)),
        ("0", (FIRST,)),
        ("0,MIG-cccc-3", (FIRST,)),
    ],
)
def test_a_program_gets_one_slice_and_no_whole_card_beside_it(
    wanted: str | None, seen: tuple[Card, ...]
) -> None:
    assert shown((FIRST, SLICE, OTHER_SLICE), wanted) == seen


def test_numbers_mean_slices_where_every_card_is_cut() -> None:
    assert shown((SLICE, OTHER_SLICE), "1") == (OTHER_SLICE,)


def test_a_t4_has_no_bf16_and_an_a10g_has() -> None:
    assert not KNOWN_CARDS["t4"].has_bf16
    assert KNOWN_CARDS["a10g"].has_bf16


@without_card
def test_a_machine_without_a_card_is_an_answer_and_no_error() -> None:
    assert cards() == ()
    assert survey().note
    assert sample(os.getpid()) is None


def test_a_sample_is_none_or_a_row_for_a_file() -> None:
    row = sample(os.getpid())
    if row is not None:
        assert 0 < row["used_gib"] < row["total_gib"]
        assert json.loads(json.dumps(row)) == row


def test_versions_name_what_is_installed_and_nothing_else() -> None:
    found = versions()
    assert found["python"].startswith("3.")
    assert all(found.values())


def test_a_fingerprint_is_json_and_names_no_host() -> None:
    text = json.dumps(fingerprint())
    assert os.uname().nodename not in text
