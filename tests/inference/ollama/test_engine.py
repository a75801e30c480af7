"""Asking a model of Ollama, against a local server that speaks its API."""

from __future__ import annotations

import base64
import io
import json
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image

from ghost_engine import doctor, prompts
from ghost_engine.data.images import Picture
from ghost_engine.errors import Cancelled, EngineError
from ghost_engine.inference.document import SCHEMA
from ghost_engine.inference.ollama import engine as ollama
from ghost_engine.inference.ollama.engine import OllamaEngine
from ghost_engine.inference.protocol import (
    CancelToken,
    Draft,
    Progress,
    Question,
    Turn,
    Written,
)
from ghost_engine.settings import get_settings
from ghost_engine.sql import check
from tests.ollama.chat import DOCUMENT, SQL, THOUGHTS
from tests.ollama.server import Faults, OllamaServer

PICTURE = Picture("orders.png", "a", Image.new("RGB", (64, 48), (200, 30, 30)))
QUESTION = Question((PICTURE,))
USUAL_SECONDS = ollama.READINESS_SECONDS
VISION, TEXT, OURS = "gemma3:4b", "llama3.2:latest", "me/ghost-architect:v2"


@pytest.fixture
def server(local_ollama: OllamaServer) -> OllamaServer:
    """A running Ollama with one model that sees."""
    local_ollama.add_model(VISION)
    return local_ollama


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine of a test may be busy."""
    monkeypatch.setattr(ollama, "READINESS_SECONDS", 30.0)


@pytest.fixture
def engine(server: OllamaServer) -> OllamaEngine:
    return OllamaEngine(server.url)


def ask(engine: OllamaEngine, question: Question = QUESTION) -> list[Progress | Written | Draft]:
    return list(engine.run(question, CancelToken()))


def drafted(engine: OllamaEngine, question: Question = QUESTION) -> Draft:
    draft = ask(engine, question)[-1]
    assert isinstance(draft, Draft)
    return draft


def written(items: list[Progress | Written | Draft]) -> str:
    return "".join(item.text for item in items if isinstance(item, Written))


def free_address() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def deaf() -> Iterator[str]:
    """The address of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


# The answer


def test_the_answer_comes_in_pieces_and_ends_as_a_draft(engine: OllamaEngine) -> None:
    *before, draft = ask(engine)
    assert sum(isinstance(item, Written) for item in before) > 10
    assert isinstance(draft, Draft) and draft.sql == written(before).strip() == SQL.strip()
    assert (draft.model, draft.prompt_version) == (VISION, prompts.VERSION)
    assert not draft.cut and check(draft.sql).valid


def test_the_model_sees_the_very_pixels_and_is_asked_as_it_was_trained(
    engine: OllamaEngine, server: OllamaServer
) -> None:
    ask(engine)
    (message,) = server.chats[0]["messages"]
    assert (message["role"], message["content"]) == ("user", prompts.VISION_INSTRUCTION)
    (image,) = message["images"]
    with Image.open(io.BytesIO(base64.b64decode(image))) as seen:
        assert seen.format == "PNG" and seen.tobytes() == PICTURE.pixels.tobytes()


def test_earlier_answers_and_remarks_are_told_in_order(
    engine: OllamaEngine, server: OllamaServer
) -> None:
    ask(engine, Question((PICTURE,), turns=(Turn("CREATE TABEL a", "No such word."),)))
    said = [(each["role"], each["content"]) for each in server.chats[0]["messages"]]
    assert said[1:] == [("assistant", "CREATE TABEL a"), ("user", "No such word.")]


def test_options_reach_the_model(engine: OllamaEngine, server: OllamaServer) -> None:
    ask(engine, Question((PICTURE,), temperature=0.0, seed=7, longest_tokens=30_000))
    asked = server.chats[0]
    chosen = {key: asked["options"][key] for key in ("temperature", "seed", "num_predict")}
    assert chosen == {"temperature": 0.0, "seed": 7, "num_predict": 30_000}
    assert asked["options"]["num_ctx"] == 32_768, "room for the answer"
    assert asked["keep_alive"] == "15m" and "format" not in asked


def test_a_correction_does_not_make_the_model_load_anew(
    engine: OllamaEngine, server: OllamaServer
) -> None:
    """Another size of context would."""
    ask(engine)
    ask(engine, Question((PICTURE,), turns=(Turn(SQL, "It does not run."),) * 2))
    first, second = (asked["options"]["num_ctx"] for asked in server.chats)
    assert first == second


def test_tokens_and_seconds_are_counted(engine: OllamaEngine, server: OllamaServer) -> None:
    server.faults.first_token_seconds = 0.1
    items = ask(engine)
    usage = drafted(engine).usage
    assert usage and usage.prompt_tokens and usage.prompt_tokens > 270
    assert usage.answer_tokens == sum(isinstance(item, Written) for item in items)
    assert usage.first_token_seconds and usage.seconds
    assert 0.1 <= usage.first_token_seconds <= usage.seconds
    assert usage.cost_usd is None


def test_loading_is_told_the_first_time(engine: OllamaEngine) -> None:
    first, second = ([i.message for i in ask(engine) if isinstance(i, Progress)] for _ in "12")
    assert "loads gemma3:4b (3.3 GB)" in first[0] and "of loading" in first[-1]
    assert second[0] == "gemma3:4b reads the screenshot" and "loading" not in second[-1]


def test_an_answer_that_is_too_long_is_cut_and_says_so(engine: OllamaEngine) -> None:
    draft = drafted(engine, Question((PICTURE,), longest_tokens=8))
    assert draft.cut and SQL.startswith(draft.sql)


def test_nothing_written_is_no_schema_but_a_reason(
    engine: OllamaEngine, server: OllamaServer
) -> None:
    server.answer = lambda asked: ""
    draft = drafted(engine)
    assert (draft.sql, draft.reason) == ("", "gemma3:4b answered with nothing.")


def test_a_model_that_thinks_is_asked_not_to(server: OllamaServer) -> None:
    server.add_model("thinker", thinks=True)
    items = ask(OllamaEngine(server.url), Question((PICTURE,), model="thinker"))
    assert server.chats[0]["think"] is False
    assert THOUGHTS not in written(items)


# As a typed document


def test_a_document_is_held_to_the_schema_and_becomes_sql(
    engine: OllamaEngine, server: OllamaServer
) -> None:
    items = ask(engine, Question((PICTURE,), form="json"))
    draft = items[-1]
    assert isinstance(draft, Draft)
    assert server.chats[0]["format"] == SCHEMA
    assert list(server.chats[0]["format"]) == list(SCHEMA), "a grammar keeps this order"
    assert json.loads(written(items)) == DOCUMENT == json.loads(draft.answer)
    assert check(draft.sql).schema.table_names == ("customers", "orders")
    labels = {(each.table, each.column): each.label for each in draft.columns}
    assert labels["orders", "status"] == "Status" and labels["orders", "id"] is None


def test_a_document_that_was_cut_keeps_what_is_whole(engine: OllamaEngine) -> None:
    draft = drafted(engine, Question((PICTURE,), form="json", longest_tokens=60))
    assert draft.cut
    assert check(draft.sql).valid and "CREATE TABLE orders" in draft.sql


def test_an_unknown_type_of_a_document_is_left_for_postgresql_to_name(
    engine: OllamaEngine, server: OllamaServer
) -> None:
    column = {"name": "a", "type": "wibble"}
    server.answer = lambda asked: json.dumps({"tables": [{"name": "t", "columns": [column]}]})
    draft = drafted(engine, Question((PICTURE,), form="json"))
    assert "a wibble" in draft.sql


# Which model


def test_ours_is_asked_before_others(server: OllamaServer, engine: OllamaEngine) -> None:
    server.add_model(OURS)
    server.add_model("qwen3-vl:8b")
    assert engine.readiness().detail == f"asks {OURS}"
    assert [model.name for model in engine.models()][0] == OURS
    assert drafted(engine).model == OURS


def test_else_the_newest_that_sees(server: OllamaServer, engine: OllamaEngine) -> None:
    server.add_model("qwen3-vl:8b")
    server.add_model(TEXT, sees=False)
    assert drafted(engine).model == "qwen3-vl:8b"


def test_a_model_in_the_cloud_is_not_asked_unless_it_is_named(
    server: OllamaServer, engine: OllamaEngine
) -> None:
    server.add_model("qwen3-vl:235b-cloud")
    assert drafted(engine).model == VISION
    assert "cloud" in engine.models()[-1].detail
    assert drafted(engine, Question((PICTURE,), model="qwen3-vl:235b-cloud")).model


def test_the_settings_name_another(server: OllamaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.add_model(OURS)
    monkeypatch.setenv("GHOST_OLLAMA_URL", server.url)
    monkeypatch.setenv("GHOST_OLLAMA_MODEL", VISION)
    get_settings.cache_clear()
    try:
        assert drafted(OllamaEngine()).model == VISION
        assert OllamaEngine().models()[0].name == VISION
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()


def test_models_say_who_sees(server: OllamaServer, engine: OllamaEngine) -> None:
    server.add_model(TEXT, sees=False)
    seeing, blind = engine.models()
    assert (seeing.name, seeing.vision, seeing.detail) == (VISION, True, "4.3B, Q4_K_M")
    assert (blind.name, blind.vision, blind.bytes) == (TEXT, False, 3_300_000_000)


def test_what_a_model_can_do_is_asked_once(server: OllamaServer, engine: OllamaEngine) -> None:
    server.add_model("asked-once")
    for _ in range(3):
        engine.readiness("asked-once")
    assert server.asked("POST", "/api/show") == 1


def test_an_ollama_that_does_not_tell_is_tried(server: OllamaServer, engine: OllamaEngine) -> None:
    server.faults.silent_skills = True
    server.add_model("old-vision")
    assert engine.readiness("old-vision").ready
    assert next(m for m in engine.models() if m.name.startswith("old-vision")).vision is None


# Readiness


def test_readiness_is_told_within_half_a_second_whatever_is_down(
    server: OllamaServer, deaf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ollama, "READINESS_SECONDS", USUAL_SECONDS)
    OllamaEngine(server.url).readiness()  # the client is loaded now
    server.faults.slow_seconds = 5
    for url in (deaf, server.url, free_address(), "http://192.0.2.1:11434"):
        began = time.monotonic()
        ready = OllamaEngine(url).readiness()
        assert time.monotonic() - began < 60, "half a second on a quiet machine"
        assert not ready.ready and url in ready.detail and ready.next_step
        assert ready.sure == ("within" not in ready.detail)


@pytest.mark.parametrize(
    ("models", "named", "detail", "step"),
    [
        ({}, "", "has no model yet", "ollama pull"),
        ({}, "gemma3", "has no model gemma3", "`ollama pull gemma3`"),
        ({TEXT: False}, "", "can see a screenshot", "with vision"),
        ({TEXT: False}, "llama3.2", "llama3.2 reads text only", "Choose a model with vision"),
        ({"gemma3:latest": True}, "gemma3", "asks gemma3:latest", ""),
    ],
)
def test_readiness_names_what_is_missing_and_the_next_step(
    local_ollama: OllamaServer, models: dict[str, bool], named: str, detail: str, step: str
) -> None:
    for name, sees in models.items():
        local_ollama.add_model(name, sees=sees)
    ready = OllamaEngine(local_ollama.url).readiness(named)
    assert detail in ready.detail and step in ready.next_step
    assert ready.ready == (not step)


def test_without_its_client_readiness_gives_the_line_to_run(
    engine: OllamaEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ghost_engine.inference.ollama.engine.find_spec", lambda name: None)
    assert engine.readiness().next_step == "Run `pip install ollama`."
    with pytest.raises(EngineError, match="client is not installed"):
        ask(engine)


def test_the_doctor_looks_where_the_engine_asks(
    server: OllamaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", server.url)
    found = next(each for each in doctor.examine() if each.name == "Ollama")
    assert (found.status, found.detail) == ("ok", f"version 0.31.0 at {server.url}")


# What goes wrong


@pytest.mark.parametrize(
    ("faults", "message", "hint"),
    [
        (Faults(no_ollama=True), "is not Ollama", "OLLAMA_HOST"),
        (Faults(locked=True), "lets nobody in", "OLLAMA_API_KEY"),
        (Faults(chat_status=503, chat_error="server busy"), "too much to do", "in a minute"),
        (
            Faults(chat_status=500, chat_error="model requires more system memory (9 GiB)"),
            "memory of Ollama .* does not hold the model",
            "smaller model",
        ),
        (
            Faults(error_after=3, chat_error="llama runner process has terminated: signal"),
            "The model broke down",
            "log",
        ),
        (Faults(error_after=3, chat_error="an error"), "refused: an error", "log"),
        (Faults(cut_after=3), "broke off", "Try again"),
        (Faults(halve_after=3), "broke off in the middle", "Try again"),
        (Faults(end_after=3), "broke off in the middle", "Try again"),
        (Faults(stall_after=0), "said nothing for 0.2 s", "smaller model"),
        (Faults(stall_after=3), "said nothing for 0.2 s", "smaller model"),
        (Faults(first_token_seconds=9), "said nothing for 0.2 s", "smaller model"),
        (
            Faults(chat_status=500, chat_error="failed to parse grammar"),
            "cannot hold the model to a form",
            "--form sql",
        ),
        (
            Faults(chat_status=500, chat_error="image input is not supported"),
            "cannot see screenshots",
            "gemma3",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_failure_says_what_helps(
    engine: OllamaEngine, server: OllamaServer, faults: Faults, message: str, hint: str
) -> None:
    server.faults = faults
    silence = 0.2 if "nothing" in message else 20
    with pytest.raises(EngineError, match=message) as raised:
        ask(engine, Question((PICTURE,), silence_seconds=silence))
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    ("model", "message"),
    [("nowhere", "has no model nowhere"), (TEXT, "cannot see a screenshot")],
)
def test_a_model_that_cannot_answer_is_not_asked(
    engine: OllamaEngine, server: OllamaServer, model: str, message: str
) -> None:
    server.add_model(TEXT, sees=False)
    with pytest.raises(EngineError, match=message):
        ask(engine, Question((PICTURE,), model=model))
    assert not server.chats


def test_nobody_there_is_said_with_the_address() -> None:
    url = free_address()
    with pytest.raises(EngineError, match=f"No Ollama answers at {url}") as raised:
        ask(OllamaEngine(url))
    assert "ollama serve" in raised.value.hint


def test_what_came_before_the_line_was_cut_was_handed_out(
    engine: OllamaEngine, server: OllamaServer
) -> None:
    server.faults.cut_after = 5
    came: list[Progress | Written | Draft] = []
    with pytest.raises(EngineError):
        for item in engine.run(QUESTION, CancelToken()):
            came.append(item)
    assert len([item for item in came if isinstance(item, Written)]) == 5
    assert SQL.startswith(written(came))


@pytest.mark.parametrize("key", ["sk-secret-0123", "sk-secret 0123", "sk-secrét"])
def test_a_key_is_in_no_error_and_no_chain_of_errors(
    server: OllamaServer, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", key)
    server.faults = Faults(chat_status=403, chat_error=f"key {key} is not known")
    with pytest.raises(EngineError, match="OLLAMA_API_KEY|lets nobody in") as raised:
        ask(OllamaEngine(server.url))
    assert "secr" not in "".join(traceback.format_exception(raised.value))


def test_a_password_in_the_address_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = OllamaEngine("http://me:hidden@127.0.0.1:99999").readiness()
    assert not ready.ready and "hidden" not in ready.detail + ready.next_step


def test_a_proxy_does_not_catch_what_is_on_this_machine(
    engine: OllamaEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert drafted(engine).sql


# Giving up


@pytest.mark.parametrize(
    "faults", [Faults(stall_after=0), Faults(stall_after=4), Faults(piece_seconds=0.02)], ids=str
)
def test_cancel_ends_it_and_ollama_learns_of_it(
    engine: OllamaEngine, server: OllamaServer, faults: Faults
) -> None:
    server.faults = faults
    cancel = CancelToken()
    run = engine.run(QUESTION, cancel)
    next(run)
    threading.Timer(0.1, cancel.cancel).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        list(run)
    assert time.monotonic() - began < 60, "0.2 s on a quiet machine; the answer would never end"
    wait_until(lambda: server.hung_up == 1)


def test_who_goes_away_closes_the_connection(engine: OllamaEngine, server: OllamaServer) -> None:
    server.faults.stall_after = 2
    run = engine.run(QUESTION, CancelToken())
    next(item for item in run if isinstance(item, Written))
    run.close()  # type: ignore[attr-defined]
    wait_until(lambda: server.hung_up == 1)
    assert not [thread for thread in threading.enumerate() if thread.name == "listen"]


def test_a_server_that_takes_no_notice_is_given_up_too(deaf: str) -> None:
    cancel = CancelToken()
    threading.Timer(0.1, cancel.cancel).start()
    with pytest.raises(Cancelled):
        list(OllamaEngine(deaf).run(QUESTION, cancel))


def test_it_can_be_asked_where_an_event_loop_runs(engine: OllamaEngine) -> None:
    """As in a notebook."""
    import asyncio

    async def cell() -> tuple[bool, Any]:
        return engine.readiness().ready, drafted(engine).sql

    ready, sql = asyncio.run(cell())
    assert ready and sql


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
