"""What every test shares: a cache of its own, and a sandbox that is given up at the end."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from ghost_engine.settings import get_settings
from ghost_engine.sql import postgres
from tests.gemini import server as gemini_server
from tests.gemini.server import GeminiServer
from tests.ollama.server import OllamaServer, serve

# Two test processes on two cores: threads that spin while they wait make torch 20 times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Nothing is compiled on a processor; to be ready for it is a fifth of the training stack's start.
os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # no test asks the hub for anything

TESTS = Path(__file__).parent
# and files beside this one
LONGEST_FIRST = ("browser", "training", "notebook", "export", "jobs", "pages")

# The same examples on every machine and in every run: a red test is the change's, not chance's.
# HYPOTHESIS_PROFILE=search looks for new ones, thorough (`make test-slow`) at ten times as many.
# Tests whose examples are dear take a share of `settings.default.max_examples`.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.register_profile("thorough", derandomize=True, deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported stays: to look for garbage among it takes seconds of each process."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest goes first, so that two workers end together."""
    folders = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: folders.get(item.path.relative_to(TESTS).parts[0], len(folders)))


@pytest.fixture(scope="session", autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or fills the user's own cache, store or runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GHOST_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("GHOST_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        patch.setenv("GHOST_RUNS_DIR", str(tmp_path_factory.mktemp("runs")))
        patch.setenv("GHOST_GGUF_DIR", str(tmp_path_factory.mktemp("gguf")))
        patch.delenv("GHOST_GGUF", raising=False)
        patch.delenv("GHOST_DATABASE_URL", raising=False)
        get_settings.cache_clear()
        yield
    get_settings.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def sandbox_given_up() -> Iterator[None]:
    yield
    postgres.close()


@pytest.fixture
def local_ollama(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OllamaServer]:
    """A local server that speaks Ollama's API; `local_ollama.faults` makes it misbehave."""
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    monkeypatch.delenv("OLLAMA_API_KEY", raising=False)
    with serve(tmp_path / "ollama") as server:
        yield server


@pytest.fixture
def local_gemini() -> Iterator[GeminiServer]:
    """A local server that speaks Gemini's API, and the settings that lead there."""
    with gemini_server.serve() as server, pytest.MonkeyPatch.context() as patch:
        for name in ("GOOGLE_API_KEY", "GHOST_GEMINI_URL", "GHOST_GEMINI_MODEL"):
            patch.delenv(name, raising=False)
        patch.setenv("GEMINI_API_KEY", server.key)
        patch.setenv("GOOGLE_GEMINI_BASE_URL", server.url)
        get_settings.cache_clear()
        yield server
    get_settings.cache_clear()
