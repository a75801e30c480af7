"""The key: where it is found, when it is refused, and that nobody ever sees it."""

from __future__ import annotations

import logging
import subprocess
import sys
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from ghost_engine.data.images import Picture
from ghost_engine.errors import EngineUnavailable, GhostError
from ghost_engine.inference.gemini import client
from ghost_engine.inference.gemini.access import find_access
from ghost_engine.inference.gemini.client import MODULES, Library, find_library
from ghost_engine.inference.gemini.engine import GeminiEngine
from ghost_engine.inference.protocol import CancelToken, Question
from ghost_engine.settings import get_settings
from tests.gemini import server as gemini
from tests.gemini.server import KEY, GeminiServer, Trouble

QUESTION = Question((Picture("orders.png", "a", Image.new("RGB", (64, 48))),), silence_seconds=60.0)
NAMES = ("GEMINI_API_KEY", "GOOGLE_API_KEY", "GHOST_GEMINI_URL", "GOOGLE_GEMINI_BASE_URL")


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user without any key, in an empty folder; the home is `home` in it."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    get_settings.cache_clear()
    yield tmp_path
    get_settings.cache_clear()


def write_secrets(folder: Path, text: str) -> None:
    (folder / ".streamlit").mkdir(parents=True)
    (folder / ".streamlit" / "secrets.toml").write_text(text)


# Where it is found


@pytest.mark.parametrize("name", ["GEMINI_API_KEY", "GOOGLE_API_KEY"])
def test_the_key_is_taken_from_the_environment(
    bare: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, f" {KEY}\n")
    access = find_access()
    assert (access.key.get_secret_value(), access.source) == (KEY, name)
    assert access.url == "https://generativelanguage.googleapis.com"


def test_the_key_is_taken_from_the_env_file(bare: Path) -> None:
    (bare / ".env").write_text(f'GEMINI_API_KEY="{KEY}"\n')
    assert find_access().key.get_secret_value() == KEY


@pytest.mark.parametrize("home", [False, True])
def test_the_key_is_taken_from_streamlit_s_secrets(bare: Path, home: bool) -> None:
    write_secrets(bare / "home" if home else bare, '[other]\na = 1\n[x]\ny = "z"\n')
    assert not GeminiEngine().readiness().ready
    path = (bare / "home" if home else bare) / ".streamlit" / "secrets.toml"
    path.write_text(f'GOOGLE_API_KEY = "{KEY}"\n')
    access = find_access()
    assert access.key.get_secret_value() == KEY
    where = "~/.streamlit" if home else ".streamlit"
    assert access.source == f"GOOGLE_API_KEY in {where}/secrets.toml"


def test_an_empty_name_does_not_hide_the_other_one(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "")
    monkeypatch.setenv("GOOGLE_API_KEY", KEY)
    assert find_access().source == "GOOGLE_API_KEY"


# When it is refused


def test_without_a_key_the_next_step_is_to_get_one(bare: Path) -> None:
    ready = GeminiEngine().readiness()
    assert not ready.ready and "no key" in ready.detail
    assert "aistudio.google.com/apikey" in ready.next_step and ".env" in ready.next_step
    with pytest.raises(EngineUnavailable, match="no key"):
        list(GeminiEngine().run(QUESTION, CancelToken()))


def test_secrets_that_are_no_toml_are_as_good_as_none(bare: Path) -> None:
    write_secrets(bare, f"GEMINI_API_KEY = {KEY}\n")  # the quotes are missing
    assert "no key" in GeminiEngine().readiness().detail


@pytest.mark.parametrize("key", ["AIza two words", "AIza\u00e9", "AIza\r\nX-Evil: 1"])
def test_a_key_that_would_break_the_request_is_refused_without_being_shown(
    bare: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", key)
    ready = GeminiEngine().readiness()
    assert not ready.ready and "AIza" not in ready.detail + ready.next_step


@pytest.mark.parametrize("url", ["http://gemini.example", "ftp://127.0.0.1", "gemini", "http://["])
def test_the_key_is_sent_to_no_address_that_others_can_read_along(
    bare: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    ready = GeminiEngine(url).readiness()
    assert not ready.ready and url in ready.detail and "https://" in ready.next_step


def test_readiness_names_the_model_the_library_and_the_source_and_asks_nobody(
    local_gemini: GeminiServer, library: Library
) -> None:
    ready = GeminiEngine(model="gemini-2.5-pro").readiness()
    assert not local_gemini.requests
    assert ready.ready and library in ready.detail and "gemini-2.5-pro" in ready.detail
    assert "GEMINI_API_KEY" in ready.detail and KEY not in ready.detail


# Which library


def hide(monkeypatch: pytest.MonkeyPatch, *libraries: Library) -> None:
    hidden, find = {MODULES[library] for library in libraries}, client.find_spec
    for name in hidden:
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(client, "find_spec", lambda name: None if name in hidden else find(name))


def test_the_supported_library_is_chosen_wherever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.generativeai", object())
    monkeypatch.setitem(sys.modules, "google.genai", object())
    assert find_library() == "google-genai"


def test_the_older_library_is_chosen_where_only_that_is(monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, "google-genai")
    monkeypatch.setitem(sys.modules, "google.generativeai", object())
    assert find_library() == "google-generativeai"


def test_without_a_library_the_next_step_is_to_install_one(
    local_gemini: GeminiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(monkeypatch, "google-genai", "google-generativeai")
    ready = GeminiEngine().readiness()
    assert not ready.ready and "pip install" in ready.next_step
    with pytest.raises(EngineUnavailable, match="not installed"):
        list(GeminiEngine().run(QUESTION, CancelToken()))


def test_the_engine_loads_no_library_before_it_is_asked() -> None:
    code = "import sys; from ghost_engine.inference.gemini.engine import GeminiEngine;"
    code += "GeminiEngine().readiness();"
    code += "print({'google.genai', 'google.generativeai', 'httpx', 'requests'} & set(sys.modules))"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "set()"


# That nobody sees it


TROUBLES = {name: value for name, value in vars(gemini).items() if isinstance(value, Trouble)} | {
    "ECHO": Trouble(400, f"API key {KEY} is not valid."),
    "ECHO_PAGE": Trouble(500, f"no route for x-goog-api-key: {KEY}"),
    "SILENT": replace(gemini.SILENT, before_seconds=5.0),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_no_error_log_or_output_shows_the_key(
    local_gemini: GeminiServer,
    library: Library,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    for logger in ("google", "google.auth", "google.genai", "httpx", "httpcore", "urllib3"):
        caplog.set_level(logging.DEBUG, logger)
    monkeypatch.setattr(logging.getLogger("google"), "propagate", True)  # it hides its own
    local_gemini.always(TROUBLES[name])
    waits = 2.0 if name in ("SILENT", "STALLED") else QUESTION.silence_seconds
    asked = replace(QUESTION, silence_seconds=waits)
    seen = []
    try:
        seen += [repr(item) for item in GeminiEngine().run(asked, CancelToken())]
    except GhostError as error:
        seen += list(told(error))
    assert seen and local_gemini.calls[0].key == KEY
    for record in caplog.records:
        seen += [record.getMessage(), repr(record.__dict__)]
    assert not [text for text in (*seen, *capfd.readouterr()) if KEY in text]


def told(error: BaseException | None) -> Iterator[str]:
    """Everything that an error and those it hangs on say."""
    while error is not None:
        yield from traceback.format_exception(error)
        yield from (repr(error), repr(error.args), repr(vars(error)))
        error = error.__cause__ or error.__context__
