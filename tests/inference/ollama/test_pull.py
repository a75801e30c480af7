"""Having Ollama fetch a model, against a local server that speaks its API."""

from __future__ import annotations

import pytest

from ghost_engine.errors import Cancelled, EngineError
from ghost_engine.inference.ollama.engine import OllamaEngine
from ghost_engine.inference.ollama.pull import Pulling, pull
from tests.ollama.server import Faults, OllamaServer

GIB = 2**30
FILES = {"sha256:" + "a" * 64: 3 * GIB, "sha256:" + "b" * 64: 1000}


@pytest.fixture
def server(local_ollama: OllamaServer) -> OllamaServer:
    local_ollama.library["gemma3:4b"] = FILES
    return local_ollama


def never() -> bool:
    return False


def test_progress_grows_to_the_last_byte_and_the_model_is_there(server: OllamaServer) -> None:
    told: list[Pulling] = []
    pull("gemma3:4b", told.append, never, url=server.url)
    done = [step.done_bytes for step in told]
    assert done == sorted(done) and len(set(done)) > 10
    assert told[-1] == Pulling("success", sum(FILES.values()), sum(FILES.values()))
    assert OllamaEngine(server.url).readiness().ready


def test_a_pull_that_was_stopped_goes_on_where_it_ended(server: OllamaServer) -> None:
    server.faults.piece_seconds = 0.05
    told: list[Pulling] = []
    with pytest.raises(Cancelled):
        pull("gemma3:4b", told.append, lambda: len(told) > 4, url=server.url)
    assert 0 < told[-1].done_bytes < 3 * GIB
    assert not server.models
    server.faults.piece_seconds = 0
    again: list[Pulling] = []
    pull("gemma3:4b", again.append, never, url=server.url)
    assert next(step.done_bytes for step in again if step.total_bytes) >= told[-1].done_bytes
    assert "gemma3:4b" in server.models


@pytest.mark.parametrize(
    ("faults", "model", "message", "hint"),
    [
        (Faults(), "gema3", "library has no such model", "ollama.com/library"),
        (
            Faults(chat_error="write /blobs/x: no space left on device"),
            "gemma3:4b",
            "disk of Ollama .* is full",
            "ollama rm",
        ),
        (
            Faults(chat_error='Get "https://registry.ollama.ai/v2/": dial tcp: no such host'),
            "gemma3:4b",
            "cannot reach its library",
            "network",
        ),
        (Faults(piece_seconds=9), "gemma3:4b", "said nothing of gemma3:4b for 0.3 s", "twice"),
        (Faults(no_ollama=True), "gemma3:4b", "is not Ollama", "OLLAMA_HOST"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_failure_says_what_helps(
    server: OllamaServer, faults: Faults, model: str, message: str, hint: str
) -> None:
    server.faults = faults
    silence = 0.3 if "nothing" in message else 20
    with pytest.raises(EngineError, match=message) as raised:
        pull(model, lambda step: None, never, url=server.url, silence_seconds=silence)
    assert hint in raised.value.hint
