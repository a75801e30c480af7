"""A folder of runs for each test, a worker that counts, and no process left behind."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from ghost_engine.jobs.launch import launch
from ghost_engine.jobs.records import Run
from ghost_engine.settings import get_settings

TOY = Path(__file__).parent / "toy"
Launcher = Callable[..., Run]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where this test's runs live; whatever still works there is killed afterwards."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("GHOST_RUNS_DIR", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(TOY))
    monkeypatch.setattr(sys, "path", [str(TOY), *sys.path])
    get_settings.cache_clear()
    yield folder
    monkeypatch.undo()
    get_settings.cache_clear()
    for _ in range(3):  # a supervisor may be starting a worker just now
        for process in _processes_of(folder):
            with suppress(psutil.NoSuchProcess):
                process.kill()
                process.wait(5)


@pytest.fixture
def toy(runs: Path) -> Launcher:
    """Launch the counting worker: `toy(steps=20, seconds=0.05)`."""

    def start(gpu: bool = False, recover: str = "", request: str = "", name: str = "",
              sampler: str = "", **config: Any) -> Run:  # fmt: skip
        return launch("count", "toy_worker", json.dumps(config), gpu=gpu, recover=recover,
                      request=request, name=name, sampler=sampler)  # fmt: skip

    return start


@pytest.fixture
def processes_of() -> Callable[[Path], list[psutil.Process]]:
    """Supervisors and workers of the runs in a folder, or of one run; zombies not counted."""
    return _processes_of


@pytest.fixture
def eventually() -> Callable[..., Any]:
    """`eventually(check)` waits until that is true, and gives it."""
    return _eventually


def _processes_of(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            if any(part.startswith(str(folder)) for part in process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def _eventually(check: Callable[[], Any], timeout_seconds: float = 60.0) -> Any:
    deadline = time.monotonic() + timeout_seconds
    while True:
        value = check()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {timeout_seconds} s"
        time.sleep(0.02)
