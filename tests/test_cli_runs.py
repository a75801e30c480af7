"""`ghost runs` on a job that counts: watched, stopped by Ctrl+C, resumed, killed, deleted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.cli import run
from ghost_engine.cli.runs import ago
from ghost_engine.jobs import control
from ghost_engine.jobs.folder import read_rows
from ghost_engine.jobs.launch import launch
from ghost_engine.jobs.reading import list_runs, read_run, wait_for
from ghost_engine.jobs.records import Run
from ghost_engine.settings import get_settings
from ghost_engine.training.story import span

TOY = Path(__file__).parent / "jobs" / "toy"
Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Run]]:
    """Launches a worker that counts to `steps`; what still runs at the end is killed."""
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(TOY))
    get_settings.cache_clear()

    def start(name: str = "", **config: Any) -> Run:
        return launch("count", "toy_worker", json.dumps(config), name=name)

    yield start
    for left in list_runs():
        if left.active:
            control.kill(left)
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.fixture
def said(capfd: pytest.CaptureFixture[str]) -> Said:
    def ask(*arguments: str) -> tuple[int, str, str]:
        code = run(arguments)
        out, err = capfd.readouterr()
        return code, out, err

    return ask


def counting(run: Run) -> Run:
    """The run once it has counted some steps."""
    end = time.monotonic() + 60
    while not (read_run(run.folder).status.step or 0) > 1:
        assert time.monotonic() < end
        time.sleep(0.05)
    return read_run(run.folder)


def watching(run: Run) -> subprocess.Popen[str]:
    """`ghost runs follow` in a process of its own, once it watches."""
    command = [sys.executable, "-m", "ghost_engine", "runs", "follow", run.id, "--json"]
    process = subprocess.Popen(
        command, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None and "step" in process.stderr.readline()
    return process


def test_ctrl_c_saves_and_stops_and_a_stop_is_no_failure(count: Callable[..., Run]) -> None:
    started = counting(count(steps=10_000, seconds=0.05))
    process = watching(started)

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=100)

    assert process.returncode == 0 and json.loads(out)["state"] == "stopped", err
    assert "it saves first" in err and "ghost runs resume" in err
    assert list(started.folder.checkpoints.iterdir())


def test_a_second_ctrl_c_only_stops_watching(count: Callable[..., Run]) -> None:
    started = counting(count(steps=10_000, seconds=0.05, deaf=True))
    process = watching(started)

    process.send_signal(signal.SIGINT)
    assert process.stderr is not None and "it saves first" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=100)

    assert process.returncode == 130 and "Left alone" in err
    assert read_run(started.folder).state == "running"


def test_a_run_is_stopped_and_resumed_to_its_end(count: Callable[..., Run], said: Said) -> None:
    started = counting(count(steps=60, seconds=0.05))
    code, _, err = said("runs", "stop", started.id)
    assert code == 0 and "saves first" in err
    assert wait_for(started).state == "stopped"

    code, out, _ = said("runs", "resume", started.id, "--json")
    assert code == 0 and json.loads(out)["state"] in ("queued", "running")
    code, out, _ = said("runs", "follow", started.id, "--json")
    assert (code, json.loads(out)["state"]) == (0, "finished")
    code, out, _ = said("runs", "show", started.id, "--json")
    shown = json.loads(out)
    assert [one["result"] for one in shown["attempts"]] == ["stopped", "finished"]
    assert shown["metrics"]["step"] == 60
    assert sum(row["event"] == "resumed" for row in read_rows(started.folder.events)) == 1


def test_a_failure_is_told_with_the_next_step_and_the_log(
    count: Callable[..., Run], said: Said
) -> None:
    started = count(steps=5, trouble="hint", trouble_at=2)

    code, out, err = said("runs", "follow", started.id, "--json")
    assert (code, json.loads(out)["state"]) == (1, "failed")
    assert "The oven is too hot. Open the door." in err
    _, out, _ = said("runs", "show", started.id)
    assert "The oven is too hot" in out and "loading green" in out


def test_a_run_that_works_is_not_deleted_but_killed_first(
    count: Callable[..., Run], said: Said
) -> None:
    started = counting(count(steps=10_000, seconds=0.05, deaf=True))

    code, _, err = said("runs", "delete", started.id, "--yes")
    assert code == 1 and "ghost runs stop" in err
    code, out, _ = said("runs", "stop", started.id, "--now", "--json")
    assert code == 0 and json.loads(out)["state"] != "running"
    assert said("runs", "delete", started.id, "--yes")[0] == 0
    assert not started.path.exists()


def test_runs_are_listed_newest_first_and_by_kind(count: Callable[..., Run], said: Said) -> None:
    assert "no runs" in said("runs", "list")[2]
    first, second = count("first", steps=1), count("second", steps=1)
    for each in (first, second):
        wait_for(each)

    _, out, _ = said("runs", "list")
    heads, *rows = out.splitlines()
    assert heads.split()[:3] == ["run", "kind", "state"]
    assert [row.split()[0] for row in rows] == [second.id, first.id]
    assert "finished" in rows[0] and "1/1" in rows[0] and "just now" in rows[0]
    assert json.loads(said("runs", "list", "--kind", "train", "--json")[1])["runs"] == []
    shown = json.loads(said("runs", "list", "--limit", "1", "--json")[1])
    assert (len(shown["runs"]), shown["total"]) == (1, 2)


def test_an_unknown_run_is_an_error_and_nothing_is_done_to_the_others(
    count: Callable[..., Run], said: Said
) -> None:
    started = wait_for(count("only", steps=1))

    code, _, err = said("runs", "delete", started.id, "nonsense", "--yes")

    assert code == 1 and 'no run "nonsense"' in err
    assert started.path.exists()


def test_times_are_told_in_their_largest_units() -> None:
    then = datetime(2026, 11, 22, tzinfo=UTC)

    words = [ago(then, then + timedelta(minutes=each)) for each in (0, 2, 119, 60 * 50)]
    assert words == ["just now", "2 min ago", "1 h ago", "2 d ago"]
    assert [span(each) for each in (5, 65, 3725, 90_000)] == [
        "5 s",
        "1 min 05 s",
        "1 h 02 min",
        "1 d 1 h",
    ]
