"""The process with a model: shared, left alone after a while, and the card with it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from ghost_engine.errors import EngineError
from ghost_engine.inference.adapter.writing import Shared, Writer
from ghost_engine.jobs.locks import is_held, take

ECHO = """
import json, sys
print(json.dumps({"ready": {}}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    if "id" in asked:
        print(json.dumps({"id": asked["id"], "done": asked["who"]}), flush=True)
"""
DIES = "import sys; sys.exit('no room for the model')"


def line(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def next_said(writer: Writer, number: int | None = None) -> dict[str, object]:
    while (said := writer.said(number)) is None:
        pass
    return said


def turn(shared: Shared) -> None:
    assert list(shared.wait_turn()) == []


def test_it_holds_the_lock_of_the_card_as_long_as_it_lives(tmp_path: Path) -> None:
    gpu = tmp_path / "gpu.lock"
    shared = Shared()
    turn(shared)
    writer = shared.start(tmp_path, line(ECHO), take(gpu))
    assert "ready" in next_said(writer) and is_held(gpu)
    shared.leave()
    assert is_held(gpu)
    shared.close()
    assert not is_held(gpu)


def test_it_goes_when_nobody_asks_for_a_while(tmp_path: Path) -> None:
    shared = Shared(idle_seconds=0.2)
    turn(shared)
    writer = shared.start(tmp_path, line(ECHO), None)
    shared.leave()
    deadline = time.monotonic() + 30
    while writer.alive and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not writer.alive


def test_it_stays_while_somebody_asks(tmp_path: Path) -> None:
    shared = Shared(idle_seconds=1.0)
    turn(shared)
    shared.start(tmp_path, line(ECHO), None)
    shared.leave()
    turn(shared)
    writer = shared.writer or shared.start(tmp_path, line(ECHO), None)  # gone on a slow machine
    next_said(writer)
    time.sleep(1.5)  # longer than it may be idle
    assert next_said(writer, writer.ask({"who": "me"}))["done"] == "me"
    shared.close()
    shared.leave()


def test_answers_to_an_older_question_are_passed_over(tmp_path: Path) -> None:
    writer = Writer(tmp_path, line(ECHO), None)
    next_said(writer)
    writer.ask({"who": "first"})
    assert next_said(writer, writer.ask({"who": "second"}))["done"] == "second"
    writer.close()


def test_one_that_dies_tells_its_last_words(tmp_path: Path) -> None:
    writer = Writer(tmp_path, line(DIES), None)
    with pytest.raises(EngineError, match=r"exit code 1\).*no room for the model"):
        next_said(writer)
    writer.close()


def test_one_that_cannot_be_started_says_so(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot be loaded"):
        Writer(tmp_path, ["/nowhere/at/all"], None)


def test_a_writer_ends_with_its_owner(tmp_path: Path) -> None:
    """Killed outright, the owner closes the pipe: the real program reads its end and goes."""
    import subprocess

    owner = subprocess.run(
        [sys.executable, "-c", OWNER.format(run=str(tmp_path))],
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    pid = int(owner.stdout)
    deadline = time.monotonic() + 60
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()


OWNER = """
import os, signal
from pathlib import Path
from ghost_engine.inference.adapter.writing import Writer, command
writer = Writer(Path({run!r}), command(Path({run!r})), None)
print(writer.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
