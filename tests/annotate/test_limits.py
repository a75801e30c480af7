"""The gate every call passes: minutes, days and tokens, with a clock that the test turns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ghost_engine.annotate.limits import FIRST_GUESS_TOKENS, DayIsOver, Gate, Limits, Past
from ghost_engine.errors import Cancelled

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    """Stands still unless it is asked whether to stop: then a second has gone by."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.asked = 0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def tick(self) -> bool:
        """Called by the gate before every look; waits no longer than a day of this clock."""
        self.asked += 1
        self.seconds += 1 if self.asked > 1 else 0
        return self.seconds > 86_400


def gate_of(limits: Limits, past: tuple[Past, ...] = ()) -> tuple[Gate, Clock]:
    clock = Clock()
    return Gate(limits, past, clock, clock.now), clock


def call(gate: Gate, clock: Clock, tokens: int | None = None, seconds: float = 0.0) -> float:
    """Makes one call; when it was let through."""
    clock.asked = 0
    with gate.passing(clock.tick) as passage:
        began = clock.seconds
        clock.seconds += seconds
        passage.used(tokens)
    return began


@pytest.fixture(autouse=True)
def no_real_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ghost_engine.annotate.limits.POLL_SECONDS", 0.0001)


def test_no_minute_wherever_it_begins_holds_more_calls_than_allowed() -> None:
    gate, clock = gate_of(Limits(1, per_minute=3))
    times = [call(gate, clock, seconds=2) for _ in range(10)]
    for first in times:
        assert sum(first <= each < first + 60 for each in times) <= 3


def test_a_call_takes_its_share_until_a_minute_after_its_end() -> None:
    gate, clock = gate_of(Limits(1, per_minute=1))
    call(gate, clock, seconds=30)
    assert call(gate, clock) >= 90


def test_tokens_are_guessed_before_and_counted_after() -> None:
    gate, clock = gate_of(Limits(1, tokens_per_minute=FIRST_GUESS_TOKENS))
    assert call(gate, clock, tokens=100) == 0
    assert call(gate, clock, tokens=100) == 0  # the next one is guessed as the last one was
    assert call(gate, clock, tokens=FIRST_GUESS_TOKENS) == 0
    assert call(gate, clock) >= 60


def test_a_used_up_day_says_when_the_next_one_begins_and_then_goes_on() -> None:
    gate, clock = gate_of(Limits(1, per_day=2))
    call(gate, clock), call(gate, clock)
    with pytest.raises(DayIsOver) as over:
        call(gate, clock)
    assert over.value.until == datetime(2026, 11, 23, tzinfo=UTC)
    clock.seconds = 12 * 3600 + 1
    call(gate, clock)


def test_calls_of_an_earlier_attempt_count_too() -> None:
    past = (Past(NOON - timedelta(seconds=20)), Past(NOON - timedelta(days=1)))
    gate, clock = gate_of(Limits(1, per_minute=1, per_day=2), past)
    assert call(gate, clock) >= 40
    with pytest.raises(DayIsOver):
        call(gate, clock)


def test_three_refusals_in_a_row_hold_everybody_and_an_answer_between_holds_nobody() -> None:
    gate, clock = gate_of(Limits(1))
    gate.refused(30), gate.refused(30), gate.answered(), gate.refused(30)
    assert call(gate, clock) == 0
    gate.refused(30), gate.refused(30)
    assert call(gate, clock) >= 30


def test_whoever_waits_hears_a_stop() -> None:
    gate, clock = gate_of(Limits(1, per_minute=1))
    call(gate, clock)
    with pytest.raises(Cancelled), gate.passing(lambda: True):
        pass
