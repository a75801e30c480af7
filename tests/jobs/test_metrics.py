"""Which measurements count after resumes and fresh starts: each step once."""

from __future__ import annotations

from pathlib import Path

from ghost_engine.jobs.folder import RunFolder, append_row, write_json
from ghost_engine.jobs.metrics import Metrics, read_metrics
from ghost_engine.jobs.records import Attempt


def begin(folder: RunFolder, attempt: int, from_step: int, lineage: int = 1) -> None:
    write_json(folder.attempt, Attempt(attempt, lineage=lineage).to_dict())
    folder.add_event("started", attempt, from_step=from_step)


def measure(folder: RunFolder, attempt: int, *steps: int, **values: object) -> None:
    for step in steps:
        append_row(folder.metrics, {"attempt": attempt, "step": step, **values})


def counted(folder: RunFolder) -> list[tuple[int, int]]:
    return [(row["attempt"], row["step"]) for row in read_metrics(folder)]


def test_steps_after_the_checkpoint_that_was_resumed_from_no_longer_count(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    begin(folder, 1, 0)
    measure(folder, 1, 1, 2, 3, 4, 5)
    begin(folder, 2, 3)
    assert counted(folder) == [(1, 1), (1, 2), (1, 3)]
    measure(folder, 2, 4)
    assert counted(folder) == [(1, 1), (1, 2), (1, 3), (2, 4)]


def test_an_attempt_that_died_before_it_started_takes_nothing_away(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    begin(folder, 1, 0)
    measure(folder, 1, 1, 2)
    write_json(folder.attempt, Attempt(2).to_dict())
    folder.add_event("attempt_started", 2)
    assert counted(folder) == [(1, 1), (1, 2)]


def test_a_fresh_start_makes_all_earlier_rows_void(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    begin(folder, 1, 0)
    measure(folder, 1, 1, 2)
    begin(folder, 2, 0, lineage=2)
    assert counted(folder) == []
    measure(folder, 2, 1)
    assert counted(folder) == [(2, 1)]


def test_rows_of_one_step_are_one_row(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    begin(folder, 1, 0)
    measure(folder, 1, 20, loss=0.5, eval_loss=None)
    measure(folder, 1, 20, eval_loss=0.7, loss=None)
    (row,) = read_metrics(folder)
    assert (row["loss"], row["eval_loss"]) == (0.5, 0.7)


def test_reading_on_tells_the_same_as_reading_anew(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    metrics = Metrics(folder)
    assert metrics.refresh() == []
    for attempt, start, end in [(1, 0, 7), (2, 4, 9), (3, 9, 12), (4, 2, 5)]:
        begin(folder, attempt, start)
        for step in range(start + 1, end + 1):
            measure(folder, attempt, step, loss=step)
            assert metrics.refresh() == read_metrics(folder)
    assert [(row["attempt"], row["step"]) for row in metrics.refresh()] == [
        (1, 1), (1, 2), (4, 3), (4, 4), (4, 5)
    ]  # fmt: skip


def test_a_file_that_was_put_in_place_anew_is_read_anew(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    begin(folder, 1, 0)
    measure(folder, 1, 1, 2, 3)
    metrics = Metrics(folder)
    metrics.refresh()
    folder.metrics.unlink()
    measure(folder, 1, 1)
    assert [row["step"] for row in metrics.refresh()] == [1]


def test_rows_without_a_step_are_passed_over(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    append_row(folder.metrics, {"note": "not a measurement"})
    measure(folder, 1, 1)
    assert counted(folder) == [(1, 1)]
