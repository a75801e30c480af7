"""How far an export is and how long its phase will take, from what its files say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ghost_engine.export.pace import amount, seconds_left
from ghost_engine.jobs.records import Status

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def stage(phase: str, done: int, total: int) -> dict[str, object]:
    return {"event": "stage", "phase": phase, "done": done, "total": total,
            "time": NOON.isoformat()}  # fmt: skip


def test_tensors_and_bytes_are_told_in_their_own_words() -> None:
    assert amount(Status("running", "merging", step=12, total_steps=1626)) == "tensor 12 of 1,626"
    half = Status("running", "base", step=12_100_000_000, total_steps=24_400_000_000)
    assert amount(half) == "12.1 of 24.4 GB"
    assert amount(Status("running", "placing", step=10**6, total_steps=10**7)) == "1.0 of 10.0 MB"
    assert amount(Status("running", "verifying")) == ""


def test_what_is_left_follows_from_what_this_stage_did_so_far() -> None:
    status = Status("running", "quantizing", step=25, total_steps=100)
    events = [stage("merging", 0, 9), stage("quantizing", 0, 100), {"event": "other"}]
    assert seconds_left(events, status, NOON + timedelta(seconds=10)) == 30.0


def test_bytes_that_were_there_before_say_nothing_about_the_pace() -> None:
    status = Status("running", "base", step=60, total_steps=100)
    events = [stage("base", 50, 100)]
    assert seconds_left(events, status, NOON + timedelta(seconds=10)) == 40.0


def test_nothing_is_guessed_at_the_beginning_or_of_another_phase() -> None:
    begun = Status("running", "merging", step=5, total_steps=10)
    assert seconds_left([stage("merging", 0, 10)], begun, NOON + timedelta(seconds=1)) is None
    assert seconds_left([stage("base", 0, 10)], begun, NOON + timedelta(seconds=9)) is None
    assert seconds_left([], begun, NOON) is None
    few = Status("running", "merging", step=2, total_steps=626)
    assert seconds_left([stage("merging", 0, 626)], few, NOON + timedelta(seconds=9)) is None


def test_a_stage_that_counts_nothing_yet_shows_no_number() -> None:
    assert amount(Status("running", "merging", step=0, total_steps=1)) == ""
