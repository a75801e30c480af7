"""Screens drafted by a tiny model and judged by PostgreSQL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from ghost_engine.settings import get_settings
from ghost_engine.sql import postgres
from ghost_engine.training import screens
from ghost_engine.training.collate import Collator
from ghost_engine.training.config import load_preset
from ghost_engine.training.model import Loaded, load_model

DATA = Path(__file__).resolve().parents[2] / "data"
GOOD = "CREATE TABLE orders (id int PRIMARY KEY, total numeric);"


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load_model(load_preset("smoke"))


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    lines = (DATA / "pairs.jsonl").read_text("utf-8").splitlines()[:3]
    pairs = [json.loads(line) for line in lines]
    return [
        {**{k: pair[k] for k in ("id", "image", "sql")}, "instruction": "Go."} for pair in pairs
    ]


@pytest.fixture
def collator(loaded: Loaded) -> Collator:
    return Collator(loaded.processor, 2048, DATA)


def test_a_draft_that_runs_is_scored_against_the_reference() -> None:
    assert screens.judge(GOOD, GOOD) == (True, 1.0, "")
    valid, score, _ = screens.judge("CREATE TABLE orders (id int PRIMARY KEY);", GOOD)
    assert valid and score is not None and 0 < score < 1


def test_a_draft_that_does_not_run_scores_nought_and_says_why() -> None:
    valid, score, error = screens.judge("CREATE TABLE orders (id INT AUTO_INCREMENT);", GOOD)
    assert (valid, score) == (False, 0.0) and "AUTO_INCREMENT" in error


def test_without_a_reference_that_runs_there_is_no_score() -> None:
    assert screens.judge(GOOD, "CREATE TABLE (") == (True, None, "the reference does not run")


def test_without_a_postgresql_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GHOST_SANDBOX_DSN", "postgresql://nobody@127.0.0.1:1/none")
    get_settings.cache_clear()
    postgres.close()
    try:
        valid, score, error = screens.judge(GOOD, GOOD)
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
        postgres.close()
    assert (valid, score) == (None, None) and error
    unknown = screens.Draft("1", GOOD, valid, score, error, 3, 0.1)
    assert screens.summary([unknown]) == {}


def test_the_summary_is_the_mean_of_what_could_be_judged() -> None:
    drafts = [
        screens.Draft("1", GOOD, True, 0.5, "", 9, 0.1),
        screens.Draft("2", "", False, 0.0, "empty", 0, 0.1),
        screens.Draft("3", GOOD, None, None, "no server", 9, 0.1),
    ]
    assert screens.summary(drafts) == {"valid_share": 0.5, "score": 0.25}


def test_drafts_are_short_the_same_every_time_and_told(
    loaded: Loaded, collator: Collator, rows: list[dict[str, Any]]
) -> None:
    told: list[str] = []

    def draft() -> list[str]:
        asked = screens.draft_screens(loaded.model, collator, rows, 12, lambda: False, told.append)
        drafts = list(asked)
        assert [each.id for each in drafts] == [row["id"] for row in rows]
        assert all(each.tokens <= 12 for each in drafts)
        return [each.sql for each in drafts]

    with screens.answering(loaded.model, "plain"):
        assert not loaded.model.training
        assert draft() == draft()
    assert loaded.model.training
    assert told[0] == "screen 1 of 3" and told[2].startswith("screen 3 of 3, ")


def test_a_stop_ends_a_draft_at_the_next_token(
    loaded: Loaded, collator: Collator, rows: list[dict[str, Any]]
) -> None:
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked >= 5

    with screens.answering(loaded.model, "plain"):
        drafts = screens.draft_screens(loaded.model, collator, rows, 500, stop, lambda note: None)
        assert list(drafts) == []
    assert asked == 6  # five tokens, and once before judging


def test_what_the_model_is_asked_is_the_prompt_it_was_trained_on(
    loaded: Loaded, collator: Collator, rows: list[dict[str, Any]]
) -> None:
    """The first token of a draft is the likeliest after the prompt, read off the whole example."""
    encoded = collator.encode(rows[0])
    batch = collator([rows[0]])
    del batch["labels"]
    with torch.no_grad(), screens.answering(loaded.model, "plain"):
        logits = loaded.model(**batch).logits[0, encoded.answer_start - 1]
        (first, *_) = screens.write(loaded.model, encoded, 1, lambda: False)
    assert first == int(logits.argmax())
