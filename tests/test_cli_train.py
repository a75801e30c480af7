"""`ghost train`: estimates without torch, refusals with the next step, and one real tiny run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from ghost_engine.cli import run
from ghost_engine.jobs.folder import RunFolder, read_rows
from ghost_engine.settings import get_settings
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.memory import PARTS

pytestmark = pytest.mark.timeout(300)  # the first test waits for the run of all
DATA = Path(__file__).resolve().parents[1] / "data"
Said = Callable[..., tuple[int, str, str]]
SMALL = [
    *("batch_size=1", "max_steps=3", "warmup_steps=1", "eval_steps=3", "save_steps=3"),
    *("validation_share=0.3", "validation_limit=1", "eval_screens=0", "rank=4"),
]


@pytest.fixture
def said(capfd: pytest.CaptureFixture[str]) -> Said:
    def ask(*arguments: str) -> tuple[int, str, str]:
        code = run(arguments)
        out, err = capfd.readouterr()
        return code, out, err

    return ask


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


@dataclass(frozen=True)
class Trained:
    """A real run of `ghost train`, and what it said."""

    code: int
    document: dict[str, Any]
    said: str
    folder: RunFolder


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six of the shipped pairs."""
    folder = tmp_path_factory.mktemp("pairs")
    rows = json.loads((DATA / "dataset_vision.json").read_text("utf-8"))[::48]
    path = folder / "dataset_vision.json"
    path.write_text(json.dumps(rows), "utf-8")
    return path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of runs for this module."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GHOST_RUNS_DIR", str(folder))
        get_settings.cache_clear()
        yield folder
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def trained(runs: Path, dataset: Path) -> Trained:
    """The smoke preset on a few pairs, through the command itself."""
    settings = [word for setting in SMALL for word in ("--set", setting)]
    command = [sys.executable, "-m", "ghost_engine", "train", "--preset", "smoke", "--json"]
    command += ["--dataset", str(dataset), "--image-root", str(DATA), "--name", "First try"]
    made = subprocess.run(
        [*command, *settings], capture_output=True, text=True, timeout=280, check=False
    )
    document = json.loads(made.stdout)
    return Trained(made.returncode, document, made.stderr, RunFolder(Path(document["run_dir"])))


def test_a_tiny_model_is_really_trained(trained: Trained) -> None:
    assert (trained.code, trained.document["state"]) == (0, "finished")
    assert trained.document["step"] == trained.document["total_steps"] == 3
    losses = [row["loss"] for row in read_rows(trained.folder.metrics) if "loss" in row]
    assert len(losses) == 3 and losses[-1] < losses[0]
    assert trained.document["metrics"]["eval_loss"] > 0
    assert (trained.folder.adapter / "adapter_model.safetensors").stat().st_size > 0
    assert trained.document["id"].endswith("-train-first-try")


def test_who_watches_is_told_what_it_does(trained: Trained) -> None:
    for words in ("examples, 1 held back", "training · step", "validation loss", "Finished at"):
        assert words in trained.said


def test_the_run_keeps_its_settings_and_its_examples(trained: Trained) -> None:
    config = TrainingConfig(**yaml.safe_load(trained.folder.config.read_text()))

    assert (config.rank, config.max_steps) == (4, 3)
    assert (trained.folder.path / "dataset" / "train.jsonl").stat().st_size > 0


def test_it_is_listed_and_shown(trained: Trained, said: Said) -> None:
    _, out, _ = said("runs", "list", "--json")
    (listed,) = json.loads(out)["runs"]
    assert {"id", "run_dir", "kind", "state", "step", "metrics"} <= listed.keys()

    _, out, _ = said("runs", "show", "first-try", "--json")
    shown = json.loads(out)
    assert shown["config"]["rank"] == 4
    assert [one["result"] for one in shown["attempts"]] == ["finished"]
    assert "checkpoint" in {event["event"] for event in shown["events"]}
    code, out, _ = said("runs", "show", "first-try")
    assert code == 0 and "finished" in out and "eval_loss" in out


def test_two_runs_are_compared_and_one_deleted(trained: Trained, runs: Path, said: Said) -> None:
    other = RunFolder(runs / "20260101-000000-train-other")
    shutil.copytree(trained.folder.path, other.path)
    config = yaml.safe_load(other.config.read_text())
    other.config.write_text(yaml.safe_dump({**config, "rank": 8}))

    code, out, _ = said("runs", "compare", "first-try", "other", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["settings"] == {"rank": {trained.folder.id: 4, other.id: 8}}
    assert set(found["metrics"]["eval_loss"]) == {trained.folder.id, other.id}

    code, _, err = said("runs", "delete", "other")
    assert code == 2 and "--yes" in err and other.path.exists()
    code, out, _ = said("runs", "delete", "other", "--yes", "--json")
    assert (code, json.loads(out)) == (0, {"deleted": [other.id]})
    assert not other.path.exists()


def test_the_estimate_needs_no_torch_and_adds_up() -> None:
    code = "import sys; sys.modules.update(torch=None, transformers=None);"
    code += "from ghost_engine.cli import run; sys.exit(run(sys.argv[1:]))"
    asked = ["train", "--preset", "t4", "--estimate", "--card", "t4", "--json"]
    made = subprocess.run(
        [sys.executable, "-c", code, *asked],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    answer = json.loads(made.stdout)

    assert answer.keys() >= {"estimate_gib", "allocated_gib", "fits", "parts"}
    assert set(answer["parts"]) == set(PARTS)
    assert sum(answer["parts"].values()) == pytest.approx(answer["allocated_gib"], abs=0.01)
    assert answer["fits"] and answer["card"] == "NVIDIA T4"


def test_a_model_too_large_for_the_card_does_not_fit(said: Said) -> None:
    model = "base_model=unsloth/gemma-3-27b-it-bnb-4bit"

    _, out, _ = said("train", "--preset", "a10g", "--set", model, "--card", "t4", "--json")
    answer = json.loads(out)
    assert answer["fits"] is False and "h100" in answer["fits_cards"]
    _, out, _ = said("train", "--preset", "a10g", "--set", model, "--card", "t4")
    assert "does not fit" in out


@pytest.mark.usefixtures("no_gpu")
def test_without_a_gpu_nothing_starts_and_the_next_step_is_said(said: Said, runs: Path) -> None:
    before = set(runs.iterdir())
    code, out, err = said("train", "--preset", "t4", "--json")

    assert code == 1 and "no NVIDIA GPU" in json.loads(out)["error"]
    assert "--preset smoke" in json.loads(out)["hint"] and err.count("\n") == 1
    assert set(runs.iterdir()) == before


def test_a_dataset_that_is_not_there_leaves_no_run_behind(said: Said, runs: Path) -> None:
    before = {path for path in runs.iterdir() if path.is_dir()}
    code, _, err = said("train", "--preset", "smoke", "--dataset", "nowhere.json")

    assert code == 1 and "nowhere.json does not exist" in err
    assert {path for path in runs.iterdir() if path.is_dir()} == before


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--set", "rnak=8"), 1, "Did you mean rank?"),
        (("--set", "rank=-1"), 1, "rank"),
        (("--preset", "t5"), 1, "Choose from: t4"),
        (("--preset", "t4", "--config", "x.yaml"), 2, "one of the two"),
        (("--card", "gtx"), 2, "Choose from: t4"),
    ],
)
def test_wrong_words_are_named(
    said: Said, arguments: tuple[str, ...], code: int, words: str
) -> None:
    got, _, err = said("train", "--estimate", *arguments)
    assert got == code and words in err and err.count("\n") == 1


def test_every_setting_is_listed_with_its_value(said: Said) -> None:
    _, out, _ = said("train", "--preset", "smoke", "--help-settings", "--json")
    listed = {each["name"]: each for each in json.loads(out)["settings"]}

    assert list(listed) == list(TrainingConfig.model_fields)
    assert listed["rank"]["value"] == 16 and listed["rank"]["help"] == "LoRA rank r"
    _, out, _ = said("train", "--help-settings")
    assert "rank = 64\n    LoRA rank r\n" in out
