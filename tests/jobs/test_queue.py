"""One job at a time on the GPU; the others wait in order, whatever is killed meanwhile."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from ghost_engine.jobs.control import delete, resume, stop
from ghost_engine.jobs.folder import RunFolder, write_json
from ghost_engine.jobs.locks import is_held
from ghost_engine.jobs.queue import Line, time_of_arrival
from ghost_engine.jobs.reading import list_runs, read_run, wait_for
from ghost_engine.jobs.records import Job, Run, Status, now

Launcher = Callable[..., Run]
Eventually = Callable[..., Any]


def in_order(runs: list[Run]) -> bool:
    """Each began after the one before had ended."""
    statuses = [wait_for(run).status for run in runs]
    pairs = zip(statuses, statuses[1:], strict=False)
    return all(b.started and a.ended and b.started >= a.ended for a, b in pairs)


def test_gpu_jobs_run_one_after_the_other_in_the_order_they_came(toy: Launcher) -> None:
    begun = [toy(gpu=True, steps=3, name=name) for name in "abc"]
    free = toy(steps=3)
    assert wait_for(free).state == "finished"
    assert in_order(begun)


def test_the_place_in_line_is_told(toy: Launcher, eventually: Eventually) -> None:
    first, second, third = (toy(gpu=True, steps=10_000, name=name) for name in "abc")
    eventually(lambda: read_run(first.path).state == "running")
    places = {run.id: run.queue_position for run in list_runs()}
    assert places == {first.id: None, second.id: 1, third.id: 2}
    note = eventually(lambda: read_run(second.path).status.note)
    assert note == f"after run {first.id}"
    stop(second)
    assert wait_for(second).state == "stopped"
    stop(first)
    assert eventually(lambda: read_run(third.path).state == "running")


def test_a_queue_whose_supervisors_were_killed_goes_on_in_order(
    toy: Launcher, eventually: Eventually
) -> None:
    first = toy(gpu=True, steps=10_000, name="a")
    waiting = [toy(gpu=True, steps=3, name=name) for name in "bc"]
    for run in reversed(waiting):  # else the last would start the one before it again
        pid = eventually(lambda run=run: read_run(run.path).status.supervisor_pid)
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: not any(is_held(run.folder.lock) for run in waiting))
    assert [run.state for run in list_runs(start_queued=False)][:2] == ["queued", "queued"]
    list_runs()
    eventually(lambda: all(is_held(run.folder.lock) for run in waiting))
    stop(first)
    assert in_order([first, *waiting])


def test_a_killed_supervisor_at_the_head_of_the_line_does_not_block_it(
    toy: Launcher, eventually: Eventually
) -> None:
    """Nobody lists anything: the one behind it in line starts it again."""
    begun = [toy(gpu=True, steps=10_000, name="a")]
    begun += [toy(gpu=True, steps=3, name=name) for name in "bc"]
    pid = eventually(lambda: read_run(begun[1].path).status.supervisor_pid)
    os.kill(pid, signal.SIGKILL)
    stop(begun[0])
    assert in_order(begun)


def test_the_gpu_is_taken_until_the_worker_of_a_killed_supervisor_has_left(
    toy: Launcher, eventually: Eventually
) -> None:
    first = toy(gpu=True, steps=40, seconds=0.05, deaf=True, name="first")
    second = toy(gpu=True, steps=2, name="second")
    pid = eventually(lambda: (one := read_run(first.path).status).step and one.supervisor_pid)
    os.kill(pid, signal.SIGKILL)
    ended = wait_for(first, {"finished"}).status.ended
    started = wait_for(second).status.started
    assert started and ended and started >= ended - timedelta(milliseconds=100)


def test_a_shutdown_keeps_the_line(toy: Launcher, eventually: Eventually) -> None:
    first, second = (toy(gpu=True, steps=10_000, name=name) for name in "ab")
    pid = eventually(lambda: read_run(second.path).status.supervisor_pid)
    os.kill(pid, signal.SIGTERM)
    eventually(lambda: not is_held(second.folder.lock))
    assert read_run(second.path).state == "queued"
    stop(first)
    wait_for(first)
    list_runs()
    assert eventually(lambda: read_run(second.path).state == "running")


def test_a_queued_run_without_supervisor_can_be_stopped_and_deleted(
    toy: Launcher, eventually: Eventually
) -> None:
    first, second = (toy(gpu=True, steps=10_000, name=name) for name in "ab")
    pid = eventually(lambda: read_run(second.path).status.supervisor_pid)
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not is_held(second.folder.lock))
    assert stop(second).state == "stopped"
    delete(second)
    assert [run.id for run in list_runs()] == [first.id]


def test_a_resumed_run_goes_to_the_end_of_the_line(toy: Launcher, eventually: Eventually) -> None:
    failed = wait_for(toy(gpu=True, trouble="bug", trouble_at=1, trouble_attempts=1, name="a"))
    begun = [toy(gpu=True, steps=20, seconds=0.05, name="b"), toy(gpu=True, steps=2, name="c")]
    again = resume(failed)
    assert in_order(begun)
    ended = wait_for(begun[-1]).status.ended
    assert (finished := wait_for(again)).state == "finished"
    assert ended and finished.status.ended and finished.status.ended > ended


def waiting_run(runs: Path, name: str, status: Status) -> RunFolder:
    folder = RunFolder(runs / name)
    folder.path.mkdir(parents=True)
    write_json(folder.job, Job("count", "toy_worker", now(), gpu=True).to_dict())
    write_json(folder.status, status.to_dict())
    return folder


def test_a_clock_that_is_set_back_lets_nobody_jump_the_line(tmp_path: Path) -> None:
    ahead = now() + timedelta(hours=2)
    waiting_run(tmp_path, "a", Status("queued", queued=ahead))
    assert time_of_arrival(tmp_path) > ahead


def test_the_line_notices_every_change(tmp_path: Path) -> None:
    line = Line(tmp_path)
    assert line.read() == []
    second = waiting_run(tmp_path, "a", Status("queued", queued=now()))
    first = waiting_run(tmp_path, "b", Status("queued", queued=now() - timedelta(seconds=9)))
    (tmp_path / "no run").mkdir()
    assert line.read() == [first, second]
    write_json(first.status, Status("running").to_dict())
    assert line.read() == [second]
    time.sleep(0.001)
    write_json(first.status, Status("queued", queued=now()).to_dict())
    assert line.read() == [second, first]
