"""How long a run will take, by those before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from ghost_engine.jobs.folder import RunFolder, append_row
from ghost_engine.jobs.records import Job, Run, Status, now
from ghost_engine.training.config import TrainingConfig, load_preset
from ghost_engine.training.pace import Pace, past_pace

BEGIN = datetime(2026, 11, 22, 12, tzinfo=UTC)
SMOKE = load_preset("smoke")


def past(
    folder: Path,
    seconds: float,
    config: TrainingConfig = SMOKE,
    *,
    device: str = "cpu",
    steps: int = 10,
    other: float = 7.0,
) -> Run:
    """A run that finished, each step `seconds` after the other."""
    folder.mkdir()
    here = RunFolder(folder)
    here.config.write_text(config.to_yaml())
    here.add_event("loaded", 1, loader="plain", device=device)
    for step in range(1, steps + 1):
        time = (BEGIN + timedelta(seconds=seconds * step)).isoformat()
        append_row(here.metrics, {"step": step, "attempt": 1, "loss": 1.0, "time": time})
    ended = BEGIN + timedelta(seconds=seconds * steps + other)
    status = Status("finished", attempt=1, step=steps, started=BEGIN, ended=ended)
    return Run(here, Job("train", "toy", now()), status)


def test_the_pace_is_the_median_of_runs_alike(tmp_path: Path) -> None:
    runs = [past(tmp_path / str(seconds), seconds) for seconds in (2.0, 3.0, 40.0)]

    assert past_pace(SMOKE, runs, loader="plain", on_gpu=False) == Pace(3.0, 7.0, 3)
    assert Pace(3.0, 7.0, 3).seconds(10) == 37.0


def test_other_models_contexts_loaders_and_devices_do_not_count(tmp_path: Path) -> None:
    runs = [
        past(tmp_path / "context", 2.0, SMOKE.changed(max_seq_length=512)),
        past(tmp_path / "model", 2.0, SMOKE.changed(base_model="some/other")),
        past(tmp_path / "device", 2.0, device="cuda:0"),
    ]

    assert past_pace(SMOKE, runs, loader="plain", on_gpu=False) is None
    assert past_pace(SMOKE, runs[2:], loader="unsloth", on_gpu=True) is None
    assert past_pace(SMOKE, runs[2:], loader="plain", on_gpu=True) == Pace(2.0, 7.0, 1)


def test_a_run_that_never_loaded_or_never_stepped_twice_says_nothing(tmp_path: Path) -> None:
    runs = [past(tmp_path / "short", 2.0, steps=1), past(tmp_path / "none", 2.0, steps=0)]
    runs[1].folder.events.unlink()

    assert past_pace(SMOKE, runs, loader="plain", on_gpu=False) is None


def test_of_a_long_run_the_last_steps_count(tmp_path: Path) -> None:
    run = past(tmp_path / "long", 1.0, steps=3000, other=0.0)
    later = BEGIN + timedelta(seconds=3000)
    for step in range(1, 2001):
        time = (later + timedelta(seconds=5.0 * step)).isoformat()
        row = {"step": 3000 + step, "attempt": 1, "loss": 1.0, "time": time}
        append_row(run.folder.metrics, row)

    found = past_pace(SMOKE, [run], loader="plain", on_gpu=False)

    assert found is not None and found.seconds_per_step == 5.0
