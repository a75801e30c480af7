"""Every test of asking Gemini runs with both of Google's libraries, where they are installed."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from ghost_engine.inference.gemini import client, engine
from ghost_engine.inference.gemini.client import MODULES, Library


def is_installed(library: Library) -> bool:
    try:
        return find_spec(MODULES[library]) is not None
    except ModuleNotFoundError:
        return False


@pytest.fixture(params=list(MODULES))
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Library:
    """The library that asks, as if it were the only one here."""
    library: Library = request.param
    if not is_installed(library):
        pytest.skip(f"{library} is not installed")
    for module in (client, engine):
        monkeypatch.setattr(module, "find_library", lambda: library)
    return library
