"""One screen to one script by a model: asked, judged, mended, and asked again with the errors.

Every script on the way is kept with its verdict, and the best one is handed out. A model that fails
once it has answered costs no answer: what there is by then is the result, and says why.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from typing import TypeVar

from ghost_engine.errors import EngineError
from ghost_engine.inference.choose import best_of
from ghost_engine.inference.protocol import (
    Attempt,
    CancelToken,
    Draft,
    Engine,
    Evidence,
    How,
    Options,
    Progress,
    Question,
    Usage,
    Written,
)
from ghost_engine.inference.remarks import clean, own_errors, reason_in_short, turn_about
from ghost_engine.sql import check
from ghost_engine.sql.repair import repair
from ghost_engine.sql.script import read_script

SAMPLING_TEMPERATURE = 0.7
"""Of every sample but the first, unless somebody chose one: at 0 they would all be the same."""

T = TypeVar("T")

_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Try:
    """One answer of a model: the draft, and its script as it came and as it was mended."""

    draft: Draft
    attempts: tuple[Attempt, ...]

    @property
    def best(self) -> Attempt:
        return max(self.attempts, key=worth)

    @property
    def shown(self) -> Attempt:
        """What the model is shown of its own. The mended script if that is better: what a rule
        could put right need not be talked about. But a document as it was written."""
        return self.attempts[0] if self.draft.answer else self.best


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question. `reason` says what is wrong with it, or that it was cut."""

    taken: Attempt
    draft: Draft
    attempts: tuple[Attempt, ...]
    usage: Usage | None
    disagreement: float | None = None
    reason: str = ""

    @property
    def columns(self) -> tuple[Evidence, ...]:
        return self.draft.columns


def worth(attempt: Attempt) -> tuple[bool, bool, bool, int]:
    """What makes one script better than another: tables, running, something that runs, and few
    errors of its own. Equals keep their order."""
    report = attempt.report
    if report is None:
        return (False, False, False, -(10**6))
    errors = own_errors(report)
    alive = len(read_script(report.sql).statements) > len(report.errors)
    return (attempt.makes_tables, report.valid, alive, -len(errors))


def ask(
    engine: Engine, question: Question, options: Options, cancel: CancelToken
) -> Generator[Progress | Written, None, Outcome]:
    """Ask for `options.samples` answers, and the best again while none of them runs.

    Raises:
        Cancelled: soon after `cancel` was set.
        EngineError: the engine failed before its first answer.
        SandboxError: nothing can be judged here.
    """
    loop = _Loop(engine, question, options, cancel)
    yield from loop.sample()
    choice = best_of([each.best.report for each in loop.tries])
    taken = loop.tries[choice.index]
    if not taken.best.makes_tables:
        yield from loop.correct()
        taken = loop.nearest()
    return loop.outcome(taken, choice.disagreement)


@dataclass
class _Loop:
    """What was answered so far."""

    engine: Engine
    question: Question
    options: Options
    cancel: CancelToken
    tries: list[Try] = field(default_factory=list)
    asked: int = 0
    trouble: str = ""

    def sample(self) -> Generator[Progress | Written]:
        """The first answers, independent of each other."""
        wanted = max(1, self.options.samples)
        for number in range(wanted):
            asked = self._varied(number)
            words = f"answer {number + 1} of {wanted}" if wanted > 1 else ""
            part = (number / wanted, 1 / wanted)
            if not (yield from self._try("sample" if number else "draft", asked, words, part)):
                return

    def correct(self) -> Generator[Progress | Written]:
        """The same question with a script that fails and PostgreSQL's errors, until one runs, the
        model repeats itself, or it was asked often enough. The last script alone is shown: a small
        context has no room for older ones."""
        last = self.nearest()
        for number in range(self.options.repairs):
            turn = turn_about(last.draft, last.shown)
            if turn is None:
                return
            words = f"correction {number + 1} of {self.options.repairs}"
            yield Progress("drafting", f"Asking again, {words}: {reason_in_short(last.best)}")
            asked = replace(self.question, turns=(*self.question.turns, turn))
            known = {_bare(each.draft.sql) for each in self.tries} | {_bare(turn.answer)}
            if not (yield from self._try("asked again", asked, words, None)):
                return
            last = self.tries[-1]
            if last.best.makes_tables or _bare(last.draft.sql) in known:
                return

    def nearest(self) -> Try:
        """The best of all that was written."""
        return max(self.tries, key=lambda each: worth(each.best))

    def outcome(self, taken: Try, disagreement: float | None) -> Outcome:
        attempts = tuple(attempt for each in self.tries for attempt in each.attempts)
        return Outcome(
            taken.best,
            taken.draft,
            attempts,
            total([attempt.usage for attempt in attempts]),
            disagreement,
            " ".join(filter(None, (_remark(taken.best, taken.draft), self.trouble))),
        )

    def _varied(self, number: int) -> Question:
        """The question for one sample: the first as it was asked, each other its own seed."""
        if number == 0:
            return self.question
        asked = self.question
        warmth = SAMPLING_TEMPERATURE if asked.temperature is None else asked.temperature
        return replace(asked, temperature=warmth, seed=(asked.seed or 0) + number)

    def _try(
        self, how: How, question: Question, words: str, part: tuple[float, float] | None
    ) -> Generator[Progress | Written, None, bool]:
        """One more answer, judged and mended; False where the engine failed."""
        try:
            draft = yield from self._answer(question, words, part)
        except EngineError as error:
            if not self.tries:
                raise
            self.trouble = f"Asking once more failed: {error}"
            return False
        self.cancel.raise_if_cancelled()
        yield Progress("checking", f"Running the schema in PostgreSQL{_in_brackets(words)}")
        attempts = tuple(self._judged(how, draft))
        self.tries.append(Try(draft, attempts))
        return True

    def _answer(
        self, question: Question, words: str, part: tuple[float, float] | None
    ) -> Generator[Progress | Written, None, Draft]:
        """The engine's answer, its events numbered, what it did not measure measured."""
        began, first, draft = time.monotonic(), None, None
        self.asked += 1
        for item in self.engine.run(question, self.cancel):
            if isinstance(item, Written):
                first = time.monotonic() - began if first is None else first
                yield replace(item, attempt=self.asked)
            elif isinstance(item, Progress):
                yield _placed(item, words, part)
            else:
                draft = item
        if draft is None:
            raise EngineError(f"{self.engine.title} ended without an answer.", "Try again.")
        took = draft.usage or Usage()
        measured = replace(
            took,
            first_token_seconds=took.first_token_seconds or first,
            seconds=took.seconds or time.monotonic() - began,
        )
        return replace(draft, usage=measured)

    def _judged(self, how: How, draft: Draft) -> Generator[Attempt]:
        """The script as it came, and as the deterministic repair left it if that changed it."""
        sql = clean(draft.sql, draft.cut)
        if not sql.strip():
            yield Attempt(how, "", None, draft.usage, draft.cut)
            return
        report = unless_cancelled(lambda: check(sql), self.cancel)
        yield Attempt(how, sql, report, draft.usage, draft.cut)
        if not report.valid:
            mended = unless_cancelled(lambda: repair(sql), self.cancel)
            if mended.changes:
                yield Attempt("repaired", mended.sql, mended.after, changes=mended.changes)


def unless_cancelled(work: Callable[[], T], cancel: CancelToken) -> T:
    """What `work` gives; it may take seconds, and nobody who cancelled waits for it.

    Raises:
        Cancelled: `cancel` was set first.
    """
    done: SimpleQueue[T | BaseException] = SimpleQueue()

    def run() -> None:
        try:
            done.put(work())
        except BaseException as error:  # raised again where it is waited for
            done.put(error)

    threading.Thread(target=run, name="judging", daemon=True).start()
    while True:
        cancel.raise_if_cancelled()
        try:
            made = done.get(timeout=_POLL_SECONDS)
        except Empty:
            continue
        if isinstance(made, BaseException):
            raise made
        return made


def total(parts: list[Usage | None]) -> Usage | None:
    """The sum; the first token is the first one's. None where nothing is known."""
    known = [part for part in parts if part is not None]
    if not known:
        return None

    def added(values: list[float | None]) -> float | None:
        there = [value for value in values if value is not None]
        return sum(there) if there else None

    prompt = added([part.prompt_tokens for part in known])
    written = added([part.answer_tokens for part in known])
    return Usage(
        None if prompt is None else int(prompt),
        None if written is None else int(written),
        known[0].first_token_seconds,
        added([part.seconds for part in known]),
        added([part.cost_usd for part in known]),
    )


def _remark(best: Attempt, draft: Draft) -> str:
    """What has to be said of the script that is taken, beside its errors."""
    if best.report is None:
        if draft.cut:
            return "The answer was cut off before its first statement ended."
        return draft.reason or "The model answered nothing."
    if draft.cut:
        return "The answer was longer than it may be and ends with its last whole statement."
    return draft.reason


def _placed(item: Progress, words: str, part: tuple[float, float] | None) -> Progress:
    """An engine's progress within the whole."""
    fraction = None
    if part is not None and item.fraction is not None:
        fraction = part[0] + part[1] * item.fraction
    return replace(item, message=item.message + _in_brackets(words), fraction=fraction)


def _in_brackets(words: str) -> str:
    return f" ({words})" if words else ""


def _bare(sql: str) -> str:
    """A script without its blanks: the same if nothing but the layout differs."""
    return "".join(sql.split())
