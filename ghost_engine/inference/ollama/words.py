"""What Ollama's refusals mean: each an `EngineError` that names the address and the remedy.

Ollama answers an error with a status and one line of text; the text tells more, and is looked at
first. No key of ours is ever part of what is said.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress

from ghost_engine.errors import EngineError, EngineUnavailable

KEY = "OLLAMA_API_KEY"

_MISSING = re.compile(r"""model ["']?([^"'\s]+)["']? (?:is )?not found""")
_SAID: tuple[tuple[str, str, str], ...] = (
    # what Ollama says, what it means there, what helps
    (
        r"no space left|disk full|not enough space|disk quota",
        "The disk of Ollama at {url} is full: {said}",
        "Free some space there (`ollama list`, `ollama rm NAME`), then try again.",
    ),
    (
        r"digest.*(?:mismatch|not expected)|(?:mismatch|not expected).*digest",
        "What arrived at Ollama is not the file that was proven: {said}",
        "Check the disk and the memory of both machines, then export again.",
    ),
    (
        r"pull model manifest.*(?:does not exist|not found)",
        "Ollama's library has no such model: {said}",
        "Look the name up at https://ollama.com/library.",
    ),
    (
        r"dial tcp|no such host|i/o timeout|max retries exceeded|tls handshake",
        "Ollama at {url} cannot reach its library: {said}",
        "Connect its machine to the network, or publish a model of yours there.",
    ),
    (
        r"image input|images? (?:is|are) not supported|data required for image|mmproj"
        r"|does not support (?:vision|images?)",
        "The model cannot see screenshots: {said}",
        "Choose a model with vision, such as gemma3:4b.",
    ),
    (
        r"more system memory|out of memory|failed to allocate|cudamalloc",
        "The memory of Ollama at {url} does not hold the model: {said}",
        "Choose a smaller model or quantization, or end other programs there.",
    ),
    (
        r"runner (?:process )?(?:has )?(?:terminated|unexpectedly)|llama-server.*exit",
        "The model broke down in Ollama at {url}: {said}",
        "See its log; often memory was short, and a smaller model helps.",
    ),
    (
        r"grammar|invalid json schema|unsupported format",
        "Ollama at {url} cannot hold the model to a form: {said}",
        "Update Ollama, or let the model write plain SQL (--form sql).",
    ),
)


def refusal(url: str, text: str, status: int) -> EngineError:
    """What a refusal means.

    Args:
        url: where Ollama listens.
        text: its answer: JSON with an "error", or anything.
        status: of HTTP; -1 in the middle of a stream.
    """
    said = without_key(_error_text(text))
    low = said.lower()
    if missing := _MISSING.search(said):
        return no_such_model(url, missing[1])
    for pattern, message, hint in _SAID:
        if re.search(pattern, low):
            return EngineError(message.format(url=url, said=said), hint)
    if 300 <= status < 400:
        return EngineUnavailable(
            f"{url} sends its callers elsewhere ({status}).", "Give the address it points to."
        )
    if status in (401, 402, 403):
        return EngineError(
            f"Ollama at {url} lets nobody in: {said or status}",
            f"Set {KEY} if it wants a key, or allow this machine there.",
        )
    if status in (429, 503):
        return EngineError(
            f"Ollama at {url} has too much to do: {said or status}", "Try again in a minute."
        )
    if status in (404, 405, 407, 501) and "model" not in low:
        return somebody_else(url)
    reason = f"{said} ({status})" if said and status > 0 else said or f"status {status}"
    return EngineError(f"Ollama at {url} refused: {reason}", "See its log for more.")


def no_such_model(url: str, name: str) -> EngineError:
    return EngineError(
        f"Ollama at {url} has no model {name}.",
        f"Fetch it with `ollama pull {name}`, or choose one that is there (`ollama list`).",
    )


def somebody_else(url: str) -> EngineUnavailable:
    return EngineUnavailable(
        f"What answers at {url} is not Ollama.", "Set OLLAMA_HOST to the address where it runs."
    )


def without_key(text: str) -> str:
    """The text without the key, whoever wrote it there."""
    key = os.environ.get(KEY, "").strip()
    return text.replace(key, "(key)") if key else text


def _error_text(text: str) -> str:
    """What an answer says of its error; nothing of a page of HTML."""
    with suppress(json.JSONDecodeError, AttributeError):
        text = str(json.loads(text).get("error", ""))
    return "" if text.lstrip().startswith("<") else " ".join(text.split())[:300]
