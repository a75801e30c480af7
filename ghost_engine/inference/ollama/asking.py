"""A question as Ollama's chat takes it.

It asks as the models were trained: pictures and instruction in one user's message, no system text.
Where the picture goes, and the blank lines round it, are the model's template's business.
"""

from __future__ import annotations

from typing import Any

from ghost_engine import prompts
from ghost_engine.inference.document import SCHEMA
from ghost_engine.inference.ollama.installed import Installed
from ghost_engine.inference.protocol import Question

KEEP_ALIVE = "15m"
"""How long a model stays in memory after an answer: the time to look at it and ask about another
screenshot. Loading it again takes longer than answering."""

TEMPERATURE = 0.3
TOP_P = 0.9
REPEAT_PENALTY = 1.0
"""As our models are published, for other models too: a schema is wanted, not variety, and DDL
repeats itself."""

LEAST_CONTEXT = 8192  # tokens
PICTURE_TOKENS = 1600  # Gemma-3 takes 256, others up to some thousands
LETTERS_A_TOKEN = 3


def chat_request(question: Question, model: Installed) -> dict[str, Any]:
    """The keyword arguments of the client's `chat`. Encodes the pictures, which takes a moment."""
    request: dict[str, Any] = {
        "model": model.name,
        "messages": _messages(question),
        "options": _options(question),
        "keep_alive": KEEP_ALIVE,
    }
    if question.form == "json":
        request["format"] = SCHEMA
    if model.thinks:
        request["think"] = False  # its thoughts would count as tokens of the answer, unseen
    return request


def _messages(question: Question) -> list[dict[str, Any]]:
    pictures = [picture.png() for picture in question.pictures]
    said: list[dict[str, Any]] = [
        {"role": "user", "content": question.instruction, "images": pictures}
    ]
    for turn in question.turns:
        said.append({"role": "assistant", "content": turn.answer})
        said.append({"role": "user", "content": turn.remark})
    if question.form == "json":
        for message in said[::2]:
            message["content"] = prompts.for_document(message["content"])
    return said


def _options(question: Question) -> dict[str, Any]:
    chosen = question.temperature
    options: dict[str, Any] = {
        "temperature": TEMPERATURE if chosen is None else chosen,
        "top_p": TOP_P,
        "repeat_penalty": REPEAT_PENALTY,
        "num_predict": question.longest_tokens,
        "num_ctx": _context(question),
    }
    if question.seed is not None:
        options["seed"] = question.seed
    return options


def _context(question: Question) -> int:
    """Room for question and answer. A power of two: with every other size Ollama would load the
    model anew, and a prompt that does not fit loses its beginning without a word."""
    texts = [question.instruction, *(turn.answer + turn.remark for turn in question.turns)]
    read = sum(len(text) for text in texts) // LETTERS_A_TOKEN
    needed = read + PICTURE_TOKENS * len(question.pictures) + question.longest_tokens
    size = LEAST_CONTEXT
    while size < needed:
        size *= 2
    return size
