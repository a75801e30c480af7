"""Either of Google's libraries behind the same two questions: what models are there, and this one.

`google-genai`, the supported one, is here; `google-generativeai` is in `older`, for where only that
is installed. An answer is a stream of `Piece`s, a failure a `ServiceError`. Every question is sent
once: who asks decides whether to ask again.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import AsyncIterator
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

    def load(self) -> None:
        """Loads the library: a second, once."""
        ...

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
    if library == "google-genai":
        return GenaiClient(access)
    from ghost_engine.inference.gemini.older import GenerativeaiClient

    return GenerativeaiClient(access)


class GenaiClient:
    """`google-genai`, over connections of our own: they end at once, and leave nothing open."""

    library: Library = "google-genai"

    def __init__(self, access: Access) -> None:
        self._access = access

    def load(self) -> None:
        import google.genai.types  # noqa: F401

        _tls()

    async def answer(self, asked: Asked) -> AsyncIterator[Piece]:
        heard, failure = False, None
        try:
            async with self._models() as models:
                stream = await models.generate_content_stream(
                    model=asked.model, contents=list(asked.contents), config=_config(asked)
                )
                async for reply in stream:
                    heard = True
                    yield read_reply(reply)
        except Exception as error:
            failure = self._in_words(error, asked.model, heard)
        if failure is not None:  # out here, where the library's own error is not its context
            raise failure

    async def listed(self) -> AsyncIterator[Listed]:
        failure = None
        try:
            async with self._models() as models:
                async for each in await models.list(config={"page_size": PAGE}):
                    yield read_model(each, each.supported_actions)
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


def _config(asked: Asked) -> dict[str, Any]:
    config: dict[str, Any] = {
        "max_output_tokens": asked.longest_tokens,
        "automatic_continuation": False,  # it would ask a second time behind our back
        "automatic_function_calling": {"disable": True},
    }
    config |= given(temperature=asked.temperature, seed=asked.seed, thinking_config=asked.thinking)
    if asked.schema is not None:
        config |= {"response_mime_type": "application/json", "response_json_schema": asked.schema}
    return config


def given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def read_reply(reply: Any) -> Piece:
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


def read_model(model: Any, methods: Any) -> Listed:
    name = str(model.name).removeprefix("models/")
    return Listed(name, str(model.display_name or name), tuple(methods or ()))


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Loading all certificates takes 50 ms, which would be added to every question."""
    import httpx

    context: ssl.SSLContext = httpx.create_ssl_context()
    return context
