"""The list of runs and the comparison without a browser: on runs that are files, as all are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.components.amounts import duration
from app.components.badges import LOOKS, state_text
from app.train import compare, history, rows
from ghost_engine.jobs.folder import RunFolder, append_row, write_json
from ghost_engine.jobs.locks import take
from ghost_engine.jobs.notes import change_tags
from ghost_engine.jobs.queue import in_line
from ghost_engine.jobs.reading import list_runs, read_run
from ghost_engine.jobs.records import Job, Run, RunError, State, Status, now
from ghost_engine.settings import get_settings
from ghost_engine.training.config import load_preset
from ghost_engine.training.digest import Digest, Shelf, gist

NOTHING = Digest("", {}, None, ())
Maker = Callable[..., Run]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path / "runs"))
    get_settings.cache_clear()
    history.shelf.clear()
    (tmp_path / "runs").mkdir()
    yield tmp_path / "runs"
    get_settings.cache_clear()


@pytest.fixture
def make(runs: Path) -> Maker:
    """A run of files: `make("calm", "finished", [5.0, 4.0], score=0.5, rank=8)`."""

    def make(
        name: str, state: State = "finished", losses: tuple[float, ...] = (), *,
        gpu: bool = False, age: float = 0.0, error: RunError | None = None,
        score: float | None = None, **settings: Any,
    ) -> Run:  # fmt: skip
        folder = RunFolder(runs / f"20260101-000000-train-{name}")
        folder.path.mkdir()
        created = now() - timedelta(minutes=age)
        folder.config.write_text(load_preset("smoke").changed(**settings).to_yaml(), "utf-8")
        status = Status(
            state, attempt=1, queued=created, step=len(losses) or None, total_steps=60, error=error
        )
        write_json(folder.status, status.to_dict())
        for step, loss in enumerate(losses, 1):
            append_row(folder.metrics, {"attempt": 1, "step": step, "loss": loss, "score": score})
        write_json(folder.job, Job("train", "no.worker", created, name, gpu=gpu).to_dict())
        return read_run(folder)

    return make


@pytest.fixture
def page(app: AppTest, runs: Path) -> Callable[..., AppTest]:
    """The list, or with an address what that leads to, and nothing else of the page."""

    def open_page(**query: str) -> AppTest:
        script = "from app.train import history\nhistory.draw()"
        if "compare" in query:
            script = f"from app.train import compare\ncompare.draw({query['compare'].split(',')})"
        return AppTest.from_string(script, default_timeout=120).run()

    return open_page


def said(page: AppTest) -> str:
    blocks = [page.subheader, page.markdown, page.text, page.caption]
    return "\n".join(element.value for block in blocks for element in block)


def listed(page: AppTest) -> list[str]:
    """The names that the list was given, in order."""
    for element in page.get("bidi_component"):
        document = json.loads(element.proto.json) if element.proto.json else {}
        if "rows" in document:
            return [row["name"] for row in document["rows"]]
    return []


def test_without_runs_one_sentence_says_what_to_do(page: Callable[..., AppTest]) -> None:
    assert "No run yet. Choose a preset above and start it" in said(page())


def test_every_state_has_its_own_word_and_icon() -> None:
    assert len({look.word for look in LOOKS.values()}) == len(LOOKS)
    assert len({look.icon for look in LOOKS.values()}) == len(LOOKS)


def test_the_list_is_newest_first_and_a_page_of_fifty(
    make: Maker, page: Callable[..., AppTest]
) -> None:
    for number in range(53):
        make(f"r{number}", age=number)
    opened = page()
    assert "1 to 50 of 53" in said(opened)
    assert listed(opened) == [f"r{number}" for number in range(50)]


def test_words_find_names_and_tags_and_states_narrow(make: Maker) -> None:
    calm, wild = make("calm", age=2), make("wild", "failed", age=1)
    change_tags(wild.folder, add=["Baseline"])
    both = [calm, wild]
    assert history.found(both, "base WILD", ()) == [wild]
    assert history.found(both, "", ("finished",)) == [calm]
    assert history.found(both, "wild", ("finished",)) == []


def test_the_best_come_first_and_unmeasured_runs_last(make: Maker) -> None:
    low, none, high = (
        make("low", losses=(5.0,), score=0.1),
        make("none"),
        make("high", losses=(9.0,), score=0.9),
    )
    assert history.ordered([low, none, high], "score") == [high, low, none]
    assert history.ordered([low, none, high], "newest") == [low, none, high]


def test_a_lost_run_is_explained_and_can_be_resumed(make: Maker) -> None:
    lost = make("alone", "running", (5.0,))
    drawn = rows.row(lost, NOTHING, ())
    assert drawn["state"]["word"] == "Lost"
    assert drawn["says"] == (
        "Its supervisor is gone: killed, or the machine was restarted."
        " Nothing was saved yet: resuming starts from the beginning."
    )
    assert drawn["action"] == "Resume"


def test_runs_in_line_know_their_place_and_can_be_cancelled(make: Maker, runs: Path) -> None:
    waiting = [make(name, "queued", gpu=True, age=age) for name, age in (("a", 2), ("b", 1))]
    locks = [take(run.folder.lock) for run in waiting]  # supervised: nobody starts them here
    try:
        first, second = in_line(list_runs(runs))
        assert rows.sentence(first, [first, second]) == "Next in line."
        drawn = rows.row(second, NOTHING, [first, second])
        assert drawn["says"] == "Number 2 in line for the GPU, behind a."
        assert (drawn["state"]["word"], drawn["action"]) == ("Queued, place 2", "Cancel")
        assert "Queued, place 2" in state_text(second)
    finally:
        for lock in locks:
            assert lock is not None
            lock.release()


def test_a_failed_run_says_why_and_what_to_do(make: Maker) -> None:
    failed = make(
        "sad", "failed", error=RunError("out_of_memory", "The card is full.", "Try 2048.")
    )
    assert rows.sentence(failed) == "The card is full. Try 2048."


def test_deleting_names_count_and_size_and_spares_a_run_at_work(
    make: Maker, page: Callable[..., AppTest]
) -> None:
    gone, kept = make("gone", losses=(5.0,)), make("kept", "queued")
    lock = take(kept.folder.lock)
    assert lock is not None
    (gone.path / "weights").write_bytes(bytes(2_000_000))
    opened = page()
    choice = opened.session_state["history"]
    choice.picked = [gone.id, kept.id]
    assert opened.run().button(key="history-delete").disabled

    choice.picked = [gone.id]
    opened.run().button(key="history-delete").click().run()
    assert "**1 run, 2.0 MB**" in said(opened)
    opened.button(key="history-keep").click().run()
    assert gone.path.exists() and "2.0 MB" not in said(opened)

    opened.button(key="history-delete").click().run()
    opened.button(key="history-really").click().run()
    assert not gone.path.exists() and kept.path.exists()
    assert "Deleted 1 run, 2.0 MB" in said(opened).replace("\\", "")
    lock.release()


def test_a_comparison_shows_only_settings_that_differ_and_marks_the_best(
    make: Maker, page: Callable[..., AppTest]
) -> None:
    make("narrow", losses=(5.0, 4.0), score=0.2, rank=8)
    make("wide", losses=(5.0, 3.0), score=0.4, rank=32)
    text = said(page(compare="20260101-000000-train-narrow,20260101-000000-train-wide"))
    assert "| LoRA rank | 8 | 32 |" in text
    assert "Learning rate" not in text
    assert r"| Score, highest | 0\.200 | :green-badge[:material/trophy: 0\.400] |" in text
    assert r"| 4\.0000 | :green-badge[:material/trophy: 3\.0000] |" in text


def test_no_number_is_best_where_all_are_alike() -> None:
    assert compare.best_ids({"a": 1.0, "b": 1.0, "c": None}, "loss") == set()
    assert compare.best_ids({"a": 1.0, "b": 2.0, "c": None}, "loss") == {"a"}
    assert compare.best_ids({"a": 1.0, "b": 2.0}, "step") == set()


def test_runs_of_one_name_are_told_apart_by_their_ids(make: Maker) -> None:
    one, two = make("twin-of-a-long-name"), make("other")
    assert compare.labels([one, two])[one.id] == "twin-of-a-long-name"
    assert compare.labels([one, two], 8)[one.id] == "twin-of…"
    assert compare.labels([one, one])[one.id] == one.id


def test_a_digest_reads_a_run_again_only_when_its_files_have_grown(make: Maker) -> None:
    run, shelf = make("calm", losses=(5.0, 4.0), score=0.5), Shelf()
    assert shelf.digest(run).metrics == {"loss": 4.0, "score": 0.5}
    first = shelf.metrics(run)
    assert shelf.metrics(run) is first
    append_row(run.folder.metrics, {"attempt": 1, "step": 3, "loss": 3.0})
    assert shelf.metrics(run) == {"loss": 3.0, "score": 0.5}


def test_time_at_work_leaves_out_the_pause_between_attempts(make: Maker) -> None:
    run = make("calm")
    happened = (
        *(("attempt_started", 0), ("attempt_ended", 1)),
        *(("attempt_started", 10), ("checkpoint", 11), ("lost", 25), ("resumed", 25)),
        *(("attempt_started", 30), ("attempt_ended", 31)),
    )
    for event, minute in happened:
        time = f"2026-01-01T00:{minute:02d}:00Z"
        append_row(run.folder.events, {"event": event, "time": time})
    assert Shelf().digest(run).worked_seconds == 180
    assert duration(180) == "3 min 00 s"


def test_a_gist_names_the_preset_and_what_was_changed() -> None:
    settings = load_preset("t4").model_dump(mode="json")
    assert gist(settings).startswith("t4 · gemma-3-12b")
    assert gist({**settings, "rank": 8, "seed": 1}).startswith("t4, 2 changed · ")
    assert gist({**settings, "base_model": "mine/own"}).startswith("own settings · own · ")
