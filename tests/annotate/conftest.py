"""A store of small pictures, Gemini's local server, and annotations that ask it."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from PIL import Image

from ghost_engine.annotate.config import AnnotateConfig
from ghost_engine.annotate.ledger import CHOSEN
from ghost_engine.annotate.plan import plan_annotation
from ghost_engine.annotate.runs import KIND
from ghost_engine.annotate.start import WORKER, start_annotation
from ghost_engine.data.records import NewExample, Screenshot
from ghost_engine.data.store import Store, open_store
from ghost_engine.jobs.launch import abandon, prepare
from ghost_engine.jobs.records import Attempt, Run
from ghost_engine.jobs.worker import Work
from ghost_engine.settings import get_settings
from tests.gemini.server import GeminiServer

Filler = Callable[[int], list[int]]
Starter = Callable[..., Run]
Worker = Callable[..., Work]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store and a folder of runs of the test's own; what still works there is killed after."""
    monkeypatch.setenv("GHOST_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path / "runs"))
    get_settings.cache_clear()
    with open_store() as opened:
        yield opened
    get_settings.cache_clear()
    for process in processes_of(tmp_path / "runs"):
        with suppress(psutil.NoSuchProcess):
            process.kill()


@pytest.fixture
def fill(store: Store) -> Filler:
    """`fill(30)` puts so many different screenshots into the store; their ids."""

    def put(count: int) -> list[int]:
        rows = [NewExample(screenshot(data), picture=data) for data in map(picture, range(count))]
        ids: list[int] = []
        store.add_many(rows, lambda added: ids.extend(each.example_id for each in added))
        return ids

    return put


@pytest.fixture
def at_work(store: Store, local_gemini: GeminiServer) -> Iterator[Worker]:
    """A run's work, to be done here: `annotate(at_work(concurrency=4))`."""
    prepared = []

    def make(ids: list[int] | None = None, **settings: object) -> Work:
        config = quick(**settings)
        plan = plan_annotation(store, config, ids)
        files = {CHOSEN: json.dumps({"ids": plan.selection.ids})}
        folder = prepare(KIND, WORKER, config.to_yaml(), files=files)
        prepared.append(folder)
        return Work(folder, Attempt(1))

    yield make
    for folder in prepared:
        abandon(folder)


@pytest.fixture
def begin(store: Store, local_gemini: GeminiServer) -> Starter:
    """Starts an annotation in the background: `begin(concurrency=4)`."""

    def start(ids: list[int] | None = None, **settings: object) -> Run:
        return start_annotation(store, quick(**settings), ids=ids)

    return start


def quick(**settings: object) -> AnnotateConfig:
    """Settings that lose no time with waiting."""
    return AnnotateConfig(**{"model": "gemini-2.0-flash", "backoff_seconds": 0.05, **settings})  # type: ignore[arg-type]


def picture(number: int) -> bytes:
    """A small PNG like no other."""
    image = Image.new("RGB", (48, 40), (number % 251, number // 251 % 251, 90))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def screenshot(data: bytes) -> Screenshot:
    key = hashlib.sha256(data).hexdigest()
    return Screenshot(key, 48, 40, len(data), "png", f"{key[:8]}.png")


def processes_of(folder: Path) -> list[psutil.Process]:
    """Supervisors and workers of the runs in a folder, or of one run."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            mine = any(part.startswith(str(folder)) for part in process.cmdline())
            if mine and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found
