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


def test_a_chat_about_a_screenshot_shows_it_before_it_asks() -> None:
    question, answer = prompts.messages("Draw the schema.", image="a.png", answer="SELECT 1;\n")

    assert question == {
        "role": "user",
        "content": [
            {"type": "image", "image": "a.png"},
            {"type": "text", "text": "Draw the schema."},
        ],
    }
    assert answer == {"role": "assistant", "content": [{"type": "text", "text": "SELECT 1;"}]}


def test_a_chat_about_words_sets_them_off_by_a_blank_line() -> None:
    (question,) = prompts.messages("Draw the schema.\n", description=" A list of orders.")
    assert question["content"] == [
        {"type": "text", "text": "Draw the schema.\n\nA list of orders."}
    ]


def test_a_text_that_would_be_read_as_part_of_the_chat_is_told() -> None:
    assert prompts.mark_in("-- ends <end_of_turn> and <bos>") == "<end_of_turn>"
    assert prompts.mark_in("CHECK (a < b AND image > 0)") == ""


def test_who_fills_in_a_document_is_not_asked_for_sql() -> None:
    for asked in (prompts.VISION_INSTRUCTION, prompts.correction(["no such type"])):
        words = prompts.for_document(asked)
        assert asked.split(" Answer")[0] in words and "JSON" in words
        assert "SQL only" not in words
