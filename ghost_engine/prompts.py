"""The one instruction and chat layout: annotation, datasets, training and inference all use it.

A change of any word here is a new `VERSION`; suggestions, runs and results record the version they
were made with. Nothing here reads files or knows of a tokenizer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

VERSION = "1"

VISION_INSTRUCTION = (
    "Write the PostgreSQL schema behind this screen as DDL: the tables, columns, types, primary "
    "and foreign keys that are needed to store what it shows, and nothing it does not show. "
    "Use snake_case English names and plural tables. Answer with SQL only."
)
TEXT_INSTRUCTION = (
    "Write the PostgreSQL schema behind the screen described below as DDL: the tables, columns, "
    "types, primary and foreign keys that are needed to store what it shows. "
    "Use snake_case English names and plural tables. Answer with SQL only."
)

_REFUSED = "PostgreSQL does not run that script:"
_NO_TABLE = "That script makes no table."
_BE_BRIEF = "It was cut off because it was too long: write no comments and no rows."
_ONCE_MORE = "Write the whole corrected script. Answer with SQL only."

_SQL_ONLY = "Answer with SQL only."
_DOCUMENT = (
    'Answer with one JSON document and nothing else: {"tables": [{"name": "...", "columns": '
    '[{"name": "...", "type": "..."}]}]}. Types are PostgreSQL\'s. A column may also have "label": '
    'the text on the screen it comes from; "primary_key", "required" and "unique": true; '
    '"references": "table.column"; "values": the texts it is limited to.'
)

CHAT_MARKS = (
    "<bos>",
    "<eos>",
    "<pad>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<start_of_image>",
    "<end_of_image>",
    "<image_soft_token>",
)
"""What the chat layout of Gemma-3 is made of; no text of an example may hold one."""


def vision_row(image: str, sql: str, instruction: str = VISION_INSTRUCTION) -> dict[str, Any]:
    """One row of `dataset_vision.json`: a screenshot's path and its schema as a conversation."""
    picture = {"type": "image", "image": image, "text": ""}
    question = {"type": "text", "text": instruction}
    return {
        "messages": [
            {"role": "user", "content": [picture, question]},
            {"role": "assistant", "content": sql},
        ]
    }


def text_row(description: str, sql: str, instruction: str = TEXT_INSTRUCTION) -> dict[str, str]:
    """One row of `dataset.json`: a screen described in words and its schema."""
    return {"instruction": instruction, "input": description, "output": sql}


def messages(
    instruction: str, *, image: object = None, description: str = "", answer: str | None = None
) -> list[dict[str, Any]]:
    """The chat of one example: the user asks, the model answers with SQL and nothing else.

    Give it to the processor's own chat template; the blank lines round the picture are its part.

    Args:
        instruction: what is asked.
        image: the screenshot, in any form the processor takes; None where there is none.
        description: the screen in words, set off from the instruction by a blank line.
        answer: the SQL to learn; None to ask for it (`add_generation_prompt=True`).
    """
    picture = [] if image is None else [{"type": "image", "image": image}]
    asked = "\n\n".join(part for part in (instruction.strip(), description.strip()) if part)
    chat = [{"role": "user", "content": [*picture, {"type": "text", "text": asked}]}]
    if answer is not None:
        chat.append({"role": "assistant", "content": [{"type": "text", "text": answer.strip()}]})
    return chat


def correction(errors: Sequence[str], *, cut: bool = False) -> str:
    """What a model is told of a script of its own that is no use.

    Args:
        errors: what PostgreSQL said, each with its place; none where it makes no table.
        cut: it was longer than an answer may be.
    """
    said = [_REFUSED, *(f"- {error}" for error in errors)] if errors else [_NO_TABLE]
    return "\n".join([*said, *([_BE_BRIEF] if cut else []), _ONCE_MORE])


def for_document(asked: str) -> str:
    """The same question or remark to a model that fills in a typed document instead of SQL."""
    return f"{asked.replace(_SQL_ONLY, '').strip()} {_DOCUMENT}"


def mark_in(text: str) -> str:
    """The first of `CHAT_MARKS` in a text; "" if there is none.

    A tokenizer reads such a mark as a turn or a picture, wherever it stands.
    """
    found = [(text.find(mark), mark) for mark in CHAT_MARKS if mark in text]
    return min(found, default=(0, ""))[1]
