"""The Curate page without a browser: empty, filtered, and everything a button does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import app.state as state
from app.curate.address import filters_of, parameters
from app.curate.changes import text_difference
from app.curate.desk import Desk, os_user
from app.curate.shortcuts import COMMANDS
from ghost_engine.data.records import (
    Filters,
    NewExample,
    NewSuggestion,
    Screenshot,
    Verdict,
)
from ghost_engine.data.store import Store, open_store
from ghost_engine.settings import get_settings
from ghost_engine.sql import check

Until = Callable[[AppTest, Callable[[AppTest], bool]], AppTest]
RUNS = "CREATE TABLE plants (\n    id int PRIMARY KEY,\n    name text\n);"
FAILS = "CREATE TABLE pots (id INT PRIMARY KEY AUTO_INCREMENT, size DATETIME);"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """An empty store, the one that the page opens."""
    monkeypatch.setenv("GHOST_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    state.store.clear()
    with open_store() as store:
        yield store
    state.store().close()
    state.store.clear()
    get_settings.cache_clear()


@pytest.fixture
def curate(shelf: Store, app: AppTest) -> Callable[..., AppTest]:
    """Opens the page on a store with these texts, the first of which comes first."""

    def open_page(*texts: str, **query: str) -> AppTest:
        shelf.add_many(row(text, number) for number, text in enumerate(texts))
        for name, value in query.items():
            app.query_params[name] = value
        return app.switch_page("../pages/curate.py").run()

    return open_page


def row(sql: str, number: int) -> NewExample:
    draft = NewSuggestion(sql, "test", verdict=Verdict.of(check(sql)))
    return NewExample(Screenshot.absent(f"shots/{number}.png"), draft, domain=f"domain {number}")


def desk_of(app: AppTest) -> Desk:
    desk: Desk = app.session_state["desk"]
    return desk


def press(app: AppTest, label: str) -> AppTest:
    return next(each for each in app.button if each.label.startswith(label)).click().run()


def words(app: AppTest) -> str:
    blocks = [app.markdown, app.caption, app.text, app.info, app.warning]
    return "\n".join(each.value for block in blocks for each in block)


def write(app: AppTest, sql: str) -> AppTest:
    """As if `sql` had been typed."""
    desk = desk_of(app)
    desk.text = sql
    desk.revision += 1
    return app.run()


def test_an_empty_store_offers_to_import(
    shelf: Store, curate: Callable[..., AppTest], until: Until, tmp_path: Path
) -> None:
    page = curate()
    assert "Nothing to curate yet" in words(page)

    file = tmp_path / "rows.jsonl"
    file.write_text('{"image": "a.png", "sql": "CREATE TABLE a (id int PRIMARY KEY);"}\n')
    page.text_input(key="import-path").set_value(str(file)).run()
    press(page, "Import")
    until(page, lambda app: "1 added" in words(app))
    press(page, "Go on")

    assert not page.exception
    assert shelf.counts().total == 1


def test_the_lack_of_a_reason_is_said_until_there_is_one(
    shelf: Store, curate: Callable[..., AppTest]
) -> None:
    page = curate(FAILS)
    press(page, "Approve")
    press(page, "Approve anyway")
    page.run()  # as any other rerun of the page

    assert "Say why" in words(page)
    page.text_input(key="reason").set_value("The old server has the type")
    press(page, "Approve anyway")
    assert "Say why" not in words(page)
    assert shelf.counts().statuses == {"approved": 1}


def test_an_import_of_nothing_is_refused_until_something_is_named(
    curate: Callable[..., AppTest],
) -> None:
    page = press(curate(), "Import").run()
    assert "Name a dataset" in words(page)

    page.text_input(key="import-path").set_value("somewhere").run()
    assert "Name a dataset" not in words(page)


def test_what_fails_comes_first_and_says_why(curate: Callable[..., AppTest]) -> None:
    page = curate(RUNS, FAILS)

    assert not page.exception
    assert desk_of(page).text == FAILS
    assert ":material/error: Fails" in words(page)
    assert "AUTO_INCREMENT" in words(page)


def test_a_link_opens_its_example(shelf: Store, curate: Callable[..., AppTest]) -> None:
    shelf.add(row(RUNS, 0))
    wanted = next(iter(shelf.iterate())).id

    page = curate(RUNS, FAILS, example=str(wanted))

    assert desk_of(page).text == RUNS
    assert page.query_params["example"] == str(wanted)


def test_a_link_to_nothing_says_so(curate: Callable[..., AppTest]) -> None:
    page = curate(RUNS, example="4711")

    assert not page.exception
    assert "no example 4711" in words(page)
    assert desk_of(page).text == RUNS


@pytest.mark.parametrize(
    ("button", "status"),
    [
        ("Approve", "approved"),
        ("Reject", "rejected"),
        ("Needs", "needs_work"),
        ("Postpone", "postponed"),
    ],
)
def test_a_decision_is_saved_and_the_next_one_opens(
    shelf: Store, curate: Callable[..., AppTest], button: str, status: str
) -> None:
    other = RUNS.replace("plants", "trees")
    page = curate(RUNS, other)
    opened = desk_of(page).example
    assert opened is not None

    press(page, button)

    assert not page.exception
    assert shelf.get(opened.id).status == status
    now = desk_of(page).example
    assert now is not None and now.id != opened.id


def test_a_second_press_of_a_double_click_decides_nothing(
    shelf: Store, curate: Callable[..., AppTest]
) -> None:
    page = curate(RUNS, RUNS.replace("plants", "trees"), RUNS.replace("plants", "herbs"))
    approve = next(each for each in page.button if each.label.startswith("Approve"))

    approve.click().run()
    approve.click().run()

    assert shelf.counts().statuses["approved"] == 1


def test_a_repair_and_the_way_back(curate: Callable[..., AppTest]) -> None:
    page = curate(FAILS)

    press(page, "Repair")
    assert ":material/check_circle: Runs" in words(page)
    assert "GENERATED" in desk_of(page).text

    press(page, "Reset")
    assert desk_of(page).text == FAILS


def test_saving_checks_the_text_and_keeps_the_status(
    shelf: Store, curate: Callable[..., AppTest]
) -> None:
    page = curate(FAILS)
    write(page, RUNS)

    press(page, "Save")

    (saved,) = shelf.iterate()
    assert (saved.sql, saved.status) == (RUNS, "new")
    assert saved.verdict is not None and saved.verdict.executes


def test_undoing_an_edit_gives_the_edited_text_back_as_a_draft(
    shelf: Store, curate: Callable[..., AppTest]
) -> None:
    page = curate(FAILS)
    write(page, RUNS)
    press(page, "Approve")

    press(page, "Undo")

    (example,) = shelf.iterate()
    assert (example.sql, example.status) == (FAILS, "new")
    assert desk_of(page).text == RUNS
    assert shelf.draft(example.id, desk_of(page).reviewer) is not None


def test_a_save_that_comes_late_shows_both_texts_and_loses_none(
    shelf: Store, curate: Callable[..., AppTest]
) -> None:
    page = curate(RUNS)
    (example,) = shelf.iterate()
    theirs, mine = RUNS.replace("text", "varchar(40)"), RUNS.replace("name", "title")
    write(page, mine)
    shelf.decide(example.id, version=example.version, sql=theirs, decision="edited", reviewer="ben")

    press(page, "Approve")
    assert {mine, theirs} <= {block.value for block in page.code}
    assert shelf.get(example.id).sql == theirs

    press(page, "Take theirs")
    assert desk_of(page).text == theirs
    assert not page.exception


def test_a_draft_that_was_overtaken_says_so_when_it_is_opened(
    shelf: Store, curate: Callable[..., AppTest]
) -> None:
    shelf.add(row(RUNS, 0))
    (example,) = shelf.iterate()
    shelf.save_draft(example.id, os_user(), "CREATE TABLE mine (id int);", 1)
    shelf.decide(example.id, version=1, sql=RUNS + "\n", decision="edited", reviewer="ben")

    page = curate()

    assert "ben saved this example after you began" in words(page)
    assert desk_of(page).text == "CREATE TABLE mine (id int);"


def test_all_that_runs_is_approved_at_once(shelf: Store, curate: Callable[..., AppTest]) -> None:
    page = curate(RUNS, FAILS, RUNS.replace("plants", "trees"))

    press(page, "Bulk")
    press(page, "Approve all that run: 2 examples")

    assert shelf.counts().statuses == {"approved": 2, "new": 1}
    press(page, "Undo")
    assert shelf.counts().statuses == {"new": 3}


def test_guidelines_are_written_in_versions(shelf: Store, curate: Callable[..., AppTest]) -> None:
    page = curate(RUNS)
    page.session_state["tabs"] = "Guidelines"
    page.run()
    press(page, "Edit")
    page.text_area[0].set_value("Money is numeric.").run()
    page.button(key="save-rules").click().run()

    assert not page.exception
    assert shelf.guidelines().text == "Money is numeric."
    assert shelf.guidelines().version == 1


def test_the_address_says_what_the_filters_are_and_is_read_back() -> None:
    filters = Filters(
        statuses=("approved",), problems=("a", "b"), domains=("crm",), executes=False, text="x y"
    )
    said = parameters(Desk("ana", filters=filters))

    lists = {name: each if isinstance(each, list) else [each] for name, each in said.items()}
    assert filters_of(lists) == filters


def test_no_two_shortcuts_share_a_key() -> None:
    chords = [chord for each in COMMANDS.values() for chord in (each.letter, *each.chords)]
    assert len(chords) == len(set(chords))


def test_a_long_line_is_broken_at_its_columns_to_show_what_changed() -> None:
    shown = text_difference(
        "CREATE TABLE a (x DECIMAL(15, 2), y int);", "CREATE TABLE a (x DECIMAL(15, 2), y text);"
    )

    assert shown == " CREATE TABLE a (x DECIMAL(15, 2),\n-    y int);\n+    y text);"


def test_the_last_one_of_a_view_can_be_decided_again(
    shelf: Store, curate: Callable[..., AppTest]
) -> None:
    page = curate(RUNS)

    press(page, "Reject")
    assert "the last one of this view" in words(page)
    press(page, "Approve")

    assert desk_of(page).stale is None
    assert shelf.counts().statuses == {"approved": 1}


def test_two_drafts_of_one_screen_are_both_seen(
    shelf: Store, curate: Callable[..., AppTest]
) -> None:
    other = RUNS.replace("plants", "herbs")
    shelf.add_many([row(RUNS, 0), row(other, 0)])
    page = curate()
    assert "2 drafts disagree" in words(page)
    first = desk_of(page).text

    page.session_state["tabs"] = "Changes"
    page.run()
    choice = next(each for each in page.button_group if each.label == "Drafts")
    choice.set_value(1 - choice.value).run()
    press(page, "Take it whole")

    assert {first, desk_of(page).text} == {RUNS, other}
