"""The engine named "ollama": a vision model of a running Ollama, asked about screenshots.

As a typed document (form "json") the answer is held to a JSON schema by Ollama, and the SQL is
ours. Every wait can be given up; the connection is then closed, and Ollama stops working.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import closing
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from ghost_engine.errors import EngineError, EngineUnavailable, GhostError
from ghost_engine.inference.listen import listen
from ghost_engine.inference.ollama.answer import Answer
from ghost_engine.inference.ollama.asking import chat_request
from ghost_engine.inference.ollama.installed import (
    Installed,
    choose,
    in_order,
    list_installed,
    with_all_skills,
)
from ghost_engine.inference.protocol import (
    CancelToken,
    Draft,
    Form,
    Model,
    Progress,
    Question,
    Readiness,
    Written,
)
from ghost_engine.settings import get_settings

if TYPE_CHECKING:  # the client takes a third of a second to load
    from ollama import ChatResponse

    from ghost_engine.inference.ollama.client import OllamaAsync

READINESS_SECONDS = 0.45
MODELS_SECONDS = 2.0
_NO_CLIENT = Readiness(False, "its client is not installed", "Run `pip install ollama`.")

T = TypeVar("T")
Ask = Callable[["OllamaAsync"], Coroutine[Any, Any, T]]


class _SlowOllama(EngineUnavailable):
    """It did not answer in time; given more, it may."""


class OllamaEngine:
    """Any vision model that Ollama runs, here or on another machine.

    Args:
        url: where it listens; the settings', OLLAMA_HOST's or its usual place if empty.
        model: asked where a question names none; the settings' if empty.
    """

    name = "ollama"
    title = "Ollama"
    note = "a model that Ollama runs"
    forms: tuple[Form, ...] = ("sql", "json")

    def __init__(self, url: str = "", model: str = "") -> None:
        self._url, self._model = url, model

    def readiness(self, model: str = "") -> Readiness:
        try:
            chosen = self._ask(lambda client: self._choose(client, model), READINESS_SECONDS)
        except GhostError as error:
            sure = not isinstance(error, _SlowOllama)
            return Readiness(False, error.message.rstrip("."), error.hint, sure)
        return Readiness(True, f"asks {chosen.name}")

    def models(self) -> tuple[Model, ...]:
        """All models, text-only ones too: the one it would choose, ours, and those that see first.

        Raises:
            EngineError: Ollama does not answer, or refuses.
        """
        preferred = self._preferred()

        async def every(client: OllamaAsync) -> tuple[Installed, ...]:
            there = await list_installed(client)
            return await with_all_skills(client, there, MODELS_SECONDS)

        able = self._ask(every, 2 * MODELS_SECONDS)
        return tuple(model.as_model() for model in in_order(able, preferred))

    def run(self, question: Question, cancel: CancelToken) -> Iterator[Progress | Written | Draft]:
        """See `Engine.run`.

        Raises:
            Cancelled: within a tenth of a second; Ollama stops working on it.
            EngineUnavailable: no Ollama answers.
            EngineError: the model is missing, blind or silent, or Ollama failed.
        """
        answer = Answer(question)
        client = self._connect()
        pieces = listen(
            lambda: self._talk(client, question, answer),
            stop=lambda: cancel.cancelled,
            silence_seconds=question.silence_seconds,
            silent=lambda: _silent(client.url, answer.model, question.silence_seconds),
        )
        with closing(pieces):
            for piece in pieces:
                if isinstance(piece, Progress):
                    yield piece
                elif text := answer.take(piece):
                    yield Written(text)
        yield Progress("drafting", answer.pace(), 0.9)
        yield answer.draft()

    async def _talk(
        self, client: OllamaAsync, question: Question, answer: Answer
    ) -> AsyncIterator[Progress | ChatResponse]:
        """What is going on, then the answer part by part."""
        from ghost_engine.inference.ollama.client import in_words

        try:
            with in_words(client.url):
                model = await self._choose(client, question.model)
                answer.model = model.name
                yield Progress("understanding", await _doing(client, model))
                async for part in _parts(client, chat_request(question, model)):
                    yield part
        finally:
            await client.close()

    async def _choose(self, client: OllamaAsync, wanted: str) -> Installed:
        return await choose(client, client.url, wanted or self._preferred())

    def _preferred(self) -> str:
        return self._model or get_settings().ollama_model

    def _connect(self) -> OllamaAsync:
        if find_spec("ollama") is None:
            raise EngineUnavailable(
                f"Ollama cannot be asked: {_NO_CLIENT.detail}.", _NO_CLIENT.next_step
            )
        from ghost_engine.inference.ollama.client import connect_async

        return connect_async(self._url or get_settings().ollama_url)

    def _ask(self, ask: Ask[T], seconds: float) -> T:
        """One thing asked of Ollama, in a thread: an event loop may run in this one already."""
        client = self._connect()

        def slow() -> EngineError:
            return _SlowOllama(
                f"Ollama at {client.url} does not answer within {seconds:g} s.",
                "See whether it runs there and is not overloaded (`ollama ps`).",
            )

        async def once() -> AsyncIterator[T]:
            from ghost_engine.inference.ollama.client import in_words

            try:
                with in_words(client.url):
                    yield await asyncio.wait_for(ask(client), seconds)
            except TimeoutError as error:
                raise slow() from error
            finally:
                await client.close()

        heard = listen(once, stop=lambda: False, silence_seconds=seconds, silent=slow)
        (found,) = heard  # to the end, which closes the connection in order
        return found


async def _parts(client: OllamaAsync, request: dict[str, Any]) -> AsyncIterator[ChatResponse]:
    """The answer's parts up to the one that says it is done."""
    begun = False
    try:
        async for part in await client.chat(**request, stream=True):
            begun = True
            yield part
            if part.done:
                return
    except (json.JSONDecodeError, ValidationError) as error:
        if begun:  # before, it is not Ollama that speaks
            raise _broken_off(client.url) from error
        raise
    raise _broken_off(client.url)


async def _doing(client: OllamaAsync, model: Installed) -> str:
    """What the model does before its first word, which can take a minute."""
    loaded = {each.model for each in (await client.ps()).models}
    if model.name in loaded or model.is_elsewhere:
        return f"{model.name} reads the screenshot"
    size = f" ({model.bytes / 1e9:.1f} GB)" if model.bytes else ""
    return f"Ollama loads {model.name}{size}; then it reads the screenshot"


def _broken_off(url: str) -> EngineError:
    return EngineError(
        f"The connection to Ollama at {url} broke off in the middle of the answer.",
        "Try again. Twice broken: see its log.",
    )


def _silent(url: str, model: str, seconds: float) -> EngineError:
    return EngineError(
        f"{model or 'Ollama'} at {url} has said nothing for {seconds:g} s.",
        "Wait longer, or choose a smaller model (`ollama ps` shows how much of it runs on the"
        " processor).",
    )
