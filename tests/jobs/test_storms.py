"""Kills at random moments, again and again: every run reaches its end, every step counts once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from ghost_engine.errors import JobError
from ghost_engine.jobs.control import resume
from ghost_engine.jobs.folder import read_json, read_rows
from ghost_engine.jobs.metrics import Metrics, read_metrics
from ghost_engine.jobs.reading import list_runs, read_run
from ghost_engine.jobs.records import Run

Launcher = Callable[..., Run]
Eventually = Callable[..., Any]
Processes = Callable[[Path], list[psutil.Process]]
ROUNDS = int(os.environ.get("GHOST_STORM_ROUNDS", "25"))
pytestmark = pytest.mark.slow


def kill_some(processes: list[psutil.Process], victims: str) -> int:
    """Kill -9 workers, supervisors or both; returns how many."""
    killed = 0
    for process in processes:
        with suppress(psutil.Error):
            supervises = "ghost_engine.jobs.supervisor" in process.cmdline()
            if victims == "both" or supervises == (victims == "supervisor"):
                process.kill()
                killed += 1
    return killed


def go_on(run: Run) -> None:
    """Look at the list, which starts queued runs again, and resume the run if it needs it;
    somebody may be quicker, or it may just have ended."""
    list_runs()
    if read_run(run.path).state in ("failed", "lost", "stopped"):
        with suppress(JobError):
            resume(run, orphan_seconds=5)


def check_counted(run: Run, steps: int) -> None:
    rows = read_metrics(run.folder)
    assert [row["step"] for row in rows] == list(range(1, steps + 1))
    assert all(row["loss"] == 1 / row["step"] for row in rows)
    assert read_json(run.folder.adapter / "count.json") == {"step": steps}
    for path in run.folder.checkpoints.iterdir():
        assert read_json(path) is not None, f"{path.name} is half a file"


@pytest.mark.parametrize("victims", ["worker", "supervisor", "both", "anyone"])
def test_a_run_survives_a_storm(
    toy: Launcher, processes_of: Processes, eventually: Eventually, victims: str
) -> None:
    chance = random.Random(f"storm/{victims}")
    steps = ROUNDS * 12
    run = toy(steps=steps, seconds=0.02, save_every=5)
    metrics, killed = Metrics(run.folder), 0
    for _ in range(ROUNDS):
        time.sleep(chance.random() * 0.8)
        target = chance.choice(["worker", "supervisor", "both"]) if victims == "anyone" else victims
        found = processes_of(run.path)
        assert sum("toy_worker" in str(one.cmdline()) for one in living(found)) <= 1
        killed += kill_some(found, target)
        seen = [row["step"] for row in metrics.refresh()]
        assert seen == list(range(1, len(seen) + 1))
        go_on(run)
    deadline = time.monotonic() + 120
    while read_run(run.path).state != "finished" and time.monotonic() < deadline:
        time.sleep(0.1)
        go_on(run)
    check_counted(run, steps)
    assert metrics.refresh() == read_metrics(run.folder)
    attempts = [row["attempt"] for row in read_rows(run.folder.events)
                if row["event"] == "attempt_started"]  # fmt: skip
    assert attempts == sorted(set(attempts)), "no attempt has a number twice"
    assert killed >= ROUNDS / 5, "it was hardly a storm"
    eventually(lambda: not processes_of(run.path))


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def test_a_queue_survives_a_storm_and_never_two_have_the_gpu(
    toy: Launcher, runs: Path, processes_of: Processes, eventually: Eventually, tmp_path: Path
) -> None:
    chance = random.Random("storm/queue")
    place = tmp_path / "one at a time"
    begun = [toy(gpu=True, steps=40, seconds=0.02, save_every=5, alone=str(place), name=name)
             for name in "abcde"]  # fmt: skip
    for _ in range(ROUNDS):
        time.sleep(chance.random() * 0.6)
        kill_some(processes_of(chance.choice(begun).path),
                  chance.choice(["worker", "supervisor", "both"]))  # fmt: skip
        for run in begun:
            go_on(run)
    deadline = time.monotonic() + 300
    while any(run.state != "finished" for run in list_runs()) and time.monotonic() < deadline:
        for run in begun:
            go_on(run)
        time.sleep(0.1)
    for run in begun:
        check_counted(run, 40)
    assert place.read_text() == ""
    eventually(lambda: not processes_of(runs))


def test_launchers_that_are_killed_leave_nothing_stuck(
    runs: Path, processes_of: Processes, eventually: Eventually
) -> None:
    chance = random.Random("storm/launch")
    code = (
        "from ghost_engine.jobs.launch import launch\n"
        "while True: launch('count', 'toy_worker', '{\"steps\": 2}', gpu=True)"
    )
    for _ in range(max(4, ROUNDS // 3)):
        before = set(runs.glob("2*"))
        launcher = subprocess.Popen([sys.executable, "-c", code])
        eventually(lambda before=before: set(runs.glob("2*")) - before)
        time.sleep(chance.random() * 0.15)
        launcher.send_signal(signal.SIGKILL)
        launcher.wait()
    deadline = time.monotonic() + 300
    while any(run.active for run in list_runs()) and time.monotonic() < deadline:
        time.sleep(0.5)
    states = [run.state for run in list_runs()]
    assert set(states) <= {"finished", "lost"} and states.count("finished") >= 4
    assert states.count("lost") <= max(4, ROUNDS // 3)
    eventually(lambda: not processes_of(runs))
