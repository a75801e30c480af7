"""The real thing, small: `ghost train --preset smoke` on the shipped pairs, killed on its way."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from ghost_engine.jobs.control import resume
from ghost_engine.jobs.folder import read_json, read_rows
from ghost_engine.jobs.metrics import read_metrics
from ghost_engine.jobs.reading import find_run, read_run, wait_for
from ghost_engine.jobs.records import Run

pytestmark = pytest.mark.timeout(600)
ROOT = Path(__file__).resolve().parents[2]


def ghost_train(*settings: str) -> Run:
    """Start the smoke preset in the background, as a person would."""
    asked = [part for setting in settings for part in ("--set", setting)]
    command = [sys.executable, "-m", "ghost_engine", "train", "--preset", "smoke", *asked]
    done = subprocess.run(
        [*command, "--detach", "--json"], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return find_run(json.loads(done.stdout)["run_dir"])


def wait_for_step(run: Run, step: int) -> None:
    """Until a step is logged, or the run ends before."""
    while read_run(run.folder).active:
        rows = read_metrics(run.folder)
        if rows and rows[-1]["step"] >= step:
            return
        time.sleep(0.05)


def finish(run: Run) -> Run:
    """Wait for the end, which has to be a good one."""
    ended = wait_for(run, timeout_seconds=300)
    assert ended.state == "finished", (ended.status.error, run.folder.log.read_text()[-3000:])
    return ended


@pytest.fixture(scope="module")
def run() -> Run:
    """Some steps; the worker is killed at some point past the first checkpoint, then resumed."""
    started = ghost_train(
        *("max_steps=12", "save_steps=4", "eval_steps=12", "validation_limit=2"),
        *("eval_screens=1", "eval_new_tokens=16"),
    )
    wait_for_step(started, 5)
    pid = read_run(started.folder).status.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    ended = wait_for(started, timeout_seconds=240)
    assert ended.state == "failed"
    return finish(resume(ended))


def test_the_loss_falls_by_a_third_and_more(run: Run) -> None:
    losses = [row["loss"] for row in read_metrics(run.folder)]
    assert sum(losses[-4:]) / 4 < 0.65 * sum(losses[:2]) / 2


def test_a_killed_run_reaches_its_last_step_and_readers_see_each_step_once(run: Run) -> None:
    assert [row["step"] for row in read_metrics(run.folder)] == list(range(1, 13))
    starts = [row for row in read_rows(run.folder.events) if row["event"] == "started"]
    assert [row["attempt"] for row in starts] == [1, 2]
    assert starts[1]["from_step"] in (4, 8)
    assert (run.status.step, run.status.total_steps) == (12, 12)


def test_training_is_in_nf4_with_rslora_and_dora(run: Run) -> None:
    settings = read_json(run.folder.adapter / "adapter_config.json")
    assert settings is not None and settings["use_rslora"] and settings["use_dora"]
    assert (settings["r"], settings["lora_alpha"]) == (16, 32.0)
    about = read_json(run.folder.adapter / "ghost.json")
    assert about is not None and about["config"]["load_in_4bit"]


def test_the_adapter_reloads_with_stock_peft_to_the_same_logits(run: Run) -> None:
    from peft import PeftModel

    from ghost_engine.training.adapter import load_adapter
    from ghost_engine.training.collate import Collator
    from ghost_engine.training.config import load_config
    from ghost_engine.training.data import read_frozen
    from ghost_engine.training.model import load_base, load_model

    config = load_config(run.folder.config)
    trained = load_model(config)
    load_adapter(trained.model, run.folder.adapter)
    base = load_base(config, trained.source, "cpu", trained.precision)
    stock = PeftModel.from_pretrained(base, str(run.folder.adapter))
    assert any(type(layer).__name__ == "Linear4bit" for layer in stock.modules())

    frozen = read_frozen(run.path)
    collator = Collator(trained.processor, config.max_seq_length, frozen.folder)
    total = tokens = 0.0
    with torch.no_grad():
        for row in frozen.rows("validation"):
            batch = collator([row])
            labels = batch.pop("labels")[0, 1:]
            logits = stock.eval()(**batch).logits
            ours = trained.model.eval()(**batch).logits
            assert torch.allclose(logits, ours, atol=1e-4)
            total += float(
                torch.nn.functional.cross_entropy(logits[0, :-1], labels, reduction="sum")
            )
            tokens += int(labels.ne(-100).sum())
    about: Any = read_json(run.folder.adapter / "ghost.json")
    assert total / tokens == pytest.approx(about["eval_loss"], abs=1e-4)


def test_the_adapter_is_exported_to_files_that_are_proven(run: Run, tmp_path: Path) -> None:
    forms = ["--quant", "q8_0", "--quant", "q4_k_m", "--out", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "ghost_engine", "export", run.id, *forms, "--json"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    made = json.loads(done.stdout)
    assert made["verified"] and (made["run"], made["base"]) == (run.id, "smoke")
    assert (
        made["dataset_sha256"]
        == json.loads((run.folder.adapter / "ghost.json").read_text())["dataset"]["sha256"]
    )
    for file in made["files"]:
        assert Path(file["path"]).stat().st_size == file["bytes"]
    first = {check["file"]: check for check in made["checks"] if check["name"] == "first token"}
    assert first["ghost-architect-q8_0.gguf"]["value"] < 0.25


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_storm_of_kills_changes_neither_steps_nor_losses() -> None:
    settings = ("max_steps=40", "save_steps=3", "eval_steps=15", "eval_screens=1", "dropout=0.1")
    calm = finish(ghost_train(*settings, "eval_new_tokens=16"))
    run = ghost_train(*settings, "eval_new_tokens=16")
    chance = random.Random(3407)
    reached = 0
    for victims in (["pid"], ["supervisor_pid"], ["supervisor_pid", "pid"]) * 3:
        reached = min(reached + chance.randint(1, 8), 38)
        wait_for_step(run, reached)
        time.sleep(chance.random())
        status = read_run(run.folder).status
        for victim in victims:
            os.kill(getattr(status, victim), signal.SIGKILL)
        run = wait_for(run, timeout_seconds=120)
        assert run.state in ("failed", "lost")
        run = resume(run)
    run = finish(run)
    names = ("step", "epoch", "loss", "eval_loss", "learning_rate")
    expected, got = (
        [[row.get(name) for name in names] for row in read_metrics(each.folder)]
        for each in (calm, run)
    )
    assert [row[0] for row in got] == list(range(1, 41))
    assert [row[2] for row in got] == pytest.approx([row[2] for row in expected], abs=1e-5)
    assert got[-1][3] == pytest.approx(expected[-1][3], abs=1e-5)
