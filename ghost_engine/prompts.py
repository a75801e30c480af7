"""The one instruction and chat layout: annotation, datasets, training and inference all use it.

A change of any word here is a new `VERSION`; suggestions, runs and results record the version they
were made with. Nothing here reads files or knows of a tokenizer.
"""

from __future__ import annotations

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
