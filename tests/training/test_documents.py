"""docs/training.md and docs/targets.md: every command runs, tables hold what the code holds."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from ghost_engine.cli import app
from ghost_engine.hardware import KNOWN_CARDS
from ghost_engine.jobs.folder import read_rows
from ghost_engine.settings import get_settings
from ghost_engine.training.config import PRESETS, TrainingConfig, load_preset
from ghost_engine.training.failures import TYPES
from ghost_engine.training.ladder import rungs_left
from ghost_engine.training.memory import estimate_vram
from ghost_engine.training.shapes import find_shape

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "training.md").read_text("utf-8")
TARGETS = (ROOT / "docs" / "targets.md").read_text("utf-8")
BLOCKS = [
    (kind.strip(), lines.splitlines())
    for kind, lines in re.findall(r"^```sh( gpu)?\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
]
HERE = [line for kind, lines in BLOCKS if not kind for line in lines]
WITH_A_CARD = [line for kind, lines in BLOCKS if kind for line in lines]
QUICK = [
    *("batch_size=1", "max_steps=4", "warmup_steps=1", "eval_steps=4", "save_steps=2"),
    *("validation_limit=1", "eval_screens=1", "eval_new_tokens=16", "rank=4"),
]


def commands(text: str) -> list[str]:
    return re.findall(r"`((?:ghost|make|python) [^`]+)`", text)


def table(text: str, first: str) -> list[list[str]]:
    """The rows of the table whose first column has this heading."""
    found = re.search(
        rf"^\| {re.escape(first)} \|.*?\n\|[-:| ]+\n((?:\|.*\n)+)", text, re.MULTILINE
    )
    assert found, first
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in found[1].splitlines()]


@pytest.mark.parametrize(
    "line", sorted({*HERE, *WITH_A_CARD, *commands(GUIDE), *commands(TARGETS)})
)
def test_every_command_of_the_documents_exists(line: str) -> None:
    for part in line.split("; "):
        words = shlex.split(part)
        if words[0] == "make":
            assert f"\n{words[1]}:" in (ROOT / "Makefile").read_text("utf-8")
        elif words[0] == "python":
            assert (ROOT / next(word for word in words if word.endswith(".py"))).exists()
        else:
            _check_ghost(words[1:])


def _check_ghost(words: list[str]) -> None:
    """The command is there, with each of its flags."""
    command = typer.main.get_command(app)
    while words and hasattr(command, "commands"):
        assert words[0] in command.commands, words
        command = command.commands[words.pop(0)]
    flags = {flag for option in command.params for flag in option.opts}
    assert {word for word in words if word.startswith("--")} <= flags


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    get_settings.cache_clear()


def run_line(line: str) -> subprocess.CompletedProcess[str]:
    words = shlex.split(line)
    assert words[0] == "ghost"
    if words[1] == "train" and "smoke" in words:
        words += [word for setting in QUICK for word in ("--set", setting)]
    return subprocess.run(
        [sys.executable, "-m", "ghost_engine", *words[1:]],
        capture_output=True,
        text=True,
        timeout=280,
        cwd=ROOT,
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_commands_of_the_guide_run_one_after_the_other(runs: Path) -> None:
    for line in HERE:
        made = run_line(line)
        assert made.returncode == 0 or line == "ghost doctor", (line, made.stderr[-2000:])
    assert [path.name.split("-", 2)[2] for path in runs.glob("2*")] == ["train-try"]
    (run,) = runs.glob("2*")
    for name in re.findall(r"`([\w./]+)`", "".join(row[0] for row in table(GUIDE, "file"))):
        assert (run / name).exists() or name == "vram.jsonl", name
    told = {row["event"] for row in read_rows(run / "events.jsonl")}
    assert {"lengths", "checkpoint", "started", "loaded", "adapter"} <= told


@pytest.mark.parametrize("line", WITH_A_CARD)
def test_what_needs_a_card_says_so_without_one(
    line: str, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    made = run_line(line)
    assert made.returncode == 1 and "GPU" in made.stderr and not list(runs.glob("2*"))


def test_the_presets_are_as_the_guide_says() -> None:
    rows = {row[0].strip("`"): row[2:] for row in table(GUIDE, "preset")}
    assert set(rows) == set(PRESETS)
    for name, stated in rows.items():
        preset = load_preset(name)
        steps = f"{preset.epochs:g} epoch" if preset.epochs else f"{preset.max_steps} steps"
        dora, tower = ("off", "on")[preset.use_dora], ("frozen", "tuned")[preset.tune_vision]
        assert stated[:4] == [f"{preset.max_seq_length:,}", str(preset.rank), dora, tower]
        assert stated[4].removesuffix("s") == steps.removesuffix("s")


def test_the_ladder_is_as_the_guide_says() -> None:
    stated = [tuple(cell.strip("`") for cell in row) for row in table(GUIDE, "rung")]
    then = {True: "starts again", False: "goes on from the last checkpoint"}
    words = {False: "false"}
    assert stated == [
        (
            rung.name,
            rung.setting,
            ", ".join(rung.new)
            if isinstance(rung.new, list)
            else words.get(rung.new, str(rung.new)),
            then[rung.starts_again],
        )
        for rung in rungs_left(TrainingConfig())
    ]


def test_every_kind_of_failure_is_in_the_guide() -> None:
    assert [row[0].strip("`") for row in table(GUIDE, "type")] == list(TYPES)


def test_a_target_is_measured_with_its_place_and_command_or_says_why_not() -> None:
    for target, measured, place, command in table(TARGETS, "target"):
        assert measured, target
        if not measured.startswith("not measured"):
            assert re.search(r"\d", measured) and "20" in place and "`" in command, target


@pytest.mark.parametrize("name", ["t4", "a10g"])
def test_the_predicted_peaks_are_what_the_estimate_says(name: str) -> None:
    preset, card = load_preset(name), KNOWN_CARDS[name]
    found = estimate_vram(preset, find_shape(preset.base_model), card, loader="unsloth")
    row = next(row for row in table(TARGETS, "target") if row[0].startswith(f"preset `{name}`"))
    assert f"{found.total_gib:.1f} of {card.total_gib:.1f} GiB" in row[1]
