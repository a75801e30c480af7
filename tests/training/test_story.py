"""A run's events in words."""

from __future__ import annotations

from typing import Any

import pytest

from ghost_engine.training.story import _SAY, last_warning, phases, span, tell


def event(name: str, second: int = 0, attempt: int = 1, **fields: Any) -> dict[str, Any]:
    time = f"2026-11-22T12:00:{second:02}.000Z"
    return {"time": time, "attempt": attempt, "event": name, **fields}


def words(name: str, **fields: Any) -> str:
    return tell([event(name, **fields)])[0].words


def test_every_event_that_matters_is_told_in_order() -> None:
    told = tell([event("queued", attempt=0), event("attempt_started"), event("finished")])
    assert [each.words for each in told] == ["Queued.", "The first attempt begins.", "Finished."]


def test_a_validation_says_what_was_measured() -> None:
    said = words("evaluation", step=1200, eval_loss=0.5, valid_share=0.75, score=0.5)
    assert said == "Validation at step 1,200, loss 0.500, 75% of the drafts run, score 0.50."


def test_out_of_memory_says_how_full_the_card_was() -> None:
    said = words("out_of_memory", phase="training", step=7, reserved_gib=14.4, total_gib=14.7)
    assert said == "The card's memory ran out while training (step 7) at 14.4 of 14.7 GiB."


def test_a_decision_is_told_in_its_own_words_and_what_it_changed() -> None:
    told = tell(
        [
            event("decision", reason="Out of memory: rank goes from 64 to 32."),
            event("attempt_started", attempt=2, reason="...", overrides={"rank": 32}),
        ]
    )
    assert told[0].words == "Out of memory: rank goes from 64 to 32." and told[0].tone == "warning"
    assert told[1].words == "Attempt 2 begins, with rank=32."


def test_examples_left_out_are_a_warning() -> None:
    longest = {"tokens": 900}
    told = tell([event("lengths", part="train", kept=8, limit=1024, dropped=[{}], longest=longest)])
    assert told[0].words.endswith("1 too long are left out.") and told[0].tone == "warning"


def test_what_nobody_knows_is_left_out() -> None:
    unknown = [event("dance"), {"event": "queued"}, {"time": "now", "event": "queued"}, {}]
    assert tell(unknown) == [] and phases(unknown) == []


@pytest.mark.parametrize("name", sorted(_SAY))
def test_an_event_without_its_facts_is_still_told(name: str) -> None:
    assert all(each.words for each in tell([event(name)]))


def test_a_failure_names_cause_and_next_step() -> None:
    error = {"type": "diverged", "message": "The loss is NaN.", "hint": "Lower it."}
    assert words("failed", error=error) == "Failed: The loss is NaN. Lower it."


def test_phases_have_their_lengths_and_the_last_one_lasts() -> None:
    found = phases(
        [
            event("queued", 0, attempt=0),
            event("attempt_started", 4),
            event("loaded", 10),
            event("started", 11),
        ]
    )
    told = [(each.attempt, each.name, each.seconds) for each in found]
    assert told == [(0, "waiting", 4.0), (1, "loading", 6.0), (1, "measuring", 1.0),
                    (1, "training", None)]  # fmt: skip


def test_a_phase_ends_with_its_attempt() -> None:
    found = phases([event("started", 1), event("attempt_ended", 9), event("finished", 9)])
    assert [(each.name, each.seconds) for each in found] == [("training", 8.0)]


def test_a_warning_lasts_until_somebody_resumes() -> None:
    decision = event("decision", error={"type": "out_of_memory"})
    assert last_warning([decision, event("attempt_started", attempt=2)]) == "out_of_memory"
    assert last_warning([decision, event("resumed")]) == ""


def test_spans_have_two_units() -> None:
    assert [span(each) for each in (7, 65, 3700, 90000)] == [
        "7 s", "1 min 05 s", "1 h 01 min", "1 d 1 h"]  # fmt: skip
