"""Asking Gemini, by both of Google's libraries, against a local server that speaks its API."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from PIL import Image

from ghost_engine import prompts
from ghost_engine.data.images import Picture
from ghost_engine.errors import Cancelled, EngineError, ServiceError
from ghost_engine.inference.document import write_sql
from ghost_engine.inference.gemini.client import Library
from ghost_engine.inference.gemini.engine import GeminiEngine
from ghost_engine.inference.protocol import CancelToken, Draft, Progress, Question, Turn, Written
from tests.gemini import server as gemini
from tests.gemini.server import GeminiServer, Listed, Trouble

PICTURE = Picture("orders.png", "a", Image.new("RGB", (64, 48), (200, 30, 30)))
OTHER = Picture("customers.png", "b", Image.new("RGB", (48, 64), (30, 30, 200)))
QUESTION = Question((PICTURE,))
DOCUMENT = {
    "tables": [
        {
            "name": "customers",
            "columns": [
                {"name": "id", "type": "bigint", "primary_key": True},
                {"name": "email", "type": "text", "label": "E-mail", "required": True},
            ],
        }
    ]
}


@pytest.fixture
def engine(local_gemini: GeminiServer, library: Library) -> GeminiEngine:
    return GeminiEngine()


def ask(engine: GeminiEngine, question: Question = QUESTION) -> list[Progress | Written | Draft]:
    return list(engine.run(question, CancelToken()))


def drafted(engine: GeminiEngine, question: Question = QUESTION) -> Draft:
    draft = ask(engine, question)[-1]
    assert isinstance(draft, Draft)
    return draft


def refused(engine: GeminiEngine, question: Question = QUESTION) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        ask(engine, question)
    return caught.value


def until(done: Any, seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(0.01)
    return bool(done())


# Asking


def test_the_answer_comes_in_pieces_and_then_as_one_draft(
    engine: GeminiEngine, local_gemini: GeminiServer
) -> None:
    *before, draft = ask(engine)
    texts = [item.text for item in before if isinstance(item, Written)]
    assert len(texts) > 3 and "".join(texts) == gemini.SQL
    assert isinstance(draft, Draft) and draft.sql == gemini.SQL.strip() and not draft.cut
    assert draft.model == "gemini-3.8-flash" and draft.prompt_version == prompts.VERSION
    assert [call.status for call in local_gemini.calls] == [200]


def test_tokens_seconds_and_price_come_with_the_draft(
    engine: GeminiEngine, local_gemini: GeminiServer
) -> None:
    local_gemini.piece_seconds = 0.02
    question = replace(QUESTION, model="gemini-3.5-flash-lite")
    usage = drafted(engine, question).usage
    assert usage is not None and usage.first_token_seconds and usage.seconds
    assert usage.prompt_tokens == 300 + len(prompts.VISION_INSTRUCTION) // 4
    assert usage.answer_tokens == len(gemini.SQL) // 4 + 11  # what was thought is paid for too
    assert usage.first_token_seconds < usage.seconds
    price = (usage.prompt_tokens * 0.30 + usage.answer_tokens * 2.50) / 1e6
    assert usage.cost_usd == pytest.approx(price)


def test_gemini_is_asked_with_the_project_s_own_words_and_no_others(
    engine: GeminiEngine, local_gemini: GeminiServer
) -> None:
    drafted(engine, replace(QUESTION, pictures=(PICTURE, OTHER)))
    (call,) = local_gemini.calls
    assert call.text == prompts.VISION_INSTRUCTION
    assert call.pictures == tuple(
        hashlib.sha256(picture.png()).hexdigest() for picture in (PICTURE, OTHER)
    )
    assert "systemInstruction" not in call.document and "tools" not in call.document


def test_earlier_answers_are_told_with_what_was_said_to_them(
    engine: GeminiEngine, local_gemini: GeminiServer
) -> None:
    turns = (Turn("CREATE TALBE a", "It does not run."), Turn("", "Write the whole script."))
    drafted(engine, replace(QUESTION, turns=turns))
    contents = local_gemini.calls[0].document["contents"]
    assert [content["role"] for content in contents] == ["user", "model", "user", "model", "user"]
    said = [content["parts"][-1]["text"] for content in contents[1:]]
    assert said == ["CREATE TALBE a", "It does not run.", "(nothing)", "Write the whole script."]


@pytest.mark.parametrize("model", [name for name, listed in gemini.MODELS.items() if listed.sees])
def test_every_model_is_asked_in_a_way_that_it_takes(
    engine: GeminiEngine, local_gemini: GeminiServer, model: str
) -> None:
    if "embedding" in model or "tts" in model:
        pytest.skip("it drafts nothing")
    drafted(engine, replace(QUESTION, model=f"models/{model}"))
    assert [call.status for call in local_gemini.calls] == [200]  # and at the first attempt


def test_older_models_are_asked_at_a_low_temperature_newer_ones_at_their_own(
    engine: GeminiEngine, local_gemini: GeminiServer
) -> None:
    for model, given in (("gemini-2.5-flash", None), ("gemini-3.8-flash", None), ("", 0.7)):
        drafted(engine, replace(QUESTION, model=model, temperature=given))
    found = [call.config.get("temperature") for call in local_gemini.calls]
    assert found == [pytest.approx(0.2), None, pytest.approx(0.7)]


def test_a_picture_too_large_for_the_api_is_sent_as_jpeg(
    engine: GeminiEngine, local_gemini: GeminiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ghost_engine.inference.gemini.engine.MOST_PICTURE_BYTES", 10)
    drafted(engine)
    part = local_gemini.calls[0].document["contents"][0]["parts"][0]["inlineData"]
    assert (part.get("mimeType") or part["mime_type"]) == "image/jpeg"


def test_a_typed_document_becomes_sql(engine: GeminiEngine, local_gemini: GeminiServer) -> None:
    local_gemini.answer = lambda call: json.dumps(DOCUMENT)
    draft = drafted(engine, replace(QUESTION, form="json"))
    assert draft.sql == write_sql(DOCUMENT) and json.loads(draft.answer) == DOCUMENT
    assert [(each.column, each.label) for each in draft.columns][1] == ("email", "E-mail")
    (call,) = local_gemini.calls
    assert call.config["responseMimeType"] == "application/json"
    assert call.text == prompts.for_document(prompts.VISION_INSTRUCTION)


def test_the_supported_library_holds_the_model_to_the_document(
    engine: GeminiEngine, local_gemini: GeminiServer, library: Library
) -> None:
    if library != "google-genai":
        pytest.skip("the older library knows no JSON schema")
    local_gemini.answer = lambda call: json.dumps(DOCUMENT)
    drafted(engine, replace(QUESTION, form="json", seed=7))
    config = local_gemini.calls[0].config
    table = config["responseJsonSchema"]["properties"]["tables"]["items"]
    assert set(table["required"]) == {"name", "columns"} and config["seed"] == 7
    assert "pattern" not in json.dumps(table)  # Gemini does not know it


def test_words_in_place_of_a_document_are_an_error_that_says_so(
    engine: GeminiEngine, local_gemini: GeminiServer
) -> None:
    local_gemini.answer = lambda call: "I see a table of customers."
    with pytest.raises(EngineError, match="did not answer with a JSON document"):
        ask(engine, replace(QUESTION, form="json"))


# Refusals


@pytest.mark.parametrize(
    ("trouble", "kind", "wait", "words"),
    [
        (gemini.RATE, "rate", 7.0, "no more questions for the moment"),
        (gemini.RATE_HEADER, "rate", 3.0, "Ask again in 3 s"),
        (replace(gemini.RATE, retry_after="20"), "rate", 20.0, "Ask again in 20 s"),
        (gemini.BROKEN, "server", None, "internal error has occurred (500)"),
        (replace(gemini.BUSY, retry_after="5"), "server", 5.0, "overloaded"),
        (gemini.GATEWAY, "server", None, "status 502"),
        (gemini.BAD_KEY, "key", None, "refuses the key from GEMINI_API_KEY"),
        (gemini.FORBIDDEN, "key", None, "reported as leaked"),
        (gemini.NOWHERE, "key", None, "Google does not offer Gemini there"),
        (gemini.PROMPT_BLOCKED, "blocked", None, "PROHIBITED_CONTENT"),
        (gemini.ANSWER_BLOCKED, "blocked", None, "SAFETY"),
        (Trouble(finish="OTHER"), "server", None, "ended its answer early (OTHER)"),
        (gemini.CUT, "cut", None, "cut in the middle"),
        (gemini.ENDS_EARLY, "cut", None, "cut in the middle"),
        (Trouble(400, "Add an image."), "refused", None, "Add an image (400)"),
        (Trouble(413, "Request too large."), "refused", None, "fewer or smaller pictures"),
    ],
    ids=lambda value: value.message[:20] if isinstance(value, Trouble) else None,
)
def test_a_refusal_says_its_kind_when_to_come_again_and_what_to_do(
    engine: GeminiEngine,
    local_gemini: GeminiServer,
    trouble: Trouble,
    kind: str,
    wait: float | None,
    words: str,
) -> None:
    local_gemini.always(trouble)
    error = refused(engine)
    assert (error.kind, error.retry_after_seconds) == (kind, wait)
    assert words in str(error) and error.hint and "<" not in str(error)
    assert len(local_gemini.calls) == 1  # who asks decides whether to ask again


def test_a_day_s_quota_comes_back_at_midnight_in_california_not_in_a_minute(
    engine: GeminiEngine, local_gemini: GeminiServer
) -> None:
    local_gemini.always(gemini.DAY)
    error = refused(engine)
    assert error.kind == "day" and "midnight" in error.hint
    assert error.retry_after_seconds is not None and 17 <= error.retry_after_seconds <= 25 * 3600


def test_an_error_in_the_middle_of_the_stream_is_one_to_ask_again_after(
    engine: GeminiEngine, local_gemini: GeminiServer
) -> None:
    local_gemini.always(gemini.BREAKS)
    assert refused(engine).kind in ("server", "cut")  # the older library reads no more than "cut"


def test_a_missing_model_is_named(engine: GeminiEngine) -> None:
    error = refused(engine, replace(QUESTION, model="gemini-9-flash"))
    assert error.kind == "model" and "'gemini-9-flash'" in error.message


def test_a_model_without_eyes_is_named(engine: GeminiEngine) -> None:
    error = refused(engine, replace(QUESTION, model="gemma-3-1b-it"))
    assert error.kind == "model" and "gemma-3-1b-it reads no pictures" in error.message


def test_a_model_that_takes_no_word_about_thinking_is_asked_without_from_then_on(
    engine: GeminiEngine, local_gemini: GeminiServer, library: Library
) -> None:
    local_gemini.models["gemini-3.9-flash"] = Listed(thinking="none")
    for _ in range(2):
        drafted(engine, replace(QUESTION, model="gemini-3.9-flash"))
    first = [400, 200] if library == "google-genai" else [200]
    assert [call.status for call in local_gemini.calls] == [*first, 200]


def test_an_answer_that_is_too_long_is_a_draft_that_says_so(
    engine: GeminiEngine, local_gemini: GeminiServer
) -> None:
    local_gemini.always(gemini.TOO_LONG)
    draft = drafted(engine)
    assert draft.cut and draft.sql == gemini.SQL[:60].strip() and not draft.reason


def test_an_answer_that_thinking_left_no_tokens_for_says_so(
    engine: GeminiEngine, local_gemini: GeminiServer
) -> None:
    local_gemini.always(gemini.NOTHING_LEFT)
    draft = drafted(engine)
    assert draft.cut and draft.sql == "" and "by thinking" in draft.reason


def test_thinking_has_tokens_of_its_own(
    engine: GeminiEngine, local_gemini: GeminiServer, library: Library
) -> None:
    for model in ("gemini-2.0-flash", "gemini-2.5-flash", "gemini-3.8-flash"):
        drafted(engine, replace(QUESTION, longest_tokens=1000, model=model))
    found = [call.config["maxOutputTokens"] for call in local_gemini.calls]
    told = library == "google-genai"  # the older library cannot ask for little of it
    assert found == ([1000, 1000, 5096] if told else [1000, 17384, 17384])


def test_an_empty_answer_has_a_reason(engine: GeminiEngine, local_gemini: GeminiServer) -> None:
    local_gemini.answer = lambda call: ""
    assert drafted(engine).reason == "gemini-3.8-flash wrote nothing."


# Silence


def test_a_stream_that_stalls_is_given_up(engine: GeminiEngine, local_gemini: GeminiServer) -> None:
    local_gemini.always(gemini.STALLED)
    error = refused(engine, replace(QUESTION, silence_seconds=0.5))
    assert error.kind == "stalled" and "said nothing for 0.5 seconds" in error.message
    assert until(lambda: local_gemini.calls[0].left)


@pytest.mark.parametrize("trouble", [gemini.SILENT, gemini.STALLED], ids=["before", "within"])
def test_a_cancel_hangs_up_within_a_second_while_nothing_comes(
    engine: GeminiEngine, local_gemini: GeminiServer, trouble: Trouble
) -> None:
    local_gemini.always(trouble)
    cancel, cancelled_at = CancelToken(), [0.0]

    def cancel_once_asked() -> None:
        until(lambda: local_gemini.calls)
        time.sleep(0.1)
        cancelled_at[0] = time.monotonic()
        cancel.cancel()

    threading.Thread(target=cancel_once_asked).start()
    with pytest.raises(Cancelled):
        list(engine.run(QUESTION, cancel))
    assert time.monotonic() - cancelled_at[0] < 60, (
        "0.1 s on a quiet machine; it never ends by itself"
    )
    assert until(lambda: local_gemini.calls[0].left)


def test_a_reader_who_leaves_hangs_up(engine: GeminiEngine, local_gemini: GeminiServer) -> None:
    local_gemini.always(gemini.STALLED)
    with closing(engine.run(QUESTION, CancelToken())) as items:  # type: ignore[type-var]
        assert isinstance(next(item for item in items if isinstance(item, Written)), Written)
    assert until(lambda: local_gemini.calls[0].left)


def test_questions_run_side_by_side(engine: GeminiEngine, local_gemini: GeminiServer) -> None:
    local_gemini.piece_seconds = 0.05
    threads = [threading.Thread(target=ask, args=(engine,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert local_gemini.most_together == 4
    assert [call.status for call in local_gemini.calls] == [200] * 4


# Nobody there, or somebody else


def test_an_address_where_nobody_listens_is_said_with_the_remedy(
    local_gemini: GeminiServer, library: Library
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        error = refused(GeminiEngine(url))
    assert error.kind == "network" and url in error.message and "proxy" in error.hint


@pytest.fixture
def somebody_else() -> Iterator[str]:
    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b"<html><h1>It works!</h1></html>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()
        thread.join(5)


def test_a_page_of_somebody_else_is_not_taken_for_an_answer(
    local_gemini: GeminiServer, library: Library, somebody_else: str
) -> None:
    error = refused(GeminiEngine(somebody_else))
    assert error.kind == "network" and "is not Gemini" in error.message


# Models


def test_the_models_that_draft_are_listed_the_chosen_one_first(engine: GeminiEngine) -> None:
    models = engine.models()
    assert [model.name for model in models] == [
        "gemini-3.8-flash",
        "gemini-3.5-flash-lite",
        "gemini-2.5-flash",
        "gemini-2.5-pro",
        "gemini-2.0-flash",
        "gemma-3-1b-it",
    ]
    assert models[0].detail == "Gemini 3.8 Flash" and models[0].vision
    assert models[-1].vision is False
    assert GeminiEngine(model="gemini-2.5-pro").models()[0].name == "gemini-2.5-pro"


def test_a_wrong_key_is_told_when_models_are_listed(
    engine: GeminiEngine, local_gemini: GeminiServer
) -> None:
    local_gemini.key = "another key"
    with pytest.raises(ServiceError, match="refuses the key") as caught:
        engine.models()
    assert caught.value.kind == "key"
