"""kill -9 in the middle of imports and decisions: nothing accepted is lost, the store is whole."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.data.records import NewExample
from ghost_engine.data.store import Store, open_store

BUSY = Path(__file__).with_name("busy.py")


def start(folder: Path, url: str | None, seed: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(BUSY), str(folder), url or "", str(seed)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1
    )


def work_and_die(processes: list[subprocess.Popen[str]], seconds: float) -> list[list[Any]]:
    """Let them say something, work on for a moment, and kill them; what they had accepted."""
    heard = [process.stdout.readline() for process in processes if process.stdout]
    time.sleep(seconds)
    for process in processes:
        process.kill()
    for process in processes:
        rest, _ = process.communicate(timeout=100)
        heard += rest.splitlines()
    whole = [line for line in heard if line.rstrip().endswith("]")]  # the last may be cut
    return [json.loads(line) for line in whole]


def assert_kept(store: Store, accepted: list[list[Any]]) -> None:
    for what, *details in accepted:
        if what == "added":
            assert store.queue(filters_of(details[0])).total == len(set(details[0]))
        else:
            example_id, version, text = details
            decided = [(review.version, review.sql) for review in store.reviews(example_id)]
            assert decided.count((version, text)) == 1


def filters_of(ids: list[int]) -> Any:
    from ghost_engine.data.records import Filters

    return Filters(ids=tuple(ids))


def assert_whole(store: Store) -> None:
    """The database's own checks, and that what each example says of itself is true."""
    if store._database.is_sqlite:
        with store._database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        check = "INSERT INTO text_search (text_search) VALUES ('integrity-check')"
        store._database.write(lambda connection: connection.exec_driver_sql(check))
    for example in store.iterate():
        data = store.picture(example.screenshot)
        assert hashlib.sha256(data).hexdigest() == example.screenshot.key
        reviews = store.reviews(example.id)
        assert [review.version for review in reviews] == list(range(2, len(reviews) + 2))
        assert example.version == len(reviews) + 1
        assert example.review == (reviews[-1] if reviews else None)
        said = [review.decision for review in reviews if review.decision != "edited"]
        assert example.status == (said[-1] if said else "new")


def storm(folder: Path, url: str | None, rounds: int) -> tuple[Store, list[list[Any]]]:
    chance = random.Random(rounds)
    accepted: list[list[Any]] = []
    for seed in range(rounds):
        two = [start(folder, url, 2 * seed), start(folder, url, 2 * seed + 1)]
        accepted += work_and_die(two, chance.uniform(0, 1.0))
    return open_store(folder, url), accepted


@pytest.mark.parametrize(
    "rounds", [2, pytest.param(20, marks=[pytest.mark.slow, pytest.mark.timeout(900)])]
)
def test_killed_writers_lose_nothing_they_had_accepted(
    new_url: Callable[[], str | None], tmp_path: Path, rounds: int
) -> None:
    store, accepted = storm(tmp_path, new_url(), rounds)
    with store:
        assert {what for what, *_ in accepted} >= {"added"}
        assert_kept(store, accepted)
        assert_whole(store)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_crash_of_postgresql_loses_nothing_that_was_accepted(
    durable_server: Any, tmp_path: Path
) -> None:
    name = durable_server.take_database()
    url = durable_server.url(name)
    accepted: list[list[Any]] = []
    for seed in range(5):
        process = start(tmp_path, url, seed)
        assert process.stdout is not None
        accepted.append(json.loads(process.stdout.readline()))
        time.sleep(seed / 8)
        durable_server.crash()
        accepted += work_and_die([process], 0.2)
    with open_store(tmp_path, url) as store:
        assert_kept(store, accepted)
        assert_whole(store)
    durable_server.free.append(name)


def test_an_open_store_goes_on_after_postgresql_was_started_again(
    durable_server: Any, tmp_path: Path, make_row: Callable[..., NewExample]
) -> None:
    name = durable_server.take_database()
    with open_store(tmp_path, durable_server.url(name)) as store:
        store.add(make_row("before"))
        durable_server.crash()
        store.add(make_row("after"))
        assert store.counts().total == 2
    durable_server.free.append(name)
