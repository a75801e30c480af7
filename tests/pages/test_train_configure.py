"""Configure and launch as a person without a card meets them; real runs, no browser."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.state import store
from app.train import machine
from app.train.fit import bar, segments
from app.train.form import bounds_of
from app.train.launching import ahead_in_line
from app.train.order import Order, choose
from app.train.presets import estimate
from app.train.words import BASIC, ELSEWHERE, GROUPS, PRESETS, SEVERAL, SWITCHES, span
from ghost_engine.data.records import NewExample, NewSuggestion, Screenshot, Verdict
from ghost_engine.data.store import open_store
from ghost_engine.hardware import KNOWN_CARDS, Survey
from ghost_engine.jobs import control
from ghost_engine.jobs.folder import RunFolder
from ghost_engine.jobs.reading import list_runs, wait_for
from ghost_engine.jobs.records import Job, Run, State, Status, now
from ghost_engine.settings import get_settings
from ghost_engine.training import readiness
from ghost_engine.training.config import PRESETS as NAMES
from ghost_engine.training.config import TrainingConfig, load_preset

ROOT = Path(__file__).resolve().parents[2]
Until = Callable[[AppTest, Callable[[AppTest], bool]], AppTest]


@pytest.fixture(autouse=True)
def a_machine_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No card, no runs and an empty store; what was cached of another machine is forgotten."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("GHOST_DATA_DIR", str(tmp_path / "data"))
    get_settings.cache_clear()
    st.cache_data.clear()
    store.clear()
    yield
    get_settings.cache_clear()
    st.cache_data.clear()
    store.clear()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Six of the shipped pairs."""
    folder = tmp_path / "pairs"
    folder.mkdir()
    with (ROOT / "data" / "pairs.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in itertools.islice(lines, 6)]
    for row in rows:
        place = folder / row["image"]
        place.parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "data" / row["image"], place)
    path = folder / "pairs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def train_page() -> AppTest:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120).run()
    return app.switch_page("../pages/train.py").run()


@pytest.fixture
def page() -> AppTest:
    return train_page()


def said(app: AppTest) -> str:
    blocks = [app.subheader, app.markdown, app.text, app.caption, app.info, app.warning]
    return "\n".join(each.value for block in blocks for each in block).replace("\\", "")


def put(app: AppTest, setting: str, value: object) -> AppTest:
    """As if it had been typed."""
    (widget,) = (
        each
        for kind in (app.number_input, app.toggle, app.selectbox, app.text_input, app.multiselect)
        for each in kind
        if str(each.key).startswith(f"set-{setting}-")
    )
    return widget.set_value(value).run()  # type: ignore[arg-type]


def one_run(app: AppTest) -> str:
    """The run in the address."""
    asked = app.query_params["run"]
    return asked if isinstance(asked, str) else asked[0]


def choose_file(app: AppTest, path: Path | str) -> AppTest:
    app.radio[0].set_value("path").run()
    assert app.button(key="launch").disabled  # none is named yet
    (field,) = (each for each in app.text_input if str(each.key).startswith("dataset-path-"))
    return field.set_value(str(path)).run()


def test_without_a_card_it_begins_with_what_runs_here_and_nothing_is_red(page: AppTest) -> None:
    assert not page.exception
    assert "Runs here" in said(page) and said(page).count("Needs a card") == 3
    assert ":red[" not in said(page) and "Does not fit" not in said(page)
    assert page.code[-1].value == "ghost train --preset smoke"
    assert not page.button(key="launch").disabled


def test_what_a_preset_lacks_is_said_once_with_the_way_on(page: AppTest) -> None:
    page.button(key="use-t4").click().run()

    assert said(page).count("What this run lacks here") == 1
    assert "There is no NVIDIA GPU here" in said(page) and ":red[" not in said(page)
    assert page.button(key="launch").disabled

    page.button(key="use-smoke-instead").click().run()
    assert not page.button(key="launch").disabled


def test_missing_packages_are_named_with_the_command(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "PACKAGES", ("torch", "no_such_package"))
    page.run()

    assert "Not installed: no_such_package." in said(page) and ":red[" not in said(page)
    assert "Needs packages" in said(page) and page.button(key="launch").disabled
    assert "pip install -r requirements-train-cpu.txt" in [each.value for each in page.code]


def test_a_contradiction_is_told_calmly_and_gone_when_it_is_solved(page: AppTest) -> None:
    put(page, "warmup_steps", 60)

    assert "warmup_steps 60 and max_steps 60: the warm-up never ends." in said(page)
    assert page.button(key="launch").disabled
    assert not page.exception and ":red[" not in said(page)

    put(page, "warmup_steps", 5)
    assert "never ends" not in said(page) and not page.button(key="launch").disabled
    assert page.code[-1].value == "ghost train --preset smoke --set warmup_steps=5"


def test_steps_and_epochs_empty_each_other(page: AppTest) -> None:
    put(page, "epochs", 2.0)

    assert page.session_state["training-order"].config.max_steps is None
    assert page.code[-1].value == "ghost train --preset smoke --set epochs=2"

    put(page, "max_steps", 7)
    assert page.session_state["training-order"].config.epochs is None


def test_what_was_typed_is_there_again_after_another_page(page: AppTest) -> None:
    put(page, "rank", 24)
    page.switch_page("../pages/home.py").run()
    page.switch_page("../pages/train.py").run()

    assert [each.value for each in page.number_input if "set-rank" in str(each.key)] == [24]
    assert page.code[-1].value == "ghost train --preset smoke --set rank=24"


def test_every_setting_has_one_place_in_the_form() -> None:
    grouped = (name for each in GROUPS.values() for name in each)
    shown = [*BASIC, *SEVERAL, *SWITCHES, *ELSEWHERE, *grouped]

    assert sorted(shown) == sorted(TrainingConfig.model_fields)
    assert set(PRESETS) == set(NAMES)


def test_numbers_have_the_bounds_of_the_configuration() -> None:
    rate, steps = bounds_of("learning_rate"), bounds_of("max_steps")

    assert rate is not None and (rate.kind, rate.least, rate.most, rate.optional) == (
        float,
        0.0,
        1.0,
        False,
    )
    assert steps is not None and (steps.kind, steps.least, steps.optional) == (int, 1, True)
    assert bounds_of("use_dora") is None and bounds_of("optimizer") is None


def test_the_memory_is_held_against_a_known_card(page: AppTest) -> None:
    page.button(key="use-t4").click().run()
    assert "Fits" in said(page)

    put(page, "max_seq_length", 32768)
    assert "Does not fit" in said(page) and "GiB too much" in said(page)

    card = next(each for each in page.selectbox if str(each.key).startswith("card-"))
    card.set_value("h100").run()
    assert "Does not fit" not in said(page)


@pytest.mark.parametrize("name", ["t4", "a10g", "text"])
def test_the_bar_adds_up_to_the_estimate_and_names_every_part(name: str) -> None:
    card = KNOWN_CARDS["t4"]
    found = estimate(load_preset(name), card, own=False)

    parts = segments(found)
    assert sum(part.gib for part in parts) == pytest.approx(found.total_gib, abs=0.05)
    drawn = bar(found, card)
    assert all(f'title="{part.name}: {part.gib:.2f} GiB' in drawn for part in parts)
    assert ('class="line"' in drawn) == (found.total_gib > card.total_gib)


def test_a_dataset_that_is_not_there_is_something_to_correct(page: AppTest, until: Until) -> None:
    choose_file(page, "no/such.json")
    until(page, lambda app: "does not exist" in said(app))

    assert page.button(key="launch").disabled
    assert not page.exception and ":red[" not in said(page)


def test_a_dataset_is_counted_and_its_answers_run_when_asked(
    page: AppTest, small: Path, until: Until
) -> None:
    rows = [json.loads(line) for line in small.read_text("utf-8").splitlines()]
    rows[0]["sql"] = "CREATE TABLE broken (id nothing);"
    rows[1]["image"] = "gone.png"
    small.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    choose_file(page, small)
    until(page, lambda app: "**6** examples" in said(app))
    assert "1 whose screenshot is missing: left out" in said(page)
    assert f"ghost data check {small}" in [each.value for each in page.code]

    page.button(key="judge-now").click().run()
    until(page, lambda app: "1 answers do not run on PostgreSQL" in said(app))


def test_what_fails_in_the_store_leads_to_curate(page: AppTest, until: Until) -> None:
    failing = NewSuggestion("CREATE TABLE t (id x);", verdict=Verdict(False, True, "no x"))
    with open_store() as shelf:
        shelf.add(NewExample(Screenshot.absent("a.png"), failing, approved_by="ana"))
    page.radio[0].set_value("store").run()
    until(page, lambda app: "**1** examples" in said(app))

    assert "1 whose screenshot is missing" in said(page)
    assert page.get("page_link")[0].proto.query_string == "status=approved&example=1"
    assert page.button(key="launch").disabled  # nothing in it can be trained on


def test_two_tabs_and_a_double_click_start_one_run(small: Path, until: Until) -> None:
    tabs = [choose_file(train_page(), small) for _ in range(2)]
    for tab in tabs:
        until(tab, lambda app: "**6** examples" in said(app))
    for tab in (tabs[0], tabs[1]):
        tab.button(key="launch").click().run()
    for tab in tabs:
        until(tab, lambda app: "run" in app.query_params)

    (run,) = list_runs(kind="train")
    assert [one_run(tab) for tab in tabs] == [run.id, run.id]
    assert run.job.by and not any(tab.exception for tab in tabs)

    third = choose_file(train_page(), small)
    until(third, lambda app: "This very run is going already" in said(app))
    third.button(key="open-twin").click().run()
    assert one_run(third) == run.id

    control.kill(run)
    assert wait_for(run).state == "stopped"


def test_a_run_for_the_card_waits_behind_those_there(tmp_path: Path) -> None:
    def run(name: str, state: State, gpu: bool) -> Run:
        return Run(RunFolder(tmp_path / name), Job("train", "toy", now(), gpu=gpu), Status(state))

    runs = [
        run("queued", "queued", gpu=True),
        run("on-cpu", "running", gpu=False),
        run("running", "running", gpu=True),
        run("ended", "finished", gpu=True),
    ]
    on_gpu = load_preset("t4").changed(device="cuda")

    assert [each.id for each in ahead_in_line(on_gpu, runs)] == ["queued", "running"]
    assert ahead_in_line(load_preset("smoke"), runs) == []


def test_with_a_card_it_begins_with_the_best_preset_that_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(machine, "here", lambda: Survey((KNOWN_CARDS["t4"],)))
    monkeypatch.setattr(machine, "missing", lambda config: ())

    app = train_page()

    assert not app.exception and app.session_state["training-order"].preset == "t4"
    assert "Fits here" in said(app) and "NVIDIA T4 has 14.6." in said(app)

    monkeypatch.setattr(machine, "here", lambda: Survey((KNOWN_CARDS["a10g"],)))
    app = train_page()

    assert app.session_state["training-order"].preset == "a10g"
    assert "NVIDIA A10G, here" in {each.options[0] for each in app.selectbox}
    assert "Fits here" in said(app) and not app.button(key="launch").disabled


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(45, "45 s"), (720, "12 min"), (12_000, "3 h 20 min"), (7_200, "2 h"), (187_200, "2 d 4 h")],
)
def test_spans_are_told_in_the_units_people_use(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_a_widget_that_was_replaced_meanwhile_changes_nothing() -> None:
    order = Order()
    choose(order, "smoke")
    stale = order.key("phase")
    order.put(phase="text")

    order.take("phase", stale)

    assert order.values["phase"] == "text"


def test_how_many_cards_is_asked_where_there_are_several(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked() -> list[list[str]]:
        return [list(each.options) for each in page.selectbox if "set-gpus" in str(each.key)]

    assert asked() == []

    monkeypatch.setattr(machine, "here", lambda: Survey((KNOWN_CARDS["a10g"],) * 2))
    page.run()
    assert asked() == [["1", "2", "all"]]
