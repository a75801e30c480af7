"""A disk that is full or read-only: the run says so, nothing is lost, and it can go on."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.errors import JobError
from ghost_engine.jobs.control import delete, resume, stop
from ghost_engine.jobs.folder import RunFolder, read_json
from ghost_engine.jobs.launch import launch
from ghost_engine.jobs.locks import is_held
from ghost_engine.jobs.metrics import read_metrics
from ghost_engine.jobs.reading import list_runs, read_run, wait_for
from ghost_engine.jobs.records import Run

Launcher = Callable[..., Run]


@pytest.fixture
def small_disk(runs: Path) -> Iterator[Path]:
    """The folder of runs is a file system of 512 KB; only root can mount one."""
    runs.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "none", runs], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("a file system can be mounted by root only")
    yield runs
    subprocess.run(["umount", "-l", runs], check=True)


def fill(path: Path) -> None:
    with pytest.raises(OSError), open(path, "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def test_a_disk_that_the_worker_fills_is_told_and_the_run_resumed(
    small_disk: Path, toy: Launcher
) -> None:
    run = wait_for(toy(steps=12, trouble="fill", trouble_at=10, trouble_attempts=1))
    assert run.state == "failed" and run.status.error is not None
    assert run.status.error.type == "disk_full" and "then resume" in run.status.error.hint
    assert [row["step"] for row in read_metrics(run.folder)] == list(range(1, 10))
    (run.path / "filler").unlink()
    assert wait_for(resume(run)).state == "finished"
    assert [row["step"] for row in read_metrics(run.folder)] == list(range(1, 13))


def test_without_a_byte_left_the_end_is_written_once_there_is_room(
    small_disk: Path, toy: Launcher, eventually: Callable[..., Any]
) -> None:
    run = toy(steps=100_000)
    eventually(lambda: read_run(run.path).status.step)
    run.folder.reserve.unlink()
    fill(small_disk / ".filler")
    eventually(lambda: not is_held(run.folder.worker_lock))
    time.sleep(0.5)
    assert read_run(run.path).state == "running", "it says nothing rather than something wrong"
    (small_disk / ".filler").unlink()
    ended = wait_for(run)
    assert ended.state == "failed" and ended.status.error is not None
    assert ended.status.error.type == "disk_full"


def test_a_full_disk_refuses_a_launch_with_its_reason(small_disk: Path, toy: Launcher) -> None:
    fill(small_disk / ".filler")
    with pytest.raises(JobError, match="No space left on device"):
        toy()
    assert list_runs() == []


def test_a_read_only_disk_can_be_read_and_says_what_it_refuses(
    small_disk: Path, toy: Launcher, eventually: Callable[..., Any]
) -> None:
    run = wait_for(toy(steps=100, trouble="bug", trouble_at=3))
    eventually(lambda: not is_held(run.folder.lock))
    eventually(lambda: subprocess.run(["mount", "-o", "remount,ro", small_disk]).returncode == 0)
    assert [one.state for one in list_runs()] == ["failed"]
    assert len(read_metrics(run.folder)) == 2
    for refused in (resume, delete):
        with pytest.raises(JobError, match="Read-only file system"):
            refused(run)
    with pytest.raises(JobError, match="Read-only file system"):
        toy()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_row_that_cannot_be_written_ends_the_attempt_with_the_reason(runs: Path) -> None:
    def full(folder: RunFolder) -> None:
        folder.metrics.symlink_to("/dev/full")

    run = wait_for(launch("count", "toy_worker", "{}", fill=full))
    outcome = read_json(run.folder.outcome)
    assert run.state == "failed" and run.status.error is not None and outcome is not None
    assert run.status.error.type == outcome["error"]["type"] == "disk_full"


def test_a_folder_whose_status_cannot_be_written_is_refused(toy: Launcher, runs: Path) -> None:
    run = wait_for(toy(steps=5, trouble="bug", trouble_at=1))
    run.folder.status.unlink()
    run.folder.status.mkdir()  # nothing can be renamed over a folder
    with pytest.raises(JobError, match="cannot be"):
        resume(run)
    with pytest.raises(JobError):
        stop(run)
