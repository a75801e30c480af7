"""One HTTP question to a server of this machine that can be given up at any moment.

The talk runs in a thread of its own, so that waiting for the first token of a long picture can end
when somebody asks for it; closing the connection is how llama.cpp is told to stop working.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import queue
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx

from ghost_engine.errors import Cancelled, EngineError
from ghost_engine.inference.llamacpp.process import Stop

_POLL_SECONDS = 0.1
_CONNECT_SECONDS = 10.0
_END = "data: [DONE]"


def ask(request: httpx.Request, timeout_seconds: float, stop: Stop) -> Iterator[dict[str, Any]]:
    """The events of an answer, or its one document.

    Args:
        request: what to ask.
        timeout_seconds: the longest the whole answer may take.
        stop: asked ten times a second; the connection is closed when it says yes.

    Raises:
        EngineError: the server refused in words, or took too long.
        Cancelled: `stop` said yes.
        httpx.TransportError: it cannot be reached, or hung up.
    """
    talk = _Talk(request, timeout_seconds)
    try:
        while True:
            if stop():
                raise Cancelled("Stopped at your request.")
            item = talk.next(_POLL_SECONDS)
            if item is talk:
                return
            if isinstance(item, BaseException):
                raise item
            if isinstance(item, dict):
                yield item
    finally:
        talk.close()


class _Talk:
    """A thread with the connection; what comes in is put into a queue, itself as the last."""

    def __init__(self, request: httpx.Request, timeout_seconds: float) -> None:
        self._request, self._timeout_seconds = request, timeout_seconds
        self._items: queue.SimpleQueue[dict[str, Any] | BaseException | _Talk] = queue.SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._talk())
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def next(self, seconds: float) -> dict[str, Any] | BaseException | _Talk | None:
        """The next event, an error, or this object at the end; None if nothing came so far."""
        try:
            return self._items.get(timeout=seconds)
        except queue.Empty:
            return None

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(RuntimeError):  # the talk is over already
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # noqa: B036 - raised again by `ask`, where it is awaited
            self._items.put(error)
        finally:
            self._items.put(self)
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _talk(self) -> None:
        limits = httpx.Timeout(self._timeout_seconds, connect=_CONNECT_SECONDS)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                # trust_env: a proxy of the environment must not catch calls to this machine
                async with httpx.AsyncClient(trust_env=False, timeout=limits) as client:
                    response = await client.send(self._request, stream=True)
                    async for event in _events(response):
                        self._items.put(event)
        except TimeoutError as error:
            raise EngineError(
                f"llama.cpp took longer than {self._timeout_seconds:.0f} seconds to answer.",
                "Ask for a shorter answer, or choose a smaller quantization.",
            ) from error


async def _events(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """Server-sent events where the answer is made of them, else the one document."""
    if response.is_error or "event-stream" not in response.headers.get("content-type", ""):
        yield _checked(_document(await response.aread(), response.status_code))
        return
    async for line in response.aiter_lines():
        if line.startswith("data:") and line.strip() != _END:
            yield _checked(_document(line[5:].encode(), 200))
    await response.aclose()


def _document(body: bytes, status: int) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except ValueError:
        read = None
    if isinstance(read, dict):
        return read
    return {"error": {"message": f"HTTP status {status}: {body[:200].decode(errors='replace')}"}}


def _checked(document: dict[str, Any]) -> dict[str, Any]:
    """The document, unless it tells of an error."""
    error = document.get("error")
    if not error:
        return document
    said = str(error.get("message", error) if isinstance(error, dict) else error).strip()
    raise EngineError(
        f"llama.cpp refused: {said.rstrip('.')}.", "Shorten the question, or start it again."
    )
