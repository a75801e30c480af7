"""A run on a rented machine, on the page: where it is, what it cost, and how to get one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.train import rented
from app.train.watch import progress_words
from app.train.watched import watched
from ghost_engine.jobs.folder import RunFolder, append_row, write_json
from ghost_engine.jobs.locks import take
from ghost_engine.jobs.reading import read_run
from ghost_engine.jobs.records import Job, Status
from ghost_engine.settings import get_settings
from ghost_engine.training.curves import LiveCurves
from ghost_engine.training.remote.record import Remote

ID = "20261122-120000-train-rented"
FAR = Remote("modal", "A10G", 1, 1.5, 12.0, call="fc-1", paid_seconds=1800.0, attempt=1)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunFolder]:
    """A run that is followed for the second time, at step 3 of its first attempt there."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path))
    get_settings.cache_clear()
    st.cache_data.clear()
    watched.clear()
    made = RunFolder(tmp_path / ID)
    made.path.mkdir()
    made.config.write_text("memory_limit_gib: 20.0\n")
    begun = datetime.now(UTC) - timedelta(minutes=5)
    write_json(made.job, Job("train", "nobody", begun, "rented", "ana").to_dict())
    status = Status("running", "training", attempt=2, step=3, total_steps=10, started=begun)
    write_json(made.status, replace(status, queued=begun).to_dict())
    write_json(made.path / "remote.json", replace(FAR, page="https://modal.com/id/fc-1").to_dict())
    for step in (1, 2, 3):
        at = datetime.now(UTC) - timedelta(seconds=90 - 30 * step)
        append_row(made.metrics, {"attempt": 1, "step": step, "loss": 3.0, "time": at.isoformat()})
    yield made
    monkeypatch.undo()
    get_settings.cache_clear()
    st.cache_data.clear()


def test_the_page_says_where_it_runs_and_what_it_cost(folder: RunFolder, app: AppTest) -> None:
    lock = take(folder.lock)
    assert lock is not None
    app.query_params["run"] = ID
    page = app.switch_page("../pages/train.py").run()
    said = " ".join(each.value for each in page.caption)
    assert not page.exception
    assert "on the processor" not in said
    assert r"Modal, A10G, about \$0\.75" in said and "(https://modal.com/id/fc-1)" in said
    lock.release()


def test_the_time_left_follows_from_the_steps_there(folder: RunFolder) -> None:
    lock = take(folder.lock)
    assert lock is not None
    words = progress_words(read_run(folder), LiveCurves(folder).refresh(), datetime.now(UTC))
    assert "3 min" in words and words.endswith("left")  # seven steps, thirty seconds each
    lock.release()


def test_a_lost_run_is_said_to_go_on_there(folder: RunFolder, app: AppTest) -> None:
    app.query_params["run"] = ID
    page = app.switch_page("../pages/train.py").run()
    assert "may still run there" in " ".join(each.value for each in page.caption)
    assert "follows it again" in " ".join(each.value for each in page.text)


def test_a_call_that_could_not_be_cancelled_is_not_hidden(folder: RunFolder) -> None:
    said = rented.words(read_run(folder), replace(FAR, cancel_owed=True))
    assert "may still run there: end it on its page" in said


def test_who_has_no_card_is_given_the_line_that_rents_one(folder: RunFolder, app: AppTest) -> None:
    page = app.switch_page("../pages/train.py").run()
    next(button for button in page.button if button.label == "Use T4").click().run()
    assert any(each.value.endswith("--on modal --gpu A10G") for each in page.code)
