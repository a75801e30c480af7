"""Every test of asking Gemini runs with both of Google's libraries, where they are installed."""

from __future__ import annotations

import asyncio
from functools import cache
from importlib.util import find_spec

import pytest
from pydantic import SecretStr

from ghost_engine.inference.gemini import client, engine
from ghost_engine.inference.gemini.access import Access
from ghost_engine.inference.gemini.client import MODULES, Asked, Library, Piece, connect
from tests.gemini import server as gemini


def is_installed(library: Library) -> bool:
    try:
        return find_spec(MODULES[library]) is not None
    except ModuleNotFoundError:
        return False


@cache
def warm(library: Library) -> None:
    """Its first question takes a second or more, which a test of silence would hear as one."""

    async def ask(url: str) -> list[Piece]:
        asked = Asked("gemini-2.0-flash", ({"role": "user", "parts": [{"text": "Hi"}]},), 9)
        talk = connect(library, Access(url, SecretStr(gemini.KEY), "here")).answer(asked)
        return [piece async for piece in talk]

    with gemini.serve() as server:
        assert asyncio.run(ask(server.url))


@pytest.fixture(params=list(MODULES))
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Library:
    """The library that asks, as if it were the only one here."""
    library: Library = request.param
    if not is_installed(library):
        pytest.skip(f"{library} is not installed")
    warm(library)
    for module in (client, engine):
        monkeypatch.setattr(module, "find_library", lambda: library)
    return library
