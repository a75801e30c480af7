"""Annotations in the background, against a server that fails like Google's."""

from __future__ import annotations

import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psutil
import pytest

from ghost_engine.annotate.ledger import CALLS
from ghost_engine.annotate.runs import Seen, ended_rows, failures, read_totals
from ghost_engine.annotate.worker import annotate
from ghost_engine.data.records import NewSuggestion
from ghost_engine.data.store import Store
from ghost_engine.inference.ollama.engine import OllamaEngine
from ghost_engine.inference.protocol import Readiness
from ghost_engine.jobs import control
from ghost_engine.jobs.folder import read_rows
from ghost_engine.jobs.reading import read_run, wait_for
from ghost_engine.jobs.records import Attempt, Run
from ghost_engine.jobs.worker import Work, WorkerFailure
from ghost_engine.settings import get_settings
from tests.annotate.conftest import Filler, Starter, Worker
from tests.gemini.server import (
    BAD_KEY,
    BROKEN,
    DAY,
    PROMPT_BLOCKED,
    RATE,
    SQL,
    Call,
    GeminiServer,
    Limit,
    Trouble,
)
from tests.ollama.server import OllamaServer

BROKEN_SQL = "CREATE TABLE customers AS SELECT;"  # no rule mends it


def finish(run: Run, seconds: float = 60) -> Run:
    return wait_for(run, timeout_seconds=seconds)


def test_thirty_screenshots_get_one_suggestion_each_whatever_fails_and_is_killed(
    store: Store, fill: Filler, begin: Starter, local_gemini: GeminiServer
) -> None:
    storm(store, fill, begin, local_gemini, count=30, kill_after=12, limit=Limit(12, 1.0))


@pytest.mark.slow
def test_five_hundred_screenshots_take_hardly_longer_than_the_limits_ask_for(
    store: Store, fill: Filler, begin: Starter, local_gemini: GeminiServer
) -> None:
    """The whole of it, two processes started and PostgreSQL twice included."""
    spent, least = storm(
        store, fill, begin, local_gemini, count=500, kill_after=200, limit=Limit(60, 10.0)
    )
    assert spent <= 1.2 * least


def test_a_day_that_is_used_up_stops_the_run_and_says_until_when(
    fill: Filler, at_work: Worker, local_gemini: GeminiServer
) -> None:
    fill(6)
    local_gemini.trouble = lambda call: DAY if call.number > 3 else None
    work = at_work(concurrency=1, stop_at_quota=True)
    assert annotate(work) == "stopped"
    seen = totals(work)
    assert seen.quota_until is not None and seen.quota_until > datetime.now(UTC)
    assert (seen.totals.done, seen.totals.failed, seen.totals.left) == (3, 0, 3)


def test_a_wrong_key_ends_the_run_in_words_after_a_call_or_two(
    fill: Filler, at_work: Worker, local_gemini: GeminiServer
) -> None:
    fill(12)
    local_gemini.always(BAD_KEY)
    with pytest.raises(WorkerFailure, match="refuses the key from GEMINI_API_KEY") as caught:
        annotate(at_work(concurrency=2))
    assert local_gemini.key not in str(caught.value)
    assert len(local_gemini.calls) <= 4


def test_a_service_that_is_not_there_ends_the_run_and_nothing_is_lost(
    fill: Filler, at_work: Worker, local_gemini: GeminiServer
) -> None:
    fill(40)
    local_gemini.trouble = lambda call: BROKEN if call.number > 5 else None
    work = at_work(transport_tries=1)
    with pytest.raises(WorkerFailure, match="failed by itself"):
        annotate(work)
    assert len(local_gemini.calls) < 30
    local_gemini.always(None)
    assert annotate(work) == "finished"
    assert (totals(work).totals.done, totals(work).totals.failed) == (40, 0)


def test_what_fails_for_good_is_listed_with_its_reason_and_asked_again_on_demand(
    store: Store, fill: Filler, at_work: Worker, local_gemini: GeminiServer
) -> None:
    fill(4)
    local_gemini.trouble = lambda call: PROMPT_BLOCKED if call.number == 2 else None
    work = at_work(concurrency=1)
    assert annotate(work) == "finished"
    (failure,) = failures(ended_rows(read_run(work.folder)))
    assert failure.kind == "blocked" and "PROHIBITED_CONTENT" in failure.reason
    again = at_work(ids=[failure.example])
    assert annotate(again) == "finished" and totals(again).totals.done == 1
    assert len(local_gemini.calls) == 5
    assert all(len(store.suggestions(each.id)) == 1 for each in store.iterate())


def test_a_stopped_run_lets_its_calls_end_and_goes_on_without_asking_them_again(
    store: Store, fill: Filler, at_work: Worker, local_gemini: GeminiServer
) -> None:
    ids = fill(8)
    local_gemini.trouble = lambda call: Trouble(before_seconds=0.2)
    work = at_work(concurrency=2)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(annotate, work)
        while len(local_gemini.calls) < 3:
            time.sleep(0.02)
        work.ask_stop()
        assert first.result() == "stopped"
    assert not any(call.left for call in local_gemini.calls)
    assert annotate(Work(work.folder, Attempt(2))) == "finished"
    assert len(local_gemini.calls) == 8
    assert [len(store.suggestions(each)) for each in ids] == [1] * 8


def test_samples_that_differ_leave_two_drafts_by_which_curate_sorts(
    store: Store, fill: Filler, at_work: Worker, local_gemini: GeminiServer
) -> None:
    (example,) = fill(1)
    other = SQL.replace("name text", "nickname varchar(40)").replace("customers", "members")
    local_gemini.answer = lambda call: other if call.number == 2 else SQL
    work = at_work(samples=3)
    annotate(work)
    (row,) = ended_rows(read_run(work.folder))
    assert 0 < row["disagreement"] < 1
    texts = [each.sql.strip() for each in store.suggestions(example)]
    assert texts == [other.strip(), SQL.strip()]
    assert store.get(example).effort > 1_000_000


def test_what_was_decided_or_answered_meanwhile_is_not_asked_about(
    store: Store, fill: Filler, at_work: Worker, local_gemini: GeminiServer
) -> None:
    first, second, _ = fill(3)
    work = at_work()
    store.suggest(first, NewSuggestion(SQL, "gemini"))
    store.suggest(first, NewSuggestion("CREATE TABLE mine (id int);", "file"))
    version = store.get(second).version
    store.decide(second, version=version, sql=SQL, decision="approved", reviewer="ana")
    assert annotate(work) == "finished"
    assert (totals(work).totals.done, totals(work).totals.skipped) == (1, 2)
    assert len(local_gemini.calls) == 1


def test_ollama_is_asked_one_question_at_a_time_and_a_server_that_went_down_ends_the_run(
    store: Store,
    fill: Filler,
    at_work: Worker,
    local_ollama: OllamaServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = fill(14)
    local_ollama.add_model("gemma3:4b")
    monkeypatch.setenv("GHOST_OLLAMA_URL", local_ollama.url)
    get_settings.cache_clear()
    annotate(at_work(provider="ollama", model="gemma3:4b", limit=2, concurrency=1))
    (draft,) = store.suggestions(ids[0])
    assert (draft.provider, draft.model, draft.cost_usd) == ("ollama", "gemma3:4b", 0)
    assert draft.verdict is not None and draft.verdict.executes and draft.prompt_version
    monkeypatch.setattr(OllamaEngine, "readiness", lambda self, model="": Readiness(True, "was"))
    work = at_work(provider="ollama", model="gemma4:none", transport_tries=1, concurrency=1)
    with pytest.raises(WorkerFailure, match="gemma4:none"):
        annotate(work)


def totals(work: Work) -> Seen:
    seen = read_totals(read_run(work.folder))
    assert seen is not None
    return seen


def storm(
    store: Store,
    fill: Filler,
    begin: Starter,
    server: GeminiServer,
    *,
    count: int,
    kill_after: int,
    limit: Limit,
) -> tuple[float, float]:
    """Some calls refused, some broken, some answers wrong, one kill -9; then all that must hold.

    Returns the seconds that it took, and those that the limit alone asks for.
    """
    ids = fill(count)
    misbehave(server)
    server.limits.append(limit)
    run = begin(
        concurrency=4, per_minute=limit.calls, minute_seconds=limit.seconds, transport_tries=8
    )
    began = time.monotonic()
    while len(server.calls) < kill_after:
        time.sleep(0.01)
    kill_everything(run)
    before = len(server.calls)
    run = finish(control.resume(run), 600)
    seconds = time.monotonic() - began

    seen = read_totals(run)
    assert seen is not None and run.state == "finished"
    assert (seen.totals.done, seen.totals.failed, seen.totals.left) == (count, 0, 0)
    assert [len(store.suggestions(each)) for each in ids] == [1] * count
    answered = Counter(
        (row["example"], row["question"])
        for row in read_rows(run.path / CALLS)
        if row["event"] == "answered"
    )
    assert set(answered.values()) == {1}
    assert before <= len(server.calls) <= seen.totals.calls <= len(server.calls) + 4
    assert seen.totals.repeated <= 4
    assert server.most_together <= 4
    assert server.most_within(limit.seconds) <= limit.calls
    return seconds, (len(server.calls) / limit.calls - 1) * limit.seconds


def misbehave(server: GeminiServer) -> None:
    """One call in ten is refused, one in twenty breaks; one answer in fifty does not run."""
    quick_rate = Trouble(429, RATE.message, quota="PerMinute", retry_after="0.2")

    def trouble(call: Call) -> Trouble | None:
        if call.number % 10 == 3:
            return quick_rate
        return BROKEN if call.number % 20 == 6 else None

    def answer(call: Call) -> str:
        first = len(call.document["contents"]) == 1
        return BROKEN_SQL if first and call.number % 50 == 9 else SQL

    server.trouble, server.answer = trouble, answer
    server.piece_letters = 60


def kill_everything(run: Run) -> None:
    """kill -9, the supervisor first, so that nobody starts another."""
    status = read_run(run.folder).status
    for pid in (status.supervisor_pid, status.pid):
        if pid is not None:
            psutil.Process(pid).send_signal(signal.SIGKILL)
            psutil.Process(pid).wait(10) if psutil.pid_exists(pid) else None
