"""The Annotate page without a browser: what it says beforehand, starts, shows and refuses."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from ghost_engine.annotate.config import make_annotate_config
from ghost_engine.annotate.ledger import CHOSEN
from ghost_engine.annotate.runs import KIND
from ghost_engine.annotate.selecting import import_pictures
from ghost_engine.annotate.start import WORKER
from ghost_engine.annotate.worker import annotate
from ghost_engine.data.store import open_store
from ghost_engine.jobs.launch import abandon, prepare
from ghost_engine.jobs.records import Attempt
from ghost_engine.jobs.worker import Work
from ghost_engine.settings import get_settings
from tests.gemini.server import PROMPT_BLOCKED, GeminiServer

OpenPage = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A store and runs of the test's own."""
    monkeypatch.setenv("GHOST_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    get_settings.cache_clear()
    forget()
    yield tmp_path
    get_settings.cache_clear()
    forget()


@pytest.fixture
def three(place: Path) -> tuple[int, ...]:
    """Three screenshots in the store."""
    folder = place / "screens"
    folder.mkdir()
    for number in range(3):
        file = io.BytesIO()
        Image.new("RGB", (48, 40), (number, 90, 90)).save(file, "PNG")
        (folder / f"{number}.png").write_bytes(file.getvalue())
    with open_store() as store:
        return import_pictures(store, [folder]).ids


@pytest.fixture
def annotating(app: AppTest) -> OpenPage:
    """Opens the page at an address."""

    def open_page(**query: str) -> AppTest:
        app.switch_page("../pages/annotate.py")
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return open_page


def forget() -> None:
    st.cache_data.clear()
    st.cache_resource.clear()


def words(app: AppTest) -> str:
    blocks = [app.subheader, app.markdown, app.caption, app.text, app.code]
    return "\n".join(each.value for block in blocks for each in block).replace("\\", "")


def test_without_a_key_the_page_says_how_to_get_one_and_starts_nothing(
    three: tuple[int, ...], annotating: OpenPage
) -> None:
    app = annotating()
    assert not app.exception
    assert "aistudio.google.com/apikey" in words(app)
    assert app.button(key="annotate-start").disabled


def test_it_says_what_would_be_asked_and_what_that_takes(
    three: tuple[int, ...], annotating: OpenPage, local_gemini: GeminiServer
) -> None:
    app = annotating()
    assert app.button(key="annotate-start").label == "Ask about 3 screenshots"
    assert not app.button(key="annotate-start").disabled
    assert "The time comes from" in words(app)
    assert "ghost annotate --provider gemini" in words(app)
    app.number_input(key="annotate-limit-gemini").set_value(2).run()
    assert app.button(key="annotate-start").label == "Ask about 2 screenshots"
    assert not any(path.endswith(":streamGenerateContent") for _, path in local_gemini.requests)


def test_an_empty_store_is_no_error(annotating: OpenPage, local_gemini: GeminiServer) -> None:
    app = annotating()
    assert not app.exception and "No screenshot waits for a draft" in words(app)


def test_a_finished_run_shows_drafts_and_failures_and_offers_to_ask_again(
    three: tuple[int, ...], annotating: OpenPage, local_gemini: GeminiServer
) -> None:
    local_gemini.trouble = lambda call: PROMPT_BLOCKED if call.number == 2 else None
    config = make_annotate_config({"model": "gemini-2.0-flash", "concurrency": 1})
    files = {CHOSEN: f'{{"ids": {list(three)}}}'}
    folder = prepare(KIND, WORKER, config.to_yaml(), files=files)
    assert annotate(Work(folder, Attempt(1))) == "finished"
    said = words(annotating(run=folder.id))
    abandon(folder)
    assert "Withheld" in said and "PROHIBITED_CONTENT" in said
    assert said.count("Runs]") == 2


def test_an_address_of_no_run_leads_back(annotating: OpenPage) -> None:
    app = annotating(run="nothing-of-this-name")
    assert not app.exception and "There is no run" in words(app)
    app.button(key="astray-back").click().run()
    assert "Which screenshots" in words(app)
