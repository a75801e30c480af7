"""The words and chips that every page shares."""

from __future__ import annotations

from typing import get_args

import app.components.verdict as verdict
from app.components.words import plain
from app.playground.ask import _distinct
from ghost_engine.sql import check
from ghost_engine.sql.report import Status


def test_every_verdict_of_the_judge_has_a_look() -> None:
    assert set(get_args(Status)) <= set(verdict.LOOKS)
    colours = [look.colour for look in verdict.LOOKS.values()]
    assert len(set(colours)) == len(colours)


def test_the_line_of_facts_counts_what_a_script_made() -> None:
    line = verdict.report_line(check("CREATE TABLE a (id int); CREATE TABLE b (x int, y int)"))

    assert line.startswith("2 tables, 3 columns, checked in ")


def test_words_of_others_show_as_they_are() -> None:
    assert plain("**bold** [x](y)") == r"\*\*bold\*\* \[x\]\(y\)"


def test_answer_columns_of_one_name_are_told_apart() -> None:
    assert _distinct(("count", "name", "count")) == ["count", "name", "count (2)"]
