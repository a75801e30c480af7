"""One HTTP question to a server of this machine that can be given up at any moment.

Closing the connection is how llama.cpp is told to stop working; waiting for the first token of a
long picture ends as soon as somebody asks for it.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import AsyncIterator, Generator
from typing import Any

import httpx

from ghost_engine.errors import EngineError
from ghost_engine.inference.listen import listen
from ghost_engine.inference.llamacpp.process import Stop

_CONNECT_SECONDS = 10.0
_END = "data: [DONE]"
_HINTS = (
    (r"context size", "Ask for a shorter answer, or choose a model with a longer context."),
    (
        r"image input is not supported|mmproj",
        "Name the model's vision part: TEXT.gguf+MMPROJ.gguf.",
    ),
    (r"[Gg]rammar|json.?schema", "Let the model write plain SQL (--form sql)."),
)
_ANOTHER_QUESTION = "Shorten the question, or start it again."


def ask(
    request: httpx.Request, timeout_seconds: float, stop: Stop, silence_seconds: float = math.inf
) -> Generator[dict[str, Any], None, None]:
    """The events of an answer, or its one document.

    Args:
        request: what to ask.
        timeout_seconds: the longest the whole answer may take.
        stop: asked often; the connection is closed when it says yes.
        silence_seconds: the longest that nothing may come.

    Raises:
        EngineError: the server refused in words, took too long or fell silent.
        Cancelled: `stop` said yes.
        httpx.TransportError: it cannot be reached, or hung up.
    """

    def silent() -> EngineError:
        return EngineError(
            f"llama.cpp has said nothing for {silence_seconds:g} s.",
            "Wait longer, or choose a smaller model or quantization.",
        )

    yield from listen(
        lambda: _talk(request, timeout_seconds),
        stop=stop,
        silence_seconds=silence_seconds,
        silent=silent,
    )


async def _talk(request: httpx.Request, seconds: float) -> AsyncIterator[dict[str, Any]]:
    limits = httpx.Timeout(seconds, connect=_CONNECT_SECONDS)
    try:
        async with asyncio.timeout(seconds):
            # trust_env: a proxy of the environment must not catch calls to this machine
            async with httpx.AsyncClient(trust_env=False, timeout=limits) as client:
                response = await client.send(request, stream=True)
                try:
                    async for event in _events(response):
                        yield event
                finally:
                    await response.aclose()
    except TimeoutError as error:
        raise EngineError(
            f"llama.cpp took longer than {seconds:.0f} seconds to answer.",
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
    hint = next((hint for pattern, hint in _HINTS if re.search(pattern, said)), _ANOTHER_QUESTION)
    raise EngineError(f"llama.cpp refused: {said.rstrip('.')}.", hint)
