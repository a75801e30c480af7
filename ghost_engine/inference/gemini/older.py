"""`google-generativeai`, whose support ended on 30 November 2025, for where only that is installed.

It speaks REST here, like the supported library, and sends no thinking settings, seeds or JSON
schemas: it is too old to know them.
"""

from __future__ import annotations

import asyncio
import socket
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

from ghost_engine.errors import ServiceError
from ghost_engine.inference.gemini import refusals
from ghost_engine.inference.gemini.access import Access
from ghost_engine.inference.gemini.catalog import Listed
from ghost_engine.inference.gemini.client import (
    CONNECT_SECONDS,
    PAGE,
    Asked,
    Library,
    Piece,
    given,
    read_model,
    read_reply,
)

_LEAVE_SECONDS = 30.0  # after a silence that nobody waited out


class GenerativeaiClient:
    """Its calls over REST know no async: they run in threads, and hanging up means to shut the
    sockets that they wait on."""

    library: Library = "google-generativeai"

    def __init__(self, access: Access) -> None:
        self._access = access

    def load(self) -> None:
        _load()

    async def answer(self, asked: Asked) -> AsyncIterator[Piece]:
        heard, failure = False, None
        hang_up: Callable[[], None] | None = None
        try:
            protos, services = _load()
            client = services.GenerativeServiceClient(**self._options())
            hang_up = self._watch(client, asked.model)
            request = protos.GenerateContentRequest(
                model=f"models/{asked.model}",
                contents=list(asked.contents),
                generation_config=_config(asked),
            )
            send = client.stream_generate_content
            replies = await asyncio.to_thread(
                send, request, retry=None, timeout=asked.silence_seconds + _LEAVE_SECONDS
            )
            while (reply := await asyncio.to_thread(next, replies, None)) is not None:
                heard = True
                yield read_reply(reply)
        except Exception as error:
            failure = self._in_words(error, heard)
        finally:
            if hang_up is not None:
                hang_up()
        if failure is not None:
            raise failure

    async def listed(self) -> AsyncIterator[Listed]:
        failure = None
        hang_up: Callable[[], None] | None = None
        try:
            protos, services = _load()
            client = services.ModelServiceClient(**self._options())
            hang_up = self._watch(client, "")
            request = protos.ListModelsRequest(page_size=PAGE)
            pages = await asyncio.to_thread(
                client.list_models, request, retry=None, timeout=CONNECT_SECONDS
            )
            for each in await asyncio.to_thread(list, pages):
                yield read_model(each, each.supported_generation_methods)
        except Exception as error:
            failure = self._in_words(error, False)
        finally:
            if hang_up is not None:
                hang_up()
        if failure is not None:
            raise failure

    def _options(self) -> dict[str, Any]:
        key = self._access.key.get_secret_value()
        return {
            "transport": "rest",
            "client_options": {"api_key": key, "api_endpoint": self._access.url},
        }

    def _watch(self, client: Any, model: str) -> Callable[[], None]:
        """Lets refusals through as they are (the library cannot read those of a stream), and
        returns what shuts every socket that the client opened."""

        opened: list[Any] = []
        answers: list[Any] = []

        def refuse(response: Any, *words: object, **options: object) -> None:
            answers.append(response)
            if response.status_code >= 300:
                document = _json(response)
                raise refusals.refusal(
                    response.status_code, document, response.headers, self._access, model
                )

        session = client.transport._session  # there will be no newer version to rename it
        session.hooks["response"].append(refuse)
        session.trust_env = not self._access.is_here
        manager = session.get_adapter(self._access.url).poolmanager
        manager.pool_classes_by_scheme = {
            scheme: _watched(pool, opened)
            for scheme, pool in manager.pool_classes_by_scheme.items()
        }

        def hang_up() -> None:
            for line in opened:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
            for answer in answers:
                answer.close()
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
    kind = None if asked.schema is None else "application/json"
    known = given(temperature=asked.temperature, response_mime_type=kind)
    return {"max_output_tokens": asked.longest_tokens, **known}


def _load() -> tuple[Any, Any]:
    """Its messages and its services, without its farewell on standard error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        from google.ai import generativelanguage
        from google.generativeai import protos
    return protos, generativelanguage


def _watched(pool: type, opened: list[Any]) -> type:
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
