"""Annotations in the background, against a server that fails like Google's."""

from __future__ import annotations

import signal
import time
from collections import Counter

import psutil

from ghost_engine.annotate.ledger import CALLS
from ghost_engine.annotate.runs import read_totals
from ghost_engine.data.store import Store
from ghost_engine.jobs import control
from ghost_engine.jobs.folder import read_rows
from ghost_engine.jobs.reading import read_run, wait_for
from ghost_engine.jobs.records import Run
from tests.annotate.conftest import Filler, Starter
from tests.gemini.server import (
    BROKEN,
    RATE,
    SQL,
    Call,
    GeminiServer,
    Limit,
    Trouble,
)

BROKEN_SQL = "CREATE TABLE customers (id bigint PRIMARY KEY, name txet NOT NULL);"


def finish(run: Run, seconds: float = 60) -> Run:
    return wait_for(run, timeout_seconds=seconds)


def test_thirty_screenshots_get_one_suggestion_each_whatever_fails_and_is_killed(
    store: Store, fill: Filler, begin: Starter, local_gemini: GeminiServer
) -> None:
    storm(store, fill, begin, local_gemini, count=30, kill_after=12, limit=Limit(12, 1.0))


def storm(
    store: Store,
    fill: Filler,
    begin: Starter,
    server: GeminiServer,
    *,
    count: int,
    kill_after: int,
    limit: Limit,
) -> None:
    """Some calls refused, some broken, some answers wrong, one kill -9; then all that must hold."""
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
    assert before <= len(server.calls) == seen.totals.calls
    assert seen.totals.repeated <= 4
    assert server.most_together <= 4
    assert server.most_within(limit.seconds) <= limit.calls
    least = (len(server.calls) / limit.calls - 1) * limit.seconds


def misbehave(server: GeminiServer) -> None:
    """One call in ten is refused, one in twenty breaks; one picture in fifty is misread."""
    quick_rate = Trouble(429, RATE.message, quota="PerMinute", retry_after="0.2")

    def trouble(call: Call) -> Trouble | None:
        if call.number % 10 == 3:
            return quick_rate
        return BROKEN if call.number % 20 == 6 else None

    def answer(call: Call) -> str:
        first = len(call.document["contents"]) == 1
        return BROKEN_SQL if first and int(call.pictures[0][:8], 16) % 50 == 0 else SQL

    server.trouble, server.answer = trouble, answer
    server.piece_letters = 60


def kill_everything(run: Run) -> None:
    """kill -9, the supervisor first, so that nobody starts another."""
    status = read_run(run.folder).status
    for pid in (status.supervisor_pid, status.pid):
        if pid is not None:
            psutil.Process(pid).send_signal(signal.SIGKILL)
            psutil.Process(pid).wait(10) if psutil.pid_exists(pid) else None
