"""The list of runs in a real browser: marked, compared, cancelled and deleted by clicks."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from ghost_engine.jobs.folder import RunFolder, append_row, write_json
from ghost_engine.jobs.locks import take
from ghost_engine.jobs.reading import read_run, wait_for
from ghost_engine.jobs.records import Job, Run, State, Status, now
from ghost_engine.settings import get_settings
from ghost_engine.training.config import load_preset

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SLOW_MS = 60_000  # on a machine that is busy with other things


@pytest.fixture
def runs() -> Iterator[Path]:
    """Runs that are files, and one that waits for a card that somebody else has."""
    runs = get_settings().runs_dir
    runs.mkdir(exist_ok=True)
    card = take(runs / "gpu.lock")
    assert card is not None
    made = [
        make(runs, "narrow", rank=8, losses=(5.0, 4.0), age=3),
        make(runs, "wide", rank=32, losses=(5.0, 3.0), age=2),
        make(runs, "waiting", "queued", age=1),
    ]
    yield runs
    card.release()
    for run in made:
        shutil.rmtree(run.path, ignore_errors=True)


def make(
    runs: Path, name: str, state: State = "finished", losses: tuple[float, ...] = (),
    rank: int = 16, age: float = 0,
) -> Run:  # fmt: skip
    run = RunFolder(runs / f"20260101-000000-train-{name}")
    run.path.mkdir()
    created = now() - timedelta(minutes=age)
    run.config.write_text(load_preset("smoke").changed(rank=rank).to_yaml(), "utf-8")
    write_json(run.status, Status(state, attempt=1, queued=created).to_dict())
    for step, loss in enumerate(losses, 1):
        append_row(run.metrics, {"attempt": 1, "step": step, "loss": loss})
    write_json(run.job, Job("train", "no.worker", created, name, gpu=True).to_dict())
    return read_run(run)


def row(page: Page, name: str) -> Locator:
    return page.locator("tr.run").filter(has=page.get_by_role("button", name=name, exact=True))


def test_runs_are_compared_cancelled_and_deleted_by_clicks(page: Page, runs: Path) -> None:
    page.goto("/train")
    expect(row(page, "waiting")).to_contain_text("Next in line", timeout=SLOW_MS)
    row(page, "waiting").get_by_role("button", name="Cancel waiting").click()
    expect(row(page, "waiting")).to_contain_text("Stopped", timeout=SLOW_MS)
    waiting = read_run(runs / "20260101-000000-train-waiting")
    assert wait_for(waiting).state == "stopped"

    exact = row(page, "narrow").locator(".when").get_attribute("title")
    expect(row(page, "narrow").locator(".when")).to_have_text(re.compile(r"^\d+ min ago$"))
    assert exact and re.search(r"\d\d:\d\d", exact)

    for name in ("narrow", "wide"):
        row(page, name).get_by_label(f"Mark {name}").check()
    page.get_by_role("button", name="Compare 2").click(timeout=SLOW_MS)
    expect(page.get_by_text("2 runs side by side")).to_be_visible(timeout=SLOW_MS)
    cells = page.get_by_role("row", name="LoRA rank").get_by_role("cell")
    expect(cells).to_have_text(["LoRA rank", "8", "32"], timeout=SLOW_MS)
    expect(page.locator("canvas").first).to_be_visible(timeout=SLOW_MS)

    page.go_back()
    expect(row(page, "narrow").get_by_label("Mark narrow")).to_be_checked(timeout=SLOW_MS)
    row(page, "wide").get_by_label("Mark wide").uncheck()
    page.get_by_role("button", name="Delete 1").click(timeout=SLOW_MS)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 run, ", timeout=SLOW_MS)
    dialog.get_by_role("button", name="Delete 1 run").click()
    expect(row(page, "narrow")).to_have_count(0, timeout=SLOW_MS)
    assert not (runs / "20260101-000000-train-narrow").exists()
    expect(row(page, "wide")).to_have_count(1)
