"""What llama.cpp writes about a picture: greedy, with the log-probability of every token.

The question goes through the file's own chat template, as a user's would. Nothing is judged here.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ghost_engine import prompts
from ghost_engine.errors import EngineError
from ghost_engine.inference.llamacpp.process import Stop
from ghost_engine.inference.llamacpp.server import ANSWER_SECONDS, Server

LIKELY = 100
"""How many candidates of each token are told."""
_TOKEN_SECONDS = 10.0  # 27 billion parameters on two old cores


@dataclass(frozen=True, slots=True)
class Written:
    """One answer. `prompt_tokens` counts those of the picture; `first` are the likeliest first
    tokens with their log-probabilities; `ended`: the model stopped by itself."""

    prompt_tokens: int
    first: Mapping[int, float]
    tokens: tuple[int, ...]
    text: str
    ended: bool
    tokens_per_second: float | None


def write(server: Server, instruction: str, picture: bytes, tokens: int, stop: Stop) -> Written:
    """Ask a server for its answer.

    Args:
        server: with the text model and its vision part.
        instruction: what is asked.
        picture: a PNG.
        tokens: the longest answer.
        stop: asked ten times a second.

    Raises:
        EngineError: the server refused or died.
        Cancelled: `stop` said yes.
    """
    document = {
        "messages": _messages(instruction, picture),
        "max_tokens": tokens,
        "temperature": 0,
        "logprobs": True,
        "top_logprobs": LIKELY,
    }
    patience = ANSWER_SECONDS + tokens * _TOKEN_SECONDS
    answer = server.post("/v1/chat/completions", document, patience, stop)
    try:
        return _read(answer)
    except (KeyError, IndexError, TypeError) as error:
        raise EngineError(f"llama.cpp answered without {error}.", "Update llama.cpp.") from error


def _messages(instruction: str, picture: bytes) -> list[dict[str, Any]]:
    """`prompts.messages`, in the words of this API."""
    url = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
    chat = prompts.messages(instruction, image=url)
    for part in chat[0]["content"]:
        if part["type"] == "image":
            part.update(type="image_url", image_url={"url": part.pop("image")})
    return chat


def _read(answer: dict[str, Any]) -> Written:
    choice = answer["choices"][0]
    told = (choice.get("logprobs") or {}).get("content") or []
    return Written(
        prompt_tokens=int(answer["usage"]["prompt_tokens"]),
        first=_likelihoods(told[0]["top_logprobs"]) if told else {},
        tokens=tuple(int(each["id"]) for each in told),
        text=str(choice["message"].get("content") or ""),
        ended=choice["finish_reason"] == "stop",
        tokens_per_second=(answer.get("timings") or {}).get("predicted_per_second"),
    )


def _likelihoods(told: list[dict[str, Any]]) -> dict[int, float]:
    """By token; what is no number is null in JSON."""
    numbers = {int(each["id"]): each["logprob"] for each in told}
    return {token: math.nan if value is None else value for token, value in numbers.items()}
