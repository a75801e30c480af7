"""An engine that keeps within limits and asks again: what `inference.run` is given in place of it.

Every call, a correction too, passes the gate, stands in the ledger, and is tried again while the
service fails. What ends one example and what ends the whole run are told apart here.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ghost_engine.annotate.config import AnnotateConfig
from ghost_engine.annotate.ledger import Ledger, digest, tokens_of
from ghost_engine.annotate.limits import DayIsOver, Gate
from ghost_engine.errors import (
    Cancelled,
    EngineError,
    EngineUnavailable,
    GhostError,
    ServiceError,
)
from ghost_engine.inference.protocol import (
    CancelToken,
    Draft,
    Engine,
    Form,
    Model,
    Progress,
    Question,
    Readiness,
    Written,
)

TRANSPORT = {"rate", "server", "network", "stalled", "cut"}
"""Troubles of the service or the line: the same question may be answered later."""
FOR_ALL = {"key", "model"}
"""Troubles that every other question would meet too."""
POLL_SECONDS = 0.1


class GaveUp(EngineError):
    """One call failed as often as it may; `kind` says how. `transport`: nobody answered."""

    def __init__(self, error: EngineError, kind: str, tries: int) -> None:
        times = f" ({tries} tries)" if tries > 1 else ""
        super().__init__(f"{error.message.rstrip('.')}{times}.", error.hint)
        self.kind = kind

    @property
    def transport(self) -> bool:
        return self.kind in TRANSPORT


class Hopeless(GhostError):
    """The service refuses everything: a wrong key, a model that is not there."""

    def __init__(self, error: EngineError, kind: str) -> None:
        super().__init__(error.message, error.hint)
        self.kind = kind


@dataclass
class Patient:
    """One example's engine: the same as `engine`, patient.

    Args:
        engine: who is really asked.
        example: the one that this is about.
        day_is_over: waits for the next day, or raises `Cancelled`.
        stopping: whether no call is to be begun any more; those under way may end.
        took: told the seconds of every call.
    """

    engine: Engine
    example: int
    gate: Gate
    ledger: Ledger
    config: AnnotateConfig
    day_is_over: Callable[[DayIsOver], None]
    stopping: Callable[[], bool] = lambda: False
    took: Callable[[float], None] = lambda seconds: None
    chance: random.Random = field(default_factory=random.Random)

    @property
    def name(self) -> str:
        return self.engine.name

    @property
    def title(self) -> str:
        return self.engine.title

    @property
    def note(self) -> str:
        return self.engine.note

    @property
    def forms(self) -> tuple[Form, ...]:
        return self.engine.forms

    def readiness(self, model: str = "") -> Readiness:
        return self.engine.readiness(model)

    def models(self) -> tuple[Model, ...]:
        return self.engine.models()

    def run(self, question: Question, cancel: CancelToken) -> Iterator[Progress | Written | Draft]:
        """One draft, however often it has to be asked for.

        Raises:
            Cancelled: soon after `cancel` was set.
            GaveUp: it failed too often, or will never be answered.
            Hopeless: nothing will.
        """
        asked = digest(question)
        draft = self.ledger.known(self.example, asked)
        if draft is None:
            draft = self._insist(question, asked, cancel)
        yield draft

    def _insist(self, question: Question, asked: str, cancel: CancelToken) -> Draft:
        transport = answers = 0
        while True:
            try:
                draft = self._ask_once(question, asked, cancel)
            except DayIsOver as over:
                self.day_is_over(over)
                continue
            except EngineError as error:
                kind = kind_of(error)
                if kind in FOR_ALL:
                    raise Hopeless(error, kind) from None
                if kind == "day":
                    self.day_is_over(DayIsOver(self._next_day(error)))
                    continue
                transport += kind in TRANSPORT
                answers += kind == "answer"
                if kind in ("blocked", "refused"):
                    raise GaveUp(error, kind, 1) from None
                if transport >= self.config.transport_tries:
                    raise GaveUp(error, kind, transport) from None
                if answers >= self.config.answer_tries:
                    raise GaveUp(error, kind, answers) from None
                wait = self._wait_seconds(error, max(transport, answers))
                if kind == "rate":
                    self.gate.refused(wait)
                sleep(wait, self.stopping)
            else:
                return draft

    def _ask_once(self, question: Question, asked: str, cancel: CancelToken) -> Draft:
        with self.gate.passing(self.stopping) as passage:
            number = self.ledger.asked(self.example, asked)
            began = time.monotonic()
            try:
                draft = self._draft(question, cancel)
            except GhostError as error:
                if kind_of(error) != "rate":
                    self.gate.answered()
                self.ledger.failed_call(number, self.example, kind_of(error), error.message)
                raise
            finally:
                self.took(time.monotonic() - began)
            passage.used(tokens_of(draft))
            self.gate.answered()
            self.ledger.answered(number, self.example, asked, draft)
            return draft

    def _draft(self, question: Question, cancel: CancelToken) -> Draft:
        draft = None
        for item in self.engine.run(question, cancel):
            draft = item if isinstance(item, Draft) else draft
        if draft is None:
            raise EngineError(f"{self.engine.title} ended without an answer.", "Try again.")
        return draft

    def _next_day(self, error: EngineError) -> datetime:
        """When the service's day ends, by its own word if it has one."""
        seconds = error.retry_after_seconds if isinstance(error, ServiceError) else None
        if seconds is None:
            return self.gate.next_day()
        return datetime.now(UTC) + timedelta(seconds=seconds)

    def _wait_seconds(self, error: EngineError, failures: int) -> float:
        """Full jitter below a ceiling that doubles, and never less than the service asks for."""
        wish = error.retry_after_seconds if isinstance(error, ServiceError) else None
        longest = self.config.longest_backoff_seconds
        ceiling = min(longest, self.config.backoff_seconds * 2 ** (failures - 1))
        jitter = self.chance.uniform(0, ceiling)
        return jitter if wish is None else wish + min(jitter, 0.1 * wish + 0.1)


def kind_of(error: GhostError) -> str:
    """What kind of trouble an error is: a service's own word, "network" where a server of this
    machine is down, "answer" where what came is no answer, "stopped" where somebody stopped it."""
    if isinstance(error, ServiceError):
        return error.kind
    if isinstance(error, EngineUnavailable):
        return "network"
    return "stopped" if isinstance(error, Cancelled) else "answer"


def sleep(seconds: float, stopping: Callable[[], bool]) -> None:
    """Waits.

    Raises:
        Cancelled: `stopping` said so meanwhile.
    """
    end = time.monotonic() + seconds
    while not stopping():
        left = end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, POLL_SECONDS))
    raise Cancelled("Stopped at your request.")
