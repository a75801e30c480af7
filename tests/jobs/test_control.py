"""Stopping, killing, resuming and deleting, with processes that really die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from ghost_engine.errors import JobError
from ghost_engine.jobs import journal, supervisor
from ghost_engine.jobs.control import delete, kill, resume, stop
from ghost_engine.jobs.folder import read_json, read_rows, write_json
from ghost_engine.jobs.launch import abandon, prepare
from ghost_engine.jobs.locks import is_held
from ghost_engine.jobs.metrics import read_metrics
from ghost_engine.jobs.reading import find_run, list_runs, read_run, wait_for
from ghost_engine.jobs.records import Run
from ghost_engine.jobs.status import read_job

Launcher = Callable[..., Run]
Eventually = Callable[..., Any]
Processes = Callable[[Path], list[psutil.Process]]


@pytest.fixture
def counting(toy: Launcher, eventually: Eventually) -> Launcher:
    """A run that is well on its way."""

    def begin(**config: Any) -> Run:
        run = toy(**{"steps": 100_000, **config})
        eventually(lambda: (read_run(run.path).status.step or 0) >= 2)
        return read_run(run.path)

    return begin


def supervisor_of(run: Run) -> int:
    pid = read_run(run.path).status.supervisor_pid
    assert pid is not None
    return pid


def worker_of(run: Run) -> int:
    pid = read_run(run.path).status.pid
    assert pid is not None
    return pid


def test_a_gentle_stop_saves_and_a_resume_goes_on_from_there(counting: Launcher) -> None:
    run = counting(steps=60, seconds=0.02, save_every=1000)
    stop(run)
    stopped = wait_for(run)
    (saved,) = run.folder.checkpoints.iterdir()
    assert stopped.state == "stopped" and stopped.status.error is None
    assert saved.name == f"step-{stopped.status.step}.json"
    finished = wait_for(resume(stopped))
    assert (finished.state, finished.status.attempt) == ("finished", 2)
    assert [row["step"] for row in read_metrics(run.folder)] == list(range(1, 61))
    told = [row["event"] for row in read_rows(run.folder.events)]
    assert told.index("stop_asked") < told.index("stopped") < told.index("resumed")


def test_touching_the_stop_file_is_enough(counting: Launcher) -> None:
    run = counting()
    run.folder.stop.touch()
    assert wait_for(run).state == "stopped"


def test_a_worker_that_does_not_listen_is_killed_after_the_grace(
    counting: Launcher, processes_of: Processes, eventually: Eventually
) -> None:
    run = counting(deaf=True)
    asked = time.monotonic()
    stop(run, grace_seconds=1.0)
    assert wait_for(run).state == "stopped"
    assert time.monotonic() - asked >= 1.0
    assert [row for row in read_rows(run.folder.events) if row.get("killed")]
    eventually(lambda: not processes_of(run.path))


def test_without_a_grace_a_worker_may_take_its_time(counting: Launcher) -> None:
    run = counting(deaf=True)
    stop(run)
    time.sleep(1.0)
    assert read_run(run.path).state == "running"
    assert kill(run).state == "stopped"


def test_a_killed_worker_fails_its_run_and_resume_reaches_the_end(counting: Launcher) -> None:
    run = counting(steps=40, seconds=0.02)
    os.kill(worker_of(run), signal.SIGKILL)
    failed = wait_for(run)
    assert failed.state == "failed" and failed.status.error is not None
    assert failed.status.error.type == "killed"
    assert wait_for(resume(failed)).state == "finished"
    assert [row["step"] for row in read_metrics(run.folder)] == list(range(1, 41))


def test_a_worker_saves_and_leaves_when_its_supervisor_is_killed(
    counting: Launcher, processes_of: Processes, eventually: Eventually
) -> None:
    run = counting(steps=80, seconds=0.02, save_every=1000)
    os.kill(supervisor_of(run), signal.SIGKILL)
    lost = wait_for(run)
    assert lost.state == "lost" and lost.status.error is not None
    assert f"ghost runs resume {run.id}" in lost.status.error.hint
    eventually(lambda: not processes_of(run.path))
    assert len(list(run.folder.checkpoints.iterdir())) == 1
    assert wait_for(resume(lost)).state == "finished"
    assert [row["step"] for row in read_metrics(run.folder)] == list(range(1, 81))
    assert "lost" in [row["event"] for row in read_rows(run.folder.events)]


def test_both_killed_is_lost_and_can_be_resumed(counting: Launcher, eventually: Eventually) -> None:
    run = counting(steps=40, seconds=0.02)
    for pid in (supervisor_of(run), worker_of(run)):
        os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: read_run(run.path).state == "lost")
    assert [one.state for one in list_runs()] == ["lost"]
    assert wait_for(resume(run)).state == "finished"


def test_a_worker_that_outlives_its_supervisor_and_is_deaf_is_killed_before_the_next(
    counting: Launcher, eventually: Eventually
) -> None:
    run = counting(deaf=True)
    old = worker_of(run)
    os.kill(supervisor_of(run), signal.SIGKILL)
    eventually(lambda: read_run(run.path).state == "lost")
    with pytest.raises(JobError, match="still lives"):
        delete(run)
    resume(run, orphan_seconds=1.0)
    eventually(lambda: read_run(run.path).status.attempt == 2)
    assert not psutil.pid_exists(old) or psutil.Process(old).status() == psutil.STATUS_ZOMBIE
    kill(run)


def test_what_outlives_a_killed_worker_is_killed_before_the_next(
    counting: Launcher, processes_of: Processes, eventually: Eventually
) -> None:
    run = counting(steps=300, trouble="fork", trouble_at=3, trouble_attempts=1)
    eventually(lambda: len(processes_of(run.path)) == 3)
    for pid in (supervisor_of(run), worker_of(run)):
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: len(processes_of(run.path)) == 1)
    assert wait_for(resume(read_run(run.path), orphan_seconds=0.5)).state == "finished"
    eventually(lambda: not processes_of(run.path))


def test_killing_a_lost_run_ends_the_worker_that_is_left(
    counting: Launcher, processes_of: Processes
) -> None:
    run = counting(deaf=True)
    os.kill(supervisor_of(run), signal.SIGKILL)
    wait_for(run)
    assert kill(run).state == "lost"
    assert processes_of(run.path) == []


def test_a_worker_that_finishes_without_its_supervisor_has_finished(counting: Launcher) -> None:
    run = counting(steps=60, seconds=0.02, deaf=True)
    os.kill(supervisor_of(run), signal.SIGKILL)
    wait_for(run)
    assert wait_for(run, {"finished"}).status.step == 60
    with pytest.raises(JobError, match="is finished: there is nothing to resume"):
        resume(run)


def test_a_deaf_worker_ends_itself_when_it_was_left_alone_too_long(
    counting: Launcher, processes_of: Processes, eventually: Eventually,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("TOY_ALONE_SECONDS", "0.5")
    run = counting(deaf=True)
    os.kill(supervisor_of(run), signal.SIGKILL)
    eventually(lambda: not processes_of(run.path))
    assert "did not leave: ending it" in run.folder.log.read_text()


def test_a_worker_that_said_its_last_word_and_hangs_is_ended(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "LINGER_SECONDS", 0.5)
    monkeypatch.setattr(journal, "HEARTBEAT_SECONDS", 0.2)
    config = '{"trouble": "linger", "trouble_at": 2}'
    folder = prepare("count", "toy_worker", config)
    job = read_job(folder)
    assert job is not None
    supervisor.Supervisor(folder, job).run()
    assert read_run(folder).state == "finished"
    abandon(folder)


def test_a_status_that_a_fall_of_the_machine_broke_can_be_resumed(
    toy: Launcher, eventually: Eventually
) -> None:
    run = wait_for(toy(steps=12, trouble="bug", trouble_at=6, trouble_attempts=1))
    eventually(lambda: not is_held(run.folder.lock))
    run.folder.status.write_bytes(b"")
    assert read_run(run.path).state == "lost"
    finished = wait_for(resume(run))
    assert (finished.state, finished.status.attempt) == ("finished", 2)


def test_sigterm_to_the_supervisor_stops_gently(counting: Launcher) -> None:
    run = counting()
    os.kill(supervisor_of(run), signal.SIGTERM)
    assert wait_for(run).state == "stopped"
    assert len(list(run.folder.checkpoints.iterdir())) >= 1


def test_a_stop_that_comes_with_a_failure_asks_for_no_further_attempt(
    toy: Launcher, eventually: Eventually
) -> None:
    run = toy(seconds=0.5, trouble="memory", trouble_at=5, size=99, deaf=True,
              recover="toy_worker:recover")  # fmt: skip
    eventually(lambda: read_run(run.path).status.step)
    stop(run)
    ended = wait_for(run)
    assert (ended.state, ended.status.attempt) == ("failed", 1)
    assert ended.status.error is not None and ended.status.error.type == "out_of_memory"


def test_a_running_job_is_neither_deleted_nor_resumed(counting: Launcher) -> None:
    run = counting()
    with pytest.raises(JobError, match="is running and cannot be deleted"):
        delete(run)
    with pytest.raises(JobError, match="is running and cannot be resumed"):
        resume(run)
    assert read_run(run.path).state == "running"
    stop(run)
    delete(wait_for(run))
    assert not run.path.exists() and list_runs() == []
    assert [one for one in run.path.parent.iterdir() if one.is_dir()] == []


def test_what_a_run_keeps_elsewhere_goes_with_it_and_nothing_else(
    toy: Launcher, tmp_path: Path
) -> None:
    run = wait_for(toy(steps=1))
    own, other = tmp_path / "out" / f".parts.{run.id}", tmp_path / "other"
    for folder in (own, other):
        folder.mkdir(parents=True)
        (folder / "part").write_text("x")
    write_json(run.folder.elsewhere, {"folders": [str(own), str(other), 5]})
    delete(run)
    assert not own.exists() and (other / "part").exists()


def test_what_has_ended_is_not_stopped_or_resumed_again(toy: Launcher) -> None:
    run = wait_for(toy(steps=1))
    with pytest.raises(JobError, match="finished: there is nothing to stop"):
        stop(run)
    with pytest.raises(JobError, match="finished: there is nothing to resume"):
        resume(run)
    delete(run)
    with pytest.raises(JobError, match="is gone"):
        delete(run)


def test_two_who_resume_at_once_start_one_attempt(toy: Launcher) -> None:
    run = wait_for(toy(steps=40, seconds=0.02, trouble="bug", trouble_at=3, trouble_attempts=1))
    code = (
        "import sys; from pathlib import Path\n"
        "from ghost_engine.jobs.control import resume; from ghost_engine.jobs.reading import *\n"
        "resume(read_run(Path(sys.argv[1])))"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", code, run.path], stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [one.communicate(timeout=100)[1] for one in both]
    assert sorted(one.returncode for one in both) == [0, 1]
    assert "JobError" in max(said, key=len)
    assert wait_for(run).status.attempt == 2


def test_a_launcher_killed_while_preparing_leaves_a_lost_run(runs: Path) -> None:
    code = (
        "import os; from ghost_engine.jobs.launch import prepare\n"
        "print(prepare('count', 'toy_worker', '').path, flush=True); os.kill(os.getpid(), 9)"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    run = read_run(Path(made.stdout.strip()))
    assert run.state == "lost"
    with pytest.raises(JobError, match="was never started"):
        resume(run)
    delete(run)
    assert list_runs() == []


def runs_still(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_folder_that_is_moved_away_ends_its_processes(
    counting: Launcher, processes_of: Processes, eventually: Eventually, tmp_path: Path
) -> None:
    run = counting()
    pids = [supervisor_of(run), worker_of(run)]
    run.path.rename(tmp_path / "elsewhere")
    eventually(lambda: not processes_of(run.path))
    assert not run.path.exists(), "nothing was written to the old place"
    eventually(lambda: not any(runs_still(pid) for pid in pids))
    moved = read_run(tmp_path / "elsewhere")
    assert moved.state == "lost"
    assert read_json(moved.folder.job) is not None


def test_a_moved_run_is_resumed_where_it_lies(counting: Launcher, runs: Path) -> None:
    run = counting(steps=60, seconds=0.02)
    stop(run)
    wait_for(run)
    run.path.rename(runs / "20260101-000000-count-moved")
    moved = find_run("moved")
    assert wait_for(resume(moved)).state == "finished"
    assert [row["step"] for row in read_metrics(moved.folder)] == list(range(1, 61))


def test_a_prepared_folder_cannot_be_deleted_under_its_launcher(runs: Path) -> None:
    folder = prepare("count", "toy_worker", "")
    with pytest.raises(JobError, match="is preparing and cannot be deleted"):
        delete(read_run(folder))
