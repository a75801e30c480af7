"""The program that annotates: `python -m ghost_engine.annotate.worker RUN_DIR`.

Some threads take one example after the other; `Patient` keeps their calls within the limits. Asked
to stop, it begins no call and lets those under way end. Killed, the next attempt goes on from the
ledger.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for_threads
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, tzinfo
from typing import Literal

from ghost_engine import prompts
from ghost_engine.annotate.config import GEMINI, AnnotateConfig, read_annotate_config
from ghost_engine.annotate.ledger import CHOSEN, open_ledger, past_calls
from ghost_engine.annotate.limits import DayIsOver, Gate, Limits, Past
from ghost_engine.annotate.patient import GaveUp, Hopeless, Patient, sleep
from ghost_engine.annotate.runs import FILE, Seen, annotation_runs, config_of, read_totals
from ghost_engine.data.images import Picture, intake
from ghost_engine.data.records import Example, NewSuggestion, Verdict
from ghost_engine.data.store import Store, open_store
from ghost_engine.errors import AnnotateError, Cancelled, ImageError, StoreError
from ghost_engine.inference.protocol import Attempt, CancelToken, Engine, Result
from ghost_engine.inference.registry import choose_engine
from ghost_engine.inference.run import stream
from ghost_engine.jobs.folder import read_json, write_json
from ghost_engine.jobs.locks import take
from ghost_engine.jobs.reading import read_run, runs_dir
from ghost_engine.jobs.worker import Work, WorkerFailure, run_worker

THREADS_A_CALL = 2
"""Examples at work for each call at once: some wait for their turn to try again."""
GRACE_SECONDS = 30.0
"""How long calls under way may go on after a stop was asked for."""
DEAD_IN_A_ROW = 10
"""So many examples in a row that nobody answered, or all failed in the same words, and the service
counts as not there."""
TELL_SECONDS = 1.0
_RECENT = 120  # ends of examples that the pace is taken from


def annotate(work: Work) -> Literal["finished", "stopped"]:
    """Do what the run of `work` asks for, from where the last attempt ended.

    Raises:
        WorkerFailure: the service refuses everything, or does not answer.
        GhostError: engine, store or sandbox stand in the way.
    """
    config = read_annotate_config(work.folder.config)
    with _alone(config.provider), open_store() as store:
        return _Annotation(work, config, store).run()


class _Annotation:
    """One attempt."""

    def __init__(self, work: Work, config: AnnotateConfig, store: Store) -> None:
        self.work, self.config, self.store = work, config, store
        chosen = read_json(work.folder.path / CHOSEN) or {}
        self.ids: list[int] = [int(each) for each in chosen.get("ids", ())]
        self.ledger = open_ledger(work.folder.path, len(self.ids), work.attempt.attempt)
        self.gate = Gate(_limits(config), self._past())
        before = read_totals(read_run(work.folder, supervised=True))
        self.seconds_before = before.seconds if before else 0.0
        self.call_seconds = before.call_seconds if before else 0.0
        self.engine: Engine
        self.began = time.monotonic()
        self.cancel = CancelToken()
        self.over = threading.Event()
        self.guard = threading.Lock()
        self.dead: list[float] = []  # when calls failed, since one was answered
        self.last_words = ""
        self.running = 0
        self.ended: deque[float] = deque(maxlen=_RECENT)
        self.quota_until: datetime | None = None
        self.failure: WorkerFailure | None = None

    def run(self) -> Literal["finished", "stopped"]:
        self.engine, _ = choose_engine(self.config.provider, self.config.model)
        self.work.event("started", from_step=len(self.ledger.ends), total=len(self.ids))
        left = iter([each for each in self.ids if each not in self.ledger.ends])
        with ThreadPoolExecutor(self.config.concurrency * THREADS_A_CALL, "annotate") as threads:
            at_work = {threads.submit(self._work_down, left) for _ in range(threads._max_workers)}
            try:
                self._watch(at_work)
            finally:
                self.over.set()
                self._tell()
        for each in at_work:
            each.result()
        self._tell()
        if self.failure is not None:
            raise self.failure
        self.work.event("ended", **self._seen().to_dict())
        return "finished" if self.ledger.totals.left == 0 else "stopped"

    def _watch(self, at_work: set[Future[None]]) -> None:
        """Tell how it goes until all threads are done; after a stop they have some seconds."""
        since: float | None = None
        pending = set(at_work)
        while pending:
            done, pending = wait_for_threads(pending, timeout=TELL_SECONDS)
            if any(each.exception() for each in done):
                self.over.set()
            self._tell()
            if self._stopping():
                since = since if since is not None else time.monotonic()
                if time.monotonic() - since > GRACE_SECONDS:
                    self.cancel.cancel()

    def _stopping(self) -> bool:
        return self.over.is_set() or self.work.stop_asked()

    def _work_down(self, left: Iterator[int]) -> None:
        """One thread: an example after the other."""
        while not self._stopping():
            with self.guard:
                example_id = next(left, None)
                self.running += example_id is not None
            if example_id is None:
                return
            try:
                self._take(example_id)
            except Cancelled:
                return
            finally:
                with self.guard:
                    self.running -= 1

    def _take(self, example_id: int) -> None:
        try:
            example = self.store.get(example_id)
            reason = self._why_not(example)
            if reason:
                self.ledger.close(example_id, "skipped", reason=reason)
                return
            picture = intake(self.store.picture(example.screenshot), example.screenshot.path)
        except (StoreError, ImageError) as error:
            self._fail(example_id, "picture", error.message, error.hint)
            return
        self._ask(example, picture)

    def _ask(self, example: Example, picture: Picture) -> None:
        asked = time.monotonic()
        try:
            result = self._result(example.id, picture)
        except GaveUp as error:
            self._fail(example.id, error.kind, error.message, error.hint)
            self._count_dead(error)
        except Hopeless as error:
            self._give_up(WorkerFailure(error.kind, error.message, error.hint))
        else:
            with self.guard:  # what failed after this was asked may still be the end of it
                self.dead = [each for each in self.dead if each > asked]
            self._keep(example, result)

    def _result(self, example_id: int, picture: Picture) -> Result:
        patient = Patient(
            self.engine,
            example_id,
            self.gate,
            self.ledger,
            self.config,
            self._day_is_over,
            self._stopping,
            self._took,
        )
        *_, last = stream([picture], patient, self.cancel, self.config.options)
        assert isinstance(last, Result)
        return last

    def _keep(self, example: Example, result: Result) -> None:
        """Into the store, then into the ledger: a kill in between changes nothing."""
        if not result.sql.strip():
            self._fail(example.id, "empty", result.reason or "Nothing was drafted.", "")
            return
        best = self._suggestion(result)
        for other in _runners_up(result):
            self.store.suggest(example.id, self._suggestion(result, other))
        self.store.suggest(example.id, best)
        verdict = best.verdict
        self._close(
            example.id,
            "done",
            valid=result.valid,
            tables=verdict.tables if verdict else 0,
            error=verdict.error if verdict else "",
            model=result.model,
            seconds=round(best.seconds, 3),
            cost_usd=best.cost_usd,
            attempts=len(result.attempts),
            disagreement=result.disagreement,
            reason=result.reason,
        )

    def _suggestion(self, result: Result, other: Attempt | None = None) -> NewSuggestion:
        asked = bool(self.engine.forms)
        usage = other.usage if other else result.usage
        report = other.report if other else result.report
        return NewSuggestion(
            other.sql if other else result.sql,
            provider=self.config.provider,
            model=result.model or "",
            instruction=self.config.options.instruction if asked else "",
            prompt_version=result.prompt_version or (prompts.VERSION if asked else ""),
            verdict=Verdict.of(report) if report else None,
            cost_usd=(usage.cost_usd or 0.0) if usage and other is None else 0.0,
            seconds=(usage.seconds if usage else None) or (0.0 if other else result.seconds),
        )

    def _why_not(self, example: Example) -> str:
        """Why an example is not asked about after all; "" if it is."""
        if example.status not in self.config.statuses:
            return "It was decided meanwhile."
        if self.config.again or self.ledger.began(example.id):
            return ""
        by_us = (each.provider == self.config.provider for each in self._drafts(example))
        return f"{self.config.provider} has answered it already." if any(by_us) else ""

    def _drafts(self, example: Example) -> Sequence[NewSuggestion]:
        return self.store.suggestions(example.id) if example.suggestion else ()

    def _fail(self, example_id: int, kind: str, reason: str, hint: str) -> None:
        self._close(example_id, "failed", kind=kind, reason=reason, hint=hint)

    def _close(self, example_id: int, end: Literal["done", "failed"], **about: object) -> None:
        self.ledger.close(example_id, end, **about)
        with self.guard:
            self.ended.append(time.monotonic())

    def _count_dead(self, error: GaveUp) -> None:
        same = error.kind == "answer" and error.message == self.last_words
        with self.guard:
            self.dead = [*self.dead, time.monotonic()] if error.transport or same else []
        self.last_words = error.message
        if len(self.dead) >= DEAD_IN_A_ROW:
            hint = f"{error.hint} Then resume: nothing that was answered is asked again.".strip()
            self._give_up(WorkerFailure(error.kind, error.message, hint))

    def _give_up(self, failure: WorkerFailure) -> None:
        self.failure = self.failure or failure
        self.over.set()

    def _day_is_over(self, over: DayIsOver) -> None:
        """Wait until then, or stop all."""
        self.quota_until = over.until
        if self.config.stop_at_quota:
            self.over.set()
        sleep((over.until - datetime.now(UTC)).total_seconds(), self._stopping)
        self.quota_until = None

    def _took(self, seconds: float) -> None:
        with self.guard:
            self.call_seconds += seconds

    def _past(self) -> list[Past]:
        """Calls before this attempt: of this run, and of others that asked the same service."""
        past = list(self.ledger.past)
        for run in annotation_runs():
            other = config_of(run)
            if run.id != self.work.folder.id and other and other.provider == self.config.provider:
                past += past_calls(run.path)
        return past

    def _tell(self) -> None:
        seen = self._seen()
        with suppress(OSError):
            write_json(self.work.folder.path / FILE, seen.to_dict(), durable=False)
        totals = seen.totals
        phase = "waiting for the day's quota" if self.quota_until else "asking"
        self.work.progress(phase, totals.total - totals.left, totals.total, _note(seen))

    def _seen(self) -> Seen:
        totals = self.ledger.totals
        totals.running = self.running
        per_minute = self._per_minute()
        left = totals.left * 60 / per_minute if per_minute and totals.left else None
        if self.quota_until is not None:
            left = (left or 0.0) + (self.quota_until - datetime.now(UTC)).total_seconds()
        return Seen(
            totals,
            self.seconds_before + time.monotonic() - self.began,
            self.call_seconds,
            None if per_minute is None else round(per_minute, 2),
            None if left is None else round(left, 1),
            self.quota_until,
        )

    def _per_minute(self) -> float | None:
        """Screenshots a minute, over the last hundred or so."""
        with self.guard:
            ends = list(self.ended)
        if len(ends) < 2:
            return None
        since = self.began if len(ends) < _RECENT else ends[0]
        return len(ends) * 60 / max(0.001, time.monotonic() - since)


def _runners_up(result: Result) -> tuple[Attempt, ...]:
    """Of several samples the first other one that runs: Curate sorts by how far the newest two
    drafts are apart."""
    if result.disagreement is None:
        return ()
    others = (each for each in result.attempts if each.sql.strip() != result.sql.strip())
    return tuple([each for each in others if each.makes_tables][:1])


def _note(seen: Seen) -> str:
    totals = seen.totals
    parts = [
        f"{totals.failed} failed" if totals.failed else "",
        f"${totals.cost_usd:.2f}" if totals.cost_usd else "",
        f"{seen.per_minute:.0f} a minute" if seen.per_minute else "",
        f"until {seen.quota_until:%Y-%m-%d %H:%M} UTC" if seen.quota_until else "",
    ]
    return " · ".join(part for part in parts if part)


def _limits(config: AnnotateConfig) -> Limits:
    return Limits(
        config.concurrency,
        config.per_minute,
        config.per_day,
        config.tokens_per_minute,
        config.tokens_per_day,
        config.minute_seconds,
        _zone(config.provider),
    )


def _zone(provider: str) -> tzinfo:
    """Where the provider's days begin: Google counts in California's time."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    if provider == GEMINI:
        with suppress(ZoneInfoNotFoundError):
            return ZoneInfo("America/Los_Angeles")
    return datetime.now().astimezone().tzinfo or UTC


@contextmanager
def _alone(provider: str) -> Iterator[None]:
    """One annotation a provider: two would exceed its limits together."""
    lock = take(runs_dir() / f".annotate-{provider}.lock", wait_seconds=5.0)
    if lock is None:
        raise AnnotateError(
            f"Another annotation asks {provider} already.", "Stop it first, then resume this one."
        )
    try:
        yield
    finally:
        lock.release()


def main(argv: Sequence[str] | None = None) -> int:
    return run_worker(annotate, argv)


if __name__ == "__main__":
    sys.exit(main())
