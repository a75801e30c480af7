"""The best of several answers, and how far they are apart."""

from __future__ import annotations

import pytest

from ghost_engine.inference.choose import best_of
from ghost_engine.sql import Report, check

ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, total numeric, placed_at date);"
BIRDS = "CREATE TABLE birds (id bigint PRIMARY KEY, wings text);"
FAILS = "CREATE TABLE orders (id nonsense);"


def judged(*scripts: str) -> list[Report]:
    return [check(script) for script in scripts]


def test_one_answer_is_the_best_and_disagrees_with_nobody() -> None:
    choice = best_of(judged(FAILS))
    assert (choice.index, choice.disagreement) == (0, None)


def test_what_runs_comes_before_what_does_not() -> None:
    assert best_of(judged(FAILS, BIRDS)).index == 1
    assert best_of([None, *judged(BIRDS)]).index == 1
    assert best_of(judged("CREATE TYPE mood AS ENUM ('good');", BIRDS)).index == 1


def test_of_those_that_run_the_one_that_agrees_most_is_taken() -> None:
    choice = best_of(judged(BIRDS, ORDERS, ORDERS))
    assert choice.index == 1
    assert choice.agreement[1] == choice.agreement[2] > choice.agreement[0]


def test_equals_keep_their_order() -> None:
    assert best_of(judged(ORDERS, ORDERS, BIRDS)).index == 0
    assert best_of(judged(FAILS, FAILS)).index == 0


def test_disagreement_goes_from_none_to_all() -> None:
    assert best_of(judged(ORDERS, ORDERS)).disagreement == pytest.approx(0)
    assert best_of(judged(FAILS, FAILS)).disagreement == pytest.approx(1)
    some = best_of(judged(ORDERS, ORDERS, BIRDS)).disagreement
    assert some is not None and 0.3 < some < 0.7


def test_one_that_fails_agrees_with_none() -> None:
    assert best_of(judged(ORDERS, ORDERS, FAILS)).disagreement == pytest.approx(2 / 3)
