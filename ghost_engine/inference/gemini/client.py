"""Both of Google's libraries behind the same two questions: what models are there, and this one.

`google-genai` is the supported one. `google-generativeai`, whose support ended on 30 November 2025,
is used where only that is installed. Each answer is a stream of `Piece`s; each failure a
`ServiceError`. Every question is sent once: who asks decides whether to ask again.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import sys
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any, Literal, Protocol

from ghost_engine.errors import ServiceError
from ghost_engine.inference.gemini import refusals
from ghost_engine.inference.gemini.access import Access
from ghost_engine.inference.gemini.catalog import Listed, Thinking

Library = Literal["google-genai", "google-generativeai"]
MODULES: dict[Library, str] = {
    "google-genai": "google.genai",
    "google-generativeai": "google.generativeai",
}
INSTALL = 'Run `pip install "google-genai>=3.4,<4"`.'
CONNECT_SECONDS = 10.0
LEAVE_SECONDS = 30.0  # after a silence that nobody waited out
PAGE = 200  # models a page


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as the API has it.

    Args:
        model: which one, without "models/".
        contents: the turns, each {"role", "parts"}; a part is {"text"} or {"inline_data"}.
        longest_tokens: of the answer and what was thought.
        temperature: of sampling; the model's own if None.
        seed: of sampling; only the supported library can send one.
        thinking: how little to think; the model's own way if None, and with the older library.
        schema: a JSON schema of the answer; with the older library it is only asked to be JSON.
        silence_seconds: how long nothing may come.
    """

    model: str
    contents: tuple[dict[str, Any], ...]
    longest_tokens: int
    temperature: float | None = None
    seed: int | None = None
    thinking: Thinking | None = None
    schema: dict[str, Any] | None = None
    silence_seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Piece:
    """What came at once. `finish` and `blocked` are "" until the API says so, in its own words.

    `model` is the one that really answers, `answer_tokens` counts what was thought too.
    """

    text: str = ""
    finish: str = ""
    blocked: str = ""
    model: str = ""
    prompt_tokens: int | None = None
    answer_tokens: int | None = None


class Client(Protocol):
    """One of the two libraries."""

    library: Library

    def answer(self, asked: Asked) -> AsyncIterator[Piece]:
        """Raises `ServiceError`; hangs up when it is cancelled or closed."""
        ...

    def listed(self) -> AsyncIterator[Listed]:
        """Raises `ServiceError`."""
        ...


def find_library() -> Library | None:
    """The library that is installed here, the supported one first."""
    for library, module in MODULES.items():
        with suppress(ModuleNotFoundError):  # there may be no "google" at all
            if module in sys.modules or find_spec(module) is not None:
                return library
    return None


def library_version(library: Library) -> str:
    """ "3.4.0"; "" where its metadata is missing."""
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def connect(library: Library, access: Access) -> Client:
    """A client; nothing is sent or loaded before it is asked."""
    return GenaiClient(access) if library == "google-genai" else GenerativeaiClient(access)


class GenaiClient:
    """`google-genai`, over connections of our own: they end at once, and leave nothing open."""

    library: Library = "google-genai"

    def __init__(self, access: Access) -> None:
        self._access = access

    async def answer(self, asked: Asked) -> AsyncIterator[Piece]:
        heard, failure = False, None
        try:
            async with self._models() as models:
                stream = await models.generate_content_stream(
                    model=asked.model, contents=list(asked.contents), config=_config(asked)
                )
                async for reply in stream:
                    heard = True
                    yield _read(reply)
        except Exception as error:
            failure = self._in_words(error, asked.model, heard)
        if failure is not None:  # out here, where the library's own error is not its context
            raise failure

    async def listed(self) -> AsyncIterator[Listed]:
        failure = None
        try:
            async with self._models() as models:
                async for each in await models.list(config={"page_size": PAGE}):
                    yield _listed(each, each.supported_actions)
        except Exception as error:
            failure = self._in_words(error, "", False)
        if failure is not None:
            raise failure

    @asynccontextmanager
    async def _models(self) -> AsyncIterator[Any]:
        import httpx
        from google import genai
        from google.genai import types

        secure = _tls()

        async def limit_connecting(request: Any) -> None:
            request.extensions["timeout"] = {"connect": CONNECT_SECONDS}

        hooks = {"request": [limit_connecting]}
        here = self._access.is_here
        async with httpx.AsyncClient(verify=secure, trust_env=not here, event_hooks=hooks) as http:
            options = types.HttpOptions(
                base_url=self._access.url,
                api_version="v1beta",  # where previews and thinking settings are
                httpx_async_client=http,
                async_client_args={"verify": secure, "ssl": secure},  # else it loads its own
            )
            key = self._access.key.get_secret_value()
            client = genai.Client(api_key=key, vertexai=False, http_options=options)
            try:
                yield client.aio.models
            finally:
                client.close()

    def _in_words(self, error: Exception, model: str, heard: bool) -> ServiceError:
        import httpx
        from google.genai import errors
        from pydantic import ValidationError

        if isinstance(error, errors.APIError):
            headers = dict(getattr(error.response, "headers", None) or {})
            return refusals.refusal(error.code or 0, error.details, headers, self._access, model)
        no_answer = (errors.UnknownApiResponseError, ValidationError, UnicodeDecodeError)
        if heard and isinstance(error, (httpx.TransportError, *no_answer)):
            return refusals.cut_off()
        if isinstance(error, httpx.TransportError):
            return refusals.unreachable(self._access, type(error).__name__)
        if isinstance(error, no_answer):
            return refusals.not_gemini(self._access)
        return refusals.failed(self._access, self.library, error)


class GenerativeaiClient:
    """`google-generativeai` over REST. It knows no async: its calls run in threads, and hanging up
    means to shut the sockets that they wait on."""

    library: Library = "google-generativeai"

    def __init__(self, access: Access) -> None:
        self._access = access

    async def answer(self, asked: Asked) -> AsyncIterator[Piece]:
        heard, failure = False, None
        hang_up: Callable[[], None] | None = None
        try:
            protos, services = _load_generativeai()
            client = services.GenerativeServiceClient(**self._options())
            hang_up = self._watch(client.transport._session, asked.model)
            request = protos.GenerateContentRequest(
                model=f"models/{asked.model}",
                contents=list(asked.contents),
                generation_config=_older_config(asked),
            )
            send = client.stream_generate_content
            replies = await asyncio.to_thread(
                send, request, retry=None, timeout=asked.silence_seconds + LEAVE_SECONDS
            )
            while (reply := await asyncio.to_thread(next, replies, None)) is not None:
                heard = True
                yield _read(reply)
        except Exception as error:
            failure = self._in_words(error, heard)
        finally:
            if hang_up is not None:
                hang_up()
        if failure is not None:
            raise failure

    async def listed(self) -> AsyncIterator[Listed]:
        failure = None
        try:
            protos, services = _load_generativeai()
            client = services.ModelServiceClient(**self._options())
            self._watch(client.transport._session, "")
            request = protos.ListModelsRequest(page_size=PAGE)
            pages = await asyncio.to_thread(
                client.list_models, request, retry=None, timeout=CONNECT_SECONDS
            )
            for each in await asyncio.to_thread(list, pages):
                yield _listed(each, each.supported_generation_methods)
        except Exception as error:
            failure = self._in_words(error, False)
        if failure is not None:
            raise failure

    def _options(self) -> dict[str, Any]:
        key = self._access.key.get_secret_value()
        return {
            "transport": "rest",
            "client_options": {"api_key": key, "api_endpoint": self._access.url},
        }

    def _watch(self, session: Any, model: str) -> Callable[[], None]:
        """Lets refusals through as they are (the library cannot read those of a stream), and
        returns what shuts every socket that the session opened."""

        def refuse(response: Any, *words: object, **options: object) -> None:
            if response.status_code >= 300:
                document = _json(response)
                raise refusals.refusal(
                    response.status_code, document, response.headers, self._access, model
                )

        session.hooks["response"].append(refuse)
        session.trust_env = not self._access.is_here
        opened: list[socket.socket] = []
        manager = session.get_adapter(self._access.url).poolmanager
        manager.pool_classes_by_scheme = {
            scheme: _watched(pool, opened)
            for scheme, pool in manager.pool_classes_by_scheme.items()
        }

        def hang_up() -> None:
            for line in opened:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
            session.close()

        return hang_up

    def _in_words(self, error: Exception, heard: bool) -> ServiceError:
        if isinstance(error, ServiceError):
            return error
        if heard and isinstance(error, (OSError, ValueError, AttributeError)):
            return refusals.cut_off()
        if isinstance(error, OSError):  # all of requests' are
            return refusals.unreachable(self._access, type(error).__name__)
        if isinstance(error, (ValueError, AttributeError)):
            return refusals.not_gemini(self._access)
        return refusals.failed(self._access, self.library, error)


def _config(asked: Asked) -> dict[str, Any]:
    config: dict[str, Any] = {
        "max_output_tokens": asked.longest_tokens,
        "automatic_continuation": False,  # it would ask a second time behind our back
        "automatic_function_calling": {"disable": True},
    }
    config |= _given(temperature=asked.temperature, seed=asked.seed, thinking_config=asked.thinking)
    if asked.schema is not None:
        config |= {"response_mime_type": "application/json", "response_json_schema": asked.schema}
    return config


def _older_config(asked: Asked) -> dict[str, Any]:
    kind = None if asked.schema is None else "application/json"
    given = _given(temperature=asked.temperature, response_mime_type=kind)
    return {"max_output_tokens": asked.longest_tokens, **given}


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _read(reply: Any) -> Piece:
    """A reply of either library: they use the same names."""
    candidate = reply.candidates[0] if reply.candidates else None
    parts = candidate.content.parts if candidate is not None and candidate.content else None
    texts = [part.text or "" for part in parts or () if not getattr(part, "thought", False)]
    prompt, total = _counts(reply.usage_metadata)
    return Piece(
        text="".join(texts),
        finish=_word(candidate.finish_reason) if candidate is not None else "",
        blocked=_word(reply.prompt_feedback.block_reason) if reply.prompt_feedback else "",
        model=(getattr(reply, "model_version", "") or "").removeprefix("models/"),
        prompt_tokens=prompt,
        answer_tokens=total - prompt if total and prompt is not None else None,
    )


def _counts(usage: Any) -> tuple[int | None, int | None]:
    """The tokens of the prompt, and all of them; the older library says 0 for "not told"."""
    if not usage:
        return None, None
    return usage.prompt_token_count or None, usage.total_token_count or None


def _word(reason: Any) -> str:
    """The name of an enum's value; "" for none."""
    word = str(getattr(reason, "name", reason)) if reason else ""
    return "" if word.endswith("UNSPECIFIED") else word


def _listed(model: Any, methods: Any) -> Listed:
    name = str(model.name).removeprefix("models/")
    return Listed(name, str(model.display_name or name), tuple(methods or ()))


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Loading all certificates takes 50 ms, which would be added to every question."""
    import httpx

    context: ssl.SSLContext = httpx.create_ssl_context()
    return context


def _load_generativeai() -> tuple[Any, Any]:
    """Its messages and its services, without its farewell on standard error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        from google.ai import generativelanguage
        from google.generativeai import protos
    # At DEBUG it would attach every request's headers to its log records: the key is one of them.
    logging.getLogger("google.auth").setLevel(logging.INFO)
    return protos, generativelanguage


def _watched(pool: type, opened: list[socket.socket]) -> type:
    """A urllib3 pool that tells which sockets it opens."""
    connection: Any = pool.ConnectionCls  # type: ignore[attr-defined]

    class Watched(connection):  # type: ignore[misc]
        def connect(self) -> None:
            super().connect()
            opened.append(self.sock)

    return type(pool.__name__, (pool,), {"ConnectionCls": Watched})


def _json(response: Any) -> object:
    try:
        return response.json()
    except ValueError:
        return {"message": response.text}
