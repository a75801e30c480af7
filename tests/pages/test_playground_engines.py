"""The playground with models: a real engine, against a local server that speaks Ollama's API."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.playground import engines
from app.playground.screens import traced
from app.running import Ask
from app.state import Workspace
from ghost_engine.inference.ollama import engine
from ghost_engine.inference.protocol import Options
from ghost_engine.settings import get_settings
from tests.ollama.chat import SQL
from tests.ollama.server import OllamaServer

Until = Callable[[AppTest, Callable[[AppTest], bool]], AppTest]
NO_TABLE = "SELECT 1;"
SCREENS = {
    "staff": "CREATE TABLE staff (id bigint PRIMARY KEY, name text, born date);",
    "person": "CREATE TABLE staff (id bigint PRIMARY KEY, name text, born text, room text);",
}


@pytest.fixture
def ollama(
    local_ollama: OllamaServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[OllamaServer]:
    """A local Ollama with a model that sees and one that does not; no other model is here."""
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("GHOST_GGUF_DIR", str(tmp_path / "gguf"))
    local_ollama.add_model("blind:1b", sees=False)
    local_ollama.add_model("gemma3:4b")
    monkeypatch.setenv("GHOST_OLLAMA_URL", local_ollama.url)
    monkeypatch.setattr(engine, "READINESS_SECONDS", 10.0)  # the machine of a test may be busy
    get_settings.cache_clear()
    engines.look_again()
    yield local_ollama
    get_settings.cache_clear()
    engines.look_again()


@pytest.fixture
def asking(ollama: OllamaServer, playground: AppTest) -> AppTest:
    """The playground with Ollama chosen."""
    return choose(playground, "first-engine", "ollama")


def choose(app: AppTest, key: str, value: Any) -> AppTest:
    app.selectbox(key=key).set_value(value)
    return app.run()


def read(app: AppTest) -> AppTest:
    return app.button(key="example-guests").click().run()


def space_of(app: AppTest) -> Workspace:
    space: Workspace = app.session_state["workspace"]
    return space


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def png(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(buffer, "PNG")
    return buffer.getvalue()


def words(app: AppTest) -> str:
    blocks = [app.subheader, app.markdown, app.text, app.caption, app.info, app.warning, app.code]
    return "\n".join(element.value for block in blocks for element in block).replace("\\", "")


def address(app: AppTest) -> dict[str, str]:
    return {name: "".join(value) for name, value in app.query_params.items()}


def failed(app: AppTest) -> bool:
    return "Try again" in labels(app)


def done(app: AppTest) -> bool:
    return len(app.tabs) > 0


def test_a_chosen_model_is_asked_and_what_it_wrote_is_in_the_editor(
    asking: AppTest, ollama: OllamaServer, until: Until
) -> None:
    assert "Ready: asks gemma3:4b" in words(asking)

    until(read(asking), done)

    assert space_of(asking).sql == SQL.strip()
    assert "Ollama, gemma3:4b" in words(asking)
    assert "tokens/s" in words(asking)
    assert not asking.exception


def test_the_engine_stands_in_the_address_and_is_taken_from_it(
    app: AppTest, ollama: OllamaServer
) -> None:
    app.query_params["engine"] = "ollama"
    app.query_params["model"] = "gemma3:4b"
    app.query_params["temperature"] = "0.5"
    app.switch_page("../pages/playground.py").run()
    assert space_of(app).ask == Ask("ollama", Options(model="gemma3:4b", temperature=0.5))

    choose(app, "first-engine", "baseline")

    assert space_of(app).ask.engine == "baseline"
    assert address(app) == {"engine": "baseline", "temperature": "0.5"}


def test_an_engine_that_is_not_there_is_named_and_the_page_works(app: AppTest) -> None:
    app.query_params["engine"] = "oracle"
    app.switch_page("../pages/playground.py").run()

    assert "There is no engine “oracle” here." in words(app)
    assert space_of(app).ask.engine == "auto"


def test_with_the_built_in_engine_alone_a_line_says_how_to_get_a_model(
    ollama: OllamaServer, playground: AppTest
) -> None:
    ollama.models.clear()
    engines.look_again()
    playground.run()

    assert "Asks Built" in words(playground)
    assert "ollama pull gemma3:4b" in words(playground)
    assert not playground.warning


def test_what_cannot_be_asked_says_why_and_leaves_the_page_usable(
    asking: AppTest, ollama: OllamaServer, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = space_of(asking)

    def fail(model: str, said: str) -> None:
        space.ask = Ask("ollama", Options(model=model))
        press(asking, "Try again") if failed(asking) else read(asking)
        until(asking, lambda app: failed(app) and said in words(app))

    fail("missing:7b", "has no model missing:7b")
    fail("blind:1b", "reads text only")
    ollama.faults.locked = True
    fail("gemma3:4b", "lets nobody in")
    ollama.faults.locked = False
    monkeypatch.setenv("GHOST_OLLAMA_URL", "http://127.0.0.1:9")
    get_settings.cache_clear()
    fail("gemma3:4b", "No Ollama answers")
    until(press(asking, "Use the built-in engine"), done)

    assert space.result is not None and space.result.engine == "baseline"
    assert not asking.exception


def test_what_came_before_a_failure_is_kept_and_shown(
    asking: AppTest, ollama: OllamaServer, until: Until
) -> None:
    space_of(asking).ask = Ask("ollama", Options(silence_seconds=2))
    ollama.faults.stall_after = 6
    until(read(asking), failed)
    assert "has said nothing for 2 s" in words(asking)
    assert "CREATE TABLE" in words(asking)

    ollama.faults.stall_after, ollama.faults.cut_after = None, 6
    press(asking, "Try again")
    until(asking, lambda app: failed(app) and "broke off" in words(app))
    assert "CREATE TABLE" in words(asking)

    ollama.faults.cut_after = None
    until(press(asking, "Try again"), done)
    assert space_of(asking).sql == SQL.strip()


def test_a_model_at_work_is_stopped_within_a_second_also_from_a_later_rerun(
    asking: AppTest, ollama: OllamaServer, until: Until
) -> None:
    ollama.faults.stall_after = 3
    until(read(asking), lambda app: bool(space_of(app).running.feed.heard))  # type: ignore[union-attr]
    asking.switch_page("../pages/home.py").run()
    asking.switch_page("../pages/playground.py").run()
    assert "Writing" in words(asking)

    running = space_of(asking).running
    assert running is not None
    asking.button(key="cancel").click().run()
    assert running.feed.done.wait(1)

    until(asking, failed)
    assert "Stopped at your request." in words(asking)
    assert "CREATE" in words(asking)
    assert not asking.exception


def test_every_attempt_is_listed_and_can_be_put_in_the_editor(
    asking: AppTest, ollama: OllamaServer, until: Until
) -> None:
    ollama.answer = lambda asked: SQL if len(asked["messages"]) > 1 else NO_TABLE
    until(read(asking), done)

    asking.session_state["panels"] = "Attempts"
    asking.run()

    assert "First answer" in words(asking)
    assert "Corrected by the model" in words(asking)
    asking.button(key="attempt-0").click().run()
    assert space_of(asking).sql == NO_TABLE


def test_two_engines_stand_side_by_side_and_the_other_can_be_taken(
    asking: AppTest, until: Until
) -> None:
    asking.toggle(key="two-engines").set_value(True).run()
    assert address(asking)["beside"] == "baseline"
    until(read(asking), lambda app: done(app) and "Take this one" in labels(app))
    assert "only in the editor" in words(asking)
    rows = asking.dataframe[0].value
    assert set(rows["What differs"]) >= {"only in the editor", "only in the other"}

    press(asking, "Take this one")

    assert space_of(asking).result.engine == "baseline"  # type: ignore[union-attr]
    assert space_of(asking).rival.result.engine == "ollama"  # type: ignore[union-attr]
    assert [past.result.engine for past in space_of(asking).past] == ["ollama", "baseline"]


def test_another_engine_can_be_asked_about_a_result_that_is_there(
    asking: AppTest, ollama: OllamaServer, until: Until
) -> None:
    until(read(asking), done)
    asking.session_state["panels"] = "Compare"
    asking.run()

    press(asking, "Ask it")
    until(asking, lambda app: "Take this one" in labels(app))

    assert space_of(asking).sql == SQL.strip()
    assert "What differs" in asking.dataframe[0].value


def test_several_screens_become_one_schema_whose_conflicts_can_be_decided(
    asking: AppTest, ollama: OllamaServer, until: Until
) -> None:
    answers = iter(SCREENS.values())
    ollama.answer = lambda asked: next(answers)
    files = [(f"{name}.png", png(60 + at, 60), "image/png") for at, name in enumerate(SCREENS)]
    asking.file_uploader[0].set_value(files)
    until(asking.run(), done)
    space = space_of(asking)
    assert space.result is not None
    names = [picture.name for picture in space.pictures]
    sources = {each.column: each.reason for each in traced(space.result, names, 0)}
    assert sources["room"] == "On 2. person.png"
    assert sources["name"] == "On 1. staff.png and 2. person.png"

    asking.session_state["panels"] = "Screens"
    asking.run()
    (radio,) = [each for each in asking.radio if each.key == "conflict-type:staff.born"]
    other = next(option for option in ("date", "text") if option != radio.value)
    radio.set_value(other).run()

    assert f"born {other}" in " ".join(space.sql.split())
    assert not asking.exception


def test_the_history_brings_a_result_back_with_its_edits(asking: AppTest, until: Until) -> None:
    until(read(asking), done)
    space = space_of(asking)
    space.sql, space.revision = "CREATE TABLE edited (id int);", space.revision + 1
    asking.run()
    press(asking, "New screenshot")
    assert "Results of this session" in words(asking)
    asking.switch_page("../pages/home.py").run()
    asking.switch_page("../pages/playground.py").run()

    press(asking, "Open")

    assert space_of(asking).sql == "CREATE TABLE edited (id int);"
    assert space_of(asking).result.engine == "ollama"  # type: ignore[union-attr]
    assert space_of(asking).pictures[0].name == "guests.png"
    assert not asking.exception


def test_a_model_is_fetched_with_progress_and_is_there(
    ollama: OllamaServer, playground: AppTest, until: Until
) -> None:
    ollama.models.clear()
    ollama.library["gemma3:4b"] = {"sha256:" + "a" * 64: 2**30}
    ollama.faults.piece_seconds = 0.05
    app = choose(playground, "first-engine", "ollama")
    press(app, "Fetch")
    app = until(app, lambda app: "Cancel" in labels(app) or "is there" in words(app))
    app = until(app, lambda app: "gemma3:4b is there." in words(app))
    assert "gemma3:4b" in ollama.models and "asks gemma3:4b" in words(app)


def test_a_fetch_is_cancelled_and_one_that_fails_says_what_helps(
    ollama: OllamaServer, asking: AppTest, until: Until
) -> None:
    ollama.library["slow:1b"] = {"sha256:" + "b" * 64: 2**30}
    ollama.faults.piece_seconds = 5
    asking.text_input[0].set_value("slow:1b")
    press(asking, "Fetch")
    app = until(asking, lambda app: "Cancel" in labels(app))
    press(app, "Cancel")
    app = until(app, lambda app: "is not fetched twice" in words(app))
    app.text_input[0].set_value("gema3")
    press(app, "Fetch")
    until(app, lambda app: "no such model" in words(app))
