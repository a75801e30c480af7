"""A run from launch to end, with a worker that counts, in processes of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.errors import JobError
from ghost_engine.jobs.control import stop
from ghost_engine.jobs.folder import RunFolder, append_row, read_json, read_rows
from ghost_engine.jobs.identity import identify
from ghost_engine.jobs.launch import abandon, launch, prepare, start
from ghost_engine.jobs.metrics import read_metrics
from ghost_engine.jobs.reading import list_runs, read_run, wait_for
from ghost_engine.jobs.records import Run

Launcher = Callable[..., Run]


def events(run: Run) -> list[str]:
    return [row["event"] for row in read_rows(run.folder.events)]


def test_a_run_counts_to_its_end_and_says_so_everywhere(toy: Launcher, runs: Path) -> None:
    begun = toy(steps=9, name="First Steps!", sampler="toy_worker:sample")
    assert re.fullmatch(r"\d{8}-\d{6}-count-first-steps", begun.id)
    assert begun.path.parent == runs and begun.active
    run = wait_for(begun)
    assert (run.state, run.status.step, run.status.total_steps) == ("finished", 9, 9)
    assert [row["step"] for row in read_metrics(run.folder)] == list(range(1, 10))
    assert events(run) == ["queued", "attempt_started", "started", "checkpoint", "checkpoint",
                           "attempt_ended", "finished"]  # fmt: skip
    assert read_json(run.folder.adapter / "count.json") == {"step": 9}
    (sample, *_) = read_rows(run.folder.vram)
    assert sample["pid"] == run.status.pid and sample["used_gib"] == 1.5
    assert run.status.started and run.status.ended and run.status.ended >= run.status.started


def test_launching_returns_before_the_work_is_done(toy: Launcher) -> None:
    run = toy(steps=10_000)
    assert read_run(run.path).state in ("queued", "running")


@pytest.mark.parametrize(
    ("trouble", "kind", "message", "hint"),
    [
        ("hint", "too_hot", "The oven is too hot.", "Open the door."),
        ("ghost", "TrainingError", "The shelf is empty.", "Fill it."),
        ("bug", "ValueError", "ValueError: cannot count to seven", "traceback"),
        ("full", "disk_full", "The disk is full while writing checkpoint.", "Free some space"),
        ("exit", "crashed", "exit code 7 and left no word. Its last line: about", "resume"),
        ("abort", "crashed", "by SIGABRT", "resume"),
        ("killed", "killed", "killed (signal 9)", "memory"),
    ],
)
def test_a_failure_is_told_with_what_to_do(
    toy: Launcher, trouble: str, kind: str, message: str, hint: str
) -> None:
    run = wait_for(toy(trouble=trouble, trouble_at=3))
    error = run.status.error
    assert run.state == "failed" and error is not None
    assert error.type == kind and message in error.message and hint in error.hint
    assert [row["step"] for row in read_metrics(run.folder)] == [1, 2]
    assert events(run)[-2:] == ["attempt_ended", "failed"]


def test_a_crash_keeps_the_last_lines_and_a_trace_of_native_code(toy: Launcher) -> None:
    run = wait_for(toy(trouble="abort", trouble_at=1))
    assert run.status.error is not None
    log = "\n".join(run.status.error.details["log"])
    assert "loading green" in log and "Fatal Python error: Aborted" in log
    assert run.status.error.details["exit_code"] == -6


def test_a_worker_that_does_not_exist_fails_with_its_name(runs: Path) -> None:
    run = wait_for(launch("count", "no_such_worker", ""))
    assert run.status.error is not None
    assert "No module named no_such_worker" in run.status.error.message


def test_details_of_a_failure_reach_the_status(toy: Launcher) -> None:
    run = wait_for(toy(trouble="hint", trouble_at=1))
    assert run.status.error is not None and run.status.error.details == {"degrees": 300}


def test_what_a_worker_left_running_is_killed_with_it(
    toy: Launcher, eventually: Callable[..., Any]
) -> None:
    run = wait_for(toy(steps=3, trouble="child", trouble_at=2))
    child = read_json(run.path / "child.json")
    assert run.state == "finished" and child is not None
    eventually(lambda: identify(child["pid"]) is None)


def test_a_hook_may_try_again_in_fresh_processes(toy: Launcher) -> None:
    """40 -> 20 -> 10 go on from the checkpoint, 5 is another shape and starts anew."""
    run = wait_for(toy(recover="toy_worker:recover", size=40, trouble="memory", trouble_at=6,
                       steps=8, save_every=2))  # fmt: skip
    assert (run.state, run.status.attempt) == ("finished", 4)
    rows = read_rows(run.folder.events)
    started = [(row["attempt"], row["from_step"]) for row in rows if row["event"] == "started"]
    assert started == [(1, 0), (2, 4), (3, 4), (4, 0)]
    decisions = [row for row in rows if row["event"] == "decision"]
    assert [(row["reason"], row["fresh"]) for row in decisions] == [
        ("size 20", False), ("size 10", False), ("size 5", True)
    ]  # fmt: skip
    assert decisions[0]["error"]["details"] == {"size": 40}
    assert [(row["attempt"], row["step"]) for row in read_metrics(run.folder)] == [
        (4, step) for step in range(1, 9)
    ]


def test_a_hook_may_say_the_failure_better(toy: Launcher) -> None:
    run = wait_for(toy(recover="toy_worker:recover", trouble="hint", trouble_at=1))
    assert run.status.error is not None
    assert run.status.error.message == "Somebody forgot the oven."


@pytest.mark.parametrize("hook", ["toy_worker:bad_recover", "no_such_module:hook"])
def test_a_broken_hook_loses_no_error(toy: Launcher, hook: str) -> None:
    run = wait_for(toy(recover=hook, sampler=hook, trouble="hint", trouble_at=2))
    assert run.status.error is not None and run.status.error.type == "too_hot"
    assert "Traceback" in run.folder.log.read_text()


def test_one_request_is_one_run_however_often_it_is_clicked(runs: Path, toy: Launcher) -> None:
    code = (
        "import sys; from ghost_engine.jobs.launch import launch\n"
        "print(launch('count', 'toy_worker', '{}', request='click-1').id)"
    )
    clicks = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    ids = {click.communicate(timeout=100)[0] for click in clicks}
    assert len(ids) == 1 and len(list_runs()) == 1
    assert toy(request="click-1").id == ids.pop().strip()
    assert toy(request="click-2").id != toy(request="click-3").id
    assert len(list_runs()) == 3


def test_runs_of_one_second_get_folders_of_their_own(toy: Launcher) -> None:
    begun = [toy(steps=1, name="twin") for _ in range(4)]
    assert len({run.id for run in begun}) == 4
    assert [wait_for(run).state for run in begun] == ["finished"] * 4
    assert [run.id for run in list_runs()] == [run.id for run in reversed(begun)]


def test_what_is_put_into_the_folder_is_there_before_the_worker(runs: Path) -> None:
    seen: list[str] = []

    def fill(folder: RunFolder) -> None:
        seen.append(read_run(folder).state)
        append_row(folder.dataset / "train.jsonl", {"id": 1})

    run = launch("count", "toy_worker", "{}", files={"dataset/manifest.json": "{}"}, fill=fill)
    assert seen == ["preparing"]
    assert {one.name for one in run.folder.dataset.iterdir()} == {"manifest.json", "train.jsonl"}
    assert wait_for(run).state == "finished"


def test_a_run_that_cannot_be_prepared_leaves_no_folder(runs: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        launch("count", "toy_worker", "{}", fill=lambda folder: 1 / 0)
    assert list_runs() == [] and not [one for one in runs.iterdir() if one.is_dir()]


def test_preparing_and_starting_can_be_two_steps(runs: Path) -> None:
    first, second = (prepare("count", "toy_worker", "{}", request=name) for name in "ab")
    assert read_run(first).state == "preparing"
    with pytest.raises(JobError, match=f"launched already, as run {first.id}"):
        prepare("count", "toy_worker", "{}", request="a")
    abandon(second)
    assert [run.id for run in list_runs()] == [first.id]
    assert wait_for(start(first)).state == "finished"
    with pytest.raises(JobError, match="was not prepared here"):
        start(first)


def test_a_stop_while_preparing_keeps_it_from_starting(runs: Path) -> None:
    folder = prepare("count", "toy_worker", "{}")
    stop(read_run(folder))
    assert start(folder).state == "stopped"
    assert not folder.attempt.exists()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"kind": "Train me"}, '"Train me" is no kind'),
        ({"worker": "rm -rf /"}, "is no module"),
        ({"recover": "toy_worker"}, "names no function"),
        ({"files": {"../escape": ""}}, "no path inside a run"),
        ({"files": {"/etc/passwd": ""}}, "no path inside a run"),
    ],
)
def test_a_launch_that_makes_no_sense_is_refused(
    runs: Path, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(JobError, match=message):
        launch(**{"kind": "count", "worker": "toy_worker", "config_text": "", **asked})
    assert not runs.exists()


def test_a_place_that_cannot_hold_runs_is_named(runs: Path) -> None:
    runs.write_text("a file, not a folder")
    with pytest.raises(JobError, match=f"A run cannot be made in {runs}"):
        launch("count", "toy_worker", "")


def test_a_launcher_that_ends_at_once_leaves_the_run_working(runs: Path) -> None:
    code = (
        "from ghost_engine.jobs.launch import launch\n"
        "print(launch('count', 'toy_worker', '{\"steps\": 30}').path)"
    )
    made = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=True
    )  # returns: nobody holds its stdout open
    assert made.stderr == ""
    assert wait_for(read_run(Path(made.stdout.strip()))).state == "finished"


def test_a_worker_can_be_run_by_hand(runs: Path) -> None:
    folder = prepare("count", "toy_worker", json.dumps({"steps": 3}))
    done = subprocess.run([sys.executable, "-m", "toy_worker", str(folder.path)], timeout=100)
    assert done.returncode == 0
    outcome = read_json(folder.outcome)
    assert outcome is not None and outcome["result"] == "finished"
    abandon(folder)
