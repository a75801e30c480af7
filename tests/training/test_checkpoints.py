"""Checkpoints: whole or not there, the newest, the best, and who is thrown away."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ghost_engine.training.checkpoints import (
    MARK,
    best,
    complete,
    newest,
    replacing,
    restore_replaced,
    rotate,
    sweep,
    writing,
)


def save(folder: Path, step: int, attempt: int = 1, eval_loss: float | None = None) -> Path:
    with writing(folder, step, attempt, eval_loss) as partial:
        (partial / "adapter.bin").write_bytes(bytes([step]) * 2_000_000)
        (partial / "state.json").write_text(f'{{"step": {step}}}', "utf-8")
    return folder / f"step-{step}"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_checkpoint_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    with writing(tmp_path, 20, 1, 0.5) as partial:
        (partial / "adapter.bin").write_bytes(b"x")
        assert complete(tmp_path) == [] and partial.name != "step-20"
    (found,) = complete(tmp_path)
    assert (found.step, found.attempt, found.eval_loss) == (20, 1, 0.5)
    assert names(tmp_path) == {"step-20"} and names(found.path) == {"adapter.bin", MARK}


def test_a_full_disk_leaves_nothing_behind_and_the_older_one_whole(tmp_path: Path) -> None:
    save(tmp_path, 20)
    with pytest.raises(OSError), writing(tmp_path, 40, 1) as partial:
        (partial / "adapter.bin").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert names(tmp_path) == {"step-20"} and newest(tmp_path) is not None


@pytest.mark.parametrize("damage", ["shorter", "changed", "gone", "unmarked", "garbled", "more"])
def test_a_damaged_checkpoint_is_never_resumed_from(tmp_path: Path, damage: str) -> None:
    save(tmp_path, 20)
    path = save(tmp_path, 40)
    {
        "shorter": lambda: os.truncate(path / "adapter.bin", 1_999_999),
        "changed": lambda: (path / "state.json").write_text('{"step": 39}', "utf-8"),
        "gone": lambda: (path / "state.json").unlink(),
        "unmarked": lambda: (path / MARK).unlink(),
        "garbled": lambda: (path / MARK).write_text('{"step": 40', "utf-8"),
        "more": lambda: (path / "stray").write_text("", "utf-8"),
    }[damage]()
    found = newest(tmp_path)
    assert found is not None and found.step == 20
    assert sweep(tmp_path) == ["step-40"] and names(tmp_path) == {"step-20"}


def test_the_newest_is_that_of_the_highest_step_not_of_the_last_name(tmp_path: Path) -> None:
    for step in (100, 20, 9):
        save(tmp_path, step)
    assert [each.step for each in complete(tmp_path)] == [9, 20, 100]


def test_rotation_keeps_the_newest_and_the_best(tmp_path: Path) -> None:
    for step, loss in ((1, 0.9), (2, 0.3), (3, None), (4, 0.5), (5, 0.3), (6, 0.8)):
        save(tmp_path, step, eval_loss=loss)
    assert rotate(tmp_path, keep=2) == ["step-1", "step-3", "step-4"]
    assert names(tmp_path) == {"step-2", "step-5", "step-6", "best.json"}
    assert json.loads((tmp_path / "best.json").read_text("utf-8"))["step"] == 2


def test_a_fresh_start_counts_no_checkpoint_of_before(tmp_path: Path) -> None:
    save(tmp_path, 20, attempt=1, eval_loss=0.1)
    rotate(tmp_path, keep=3)
    assert newest(tmp_path, lineage=2) is None and best(tmp_path, lineage=2) is None
    assert sweep(tmp_path, lineage=2) == ["step-20"] and names(tmp_path) == set()
    save(tmp_path, 20, attempt=3)
    assert newest(tmp_path, lineage=2) is not None


def test_saving_a_step_again_replaces_it(tmp_path: Path) -> None:
    save(tmp_path, 20, attempt=1)
    save(tmp_path, 20, attempt=2)
    assert [each.attempt for each in complete(tmp_path)] == [2]


def test_a_death_between_the_two_renames_gives_the_older_folder_back(tmp_path: Path) -> None:
    target = tmp_path / "adapter"
    with replacing(target) as partial:
        (partial / "ghost.json").write_text("1", "utf-8")
    target.rename(tmp_path / ".old-adapter")  # what a kill at that moment leaves
    (tmp_path / ".partial-adapter").mkdir()
    restore_replaced(target)
    assert (target / "ghost.json").read_text("utf-8") == "1" and names(tmp_path) == {"adapter"}


ENDLESS = """
import sys
from pathlib import Path
from ghost_engine.training.checkpoints import rotate, writing
folder = Path(sys.argv[1])
for step in range(1, 100_000):
    with writing(folder, step, 1, 1 / step) as partial:
        for name in "abc":
            (partial / name).write_bytes(str(step).encode() * 3000)
    rotate(folder, keep=2)
"""


def test_kills_at_any_moment_leave_only_whole_checkpoints(tmp_path: Path) -> None:
    for round_number in range(6):
        folder = tmp_path / str(round_number)
        writer = subprocess.Popen([sys.executable, "-c", ENDLESS, str(folder)])
        while not (folder / "best.json").exists():
            time.sleep(0.01)
        time.sleep(0.013 * round_number)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        found = newest(folder)
        assert found is not None
        assert all(
            (each.path / name).read_bytes() == str(each.step).encode() * 3000
            for each in complete(folder)
            for name in "abc"
        )
        sweep(folder)
        assert names(folder) - {"best.json", ".best.json"} == {
            each.path.name for each in complete(folder)
        }
