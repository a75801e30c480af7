"""docs/export.md: every command runs, and its tables hold what the code holds."""

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
from ghost_engine.export import verify
from ghost_engine.export.config import QUANTS, ExportConfig
from ghost_engine.export.footprint import high_water_bytes, memory_bytes
from ghost_engine.export.result import FILE, read_export
from ghost_engine.export.shadow import shadow_checkpoint
from ghost_engine.export.tensors import file_bytes
from ghost_engine.settings import get_settings
from ghost_engine.training.shapes import GEMMA3

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "export.md").read_text("utf-8")
BLOCKS = [
    (kind.strip(), lines.splitlines())
    for kind, lines in re.findall(r"^```sh( large)?\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
]
HERE = [line for kind, lines in BLOCKS if not kind for line in lines]
LARGE = [line for kind, lines in BLOCKS if kind for line in lines]
INLINE = re.findall(r"`((?:ghost|make) [^`]+)`", GUIDE)
QUICK = ["max_steps=2", "warmup_steps=1", "eval_screens=0", "validation_limit=1", "rank=4"]


def table(first: str) -> list[list[str]]:
    """The rows of the table whose first columns are these."""
    found = re.search(
        rf"^\| {re.escape(first)} \|.*?\n\|[-:| ]+\n((?:\|.*\n)+)", GUIDE, re.MULTILINE
    )
    assert found, first
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in found[1].splitlines()]


@pytest.mark.parametrize("line", sorted({*HERE, *LARGE, *INLINE}))
def test_every_command_of_the_guide_exists_with_its_flags(line: str) -> None:
    words = shlex.split(line)
    if words[0] == "make":
        assert f"\n{words[1]}:" in (ROOT / "Makefile").read_text("utf-8")
        return
    words.pop(0)
    command = typer.main.get_command(app)
    while words and hasattr(command, "commands"):
        assert words[0] in command.commands, words
        command = command.commands[words.pop(0)]
    flags = {flag for option in command.params for flag in option.opts}
    assert {word for word in words if word.startswith("--")} <= flags


def test_every_option_of_the_command_is_in_the_guide() -> None:
    command = typer.main.get_command(app).commands["export"]  # type: ignore[attr-defined]
    flags = {flag for option in command.params for flag in option.opts if flag.startswith("--")}
    assert flags - {"--help"} <= set(re.findall(r"--[a-z0-9-]+", GUIDE))


def test_the_sizes_are_those_of_the_plan() -> None:
    base = shadow_checkpoint("gemma-3-12b", GEMMA3["12b"])
    stated = {row[0].strip("`"): row[2] for row in table("form | good for")}
    assert stated == {quant: f"{file_bytes(base, quant) / 1e9:.2f}" for quant in QUANTS}
    assert f"vision part ({file_bytes(base, 'mmproj') / 1e9:.2f} GB)" in GUIDE
    disk = high_water_bytes(ExportConfig(adapter="a", base="b"), base)
    assert f"{disk / 1e9:.0f} GB of disk" in " ".join(GUIDE.split())
    assert f"some {memory_bytes(base) / 1e9:.0f} GB of memory" in " ".join(GUIDE.split())


def test_the_checks_and_their_limits_are_as_the_guide_says() -> None:
    names = {verify.CONTENTS, verify.LOADS, verify.PROMPT, verify.FIRST, verify.TEXT, verify.END}
    assert {row[0].strip("`") for row in table("check")} == names
    stated = {row[0].strip("`"): float(row[1]) for row in table("form | first token, at most")}
    assert stated == verify.FIRST_TOKEN_LIMITS


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path / "runs"))
    get_settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_commands_of_the_guide_run_one_after_the_other(runs: Path) -> None:
    for line in HERE:
        words = shlex.split(line.replace("output/second", str(runs / "second")))
        if words[1] == "train":
            words += [word for setting in QUICK for word in ("--set", setting)]
        if words[1] == "export" and "--out" not in words:
            words += ["--out", str(runs / "first")]
        made = subprocess.run(
            [sys.executable, "-m", "ghost_engine", *words[1:]],
            capture_output=True,
            text=True,
            timeout=280,
            cwd=ROOT,
        )
        assert made.returncode == 0 or line == "ghost doctor", (line, made.stderr)
    for folder in ("first", "second"):
        made_here = read_export(runs / folder)
        assert made_here is not None and made_here.verified and (runs / folder / FILE).exists()
