"""What is known of models by their names, and what their answers cost."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from importlib.resources import files

import pytest
from pydantic import SecretStr

from ghost_engine.inference.gemini.access import Access
from ghost_engine.inference.gemini.catalog import (
    DEFAULT,
    Listed,
    cost_usd,
    least_thinking,
    list_drafters,
    sees,
)
from ghost_engine.inference.gemini.refusals import refusal

DAY = date(2026, 11, 1)
ACCESS = Access("https://generativelanguage.googleapis.com", SecretStr("secret"), "GEMINI_API_KEY")


def test_an_answer_costs_its_tokens_at_the_price_of_the_day() -> None:
    assert cost_usd(DEFAULT, 1_000_000, 100_000, DAY) == pytest.approx(0.75 + 0.375)
    assert cost_usd(DEFAULT, 1_000_000, 100_000, date(2027, 2, 1)) == pytest.approx(1.5 + 0.75)


def test_a_dated_or_preview_name_costs_what_its_model_costs() -> None:
    assert cost_usd("gemini-2.5-flash-001", 10**6, 0, DAY) == pytest.approx(0.30)
    assert cost_usd("gemini-2.5-flash-preview-09-2025", 10**6, 0, DAY) == pytest.approx(0.30)
    assert cost_usd("gemini-2.5-flash-lite", 10**6, 0, DAY) == pytest.approx(0.10)


@pytest.mark.parametrize("name", ["gemini-9-flash", "gemini-2.5-flash-image", "gemma-3-27b-it"])
def test_what_has_no_known_price_has_none(name: str) -> None:
    assert cost_usd(name, 10**6, 10**6, DAY) is None


def test_uncounted_tokens_have_no_price() -> None:
    assert cost_usd(DEFAULT, None, 5, DAY) is None


def test_every_price_names_a_model_and_the_list_its_source_and_day() -> None:
    path = files("ghost_engine.inference.gemini").joinpath("prices.toml")
    document = tomllib.loads(path.read_text("utf-8"))
    assert document["source"].startswith("https://") and isinstance(document["read"], date)
    for price in document["price"]:
        assert price["model"] and 0 < price["prompt"] < price["answer"]


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("gemini-3.8-flash", {"thinking_level": "low"}),
        ("gemini-flash-latest", {"thinking_level": "low"}),
        ("gemini-3.5-flash-lite", {"thinking_level": "minimal"}),
        ("gemini-3.1-pro-preview", {"thinking_level": "low"}),
        ("gemini-2.5-flash", {"thinking_budget": 0}),
        ("gemini-2.5-pro", {"thinking_budget": 128}),
        ("gemini-2.0-flash", None),
        ("gemma-3-27b-it", None),
    ],
)
def test_every_model_is_told_to_think_as_little_as_it_may(name: str, least: object) -> None:
    assert least_thinking(name) == least


def test_models_that_speak_draw_or_embed_are_not_offered() -> None:
    names = [
        "gemini-3.8-flash-tts",
        "gemini-3-pro-image",
        "gemini-2.5-flash-native-audio-latest",
        "gemini-2.5-computer-use-preview-10-2025",
        "gemini-robotics-er-1.5-preview",
    ]
    listed = [Listed(name, name, ("generateContent",)) for name in names]
    listed += [Listed("text-embedding-004", "", ("embedContent",))]
    listed += [Listed("gemma-3-4b-it", "Gemma 3 4B", ("generateContent",))]
    (only,) = list_drafters(listed, DEFAULT)
    assert only.name == "gemma-3-4b-it" and only.vision


def test_nobody_says_of_an_unheard_name_whether_it_sees() -> None:
    assert (sees("gemini-9-flash"), sees("gemma-3-1b-it"), sees("newcomer")) == (True, False, None)


# Refusals that a server of ours has no need to send


def refuse(status: int, error: object, **headers: str) -> tuple[str, float | None, str]:
    found = refusal(status, {"error": error}, headers, ACCESS, "gemini-3.8-flash")
    return found.kind, found.retry_after_seconds, str(found)


def test_a_date_to_come_again_becomes_seconds() -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    kind, wait, _ = refuse(503, {"message": "Busy"}, **{"Retry-After": then})
    assert kind == "server" and wait is not None and 80 < wait <= 90


def test_a_model_outside_the_free_quota_is_not_worth_waiting_for() -> None:
    said = "Quota exceeded for metric: generate_content_free_tier_requests, limit: 0, model: x"
    kind, _, words = refuse(429, {"message": said})
    assert kind == "model" and "billing" in words


def test_credits_that_are_used_up_are_not_worth_waiting_for() -> None:
    kind, _, words = refuse(429, {"message": "Your prepayment credits are depleted."})
    assert kind == "key" and "Add credits" in words


@pytest.mark.parametrize("document", [None, [], [None], "no", {"error": "gone"}, {"error": None}])
def test_documents_of_any_form_are_read(document: object) -> None:
    found = refusal(500, document, {}, ACCESS, "")
    assert found.kind == "server" and found.message.endswith("(500).")
    assert refusal(429, {"error": {"details": [{"@type": "x.RetryInfo"}, 7]}}, {}, ACCESS, "")
