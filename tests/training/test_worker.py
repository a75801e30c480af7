"""Runs of a tiny random Gemma-3 in this process: resumed, stopped, diverged, measured."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from ghost_engine.jobs.folder import RunFolder, read_json, read_rows
from ghost_engine.jobs.metrics import read_metrics
from ghost_engine.jobs.records import Attempt
from ghost_engine.jobs.worker import Work, WorkerFailure
from ghost_engine.training import checkpoints
from ghost_engine.training.arguments import warmup_of
from ghost_engine.training.config import TrainingConfig, load_preset
from ghost_engine.training.data import freeze
from ghost_engine.training.pace import steps_of
from ghost_engine.training.worker import _deaths_named, _Scene, train

pytestmark = pytest.mark.timeout(600)
DATA = Path(__file__).resolve().parents[2] / "data"


class StoppedAfter(Work):
    """Work that somebody stops once a step is logged."""

    def __init__(self, folder: RunFolder, attempt: Attempt, step: int) -> None:
        super().__init__(folder, attempt)
        self._last = step

    def metric(self, step: int, **values: Any) -> None:
        super().metric(step, **values)
        if step >= self._last:
            self.ask_stop()


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve of the shipped pairs, every 24th: of several applications."""
    rows = json.loads((DATA / "dataset_vision.json").read_text("utf-8"))
    path = tmp_path_factory.mktemp("dataset") / "dataset_vision.json"
    path.write_text(json.dumps(rows[::24]), "utf-8")
    return path


def make_run(path: Path, dataset: Path, **values: Any) -> RunFolder:
    asked = {
        "dataset": str(dataset),
        "validation_share": 0.3,
        "validation_limit": 2,
        "eval_screens": 0,
        "warmup_steps": 1,
        "dropout": 0.1,
        "batch_size": 1,
        **values,
    }
    config = load_preset("smoke").changed(**asked)
    run = RunFolder(path)
    run.path.mkdir()
    run.config.write_text(config.to_yaml(), "utf-8")
    freeze(config, run.path, image_root=DATA, judge=False)
    return run


@pytest.fixture
def new_run(dataset: Path, tmp_path: Path) -> Callable[..., RunFolder]:
    def make(**values: Any) -> RunFolder:
        return make_run(tmp_path / "run", values.pop("dataset", dataset), **values)

    return make


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return dict(load_file(folder / "adapter_model.safetensors"))


def events(run: RunFolder, kind: str) -> list[dict[str, Any]]:
    return [row for row in read_rows(run.events) if row["event"] == kind]


TWO_EPOCHS = {
    "epochs": 2.0,
    "max_steps": None,
    "gradient_accumulation_steps": 4,
    "eval_steps": 3,
    "save_steps": 2,
    "keep_checkpoints": 1,
}


@pytest.fixture(scope="module")
def whole(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run that nobody interrupted: two epochs, the last step of each a short one."""
    run = make_run(tmp_path_factory.mktemp("whole") / "run", dataset, **TWO_EPOCHS)
    assert train(Work(run, Attempt(1))) == "finished"
    return run


def test_a_stopped_and_resumed_run_equals_one_that_was_never_interrupted(
    whole: RunFolder, new_run: Callable[..., RunFolder]
) -> None:
    run = new_run(**TWO_EPOCHS, probe=True)
    assert train(StoppedAfter(run, Attempt(1), step=1)) == "stopped"
    assert checkpoints.newest(run.checkpoints).step == 1  # type: ignore[union-attr]
    assert train(StoppedAfter(run, Attempt(2), step=4)) == "stopped"  # in the next epoch
    assert train(Work(run, Attempt(3))) == "finished"
    names = ("step", "epoch", "loss", "eval_loss", "learning_rate", "grad_norm")
    expected, got = (
        [[row.get(name) for name in names] for row in read_metrics(each)] for each in (whole, run)
    )
    assert [row[0] for row in got] == [1, 2, 3, 4, 5, 6]
    assert got == expected
    ours, theirs = weights(run.adapter), weights(whole.adapter)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours.keys() | theirs.keys())
    assert [row["from_step"] for row in events(run, "started")] == [0, 1, 4]
    assert [row["tokens"] for row in events(run, "probe")] == 3 * [
        events(run, "probe")[0]["tokens"]
    ]


def test_a_run_keeps_the_best_and_says_what_its_adapter_is(whole: RunFolder) -> None:
    about = read_json(whole.adapter / "ghost.json")
    assert about is not None and about["which"] == "best" and about["total_steps"] == 6
    judged = {row["step"]: row["eval_loss"] for row in read_metrics(whole) if "eval_loss" in row}
    assert set(judged) == {3, 6} and about["step"] == min(judged, key=lambda step: judged[step])
    assert about["eval_loss"] == judged[about["step"]]
    assert {each.step for each in checkpoints.complete(whole.checkpoints)} == {about["step"], 6}
    assert about["dataset"]["sha256"] and about["versions"]["torch"] == torch.__version__
    for name, digest in about["files"].items():
        assert checkpoints.sha256(whole.adapter / name) == digest
    memory = read_json(whole.path / "memory.json")
    assert memory is not None and memory["predicted"]["allocated_gib"] > 0
    assert memory["measured"] is None  # there is no card here


def test_a_run_that_died_after_its_last_checkpoint_takes_no_step_too_many(
    whole: RunFolder,
) -> None:
    before = weights(whole.adapter)
    for path in whole.adapter.iterdir():
        path.unlink()
    assert train(Work(whole, Attempt(2))) == "finished"
    assert [row["step"] for row in read_metrics(whole)] == [1, 2, 3, 4, 5, 6]
    after = weights(whole.adapter)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_diverging_run_fails_with_its_last_good_checkpoint(
    new_run: Callable[..., RunFolder],
) -> None:
    values = {"learning_rate": 1.0, "warmup_steps": 0, "max_steps": 40, "save_steps": 2}
    run = new_run(**values, explosion_factor=1.0)  # any rise counts
    with pytest.raises(WorkerFailure, match=r"exploded.*The last checkpoint, of step \d+") as told:
        train(Work(run, Attempt(1)))
    assert told.value.kind == "diverged" and "learning_rate" in told.value.hint
    assert (run.checkpoints / told.value.details["checkpoint"]).is_dir()
    assert not run.adapter.exists()


def test_a_run_without_progress_ends_early_and_is_finished(
    new_run: Callable[..., RunFolder],
) -> None:
    run = new_run(learning_rate=1e-12, max_steps=20, eval_steps=1, early_stop_evaluations=2)
    assert train(Work(run, Attempt(1))) == "finished"
    assert [row["step"] for row in read_metrics(run)] == [1, 2, 3]
    assert events(run, "early_stop")[0]["step"] == 3


def test_screens_are_drafted_and_judged_at_every_evaluation(
    new_run: Callable[..., RunFolder],
) -> None:
    run = new_run(max_steps=2, eval_steps=1, eval_screens=2, eval_new_tokens=16)
    assert train(Work(run, Attempt(1))) == "finished"
    samples = read_rows(run.samples)
    assert [row["step"] for row in samples] == [1, 1, 2, 2]
    assert samples[0]["id"] == samples[2]["id"] != samples[1]["id"]
    assert all(row["valid"] is False and row["error"] and row["tokens"] <= 16 for row in samples)
    assert [row["valid_share"] for row in read_metrics(run)] == [0.0, 0.0]


def test_words_are_trained_on_as_pictures_are(
    new_run: Callable[..., RunFolder],
) -> None:
    run = new_run(phase="text", dataset=DATA / "dataset.json", max_steps=2)
    assert train(Work(run, Attempt(1))) == "finished"
    assert [row["step"] for row in read_metrics(run)] == [1, 2]


def test_a_full_card_is_told_with_where_and_what(tmp_path: Path) -> None:
    scene = _Scene(Work(RunFolder(tmp_path), Attempt(1)))
    scene.say("quantizing")
    with pytest.raises(WorkerFailure) as told, _deaths_named(scene):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has")
    assert told.value.kind == "out_of_memory"
    assert str(told.value.message) == (
        "The card's memory ran out while quantizing: CUDA out of memory."
    )
    assert set(told.value.details) == {
        *("allocated_gib", "reserved_gib", "total_gib", "limit_gib", "step", "phase", "tokens")
    }


def test_other_errors_keep_their_own_name(tmp_path: Path) -> None:
    scene = _Scene(Work(RunFolder(tmp_path), Attempt(1)))
    with pytest.raises(RuntimeError, match="must match"), _deaths_named(scene):
        raise RuntimeError("The size of tensor a (3) must match")


@pytest.mark.parametrize(
    ("values", "examples", "steps"),
    [
        ({"max_steps": 7}, 100, 7),
        ({"max_steps": None, "epochs": 1.0}, 10, 3),
        ({"max_steps": None, "epochs": 2.5, "batch_size": 3}, 10, 3),
        ({"max_steps": None, "epochs": 0.1}, 1, 1),
    ],
)
def test_epochs_are_counted_in_whole_steps(
    values: dict[str, Any], examples: int, steps: int
) -> None:
    config = TrainingConfig(warmup_steps=0, gradient_accumulation_steps=4, **values)
    assert steps_of(config, examples) == steps


def test_a_warm_up_longer_than_the_run_is_shortened() -> None:
    config = TrainingConfig(max_steps=None, epochs=1, warmup_steps=10)
    assert [warmup_of(config, steps) for steps in (5, 10, 11, 200)] == [0, 1, 10, 10]
