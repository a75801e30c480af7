"""A run on storage that loses, tears and reorders what it is given."""

from __future__ import annotations

import errno
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from ghost_engine.errors import JobError
from ghost_engine.jobs.folder import RunFolder, write_json
from ghost_engine.jobs.reading import read_run
from ghost_engine.jobs.records import Attempt, Job, Outcome, Status, now
from ghost_engine.notebook import archive
from ghost_engine.notebook.archive import adapter_of, place_of, save
from ghost_engine.notebook.restore import jobs, restore
from ghost_engine.training import checkpoints

RUN = "20261122-120000-train"


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run as its worker leaves it between two steps, in its first attempt."""
    made = RunFolder(tmp_path / "runs" / RUN)
    made.dataset.mkdir(parents=True)
    (made.dataset / "train.jsonl").write_text('{"id": "a"}\n')
    made.config.write_text("rank: 8\n")
    write_json(made.job, Job("train", "nobody", now(), request="word-1").to_dict())
    set_attempt(made, 1)
    return made


@pytest.fixture
def keep(tmp_path: Path) -> Path:
    (tmp_path / "kept").mkdir()
    return tmp_path / "kept"


def set_attempt(folder: RunFolder, number: int, lineage: int = 1) -> None:
    write_json(folder.attempt, Attempt(number, lineage=lineage).to_dict())
    write_json(folder.status, Status("running", attempt=number, queued=now()).to_dict())


def add_checkpoint(
    folder: RunFolder, step: int, attempt: int = 1, loss: float | None = None
) -> None:
    with checkpoints.writing(folder.checkpoints, step, attempt, loss) as partial:
        (partial / "weights").write_bytes(bytes([step]) * 1000)


def finish(folder: RunFolder) -> None:
    folder.adapter.mkdir()
    (folder.adapter / "adapter_model.safetensors").write_bytes(b"weights")
    write_json(folder.adapter / "ghost.json", {"attempt": 1})
    write_json(folder.outcome, Outcome(1, "finished").to_dict())
    write_json(folder.status, Status("finished", attempt=1, queued=now()).to_dict())


def steps(folder: RunFolder) -> list[int]:
    return [each.step for each in checkpoints.complete(folder.checkpoints)]


def elsewhere(keep: Path, tmp_path: Path) -> RunFolder:
    return restore(place_of(keep, RUN), tmp_path / "elsewhere")


def tear(path: Path) -> None:
    """As if the machine ended in the middle of its upload."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def test_a_run_comes_back_lost_with_its_examples_and_newest_checkpoint(
    folder: RunFolder, keep: Path, tmp_path: Path
) -> None:
    add_checkpoint(folder, 20)
    save(folder, place_of(keep, RUN))
    [(place, job)] = jobs(keep)
    assert (place.name, job.request) == (RUN, "word-1")

    back = elsewhere(keep, tmp_path)

    assert read_run(back).state == "lost" and steps(back) == [20]
    assert (back.dataset / "train.jsonl").read_text() == '{"id": "a"}\n'
    assert back.config.read_text() == "rank: 8\n"


def test_a_torn_checkpoint_is_passed_over_for_the_one_before(
    folder: RunFolder, keep: Path, tmp_path: Path
) -> None:
    for step in (20, 40):
        add_checkpoint(folder, step)
        save(folder, place_of(keep, RUN))
    tear(place_of(keep, RUN) / "checkpoint-40-1.zip")
    assert steps(elsewhere(keep, tmp_path)) == [20]


@pytest.mark.parametrize("damage", [tear, lambda path: path.write_bytes(b""), Path.unlink])
def test_a_torn_state_is_passed_over_for_the_one_before(
    folder: RunFolder, keep: Path, tmp_path: Path, damage: object
) -> None:
    save(folder, place_of(keep, RUN))
    set_attempt(folder, 2)
    save(folder, place_of(keep, RUN))
    damage(place_of(keep, RUN) / "state-000002.zip")  # type: ignore[operator]
    assert read_run(elsewhere(keep, tmp_path)).status.attempt == 1


def test_a_checkpoint_that_overtook_its_state_is_not_believed(
    folder: RunFolder, keep: Path, tmp_path: Path
) -> None:
    """It may be of a smaller rank, which only the later state tells."""
    add_checkpoint(folder, 20)
    save(folder, place_of(keep, RUN))
    set_attempt(folder, 2, lineage=2)
    add_checkpoint(folder, 20, attempt=2)
    save(folder, place_of(keep, RUN))
    (place_of(keep, RUN) / "state-000002.zip").unlink()
    back = elsewhere(keep, tmp_path)
    assert [each.attempt for each in checkpoints.complete(back.checkpoints)] == [1]


def test_without_its_examples_a_run_does_not_come_back(
    folder: RunFolder, keep: Path, tmp_path: Path
) -> None:
    save(folder, place_of(keep, RUN))
    tear(place_of(keep, RUN) / archive.DATASET)
    with pytest.raises(JobError, match="cannot be brought back"):
        elsewhere(keep, tmp_path)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_finished_run_whose_adapter_was_not_uploaded_can_write_it_again(
    folder: RunFolder, keep: Path, tmp_path: Path
) -> None:
    add_checkpoint(folder, 40)
    finish(folder)
    save(folder, place_of(keep, RUN), whole=True)
    assert (adapter_of(place_of(keep, RUN)) or Path()).name == "adapter-1.zip"
    tear(place_of(keep, RUN) / "adapter-1.zip")
    back = elsewhere(keep, tmp_path)
    assert read_run(back).state == "stopped" and not back.outcome.exists()
    assert steps(back) == [40]


def test_a_finished_run_comes_back_finished_with_its_adapter(
    folder: RunFolder, keep: Path, tmp_path: Path
) -> None:
    add_checkpoint(folder, 40)
    finish(folder)
    save(folder, place_of(keep, RUN), whole=True)
    back = elsewhere(keep, tmp_path)
    assert read_run(back).state == "finished"
    assert (back.adapter / "adapter_model.safetensors").read_bytes() == b"weights"


def test_the_newest_two_checkpoints_and_the_best_are_kept_one_at_the_end(
    folder: RunFolder, keep: Path
) -> None:
    place = place_of(keep, RUN)
    for step, loss in ((10, 1.0), (20, 0.5), (30, 0.7), (40, 0.8), (50, 0.9)):
        add_checkpoint(folder, step, loss=loss)
        save(folder, place)
    names = sorted(path.name for path in place.glob("checkpoint-*"))
    assert names == ["checkpoint-20-1.zip", "checkpoint-40-1.zip", "checkpoint-50-1.zip"]
    assert len(list(place.glob("state-*"))) == archive.KEPT_STATES
    finish(folder)
    save(folder, place, whole=True)
    assert [path.name for path in place.glob("checkpoint-*")] == ["checkpoint-20-1.zip"]


def test_no_name_is_written_twice(folder: RunFolder, keep: Path) -> None:
    place = place_of(keep, RUN)
    add_checkpoint(folder, 20)
    save(folder, place)
    before = {path.name: path.stat().st_mtime_ns for path in place.iterdir()}
    save(folder, place)
    after = {path.name: path.stat().st_mtime_ns for path in place.iterdir()}
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"state-000002.zip"}


def test_a_storage_that_cannot_rename_gets_the_files_all_the_same(
    folder: RunFolder, keep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    add_checkpoint(folder, 20)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        save(folder, place_of(keep, RUN))
    assert not list(place_of(keep, RUN).glob(".partial-*"))
    assert steps(elsewhere(keep, tmp_path)) == [20]


def test_a_copy_that_was_cut_short_is_made_again(
    folder: RunFolder, keep: Path, tmp_path: Path
) -> None:
    add_checkpoint(folder, 20)
    save(folder, place_of(keep, RUN))
    for name in (archive.DATASET, "checkpoint-20-1.zip"):
        tear(place_of(keep, RUN) / name)
    save(folder, place_of(keep, RUN))
    assert steps(elsewhere(keep, tmp_path)) == [20]


def test_a_full_storage_leaves_what_was_there_before(
    folder: RunFolder, keep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_checkpoint(folder, 20)
    save(folder, place_of(keep, RUN))
    add_checkpoint(folder, 40)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfileobj", full)
        with pytest.raises(OSError, match="No space"):
            save(folder, place_of(keep, RUN))
    assert steps(elsewhere(keep, tmp_path)) == [20]
    assert not list(folder.path.glob(".zip-*"))


def test_a_file_that_names_places_outside_is_refused(
    folder: RunFolder, keep: Path, tmp_path: Path
) -> None:
    save(folder, place_of(keep, RUN))
    with zipfile.ZipFile(place_of(keep, RUN) / archive.DATASET, "w") as packed:
        packed.writestr("../../elsewhere.txt", "x")
    with pytest.raises(JobError, match="outside"):
        elsewhere(keep, tmp_path)
    assert not list(tmp_path.glob("**/elsewhere.txt"))


def test_a_drive_that_came_off_is_no_folder_to_write_to(folder: RunFolder, keep: Path) -> None:
    """Else the copies would pile up on the very disk that they are to outlive."""
    keep.rmdir()
    with pytest.raises(FileNotFoundError):
        save(folder, place_of(keep, RUN))
    assert not keep.exists()


def test_locks_and_wishes_stay_where_they_are(
    folder: RunFolder, keep: Path, tmp_path: Path
) -> None:
    for path in (folder.lock, folder.stop, folder.reserve, folder.path / ".half.json"):
        path.write_text("")
    write_json(folder.elsewhere, {"folders": []})
    save(folder, place_of(keep, RUN))
    names = {path.name for path in elsewhere(keep, tmp_path).path.iterdir()}
    assert names == {"job.json", "config.yaml", "status.json", "attempt.json", "dataset"}


def test_something_else_in_the_folder_is_no_run(keep: Path) -> None:
    assert jobs(keep) == []
    (keep / "runs" / "mine").mkdir(parents=True)
    (keep / "runs" / "mine" / "state-000001.zip").write_text(json.dumps({}))
    assert jobs(keep) == []
