"""Watching a run without a browser: what the page says of each state, and what its buttons do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.components import logs
from app.train import charts, controls, samples, tab_title, timeline
from app.train.watched import watched
from ghost_engine.jobs.folder import RunFolder, append_row, write_json
from ghost_engine.jobs.launch import launch
from ghost_engine.jobs.locks import Lock, take
from ghost_engine.jobs.notes import add_note, change_tags, read_notes
from ghost_engine.jobs.reading import read_run, wait_for
from ghost_engine.jobs.records import Job, RunError, State, Status, now
from ghost_engine.settings import get_settings
from ghost_engine.training.curves import Series
from ghost_engine.training.story import Moment

Until = Callable[[AppTest, Callable[[AppTest], bool]], AppTest]
TOY = Path(__file__).parents[1] / "jobs" / "toy"
SQL = "CREATE TABLE plants (\n    id int PRIMARY KEY\n);"


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where this test's runs live; whatever still works there is killed afterwards."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("GHOST_RUNS_DIR", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(TOY))
    get_settings.cache_clear()
    watched.clear()
    yield folder
    monkeypatch.undo()
    get_settings.cache_clear()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if any(part.startswith(str(folder)) for part in process.cmdline()):
                process.kill()
                process.wait(5)


class Made:
    """A run's folder made by hand; this process may take the place of its supervisor."""

    def __init__(self, runs: Path, state: State, gpu: bool = False, **status: Any) -> None:
        self.folder = RunFolder(runs / "20261122-120000-train-first")
        self.folder.path.mkdir(parents=True)
        self.folder.config.write_text("memory_limit_gib: 20.0\n")
        begun = datetime.now(UTC) - timedelta(minutes=5)
        sampler = "ghost_engine.hardware:sample" if gpu else ""
        job = Job("train", "nobody", begun, "first", "ana", gpu, "", sampler)
        write_json(self.folder.job, job.to_dict())
        told = Status(state, **{"attempt": 1, "started": begun, "queued": begun, **status})
        write_json(self.folder.status, told.to_dict())
        self.lock: Lock | None = None

    def supervise(self) -> Made:
        self.lock = take(self.folder.lock)
        return self

    def let_go(self) -> None:
        assert self.lock is not None
        self.lock.release()

    def steps(self, *losses: float, **more: Any) -> None:
        for step, loss in enumerate(losses, 1):
            row = {"attempt": 1, "step": step, "loss": loss, "time": now().isoformat(), **more}
            append_row(self.folder.metrics, row)


@pytest.fixture
def made(runs: Path) -> Iterator[Callable[..., Made]]:
    """Makes a run's folder: `made("running", step=3, total_steps=10)`."""
    found: list[Made] = []

    def make(state: State, **more: Any) -> Made:
        found.append(Made(runs, state, **more))
        return found[-1]

    yield make
    for each in found:
        if each.lock is not None:
            each.lock.release()


@pytest.fixture
def watch(app: AppTest) -> Callable[[str], AppTest]:
    """Opens the page on a run."""

    def open_page(run_id: str) -> AppTest:
        app.query_params["run"] = run_id
        return app.switch_page("../pages/train.py").run()

    return open_page


def said(app: AppTest) -> str:
    blocks = [app.subheader, app.markdown, app.text, app.caption, app.code]
    progress = [each.proto.text for each in app.get("progress")]
    return "\n".join([*(str(each.value) for block in blocks for each in block), *progress])


def drawn(app: AppTest) -> dict[str, dict[str, Any]]:
    """The charts by title."""
    specs = [json.loads(each.proto.spec) for each in app.get("echarts_chart")]
    return {spec["title"]["text"]: spec for spec in specs}


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


def open_tab(app: AppTest, name: str) -> AppTest:
    (label,) = [tab.label for tab in app.tabs if tab.label.endswith(name)]
    app.session_state["watch-tabs"] = label
    return app.run()


def test_a_running_run_shows_progress_curves_and_a_stop_button(
    made: Callable[..., Made], watch: Callable[[str], AppTest]
) -> None:
    run = made("running", phase="training", step=3, total_steps=10).supervise()
    run.steps(3.0, 2.0, 1.0, tokens_per_second=1234.5)
    app = watch(run.folder.id)
    assert not app.exception and "Running" in said(app)
    assert "Training · step 3 of 10 · 1,234 tokens/s" in said(app)
    assert "waiting for data" not in said(app)
    assert "Stop" in labels(app) and "Resume" not in labels(app)
    loss = drawn(app)["Loss"]
    assert loss["series"][0]["data"] == [[1, 3], [2, 2], [3, 1]] and loss["xAxis"]["max"] == 10
    assert "there is no card to watch" in said(app)


def test_a_run_that_waits_for_its_batches_says_so(
    made: Callable[..., Made], watch: Callable[[str], AppTest]
) -> None:
    run = made("running", phase="training", step=3, total_steps=10).supervise()
    run.steps(3.0, 2.0, tokens_per_second=1000.0, step_seconds=2.0, waited_seconds=0.5)
    assert "1,000 tokens/s · waiting for data 25%" in said(watch(run.folder.id))


def test_new_measurements_are_drawn_at_the_next_tick(
    made: Callable[..., Made], watch: Callable[[str], AppTest]
) -> None:
    run = made("running", phase="training", step=1, total_steps=10).supervise()
    app = watch(run.folder.id)
    assert drawn(app)["Loss"]["title"]["subtext"] == "Nothing measured yet."
    run.steps(3.0, 2.0)
    assert len(drawn(app.run())["Loss"]["series"][0]["data"]) == 2


def test_a_finished_run_stops_ticking(
    made: Callable[..., Made],
    watch: Callable[[str], AppTest],
    ticks: list[str | None],
) -> None:
    run = made("running", step=9, total_steps=10).supervise()
    app = watch(run.folder.id)
    assert set(ticks) == {"2s"}
    ended = Status("finished", attempt=1, step=10, total_steps=10, started=now(), ended=now())
    write_json(run.folder.status, ended.to_dict())
    run.let_go()
    ticks.clear()
    app.run()
    assert set(ticks) == {None} and "Finished" in said(app) and not labels(app) & {"Stop", "Resume"}


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """How often each fragment of the page is drawn again, as it is drawn."""
    seen: list[str | None] = []
    fragment = st.fragment

    def spy(piece: Callable[..., None], *, run_every: str | None, key: str) -> Any:
        seen.append(run_every)
        return fragment(piece, run_every=run_every, key=key)

    monkeypatch.setattr(st, "fragment", spy)
    return seen


def test_a_tick_that_finds_the_end_draws_the_whole_page_once(
    made: Callable[..., Made], watch: Callable[[str], AppTest]
) -> None:
    """The head is told that it ticks for a run which has ended meanwhile."""
    run = made("finished", step=10, total_steps=10, ended=now())

    def tick(path: str) -> None:
        import streamlit as st

        from app.train.watch import head
        from app.train.watched import watched

        st.session_state["drawn"] = st.session_state.get("drawn", 0) + 1
        head(watched(path), st.session_state["drawn"] == 1)

    app = AppTest.from_function(tick, args=(str(run.folder.path),), default_timeout=120).run()
    assert not app.exception and app.session_state["drawn"] == 2 and "Finished" in said(app)


def test_a_failed_run_says_what_to_do_and_offers_to_resume(
    made: Callable[..., Made], watch: Callable[[str], AppTest]
) -> None:
    error = RunError("diverged", "The loss became NaN.", "Lower learning_rate.", {"step": 4})
    run = made("failed", step=4, total_steps=10, error=error, ended=now())
    app = watch(run.folder.id)
    assert "The loss became NaN." in said(app) and "Lower learning_rate." in said(app)
    assert "Resume" in labels(app) and "Stop" not in labels(app)
    assert tab_title.title(read_run(run.folder)) == "✖ Diverged · first"


def test_a_lost_run_is_explained(
    made: Callable[..., Made], watch: Callable[[str], AppTest]
) -> None:
    run = made("running", step=4, total_steps=10)  # and nobody holds its lock
    app = watch(run.folder.id)
    assert "Lost" in said(app) and "Its supervisor is gone" in said(app)
    assert "Resume goes on from the last one." in said(app) and "Resume" in labels(app)
    with_worker = take(run.folder.worker_lock)
    assert with_worker is not None
    assert "Its worker still lives and is saving." in said(app.run())
    with_worker.release()


def test_stop_saves_and_resume_goes_on_to_the_end(
    runs: Path, watch: Callable[[str], AppTest], until: Until
) -> None:
    config = json.dumps({"steps": 40, "seconds": 0.12})
    run = launch("count", "toy_worker", config, name="counting")
    wait_for(run, ["running"])
    app = watch(run.id)
    until(app, lambda app: "Counting · step" in said(app))
    app.button(key="run-stop").click().run()
    assert "Stopping: it saves first" in said(app) or "Stopped" in said(app)
    until(app, lambda app: "Stopped" in said(app))
    app.button(key="run-resume").click().run()
    wait_for(run, ["running", "finished"])
    stopped = read_run(run.folder)
    assert stopped.state in ("running", "finished")
    wait_for(run, ["finished"])
    until(app, lambda app: "Finished" in said(app))
    assert "step 40 of 40 · attempt 2" in said(app)


def test_killing_is_offered_after_a_while_and_asked_twice(
    runs: Path, watch: Callable[[str], AppTest], until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = launch("count", "toy_worker", json.dumps({"steps": 9999, "seconds": 0.05, "deaf": True}))
    wait_for(run, ["running"])
    app = watch(run.id)
    app.button(key="run-stop").click().run()
    assert "Kill it now" not in labels(app)
    monkeypatch.setattr(controls, "GRACE_SECONDS", 0.0)
    app.run()
    assert "What is not in a checkpoint is lost." in said(app)
    app.button(key="run-kill-now").click().run()
    until(app, lambda app: "Stopped" in said(app))


def test_two_tabs_that_resume_start_one_run(
    made: Callable[..., Made], watch: Callable[[str], AppTest]
) -> None:
    run = made("stopped", step=4, total_steps=10, ended=now())
    app = watch(run.folder.id)
    write_json(run.folder.status, Status("running", attempt=2, started=now()).to_dict())
    run.supervise()  # the other tab was quicker
    app.button(key="run-resume").click().run()
    assert "Running" in said(app) and "cannot be resumed" not in said(app)


def test_what_cannot_be_done_is_said(
    made: Callable[..., Made], watch: Callable[[str], AppTest]
) -> None:
    run = made("stopped", step=4, total_steps=10, queued=None, ended=now())
    app = watch(run.folder.id)
    app.button(key="run-resume").click().run()
    assert "was never started" in said(app).replace("\\", "")


def test_the_card_is_told_in_a_line_and_drawn(
    made: Callable[..., Made], watch: Callable[[str], AppTest]
) -> None:
    run = made("running", gpu=True, phase="training", step=1, total_steps=9).supervise()
    row = {"total_gib": 24.0, "process_gib": 11.0, "utilization": 97, "temperature": 61}
    append_row(run.folder.vram, {"time": now().isoformat(), "used_gib": 14.0, **row})
    append_row(run.folder.vram, {"time": now().isoformat(), "used_gib": 12.5, **row})
    app = watch(run.folder.id)
    line = "12.5 GiB held now · 14.0 at the peak · 24.0 on the card · 20.0 allowed"
    assert f"{line} · 11.0 by this run, 1.5 by others · 97 % busy · 61 °C" in said(app)
    card = drawn(app)["Memory of the card, GiB"]
    assert [each["name"] for each in card["series"]] == ["whole card", "this run"]
    marks = card["series"][0]["markLine"]["data"]
    assert [mark["yAxis"] for mark in marks] == [24.0, 20.0] and card["yAxis"]["max"] == 24.0


def test_each_card_of_several_is_told_and_drawn(
    made: Callable[..., Made], watch: Callable[[str], AppTest]
) -> None:
    run = made("running", gpu=True, phase="training", step=1, total_steps=9).supervise()
    cards = [{"card": 0, "used_gib": 14.0}, {"card": 3, "used_gib": 13.5}]
    append_row(
        run.folder.vram, {"time": now().isoformat(), "total_gib": 24.0, **cards[0], "cards": cards}
    )
    app = watch(run.folder.id)
    line = "card 0: 14.0 GiB held now, 14.0 at the peak · card 3: 13.5 GiB held now"
    assert line in said(app)
    drawing = drawn(app)["Memory of each card, GiB"]
    assert [each["name"] for each in drawing["series"]] == ["card 0", "card 3"]


def test_each_evaluation_has_its_screens(
    made: Callable[..., Made], watch: Callable[[str], AppTest]
) -> None:
    run = made("finished", step=2, total_steps=2, ended=now())
    freeze_picture(run.folder)
    for step in (1, 2):
        for id_, sql, valid in (("plants", SQL, True), ("pots", "CREATE pots", False)):
            draft = {"id": id_, "sql": sql, "valid": valid, "score": 0.5, "tokens": 9}
            append_row(run.folder.samples, {"attempt": 1, "step": step, **draft, "error": "no"})
    app = open_tab(watch(run.folder.id), "Screens")
    assert [fold.label for fold in app.expander] == [
        "Step 2 · 1 of 2 run · score 0.50",
        "Step 1 · 1 of 2 run · score 0.50",
    ]
    assert not app.code  # folded: nothing is drawn
    app.session_state["screens-2"] = True
    app.run()
    assert not app.exception and SQL in said(app) and "Fails" in said(app) and "Runs" in said(app)
    assert len(app.get("image")) == 1
    assert "Its picture is not in the run's dataset." in said(app)


def freeze_picture(folder: RunFolder) -> None:
    """A dataset as `data.freeze` leaves it, with one validation row."""
    (folder.dataset / "images").mkdir(parents=True)
    Image.new("RGB", (640, 400), "white").save(folder.dataset / "images" / "a.png")
    text = json.dumps({"id": "plants", "image": "images/a.png", "instruction": "", "sql": SQL})
    rows = (text + "\n").encode()
    (folder.dataset / "validation.jsonl").write_bytes(rows)
    about = {"sha256": hashlib.sha256(rows).hexdigest(), "bytes": len(rows)}
    manifest = {"format": 1, "train": 0, "validation": 1, "sha256": "", "left_out": [],
                "warnings": [], "files": {"validation.jsonl": about}}  # fmt: skip
    write_json(folder.dataset / "manifest.json", manifest)


def test_a_step_that_came_twice_shows_its_last_drafts() -> None:
    rows = [{"attempt": attempt, "step": 4, "id": id_} for attempt in (1, 2) for id_ in "ab"]
    assert samples.by_step(rows) == {4: rows[2:]}


def test_the_log_shows_the_last_state_of_each_line_and_can_be_searched(
    made: Callable[..., Made], watch: Callable[[str], AppTest]
) -> None:
    run = made("finished", ended=now())
    run.folder.log.write_text("loading 1 %\rloading 99 %\n\x1b[31mERROR\x1b[0m no luck\nbye\n")
    app = open_tab(watch(run.folder.id), "Log")
    assert app.code[0].value == "loading 99 %\nERROR no luck\nbye"
    app.text_input(key="log-search").input("error").run()
    assert app.code[0].value == "ERROR no luck" and "1 of the last 3 lines" in said(app)


def test_tags_and_notes_are_kept_in_the_run(
    made: Callable[..., Made], watch: Callable[[str], AppTest]
) -> None:
    run = made("finished", ended=now())
    change_tags(run.folder, ["t4"])
    add_note(run.folder, "Good *so* far.", by="ana")
    app = open_tab(watch(run.folder.id), "Notes")
    assert app.multiselect[0].value == ["t4"] and "Good *so* far." in said(app)
    app.text_area(key="note-text").input("Really?")
    next(button for button in app.button if button.label == "Add note").click().run()
    assert [note.text for note in read_notes(run.folder).notes] == ["Good *so* far.", "Really?"]
    first = read_notes(run.folder).notes[0].id
    app.button(key=f"note-{first}").click().run()
    assert [note.text for note in read_notes(run.folder).notes] == ["Really?"]
    app.multiselect[0].unselect("t4").run()
    assert read_notes(run.folder).tags == ()


def test_predicted_memory_stands_beside_measured(
    made: Callable[..., Made], watch: Callable[[str], AppTest]
) -> None:
    run = made("finished", gpu=True, ended=now())
    predicted = {"allocated_gib": 11.0, "reserved_gib": 11.4, "total_gib": 12.3,
                 "parts": {"weights": 7.9, "logits": 0.0}, "moment": "loss"}  # fmt: skip
    measured = {"allocated_gib": 10.0, "reserved_gib": 10.5, "device_gib": None}
    document = {"predicted": predicted, "measured": measured, "error": 0.1}
    write_json(run.folder.path / "memory.json", document)
    app = open_tab(watch(run.folder.id), "Memory")
    assert "| Allocated by torch | 11.00 | 10.00 |" in said(app)
    assert "| On the card | 12.30 | – |" in said(app) and "Predicted 10.0% more" in said(app)
    assert "| Weights | 7.90 |" in said(app) and "Logits" not in said(app)


@pytest.mark.parametrize("name", ["Timeline", "Screens", "Log", "Memory", "Notes"])
def test_a_run_that_only_began_to_be_prepared_can_be_looked_at(
    made: Callable[..., Made], watch: Callable[[str], AppTest], name: str
) -> None:
    run = made("preparing", attempt=0, started=None, queued=None).supervise()
    app = open_tab(watch(run.folder.id), name)
    assert not app.exception and "Preparing" in said(app) and "unexpected" not in said(app)


def test_the_title_says_progress_then_the_end(made: Callable[..., Made]) -> None:
    run = made("running", step=42, total_steps=100).supervise()
    decision = {"event": "decision", "error": {"type": "out_of_memory"}}
    assert tab_title.title(read_run(run.folder)) == "42 % · first"
    assert tab_title.title(read_run(run.folder), [decision]) == "⚠ 42 % · first"
    write_json(run.folder.status, Status("finished").to_dict())
    assert tab_title.title(read_run(run.folder)) == "✔ Finished · first"


def test_the_timeline_keeps_what_matters_of_a_long_run() -> None:
    time = datetime(2026, 11, 22, tzinfo=UTC)
    told = [Moment(time, 1, "checkpoint", f"{n}", "quiet") for n in range(500)]
    told.insert(3, Moment(time, 1, "decision", "rank goes down", "warning"))
    shown, left_out = timeline.choose(told)
    assert shown[0].words == "rank goes down" and shown[-1].words == "499"
    assert len(shown) + left_out == 501 and left_out > 400


def test_a_long_runs_first_losses_do_not_press_the_others_flat() -> None:
    x = np.arange(1.0, 1001)
    loss = Series(x, np.where(x < 10, 50.0, 1.0))
    assert charts._ceiling(loss) == 1.1 and charts._ceiling(Series(x[:9], x[:9])) is None


def test_searching_looks_past_case() -> None:
    assert logs.search(["Step 1", "ERROR", "step 2"], "STEP") == ["Step 1", "step 2"]
    assert logs.search(["a", "b"], "") == ["a", "b"]
