"""Runs in a few numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ghost_engine.jobs.folder import RunFolder, append_row, write_json
from ghost_engine.jobs.records import Job, Run, Status, now
from ghost_engine.training.summary import compare_runs, seconds_left, settings_of, summarize

BEGIN = datetime(2026, 11, 22, 12, tzinfo=UTC)


def rows(*seconds: float, attempt: int = 1) -> list[dict[str, Any]]:
    times = [(BEGIN + timedelta(seconds=each)).isoformat() for each in seconds]
    return [
        {"step": step, "loss": 1.0, "attempt": attempt, "time": time}
        for step, time in enumerate(times, 1)
    ]


def run(folder: Path, config: str, *metrics: dict[str, Any]) -> Run:
    folder.mkdir()
    here = RunFolder(folder)
    here.config.write_text(config)
    for row in metrics:
        append_row(here.metrics, {"attempt": 1, **row})
    return Run(here, Job("train", "toy", now()), Status("finished"))


def test_of_each_number_the_one_that_counts_is_told() -> None:
    found = summarize(
        [
            {"step": 1, "loss": 3.0, "vram_reserved_gib": 9.0, "tokens_per_second": 1.0},
            {"step": 2, "loss": 2.0, "vram_reserved_gib": 8.0, "tokens_per_second": 5.0},
            {"step": 3, "loss": 2.5, "eval_loss": 2.0, "valid_share": 0.5, "tokens_per_second": 6},
            {"step": 4, "loss": None, "eval_loss": 2.2, "valid_share": 0.0},
        ]
    )

    assert found == {
        "step": 4,
        "loss": 2.5,
        "eval_loss": 2.0,
        "valid_share": 0.5,
        "tokens_per_second": 5.0,
        "vram_reserved_gib": 9.0,
    }


def test_the_time_left_follows_the_usual_step_not_the_one_that_saved() -> None:
    known = rows(0, 2, 4, 60, 62, 64)

    assert seconds_left(known, 1, 16, BEGIN + timedelta(seconds=64)) == 20
    assert seconds_left(known, 1, 16, BEGIN + timedelta(seconds=65)) == 19
    assert seconds_left(known, 1, 6, BEGIN + timedelta(seconds=70)) == 0


def test_there_is_no_time_left_to_tell_before_two_steps_of_this_attempt() -> None:
    first = rows(0, 2, 4)
    second = [{**row, "step": row["step"] + 3} for row in rows(9, attempt=2)]

    assert seconds_left([], 1, 10, BEGIN) is None
    assert seconds_left(first, 1, None, BEGIN) is None
    assert seconds_left(first, 2, 10, BEGIN) is None
    assert seconds_left([*first, *second], 2, 10, BEGIN) is None


def test_a_comparison_shows_only_settings_that_differ(tmp_path: Path) -> None:
    one = run(tmp_path / "one", "rank: 64\nalpha: 32\n", {"step": 1, "loss": 2.0})
    two = run(tmp_path / "two", "rank: 16\nalpha: 32\nnew: 1\n", {"step": 1, "eval_loss": 1.5})

    found = compare_runs([one, two])

    assert found.settings == {"rank": {"one": 64, "two": 16}, "new": {"one": None, "two": 1}}
    assert found.metrics["loss"] == {"one": 2.0, "two": None}
    assert found.metrics["eval_loss"] == {"one": None, "two": 1.5}
    assert "score" not in found.metrics


def test_settings_in_force_hold_what_an_attempt_changed(tmp_path: Path) -> None:
    one = run(tmp_path / "one", "rank: 64\nalpha: 32\n")
    write_json(one.folder.attempt, {"attempt": 2, "overrides": {"rank": 32}})

    assert settings_of(one) == {"rank": 32, "alpha": 32}
