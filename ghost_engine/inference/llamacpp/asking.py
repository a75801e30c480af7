"""A question as llama.cpp's chat takes it.

It asks as the models were trained: pictures and instruction in one user's message, no system text.
Where the picture goes, and the blank lines round it, are the file's own chat template's business.
"""

from __future__ import annotations

import base64
from typing import Any

from ghost_engine import prompts
from ghost_engine.inference.document import SCHEMA
from ghost_engine.inference.llamacpp.grammar import ddl_grammar
from ghost_engine.inference.protocol import Question

TEMPERATURE = 0.3
TOP_P = 0.9
REPEAT_PENALTY = 1.0
"""As our models are published: a schema is wanted, not variety, and DDL repeats itself."""

LEAST_CONTEXT = 8192  # tokens
_PICTURE_TOKENS = 1600  # Gemma-3 takes 256, others up to some thousands
_LETTERS_A_TOKEN = 3


def chat_document(question: Question) -> dict[str, Any]:
    """The body of `/v1/chat/completions`. Encodes the pictures, which takes a moment."""
    document: dict[str, Any] = {
        "messages": _messages(question),
        "max_tokens": question.longest_tokens,
        "temperature": TEMPERATURE if question.temperature is None else question.temperature,
        "top_p": TOP_P,
        "repeat_penalty": REPEAT_PENALTY,
        "return_progress": True,
        "stream_options": {"include_usage": True},
        "chat_template_kwargs": {"enable_thinking": False},  # thoughts would use up the answer
    }
    if question.seed is not None:
        document["seed"] = question.seed
    if question.form == "grammar":
        document["grammar"] = ddl_grammar()
    if question.form == "json":
        asked = {"name": "schema", "schema": SCHEMA}
        document["response_format"] = {"type": "json_schema", "json_schema": asked}
    return document


def needed_context(question: Question, most: int) -> int:
    """Room for question and answer, in tokens: a power of two, so that few questions need a larger
    server than the one before. `most` is what the model was trained for; 0 where it does not say.
    """
    texts = [question.instruction, *(turn.answer + turn.remark for turn in question.turns)]
    read = sum(len(text) for text in texts) // _LETTERS_A_TOKEN
    needed = read + _PICTURE_TOKENS * len(question.pictures) + question.longest_tokens
    size = LEAST_CONTEXT
    while size < needed:
        size *= 2
    return min(size, most) if most else size


def _messages(question: Question) -> list[dict[str, Any]]:
    pictures = [_picture(picture.png()) for picture in question.pictures]
    said: list[tuple[str, str]] = [("user", question.instruction.strip())]
    for turn in question.turns:
        said += [("assistant", turn.answer), ("user", turn.remark)]
    if question.form == "json":
        said = [(who, prompts.for_document(text) if who == "user" else text) for who, text in said]
    messages: list[dict[str, Any]] = [{"role": who, "content": text} for who, text in said]
    first = {"type": "text", "text": messages[0]["content"]}
    messages[0]["content"] = [*pictures, first]
    return messages


def _picture(png: bytes) -> dict[str, Any]:
    url = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return {"type": "image_url", "image_url": {"url": url}}
