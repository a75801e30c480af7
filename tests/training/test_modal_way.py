"""A run on a rented machine, the whole way on local folders: followed, killed, stopped, resumed."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from ghost_engine.jobs.control import delete, kill, resume, stop
from ghost_engine.jobs.folder import RunFolder, read_json, read_rows, write_json
from ghost_engine.jobs.metrics import read_metrics
from ghost_engine.jobs.reading import read_run, wait_for
from ghost_engine.jobs.records import Attempt, Run
from ghost_engine.jobs.worker import Work
from ghost_engine.settings import get_settings
from ghost_engine.training import checkpoints
from ghost_engine.training.config import load_preset
from ghost_engine.training.remote.follower import _Follower
from ghost_engine.training.remote.place import Look, Unreachable
from ghost_engine.training.remote.record import Remote, read_remote
from ghost_engine.training.remote.rehearsal import Rehearsal, kill_container
from ghost_engine.training.remote.start import start_remote

TOY = Path(__file__).parent / "toy"
DATA = Path(__file__).resolve().parents[2] / "data"
Starter = Callable[..., Run]


@pytest.fixture
def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the other machine is; whatever still works there or here is killed afterwards."""
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("GHOST_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(TOY), *sys.path]))
    get_settings.cache_clear()
    yield tmp_path / "cache" / "rehearsal"
    for _ in range(3):
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if any(str(tmp_path) in part for part in process.cmdline()):
                    process.kill()
                    process.wait(5)
    get_settings.cache_clear()


@pytest.fixture
def begin(far: Path, tmp_path: Path) -> Starter:
    """Start a run whose worker counts: `begin(steps=20)`."""
    rows = json.loads((DATA / "dataset_vision.json").read_text("utf-8"))
    dataset = tmp_path / "dataset_vision.json"
    dataset.write_text(json.dumps(rows[::100]), "utf-8")

    def start(
        steps: int, seconds: float = 0.05, hours: float = 1.0, save_every: int = 2, **values: Any
    ) -> Run:
        asked = {"max_steps": steps, "save_steps": save_every, "learning_rate": seconds, **values}
        config = load_preset("smoke").changed(dataset=str(dataset), **asked)
        return start_remote(
            config, "rehearsal", hours=hours, image_root=DATA, worker="far_worker", name="far"
        )

    return start


def until(run: Run, check: Callable[[Run], object], seconds: float = 60.0) -> Run:
    """Wait until that is so of a run that goes on."""
    deadline = time.monotonic() + seconds
    while not check(run := read_run(run.folder)):
        assert run.active, (run.status.error, run.folder.log.read_text()[-2000:])
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)
    return run


def has_step(step: int) -> Callable[[Run], bool]:
    """Whether a step has come back by now."""
    return lambda run: any(row["step"] >= step for row in read_metrics(run.folder))


def has_saved(far: Path, run: Run) -> bool:
    """Whether a whole checkpoint is on the volume."""
    return bool(checkpoints.complete(far / "volume/runs" / run.id / "checkpoints"))


def calls(far: Path) -> list[str]:
    """What was paid for: the calls that were ever made."""
    return sorted(path.name for path in (far / "calls").glob("call-*.log"))


def ended(run: Run, state: str = "finished") -> Run:
    run = wait_for(run, timeout_seconds=90)
    assert run.state == state, (run.status.error, run.folder.log.read_text()[-3000:])
    return run


def call_of(run: Run) -> str:
    remote = read_remote(run.folder)
    assert remote is not None and remote.call
    return remote.call


def test_a_run_elsewhere_looks_like_one_here_and_brings_its_adapter(
    far: Path, begin: Starter
) -> None:
    run = ended(begin(steps=6))
    assert [row["step"] for row in read_metrics(run.folder)] == [1, 2, 3, 4, 5, 6]
    assert (run.status.step, run.status.total_steps) == (6, 6)
    assert read_json(run.folder.adapter / "adapter_config.json") == {"step": 6}
    assert (run.folder.adapter / "adapter_model.safetensors").stat().st_size == 200_000
    assert "training from step 0" in run.folder.log.read_text()
    happened = [row["event"] for row in read_rows(run.folder.events)]
    expected = ["queued", "attempt_started", "remote_started", "started", "checkpoint"]
    assert happened[:5] == expected and happened[-1] == "finished"
    remote = read_remote(run.folder)
    assert remote is not None and remote.paid_seconds > 0
    assert remote.cost_usd == 0 and remote.words == "Rehearsal, no GPU, free"
    assert not (far / "volume/runs" / run.id).exists()  # all of it is here: nothing stays there


def test_a_container_that_is_taken_away_goes_on_from_its_checkpoint(
    far: Path, begin: Starter
) -> None:
    run = until(begin(steps=40), lambda run: has_step(4)(run) and has_saved(far, run))
    kill_container(far, call_of(run))
    run = ended(run)
    starts = [row for row in read_rows(run.folder.events) if row["event"] == "started"]
    assert len(starts) == 2 and starts[1]["from_step"] >= 2
    assert [row["step"] for row in read_metrics(run.folder)] == list(range(1, 41))
    assert len(calls(far)) == 1  # the same call, started again by the place


@pytest.mark.slow
def test_a_container_that_is_told_to_go_saves_first(far: Path, begin: Starter) -> None:
    run = until(begin(steps=60, save_every=1000), has_step(3))
    pid = int((far / "calls" / f"{call_of(run)}.pid").read_text())
    os.kill(pid, signal.SIGINT)
    run = ended(run)
    starts = [row for row in read_rows(run.folder.events) if row["event"] == "started"]
    assert len(starts) == 2 and starts[1]["from_step"] >= 3  # no checkpoint was due by then
    assert len(calls(far)) == 1


def test_a_killed_follower_is_lost_and_a_resume_follows_the_same_call(
    far: Path, begin: Starter
) -> None:
    run = until(begin(steps=60), has_step(2))
    first = call_of(run)
    assert run.status.supervisor_pid and run.status.pid
    os.kill(run.status.supervisor_pid, signal.SIGKILL)
    os.kill(run.status.pid, signal.SIGKILL)
    wait_for(run, ["lost"], timeout_seconds=20)
    run = ended(resume(read_run(run.folder)))
    assert call_of(run) == first and len(calls(far)) == 1
    assert [row["step"] for row in read_metrics(run.folder)] == list(range(1, 61))
    numbers = [row["far"] for row in read_rows(run.folder.events) if "far" in row]
    assert numbers == sorted(set(numbers))  # each event came over once
    assert len([row for row in read_rows(run.folder.events) if row["event"] == "started"]) == 1


class Flaky(Rehearsal):
    """A line that is down each third time, whatever is asked, once the work is handed over."""

    asked = 0

    def look(self, call: str) -> Look:
        self._down()
        return super().look(call)

    def sizes(self, under: str) -> dict[str, int]:
        self._down()
        return super().sizes(under)

    def download(self, path: str, target: Path) -> None:
        self._down()
        super().download(path, target)

    def _down(self) -> None:
        self.asked += 1
        if self.asked % 3 == 0:
            raise Unreachable("Nobody answers.")


@pytest.mark.slow
def test_a_line_that_goes_down_again_and_again_loses_nothing(far: Path, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "runs" / "flaky")
    (folder.dataset / "images").mkdir(parents=True)
    config = load_preset("smoke").changed(max_steps=8, save_steps=2, learning_rate=0.01)
    folder.config.write_text(config.to_yaml(), "utf-8")
    remote = Remote("rehearsal", "none", 1, 0.0, 1.0, worker="far_worker")
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert _Follower(Work(folder, Attempt(1)), remote, Flaky(far)).run() == "finished"
    finally:
        signal.signal(signal.SIGTERM, before)
    assert [row["step"] for row in read_metrics(folder)] == list(range(1, 9))
    assert read_json(folder.adapter / "adapter_config.json") == {"step": 8}
    assert len(calls(far)) == 1


@pytest.mark.slow
def test_a_follower_that_died_before_it_knew_its_call_does_not_pay_twice(
    far: Path, begin: Starter
) -> None:
    run = until(begin(steps=60), has_step(2))
    first = call_of(run)
    assert run.status.supervisor_pid and run.status.pid
    os.kill(run.status.supervisor_pid, signal.SIGKILL)
    os.kill(run.status.pid, signal.SIGKILL)
    wait_for(run, ["lost"], timeout_seconds=20)
    record = read_json(run.path / "remote.json") or {}
    write_json(run.path / "remote.json", {**record, "call": ""})
    run = ended(resume(read_run(run.folder)))
    assert call_of(run) == first and len(calls(far)) == 1


def test_a_stop_here_saves_there_and_a_resume_goes_on_from_it(far: Path, begin: Starter) -> None:
    run = until(begin(steps=200), has_step(3))
    stop(run)
    run = ended(run, "stopped")
    reached = read_metrics(run.folder)[-1]["step"]
    assert 3 <= reached < 200
    assert read_json(run.folder.adapter / "adapter_config.json") == {"step": reached}
    assert has_saved(far, run)
    run = until(resume(run), has_step(reached + 1))
    again = [row for row in read_rows(run.folder.events) if row["event"] == "started"][-1]
    assert again["from_step"] == reached
    assert len(calls(far)) == 2  # asked for, and paid for, on purpose
    kill(run)
    assert read_run(run.folder).state == "stopped"


@pytest.mark.slow
def test_a_kill_here_ends_the_call_there(far: Path, begin: Starter) -> None:
    run = until(begin(steps=1000), has_step(2))
    call = call_of(run)
    pid = int((far / "calls" / f"{call}.pid").read_text())
    kill(run)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    remote = read_remote(run.folder)
    assert remote is not None and remote.over and not remote.cancel_owed
    assert Rehearsal(far).look(call).over


@pytest.mark.slow
def test_who_deletes_a_run_that_goes_on_elsewhere_ends_it_there(far: Path, begin: Starter) -> None:
    run = until(begin(steps=1000), has_step(2))
    call = call_of(run)
    assert run.status.supervisor_pid and run.status.pid
    os.kill(run.status.supervisor_pid, signal.SIGKILL)
    os.kill(run.status.pid, signal.SIGKILL)
    delete(wait_for(run, ["lost"], timeout_seconds=20))
    assert not run.path.exists() and Rehearsal(far).look(call).over
    assert not [each for each in psutil.process_iter(["cmdline"]) if call in str(each.info)]


@pytest.mark.slow
def test_the_hours_that_may_be_paid_for_end_a_run_that_can_go_on(far: Path, begin: Starter) -> None:
    run = ended(begin(steps=1000, hours=4 / 3600), "failed")
    error = run.status.error
    assert error is not None and error.type == "time_limit" and "resume" in error.hint
    assert has_saved(far, run)
    remote = read_remote(run.folder)
    assert remote is not None and 4 <= remote.paid_seconds < 30


@pytest.mark.slow
def test_a_failure_there_is_told_here_in_its_own_words(begin: Starter) -> None:
    run = ended(begin(steps=20, seconds=0.01, seed=13), "failed")
    error = run.status.error
    assert error is not None
    assert (error.type, error.message) == ("diverged", "The loss became NaN at step 5.")


@pytest.mark.slow
def test_the_ladder_there_shows_in_the_settings_here(begin: Starter) -> None:
    run = ended(begin(steps=4, seconds=0.01, rank=128))
    assert (read_json(run.folder.attempt) or {})["overrides"] == {"rank": 32}
    assert [row["step"] for row in read_metrics(run.folder)] == [1, 2, 3, 4]
    assert {row["attempt"] for row in read_metrics(run.folder)} == {2}
