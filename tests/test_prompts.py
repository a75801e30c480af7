"""The chat layout that datasets, training and inference share."""

from __future__ import annotations

import hashlib

from ghost_engine import prompts


def test_a_vision_row_is_a_conversation_about_one_picture() -> None:
    row = prompts.vision_row("ui_screenshots/0001.png", "CREATE TABLE t (id int PRIMARY KEY);")

    question, answer = row["messages"]
    assert list(row) == ["messages"]
    assert [part["type"] for part in question["content"]] == ["image", "text"]
    assert question["content"][0]["image"] == "ui_screenshots/0001.png"
    assert answer == {"role": "assistant", "content": "CREATE TABLE t (id int PRIMARY KEY);"}


def test_a_text_row_has_the_three_fields_of_the_format() -> None:
    row = prompts.text_row("A list of orders.", "CREATE TABLE orders ();")
    assert list(row) == ["instruction", "input", "output"]


def test_another_wording_needs_another_version() -> None:
    words = prompts.VISION_INSTRUCTION + prompts.TEXT_INSTRUCTION
    digests = {"1": "f1b2f2346a82d96e"}
    assert hashlib.sha256(words.encode()).hexdigest()[:16] == digests[prompts.VERSION]
