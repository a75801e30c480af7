"""A run as the cell shows it, from its files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ghost_engine.jobs.folder import append_row, now_text, write_json
from ghost_engine.jobs.launch import abandon, prepare
from ghost_engine.jobs.reading import read_run
from ghost_engine.jobs.records import Run, RunError
from ghost_engine.notebook.mirror import is_kept, kept_words
from ghost_engine.notebook.page import View
from ghost_engine.settings import get_settings


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """On a card, at step 30 of 100, as far as its files say."""
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path / "runs"))
    get_settings.cache_clear()
    folder = prepare("train", "toy", "", name="a <b>", sampler="toy:sample")
    folder.add_event("started", 1, from_step=0)
    for step in range(1, 31):
        row = {"attempt": 1, "step": step, "loss": 3 / step, "tokens_per_second": 900.0}
        append_row(folder.metrics, {**row, "time": now_text()})
    for used in (9.0, 11.5):
        held = {"used_gib": used, "process_gib": used - 1, "total_gib": 14.6}
        append_row(folder.vram, {"time": now_text(), "attempt": 1, **held})
    found = read_run(folder)
    status = replace(found.status, state="running", phase="training", attempt=1)
    yield replace(found, status=replace(status, step=30, total_steps=100))
    abandon(folder)
    get_settings.cache_clear()


def test_a_run_on_a_card_shows_what_is_held_beside_what_there_is(run: Run) -> None:
    html = View(run).sheet(run).html
    assert 'aria-label="Card memory, GiB: in use now 11.5, by us now 10.5"' in html
    assert "the card&#x27;s" in html and "width:30.0%" in html
    assert "step 30 of 100" in html and "900 tokens/s" in html


def test_a_sheet_grows_with_the_run_and_is_the_same_while_nothing_happens(run: Run) -> None:
    view = View(run)
    before = view.sheet(run)
    append_row(run.folder.metrics, {"attempt": 1, "step": 31, "loss": 0.01, "time": now_text()})
    assert "each step now 0.01" in view.sheet(run).html
    still = replace(run, status=replace(run.status, phase="saving"))
    assert view.sheet(still) == view.sheet(still) != before


def test_names_and_errors_are_shown_and_never_run(run: Run) -> None:
    error = RunError("crashed", "<script>x</script>", "See & mend.")
    html = (
        View(run).sheet(replace(run, status=replace(run.status, state="failed", error=error))).html
    )
    assert "<script>" not in html and "&lt;script&gt;" in html
    assert "a &lt;b&gt;" in html and "✗ Failed" in html and "See &amp; mend." in html


def test_the_copy_is_told_and_a_copy_that_failed_too(run: Run) -> None:
    assert kept_words(run) == "" and not is_kept(run)
    note = {"time": now_text(), "attempt": 1, "step": 20, "whole": False}
    write_json(run.path / ".mirror.json", note)
    assert "checkpoint of step 20" in kept_words(run) and not is_kept(run)
    write_json(run.path / ".mirror.json", {**note, "error": "No space left on device."})
    assert "Not copied" in kept_words(run) and "No space left" in kept_words(run)
    write_json(run.path / ".mirror.json", {**note, "whole": True})
    assert is_kept(run) and not is_kept(replace(run, status=replace(run.status, attempt=2)))
