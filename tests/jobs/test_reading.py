"""Finding and reading runs, also those that something happened to."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from ghost_engine.errors import JobError
from ghost_engine.jobs.folder import RunFolder, write_json
from ghost_engine.jobs.locks import take
from ghost_engine.jobs.reading import find_run, list_runs, read_run, wait_for
from ghost_engine.jobs.records import Job, Outcome, Progress, RunError, Status, now

STAMP = "20261122-114000"


def make_run(runs: Path, name: str, status: Status | None = None, kind: str = "train") -> RunFolder:
    folder = RunFolder(runs / name)
    folder.path.mkdir(parents=True)
    write_json(folder.job, Job(kind, "toy_worker", now()).to_dict())
    if status is not None:
        write_json(folder.status, status.to_dict())
    return folder


def test_a_run_is_found_by_id_by_a_part_of_it_and_by_its_path(runs: Path) -> None:
    made = make_run(runs, f"{STAMP}-train-lamp", Status("stopped"))
    make_run(runs, f"{STAMP}-train-lamp-2", Status("stopped"))
    for name in (made.id, str(made.path), f"{made.path}/", made.path):
        assert find_run(name).id == made.id
    assert find_run("lamp-2").id == f"{STAMP}-train-lamp-2"


def test_an_unknown_run_is_answered_with_near_ones(runs: Path) -> None:
    made = make_run(runs, f"{STAMP}-train-lamp", Status("stopped"))
    with pytest.raises(JobError, match=rf"no run .* Did you mean {made.id}\?"):
        find_run(f"{STAMP}-train-lmap")
    with pytest.raises(JobError, match=rf"Did you mean {made.id}\?"):
        find_run("lmap")
    with pytest.raises(JobError, match="ghost runs list"):
        find_run("zzz")
    with pytest.raises(JobError, match="There is no run"):
        find_run("")


def test_a_part_that_several_share_is_refused_with_their_names(runs: Path) -> None:
    for name in ("lamp", "camp"):
        make_run(runs, f"{STAMP}-train-{name}", Status("stopped"))
    with pytest.raises(JobError, match=r"could be .*-camp or .*-lamp\."):
        find_run("amp")


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="is not a run's folder"):
        read_run(tmp_path)


def test_running_without_a_lock_is_lost(runs: Path) -> None:
    folder = make_run(runs, "a", Status("running", attempt=1))
    assert read_run(folder).state == "lost"
    lock = take(folder.lock)
    assert lock is not None and read_run(folder).state == "running"
    lock.release()
    assert read_run(folder).state == "lost"


def test_a_last_word_counts_only_for_its_own_attempt(runs: Path) -> None:
    folder = make_run(runs, "a", Status("running", attempt=2))
    write_json(folder.outcome, Outcome(1, "finished").to_dict())
    assert read_run(folder).state == "lost"
    write_json(folder.outcome, Outcome(2, "finished", time=now()).to_dict())
    assert read_run(folder).state == "finished"


def test_progress_counts_only_for_its_own_attempt(runs: Path) -> None:
    folder = make_run(runs, "a", Status("running", phase="starting", attempt=2))
    lock = take(folder.lock)
    write_json(folder.progress, Progress(1, "saving", 9, 10).to_dict())
    assert read_run(folder).status.phase == "starting"
    write_json(folder.progress, Progress(2, "training", 3, 10, "warm").to_dict())
    status = read_run(folder).status
    assert (status.phase, status.step, status.total_steps, status.note) == (
        "training", 3, 10, "warm"
    )  # fmt: skip
    assert lock is not None
    lock.release()


@pytest.mark.parametrize("text", ["", "{}", '{"state"', '{"updated": "never", "state": "queued"}'])
def test_a_broken_status_is_a_lost_run_not_an_error(runs: Path, text: str) -> None:
    folder = make_run(runs, "a")
    folder.status.write_text(text)
    assert read_run(folder).state == "lost"
    assert [run.state for run in list_runs()] == ["lost"]


def test_a_record_of_a_newer_program_is_read(runs: Path) -> None:
    folder = make_run(runs, "a")
    error = RunError("t", "m", details={"x": 1})
    status = Status("failed", error=error, updated=now())
    write_json(folder.status, {**status.to_dict(), "mood": "fine"})
    assert read_run(folder).status == status


def test_runs_are_listed_newest_first_and_by_kind(runs: Path) -> None:
    for name, kind in (("a", "train"), ("b", "export"), ("c", "train")):
        make_run(runs, name, Status("stopped"), kind)
    write_json(RunFolder(runs / "b").job, Job("export", "w", now() + timedelta(hours=1)).to_dict())
    (runs / "not a run").mkdir()
    (runs / "a file").touch()
    assert [run.id for run in list_runs()] == ["b", "c", "a"]
    assert [run.id for run in list_runs(kind="train")] == ["c", "a"]
    assert list_runs(runs / "nowhere") == []


def test_a_run_is_printed_with_what_the_command_line_promises(runs: Path) -> None:
    make_run(runs, "a", Status("failed", step=3, error=RunError("oom", "No room.", "Less.")))
    (document,) = [run.to_dict() for run in list_runs()]
    assert document["id"] == "a" and document["run_dir"] == str(runs / "a")
    assert document["kind"] == "train" and document["state"] == "failed" and document["step"] == 3
    assert document["error"]["hint"] == "Less."


def test_waiting_is_given_up_with_the_state(runs: Path) -> None:
    folder = make_run(runs, "a", Status("stopped"))
    assert wait_for(read_run(folder)).state == "stopped"
    with pytest.raises(JobError, match="is still stopped after 0 s"):
        wait_for(read_run(folder), {"finished"}, timeout_seconds=0.2)


def test_waiting_for_a_run_that_goes_away_says_so(runs: Path) -> None:
    run = read_run(make_run(runs, "a", Status("stopped")))
    shutil.rmtree(run.path)
    with pytest.raises(JobError, match="is not a run's folder"):
        wait_for(run)
