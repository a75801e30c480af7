"""How fast a service may be asked: places, calls and tokens a minute, calls and tokens a day.

A call takes its share from when it is let through until a whole minute after its end, because
nobody here knows when in between the service counted it: so no stretch of a minute, wherever it
begins, ever holds more than is allowed. Days begin when the provider's do.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from ghost_engine.errors import Cancelled

POLL_SECONDS = 0.2
"""How soon a wait sees that the run is to stop."""
FIRST_GUESS_TOKENS = 2_000  # of a call, before any has ended
REFUSALS_IN_A_ROW = 3
"""So many "too fast" without one answer between them mean everybody, not one call."""
_REMEMBERED = 50  # calls that the next one's tokens are guessed from


@dataclass(frozen=True, slots=True)
class Limits:
    """None is no limit. `zone` is where the provider's days begin."""

    concurrency: int
    per_minute: int | None = None
    per_day: int | None = None
    tokens_per_minute: int | None = None
    tokens_per_day: int | None = None
    minute_seconds: float = 60.0
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Past:
    """A call made before, by this run or another one on the same account."""

    time: datetime
    tokens: int = 0


class DayIsOver(Exception):
    """The day's limit is reached; it begins anew at `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"until {until:%Y-%m-%d %H:%M} UTC")
        self.until = until


@dataclass(eq=False, slots=True)
class Passage:
    """One call under way; say its tokens when it has ended."""

    day: datetime
    guessed: int
    tokens: int
    ended: float | None = None
    told: bool = False

    def used(self, tokens: int | None) -> None:
        """What the service counted; the guess stands where it does not say."""
        if tokens is not None:
            self.tokens, self.told = tokens, True


class Gate:
    """What every call passes through; safe across threads.

    Args:
        limits: what is allowed.
        past: calls made before, which count too.
        clock: seconds, like `time.monotonic`.
        now: the time of day, UTC.
    """

    def __init__(
        self,
        limits: Limits,
        past: Iterable[Past] = (),
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.limits = limits
        self._clock, self._now = clock, now
        self._changed = threading.Condition()
        self._open: deque[Passage] = deque()
        self._under_way = 0
        self._held_until = 0.0
        self._refused = 0
        self._sizes: deque[int] = deque(maxlen=_REMEMBERED)
        self._day, self._day_calls, self._day_tokens = self._today(), 0, 0
        self._take_over(past)

    @contextmanager
    def passing(self, stop: Callable[[], bool]) -> Iterator[Passage]:
        """Waits until a call may be made; the block is the call.

        Raises:
            Cancelled: `stop` said so.
            DayIsOver: the day's calls or tokens are used up.
        """
        passage = self._enter(stop)
        try:
            yield passage
        finally:
            self._leave(passage)

    def refused(self, seconds: float) -> None:
        """The service said "too fast"; if it says so to everybody, all wait for so long."""
        with self._changed:
            self._refused += 1
            if self._refused >= REFUSALS_IN_A_ROW:
                self._held_until = max(self._held_until, self._clock() + seconds)

    def answered(self) -> None:
        """The service takes calls."""
        with self._changed:
            self._refused = 0

    def next_day(self) -> datetime:
        """When the provider's next day begins, UTC."""
        here = self._now().astimezone(self.limits.zone)
        midnight = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight.astimezone(UTC)

    def _enter(self, stop: Callable[[], bool]) -> Passage:
        with self._changed:
            while True:
                if stop():
                    raise Cancelled("Stopped at your request.")
                wait = self._wait_seconds()
                if wait <= 0:
                    return self._let_in()
                self._changed.wait(min(wait, POLL_SECONDS))

    def _wait_seconds(self) -> float:
        """How long the next call has to wait at least; 0 if it may go."""
        self._begin_day()
        limits, now = self.limits, self._clock()
        guess = self._guess()
        if limits.per_day is not None and self._day_calls >= limits.per_day:
            raise DayIsOver(self.next_day())
        tokens = self._day_tokens + guess
        if limits.tokens_per_day is not None and self._day_calls and tokens > limits.tokens_per_day:
            raise DayIsOver(self.next_day())
        if self._under_way >= limits.concurrency:
            return POLL_SECONDS
        while self._open and self._frees(self._open[0]) <= now:
            self._open.popleft()
        waits = [self._held_until - now]
        counted = [each for each in self._open if self._frees(each) > now]
        if limits.per_minute is not None and len(counted) >= limits.per_minute:
            waits.append(self._soonest(counted, now))
        held = sum(each.tokens for each in counted)
        if limits.tokens_per_minute is not None and counted:
            over = held + guess > limits.tokens_per_minute
            waits.append(self._soonest(counted, now) if over else 0.0)
        return max(waits)

    def _soonest(self, counted: list[Passage], now: float) -> float:
        return max(min(map(self._frees, counted)) - now, 1e-3)

    def _frees(self, passage: Passage) -> float:
        """When a call gives its share back; never while it is under way."""
        ended = passage.ended
        return float("inf") if ended is None else ended + self.limits.minute_seconds

    def _let_in(self) -> Passage:
        guess = self._guess()
        passage = Passage(self._day, guess, guess)
        self._open.append(passage)
        self._under_way += 1
        self._day_calls += 1
        self._day_tokens += passage.tokens
        return passage

    def _leave(self, passage: Passage) -> None:
        with self._changed:
            passage.ended = self._clock()
            self._under_way -= 1
            if passage.told:
                self._sizes.append(passage.tokens)
            if passage.day == self._day:
                self._day_tokens += passage.tokens - passage.guessed
            self._changed.notify_all()

    def _guess(self) -> int:
        return max(self._sizes, default=FIRST_GUESS_TOKENS)

    def _today(self) -> datetime:
        here = self._now().astimezone(self.limits.zone)
        return here.replace(hour=0, minute=0, second=0, microsecond=0)

    def _begin_day(self) -> None:
        today = self._today()
        if today != self._day:
            self._day, self._day_calls, self._day_tokens = today, 0, 0

    def _take_over(self, past: Iterable[Past]) -> None:
        now, clock = self._now(), self._clock()
        for each in sorted(past, key=lambda one: one.time):
            age = (now - each.time).total_seconds()
            if each.time >= self._day:
                self._day_calls += 1
                self._day_tokens += each.tokens
            if age < self.limits.minute_seconds:
                self._open.append(Passage(self._day, each.tokens, each.tokens, clock - age))
