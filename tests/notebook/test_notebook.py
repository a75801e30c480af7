"""The notebook from top to bottom: interrupted, watched again, and gone on with elsewhere.

One small real training, in real kernels: its cell is interrupted, its kernel ends, then the whole
machine is lost but for the folder that was kept, and the notebook is run again from the top.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from ghost_engine.jobs.folder import read_rows
from ghost_engine.jobs.locks import is_held
from ghost_engine.jobs.metrics import read_metrics
from ghost_engine.jobs.reading import list_runs, read_run
from ghost_engine.jobs.records import Run
from ghost_engine.notebook.archive import place_of
from ghost_engine.notebook.mirror import LOCK
from ghost_engine.settings import get_settings

pytestmark = pytest.mark.timeout(600)
NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "main.ipynb"
SETTINGS = (
    "max_steps=8 save_steps=3 eval_steps=8 validation_limit=2 eval_screens=1 eval_new_tokens=16"
)
Cell = Any


@dataclass
class Story:
    """What was seen on the way."""

    first: Run
    after_interrupt: Run
    second_output: str
    after_kernel: Run
    restored: dict[str, str]
    last: Run
    keep: Path


def filled(**values: str) -> Any:
    """The notebook with its form filled in, as a person does."""
    notebook = nbformat.read(NOTEBOOK, 4)
    for cell in notebook.cells:
        for name, value in values.items():
            cell.source = re.sub(rf"(?m)^{name} = .*?(?=  #)", f"{name} = {value}", cell.source)
    return notebook


def titled(notebook: Any, title: str) -> int:
    return next(i for i, cell in enumerate(notebook.cells) if f"# @title {title}" in cell.source)


def client_of(notebook: Any) -> NotebookClient:
    place = {"metadata": {"path": str(NOTEBOOK.parent)}}
    return NotebookClient(notebook, kernel_name="python3", timeout=300, resources=place)


def run_cells(client: NotebookClient, first: int, last: int) -> None:
    for index in range(first, last):
        client.execute_cell(client.nb.cells[index], index)


def text_of(cell: Cell) -> str:
    """All that stands below a cell."""
    texts = [each.get("data", {}).get("text/html", "") for each in cell.outputs]
    texts += [each.get("data", {}).get("text/plain", "") for each in cell.outputs]
    return "\n".join(texts + ["\n".join(each.get("traceback", ())) for each in cell.outputs])


def by_title(notebook: Any) -> dict[str, str]:
    """What stands below each cell."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return {cell.source.splitlines()[0].removeprefix("# @title "): text_of(cell) for cell in cells}


def meanwhile(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def until(said: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 200
    while not said():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def interrupt(client: NotebookClient) -> None:
    """As Jupyter and Colab do: to the kernel and whatever is in its group."""
    os.killpg(os.getpgid(client.km.provisioner.pid), signal.SIGINT)


def only_run() -> Run:
    (run,) = list_runs(kind="train", start_queued=False)
    return run


def at_step(step: int) -> bool:
    runs = list_runs(kind="train", start_queued=False)
    rows = read_metrics(runs[0].folder) if runs else []
    return bool(rows) and rows[-1]["step"] >= step


def kill_all_of(run: Run) -> None:
    """Supervisor, worker and mirror die at once."""
    status = read_run(run.folder).status
    mirrors = [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if str(run.path) in (process.info["cmdline"] or ())
    ]
    for pid in {status.supervisor_pid, status.pid, *mirrors} - {None}:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def lose_the_machine(run: Run) -> None:
    """All processes of it, and its disk."""
    kill_all_of(run)
    locks = (run.folder.lock, run.folder.worker_lock, run.path / LOCK)
    until(lambda: not any(is_held(lock) for lock in locks))
    shutil.rmtree(run.path.parent)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    root = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GHOST_RUNS_DIR", str(root / "runs"))
        patch.setenv("GHOST_GGUF_DIR", str(root / "gguf"))
        get_settings.cache_clear()
        try:
            yield lived(root / "kept")
        finally:
            for run in list_runs(start_queued=False):
                if run.active:
                    kill_all_of(run)
    get_settings.cache_clear()


def lived(keep: Path) -> Story:
    form = {"PRESET": '"smoke"', "SETTINGS": f'"{SETTINGS}"', "KEEP_IN": f'"{keep}"'}
    notebook = filled(**form, EXPORT="False")
    train = titled(notebook, "Train")
    cell = notebook.cells[train]
    client = client_of(notebook)
    seen: dict[str, Any] = {}

    def first_look() -> None:
        until(lambda: at_step(4))
        seen["first"] = run = only_run()
        assert run.status.pid
        os.kill(run.status.pid, signal.SIGSTOP)  # it must not finish before we are through
        interrupt(client)

    def second_look() -> None:
        until(lambda: "under way" in text_of(cell) and "aria-label" in text_of(cell))
        place = place_of(keep, seen["first"].id)
        until(lambda: any(place.glob("checkpoint-*.zip")) and any(place.glob("state-*.zip")))
        interrupt(client)

    with client.setup_kernel():
        run_cells(client, 0, train)
        for number, look in enumerate((first_look, second_look)):
            thread = meanwhile(look)
            with pytest.raises(CellExecutionError, match="goes on by itself"):
                client.execute_cell(cell, train)
            thread.join()
            seen[f"run {number}"], seen[f"output {number}"] = only_run(), text_of(cell)
    run = only_run()
    lose_the_machine(run)
    again = filled(**form, EXPORT="False")
    client_of(again).execute()
    return Story(
        first=seen["first"],
        after_interrupt=seen["run 0"],
        second_output=seen["output 1"],
        after_kernel=run,
        restored=by_title(again),
        last=only_run(),
        keep=keep,
    )


def test_an_interrupted_cell_leaves_the_run_alive(story: Story) -> None:
    assert story.after_interrupt.state == "running"
    assert story.after_kernel.state == "running"  # and so does the kernel's end


def test_the_same_cell_again_watches_the_same_run(story: Story) -> None:
    assert f"Run {story.first.id} is under way" in story.second_output


def test_on_another_machine_it_goes_on_from_the_checkpoint_that_was_kept(story: Story) -> None:
    assert story.last.id == story.first.id and story.last.state == "finished"
    starts = [row for row in read_rows(story.last.folder.events) if row["event"] == "started"]
    assert [row["attempt"] for row in starts] == [1, 2]
    assert starts[0]["from_step"] == 0 and starts[1]["from_step"] in (3, 6)
    assert [row["step"] for row in read_metrics(story.last.folder)] == list(range(1, 9))
    words = story.restored["Train, or go on"]
    assert "begun on another machine" in words and "goes on from its last checkpoint" in words


def test_the_notebook_shows_curves_and_what_the_card_holds(story: Story) -> None:
    words = story.restored["Train, or go on"]
    for label in (
        "Loss: each step now",
        "Validation drafts:",
        "Speed: tokens/s now",
        "Card memory",
    ):
        assert f'aria-label="{label}' in words
    assert "Finished" in words and "step 8 of 8" in words and "everything" in words


def test_sample_screens_come_with_postgresqls_verdict(story: Story) -> None:
    words = story.restored["Sample screens"]
    assert "0 of 1 drafts run on PostgreSQL" in words and "✗ fails" in words
    assert "data:image/webp;base64," in words and "CREATE TABLE" in words


def test_before_training_it_tells_machine_data_and_memory(story: Story) -> None:
    assert "none is needed for the smoke preset" in story.restored["Is this machine enough?"]
    assert "Everything is installed" in story.restored["Install what is missing"]
    assert "287" in story.restored["Where to keep it, and what to train on"]
    assert "no card is needed" in story.restored["Will it fit?"]


def test_the_adapter_is_handed_over_where_runs_are_kept(story: Story) -> None:
    place = place_of(story.keep, story.last.id)
    assert str(place / "adapter-2.zip") in story.restored["Download"]
    assert sorted(path.name for path in place.glob("checkpoint-*")) == ["checkpoint-8-2.zip"]


@pytest.mark.slow
def test_run_once_more_it_exports_and_asks_and_trains_nothing_anew(story: Story) -> None:
    screenshot = NOTEBOOK.parents[1] / "data" / "ui_screenshots" / "0001.png"
    notebook = filled(
        PRESET='"smoke"',
        SETTINGS=f'"{SETTINGS}"',
        KEEP_IN=f'"{story.keep}"',
        SCREENSHOT=f'"{screenshot}"',
        FORM='"q8_0"',
    )
    client_of(notebook).execute()
    below = by_title(notebook)
    assert "has finished" in below["Train, or go on"] and only_run().id == story.last.id
    assert "0001.png" in below["Ask it about a screenshot of yours"]
    assert "checks beside transformers passed" in below["Export to GGUF"]
    kept = story.keep / "models" / story.last.id
    assert (kept / "ghost-architect-q8_0.gguf").read_bytes()[:4] == b"GGUF"
    assert "ghost-architect-mmproj.gguf" in below["Download"]
