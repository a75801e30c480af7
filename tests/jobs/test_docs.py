"""docs/jobs.md: its example runs, and its tables hold what the code holds."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import ghost_engine
from ghost_engine.jobs import folder
from ghost_engine.jobs.folder import RunFolder
from ghost_engine.jobs.records import State

DOCUMENT = (Path(ghost_engine.__file__).parents[1] / "docs" / "jobs.md").read_text("utf-8")


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_of_a_worker_does_what_it_says(runs: Path, tmp_path: Path) -> None:
    worker, use = re.findall(r"```python\n(.*?)```", section("A worker"), re.DOTALL)
    (tmp_path / "counting.py").write_text(worker)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", use], env=environment, timeout=100)
    assert done.returncode == 0


def test_every_file_of_a_run_is_explained() -> None:
    explained = set(re.findall(r"`([^`]+?)/?`", "".join(
        line.split("|")[1] for line in section("The folder").splitlines() if line.startswith("|")
    )))  # fmt: skip
    run = RunFolder(Path("/r"))
    names = [name for name in dir(run) if not name.startswith("_")]
    known = {path.name for name in names if isinstance(path := getattr(run, name), Path)} - {"r"}
    assert explained == known
    assert f"{folder.RESERVE_BYTES // 1024} KB" in section("The folder")


def test_every_state_is_explained() -> None:
    assert tuple(re.findall(r"^\| `(\w+)` \|", section("States"), re.MULTILINE)) == get_args(State)


def test_every_command_is_one_of_the_command_line() -> None:
    from ghost_engine.cli.runs import app

    found = [(one.name, one.callback) for one in app.registered_commands]
    commands = {name or callback.__name__ for name, callback in found if callback is not None}
    assert set(re.findall(r"ghost runs (\w+)", DOCUMENT)) <= commands
