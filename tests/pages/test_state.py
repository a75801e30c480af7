"""Runs in the background, and pictures kept for a reload."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import app.running as at_work
import app.state as state
from app.playground import recent
from app.running import Running
from ghost_engine.errors import Cancelled, EngineError
from ghost_engine.inference.protocol import CancelToken, Progress


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Runs that only end when they are cancelled; the event is set when one was."""
    stopped = threading.Event()

    def stream(pictures: Any, engine: str, cancel: CancelToken, options: Any) -> Iterator[Progress]:
        try:
            while True:
                cancel.raise_if_cancelled()
                yield Progress("reading", "still reading")
                time.sleep(0.01)
        except Cancelled:
            stopped.set()
            raise

    monkeypatch.setattr(at_work, "stream", stream)
    return stopped


def test_a_cancelled_run_stops_within_a_second(endless: threading.Event) -> None:
    running = Running([])

    running.cancel()

    assert running.feed.done.wait(1)
    assert isinstance(running.feed.error, Cancelled)


def test_a_run_whose_session_is_gone_is_cancelled(endless: threading.Event) -> None:
    space = state.Workspace(running=Running([]))

    del space
    gc.collect()

    assert endless.wait(2)


def test_too_many_runs_are_refused_and_room_comes_back(
    endless: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_work, "_places", threading.BoundedSemaphore(1))
    first = Running([])
    with pytest.raises(EngineError, match="being read already"):
        Running([])

    first.cancel()
    assert first.feed.done.wait(2)

    second = Running([])
    second.cancel()
    assert second.feed.done.wait(2)


def test_a_failure_waits_for_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Iterator[Progress]:
        raise EngineError("The reader broke.", "Try again.")

    monkeypatch.setattr(at_work, "stream", fail)
    space = state.Workspace(running=Running([]))
    assert space.running is not None and space.running.feed.done.wait(2)

    state.settle(space)

    assert str(space.error) == "The reader broke. Try again."
    assert space.running is None


def test_recent_pictures_are_found_by_their_content() -> None:
    store = recent.Recent()

    key = store.keep("a.png", b"picture")

    assert store.find(key) == ("a.png", b"picture")
    assert store.find("0" * 64) is None


def test_recent_pictures_never_take_more_than_their_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MAX_BYTES", 250)
    store = recent.Recent()

    keys = [store.keep("a.png", bytes([number]) * 100) for number in range(4)]

    assert [store.find(key) is not None for key in keys] == [False, False, True, True]


def test_recent_pictures_are_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    store = recent.Recent()
    key = store.keep("a.png", b"picture")

    monkeypatch.setattr(recent, "MAX_SECONDS", -1.0)

    assert store.find(key) is None
