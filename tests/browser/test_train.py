"""A run outlives everything around it: started by a click, watched, and never lost."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from ghost_engine.jobs.control import kill
from ghost_engine.jobs.folder import read_rows
from ghost_engine.jobs.metrics import read_metrics
from ghost_engine.jobs.reading import list_runs, read_run
from ghost_engine.jobs.records import Run

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SCREENS = Path(__file__).resolve().parents[1] / "fixtures" / "screens"
SLOW_MS = 60_000  # on a machine that is busy with other things
STEPS = 20


@dataclass
class House:
    """A server of its own over runs and data of its own."""

    folder: Path
    port: int
    start: Callable[..., subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def dataset(self) -> Path:
        return self.folder / "toy.jsonl"

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    def serve(self) -> None:
        self.process = self.start(self.port, self.folder)

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(20)

    def listed(self) -> list[Run]:
        return list_runs(self.runs, start_queued=False)


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory,
    new_port: Callable[[], int],
    serve: Callable[..., subprocess.Popen[bytes]],
) -> Iterator[House]:
    """One server and one run for all tests here: a run takes longer than a test should."""
    folder = tmp_path_factory.mktemp("house")
    house = House(folder, new_port(), serve)
    write_dataset(house.dataset)
    house.serve()
    yield house
    for run in house.listed():
        if run.active:
            let_go(run)
            kill(run)
    house.kill()


@pytest.fixture
def visit(house: House, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens the page in a context of its own; script errors and outside requests fail the test."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def visit(query: str = "") -> Page:
        context = browser.new_context(
            base_url=house.address, viewport={"width": 1280, "height": 800}
        )
        contexts.append(context)
        context.set_default_timeout(SLOW_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"script error: {error}"))
        page.on("request", lambda request: troubles.extend(outside(request.url, house.address)))
        page.goto(f"/train{query}")
        settled(page)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not troubles


def outside(url: str, server: str) -> list[str]:
    local = url.startswith((server, "data:", "blob:"))
    return [] if local else [f"request to {url}"]


def settled(page: Page) -> None:
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(
        timeout=SLOW_MS
    )


def write_dataset(path: Path) -> None:
    """Five screens with a small schema each."""
    rows = []
    for shot in sorted(SCREENS.glob("*.png")):
        shutil.copy(shot, path.parent)
        sql = f"CREATE TABLE {shot.stem} (id bigint PRIMARY KEY, name text);"
        rows.append({"image": shot.name, "sql": sql})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def steps_of(run: Run) -> list[int]:
    return [row["step"] for row in read_metrics(run.folder)]


def wait_for_steps(run: Run, count: int) -> None:
    """Until so many steps are measured; a run that ends before is a failure."""
    while len(steps_of(run)) < count:
        now = read_run(run.folder)
        assert now.active, (now.state, now.status.error)
        time.sleep(0.05)


def advance(run: Run, steps: int) -> None:
    """Lets the worker do some steps, then holds it still: no run ends before a slow browser has
    looked, and what the browser sees does not change under it."""
    let_go(run)
    wait_for_steps(run, len(steps_of(run)) + steps)
    worker = read_run(run.folder).status.pid
    assert worker is not None
    os.kill(worker, signal.SIGSTOP)


def let_go(run: Run) -> None:
    worker = read_run(run.folder).status.pid
    if worker is not None:
        os.kill(worker, signal.SIGCONT)


def loss_chart(page: Page) -> Locator:
    return page.locator(".st-key-chart-loss")


def shows_last_loss(page: Page, run: Run) -> None:
    """Waits until the chart says the loss that was measured last."""
    last = next(row["loss"] for row in reversed(read_metrics(run.folder)) if "loss" in row)
    chart = loss_chart(page).get_by_role("img")
    expect(chart).to_have_accessible_name(
        re.compile(rf"each step now {last:.4g}\b"), timeout=SLOW_MS
    )


def shows_state(page: Page, word: str) -> None:
    """Waits until the run's badge says so."""
    expect(page.locator(".st-key-watch-heading")).to_contain_text(word, timeout=SLOW_MS)


GAP_OF_CURVE = """node => {
  // The widest stretch of columns without the curve's colour, between its first and its last.
  const canvas = node.querySelector("canvas");
  const {data, width, height} = canvas.getContext("2d")
    .getImageData(0, 0, canvas.width, canvas.height);
  const below = Math.round(height * 0.16);  // the legend has the colour, too
  const columns = [];
  for (let x = 0; x < width; x++)
    for (let y = below; y < height; y++) {
      const at = 4 * (y * width + x);
      const far = Math.abs(data[at] - 0x64) + Math.abs(data[at + 1] - 0x70)
        + Math.abs(data[at + 2] - 0xdc);
      if (data[at + 3] > 200 && far < 24) { columns.push(x); break; }
    }
  const gaps = columns.slice(1).map((x, n) => x - columns[n]);
  return {
    gap: Math.max(0, ...gaps), width: (columns.at(-1) - columns[0]) / width || 0,
  };
}"""


def drawn(page: Page) -> dict[str, float]:
    """How far the curve reaches, as a share of the chart, and its widest gap in pixels."""
    result: dict[str, float] = loss_chart(page).evaluate(GAP_OF_CURVE)
    return result


@pytest.fixture(scope="module")
def shown_in(house: House, browser: Browser) -> list[str]:
    """Where two tabs end that order the same short smoke run by a double click each.

    They are closed again: a tab that watches a run takes from it what two cores have.
    """
    context = browser.new_context(base_url=house.address, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(SLOW_MS)
    tabs = [context.new_page(), context.new_page()]
    for tab in tabs:
        tab.goto("/train")
        fill_form(tab, house.dataset)
    for tab in tabs:
        tab.get_by_role("button", name="Launch", exact=True).dblclick(timeout=SLOW_MS)
    for tab in tabs:
        tab.wait_for_url(re.compile(r"\?run="), timeout=SLOW_MS)
        expect(loss_chart(tab)).to_be_visible(timeout=SLOW_MS)
    addresses = [tab.url for tab in tabs]
    context.close()
    return addresses


def fill_form(page: Page, dataset: Path) -> None:
    """The smoke preset, which needs no card, on a dataset of five with few steps."""
    use = page.get_by_role("button", name="Use Smoke")
    page.get_by_text("A file", exact=True).click(timeout=SLOW_MS)
    type_into(page, "Dataset on this machine", str(dataset))
    type_into(page, "Steps", str(STEPS))
    expect(use).to_have_count(0)
    expect(page.get_by_text(f"--set max_steps={STEPS}")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_text(re.compile("about 4 to train on"))).to_be_visible(timeout=SLOW_MS)
    settled(page)


def type_into(page: Page, label: str, text: str) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(text, timeout=SLOW_MS)
    field.press("Enter")
    settled(page)


def test_two_tabs_and_double_clicks_start_one_run(house: House, shown_in: list[str]) -> None:
    (run,) = house.listed()
    assert len(shown_in) == 2 and all(address.endswith(run.id) for address in shown_in)


def test_a_run_is_watched_outlives_the_server_is_stopped_resumed_and_finishes(
    house: House, shown_in: list[str], visit: Callable[..., Page]
) -> None:
    (run,) = house.listed()
    advance(run, 3)
    page = visit(f"?run={run.id}")
    shows_last_loss(page, run)
    before = drawn(page)
    advance(run, 3)
    shows_last_loss(page, run)  # it moves by itself
    assert drawn(page)["width"] > before["width"]

    page.reload()
    shows_last_loss(page, run)

    house.kill()
    advance(run, 3)  # nobody serves, and it goes on
    house.serve()
    page.goto(f"/train?run={run.id}")
    shows_state(page, "Running")
    shows_last_loss(page, run)
    after = drawn(page)
    assert after["gap"] <= 2
    assert after["width"] > before["width"]
    assert steps_of(run) == list(range(1, len(steps_of(run)) + 1))

    page.locator(".st-key-run-stop button").first.click(timeout=SLOW_MS)
    expect(page.get_by_text("it saves first")).to_be_visible(timeout=SLOW_MS)
    let_go(run)
    shows_state(page, "Stopped")
    stopped = len(steps_of(run))
    assert list(run.folder.checkpoints.glob(f"*-{stopped}"))

    page.locator(".st-key-run-resume button").first.click(timeout=SLOW_MS)
    shows_state(page, "Finished")
    assert steps_of(run) == list(range(1, STEPS + 1))
    starts = [row for row in read_rows(run.folder.events) if row["event"] == "started"]
    assert [row["from_step"] for row in starts] == [0, stopped]
    assert drawn(page)["gap"] <= 2
