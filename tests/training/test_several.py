"""Several processes train as one: the same losses, one voice, and none left behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from ghost_engine.errors import ConfigError, TrainingError
from ghost_engine.hardware import KNOWN_CARDS, Survey
from ghost_engine.jobs.control import resume, stop
from ghost_engine.jobs.folder import RunFolder, read_rows
from ghost_engine.jobs.locks import is_held
from ghost_engine.jobs.metrics import read_metrics
from ghost_engine.jobs.reading import read_run, wait_for
from ghost_engine.jobs.records import Attempt, Run
from ghost_engine.jobs.status import read_outcome
from ghost_engine.jobs.worker import Work, WorkerFailure, run_worker
from ghost_engine.training import checkpoints
from ghost_engine.training.collate import IGNORED
from ghost_engine.training.config import TrainingConfig, load_preset, with_settings
from ghost_engine.training.data import freeze
from ghost_engine.training.readiness import count_gpus, lacks
from ghost_engine.training.several import _blame
from ghost_engine.training.shares import Share, blank, deal
from ghost_engine.training.start import start
from ghost_engine.training.worker import train

pytestmark = pytest.mark.timeout(600)
DATA = Path(__file__).resolve().parents[2] / "data"
SETTINGS: dict[str, Any] = {
    "validation_share": 0.3,
    "validation_limit": 3,
    "eval_screens": 0,
    "warmup_steps": 1,
    "batch_size": 1,
    "gradient_accumulation_steps": 4,
    "epochs": 1.0,
    "max_steps": None,
    "save_steps": 2,
}
"""Nine rows in steps of four: the last step has one row for two processes, and a blank."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunFolder, RunFolder]]:
    """The same run by one process, and by two that `accelerate launch` starts."""
    home = tmp_path_factory.mktemp("several")
    rows = json.loads((DATA / "dataset_vision.json").read_text("utf-8"))
    (home / "dataset_vision.json").write_text(json.dumps(rows[::24]), "utf-8")
    one, two = (make_run(home, gpus) for gpus in (1, 2))
    command = [sys.executable, "-m", "ghost_engine.training.several", str(two.path)]
    with two.log.open("w") as log:
        together = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        assert train(Work(one, Attempt(1))) == "finished"
        assert together.wait(300) == 0, two.log.read_text()[-4000:]
    yield one, two


def make_run(home: Path, gpus: int) -> RunFolder:
    asked = {**SETTINGS, "dataset": str(home / "dataset_vision.json"), "gpus": gpus}
    config = load_preset("smoke").changed(**asked)
    run = RunFolder(home / f"gpus-{gpus}")
    run.path.mkdir()
    run.config.write_text(config.to_yaml(), "utf-8")
    freeze(config, run.path, image_root=DATA, judge=False)
    return run


def table(run: RunFolder, *names: str) -> list[float]:
    return [row[name] for row in read_metrics(run) for name in names if name in row]


@pytest.mark.slow  # three more starts of the training stack
def test_two_processes_have_the_losses_of_one_at_the_same_global_batch(
    runs: tuple[RunFolder, RunFolder],
) -> None:
    one, two = runs
    names = ("step", "loss", "grad_norm", "learning_rate", "eval_loss")
    assert table(two, *names) == pytest.approx(table(one, *names), rel=1e-4)
    assert table(two, "step") == [1, 2, 3] and table(two, "eval_loss")
    assert [row["gpus"] for row in read_rows(two.events) if row["event"] == "started"] == [2]
    outcome = read_outcome(two, 1)
    assert outcome is not None and outcome.result == "finished"


@pytest.mark.slow  # three more starts of the training stack
def test_each_process_tells_where_its_time_went(runs: tuple[RunFolder, RunFolder]) -> None:
    one, two = ([row for row in read_metrics(run) if "loss" in row] for run in runs)
    assert one[0]["waited_seconds"] > 0 and two[0]["waited_seconds"] > 0
    for row in one + two:
        assert 0 < row["last_batch_seconds"] <= row["worked_seconds"]
        assert row["worked_seconds"] <= row.get("step_seconds", float("inf")) + 0.01
    assert all(len(row["worked_seconds_each"]) == 2 for row in two)
    assert all("worked_seconds_each" not in row and "loss" in row for row in one)


@pytest.mark.slow  # three more starts of the training stack
def test_what_two_began_one_goes_on_with(runs: tuple[RunFolder, RunFolder], tmp_path: Path) -> None:
    one, two = runs
    copy = RunFolder(tmp_path / "copy")
    shutil.copytree(two.path, copy.path)
    shutil.rmtree(copy.checkpoints / "step-3")
    states = sorted(path.name for path in (copy.checkpoints / "step-2").glob("rng_state*"))
    assert states == ["rng_state_0.pth", "rng_state_1.pth"]
    resumed = Work(copy, Attempt(2, overrides={"gpus": 1}))
    assert train(resumed) == "finished"
    assert [row["from_step"] for row in read_rows(copy.events) if row["event"] == "started"] == [
        *(0, 2)
    ]
    assert table(copy, "loss", "eval_loss") == pytest.approx(table(one, "loss", "eval_loss"), 1e-4)
    assert checkpoints.newest(copy.checkpoints).step == 3  # type: ignore[union-attr]


@pytest.mark.parametrize(("rows", "size", "count"), [(9, 1, 2), (10, 3, 2), (7, 2, 3), (8, 1, 4)])
def test_shares_are_the_batches_of_one_card_in_its_order(rows: int, size: int, count: int) -> None:
    for epoch in (0, 1):
        (whole,), shares = (
            [order(Share(rows, size, 7, index, many), epoch) for index in range(many)]
            for many in (1, count)
        )
        assert {len(share) for share in shares} == {-(-len(whole) // count)}
        dealt = [batch for round_ in zip(*shares, strict=True) for batch in round_]
        assert dealt[: len(whole)] == whole and sorted(sum(whole, [])) == [*range(rows)]
        assert all(len(batch) == 1 and batch[0] < 0 for batch in dealt[len(whole) :])
    assert order(Share(rows, size, 7, 0, 1), 0) != order(Share(rows, size, 7, 0, 1), 1)


def test_a_step_is_shared_by_length_and_stays_the_same_step() -> None:
    lengths = [100 * (1 + row * 7 % 10) for row in range(22)]
    options: dict[str, Any] = {"step": 8, "lengths": lengths}
    one = order(Share(22, 1, 7, 0, 1), 0)
    two = [order(Share(22, 1, 7, index, 2, **options), 0) for index in (0, 1)]
    slowest = [0, 0]
    for step in (0, 1, 2):
        whole = [batch[0] for batch in one[8 * step : 8 * step + 8]]
        parts = [[batch[0] for batch in share[4 * step : 4 * step + 4]] for share in two]
        assert sorted(sum(parts, [])) == sorted(whole)
        for way, ranks in enumerate((parts, [whole[::2], whole[1::2]])):
            slowest[way] += max(sum(lengths[row] for row in part) for part in ranks)
    half = sum(lengths) / 2
    assert half <= slowest[0] < 1.05 * half and slowest[1] > 1.25 * half


def test_costs_are_dealt_alike_and_equal_ones_go_round() -> None:
    assert deal([9, 1, 1, 8, 2, 7], 2) == [[0, 1, 4], [2, 3, 5]]
    assert deal([5] * 7, 3) == [[0, 3, 6], [1, 4], [2, 5]]


def order(share: Share, epoch: int) -> list[list[int]]:
    share.sampler.set_epoch(epoch)
    return list(share)


def test_a_blank_asks_for_nothing() -> None:
    batch = {"labels": torch.tensor([[IGNORED, 5]]), "input_ids": torch.tensor([[4, 5]])}
    emptied = blank(batch, IGNORED)
    assert emptied["labels"].tolist() == [[IGNORED, IGNORED]]
    assert emptied["input_ids"] is batch["input_ids"] and batch["labels"][0, 1] == 5


def test_cards_that_cannot_share_a_step_are_refused_in_words() -> None:
    with pytest.raises(ConfigError, match="gpus 3 and gradient_accumulation_steps 4: the batches"):
        with_settings(TrainingConfig(), ["gpus=3"])
    with pytest.raises(ConfigError) as told:
        with_settings(TrainingConfig(), ["gpus=all"]).batches_a_gpu(3)
    assert told.value.hint == "Set gpus to one of 1, 2, 4, or change gradient_accumulation_steps."
    assert with_settings(TrainingConfig(), ["gpus=4"]).batches_a_gpu(4) == 1
    with pytest.raises(ConfigError, match="gpus"):
        with_settings(TrainingConfig(), ["gpus=some"])


def test_cards_that_are_not_here_are_missed() -> None:
    card = KNOWN_CARDS["a10g"]
    two, three = Survey((card,) * 2), Survey((card,) * 3)
    asked = TrainingConfig(gpus=4)
    with pytest.raises(TrainingError, match=r"gpus 4: a program here sees 2 cards\."):
        count_gpus(asked, two)
    assert [count_gpus(TrainingConfig(gpus="all"), each) for each in (two, three)] == [2, 3]
    assert lacks(asked, two)[0].what == "gpu"
    undivided = lacks(TrainingConfig(gpus="all"), three)[0]
    assert "gpus 3 and gradient_accumulation_steps 4" in undivided.message
    assert count_gpus(load_preset("smoke").changed(gpus="all"), two) == 1


def test_of_several_processes_the_first_to_fail_has_the_word(tmp_path: Path) -> None:
    def full(work: Work) -> Any:
        work.event("loaded")
        work.metric(1, loss=1.0)
        raise WorkerFailure("out_of_memory", f"Full in process {work.rank}.")

    run = RunFolder(tmp_path)
    assert [run_worker(full, [str(tmp_path)], rank=rank) for rank in (1, 0)] == [1, 1]
    outcome = read_outcome(run, 1)
    assert outcome is not None and outcome.error is not None
    assert outcome.error.message == "Full in process 1."
    assert [len(read_rows(each)) for each in (run.events, run.metrics)] == [1, 1]


def test_only_the_first_process_says_that_it_is_done(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    assert run_worker(lambda work: "finished", [str(tmp_path)], rank=1) == 0
    assert read_outcome(run, 1) is None and not run.progress.exists()
    assert run_worker(lambda work: "finished", [str(tmp_path)], rank=0) == 0
    assert read_outcome(run, 1) is not None


def test_who_was_only_left_behind_is_not_blamed() -> None:
    assert sorted([76, -15, -6, -9], key=_blame) == [-9, -6, -15, 76]


def test_a_launcher_that_cannot_share_the_batches_says_so(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.config.write_text(load_preset("smoke").to_yaml(), "utf-8")
    attempt = Attempt(1, overrides={"gpus": 5, "gradient_accumulation_steps": 4})
    run.save(run.attempt, attempt.to_dict())
    command = [sys.executable, "-m", "ghost_engine.training.several", str(run.path)]
    assert subprocess.run(command, capture_output=True, env={**os.environ}).returncode == 1
    outcome = read_outcome(run, 1)
    assert outcome is not None and outcome.error is not None
    assert outcome.error.type == "ConfigError" and "gpus 5" in outcome.error.message


def start_long(home: Path) -> Run:
    """Two processes that train for long, some steps in."""
    rows = json.loads((DATA / "dataset_vision.json").read_text("utf-8"))
    (home / "dataset_vision.json").write_text(json.dumps(rows[::24]), "utf-8")
    values = {**SETTINGS, "dataset": str(home / "dataset_vision.json"), "validation_share": 0.0}
    more = {"epochs": None, "max_steps": 2000, "save_steps": 2, "gpus": 2}
    config = load_preset("smoke").changed(**{**values, **more})
    run = start(config, image_root=DATA)
    while read_run(run.folder).active and len(read_metrics(run.folder)) < 3:
        time.sleep(0.05)
    assert read_run(run.folder).active, run.folder.log.read_text()[-4000:]
    return read_run(run.folder)


def family_of(run: Run) -> list[psutil.Process]:
    launcher = psutil.Process(run.status.pid)
    ranks = launcher.children()
    assert len(ranks) == 2
    return [launcher, *ranks]


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["launcher", "first", "second"])
def test_a_kill_ends_all_at_once_and_the_run_goes_on_after_a_resume(
    victim: str, tmp_path: Path
) -> None:
    run = start_long(tmp_path)
    family = family_of(run)
    os.kill(family[["launcher", "first", "second"].index(victim)].pid, signal.SIGKILL)
    ended = wait_for(run, timeout_seconds=20)
    assert ended.state == "failed" and ended.status.error is not None
    assert ended.status.error.type == "host_memory"
    assert psutil.wait_procs(family, timeout=10)[1] == []
    assert not is_held(run.folder.worker_lock)

    step = checkpoints.newest(run.folder.checkpoints).step  # type: ignore[union-attr]
    again = resume(ended)
    while read_run(again.folder).active and read_metrics(run.folder)[-1]["step"] < step + 3:
        time.sleep(0.05)
    stop(again)
    assert wait_for(again, timeout_seconds=60).state == "stopped"
    starts = [row for row in read_rows(run.folder.events) if row["event"] == "started"]
    assert [row["from_step"] for row in starts] == [0, step]
    last = checkpoints.newest(run.folder.checkpoints).step  # type: ignore[union-attr]
    assert last == read_metrics(run.folder)[-1]["step"]


@pytest.mark.slow
def test_without_their_supervisor_all_save_and_leave(tmp_path: Path) -> None:
    run = start_long(tmp_path)
    family = family_of(run)
    assert run.status.supervisor_pid is not None
    os.kill(run.status.supervisor_pid, signal.SIGKILL)
    assert psutil.wait_procs(family, timeout=60)[1] == []
    assert read_run(run.folder).state == "lost" and not is_held(run.folder.worker_lock)
    outcome = read_outcome(run.folder, 1)
    assert outcome is not None and outcome.result == "stopped"
    last = checkpoints.newest(run.folder.checkpoints).step  # type: ignore[union-attr]
    assert last == read_metrics(run.folder)[-1]["step"]


@pytest.mark.slow
def test_an_error_of_the_processes_is_the_runs_error_in_its_own_words(tmp_path: Path) -> None:
    rows = json.loads((DATA / "dataset_vision.json").read_text("utf-8"))
    (tmp_path / "dataset_vision.json").write_text(json.dumps(rows[::24]), "utf-8")
    run = make_run(tmp_path, 2)
    for picture in (run.dataset / "images").iterdir():
        picture.write_bytes(bytes(picture.stat().st_size))
    command = [sys.executable, "-m", "ghost_engine.training.several", str(run.path)]
    with run.log.open("w") as log:
        assert subprocess.run(command, stdout=log, stderr=log, timeout=120).returncode == 1
    outcome = read_outcome(run, 1)
    assert outcome is not None and outcome.error is not None
    assert outcome.error.type in ("ImageError", "DatasetError"), run.log.read_text()[-3000:]
