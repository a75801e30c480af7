"""The Modelfile: the prompt is the one of training, and nothing in it ends its quotes early."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2
import pytest

from ghost_engine import prompts
from ghost_engine.errors import ExportError
from ghost_engine.export.modelfile import LICENCE, TEMPLATE, modelfile, parameter_lines
from ghost_engine.inference.ollama.client import LEAST_VERSION
from ghost_engine.training.tiny_tokenizer import CHAT_TEMPLATE
from tests.ollama.gotemplate import prompt, with_pictures

ASKED = "Write the schema."
PICTURE = (
    "<start_of_turn>user\n\n\n[img-0]\n\nWrite the schema.<end_of_turn>\n<start_of_turn>model\n"
)


def say(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def trained(messages: list[dict[str, object]]) -> str:
    """The text of training: Gemma's own chat template, pictures set off as its processor does."""
    layout = jinja2.Environment(trim_blocks=True, lstrip_blocks=True).from_string(CHAT_TEMPLATE)
    text = layout.render(messages=messages, add_generation_prompt=True, bos_token="")
    numbers = iter(range(9))
    return re.sub("<start_of_image>", lambda _: f"\n\n[img-{next(numbers)}]\n\n", text)


def test_a_screenshot_is_asked_about_as_in_training() -> None:
    learned = trained(prompts.messages(prompts.VISION_INSTRUCTION, image="shot.png"))
    sent = with_pictures(prompts.VISION_INSTRUCTION, 1)
    assert prompt(TEMPLATE, [say("user", sent)]) == learned


def test_a_conversation_with_a_system_text_is_gemmas_own() -> None:
    asked: list[dict[str, object]] = [
        say("system", "Be brief."),
        *prompts.messages(ASKED, image="shot.png", answer="CREATE TABLE a (id int);"),
        say("user", "Add b."),
    ]
    sent = [
        say("system", "Be brief."),
        say("user", with_pictures(ASKED, 1)),
        say("assistant", "CREATE TABLE a (id int);"),
        say("user", "Add b."),
    ]
    assert prompt(TEMPLATE, sent) == trained(asked)


@pytest.mark.parametrize(
    "sent",
    [
        [say("user", with_pictures(ASKED, 1))],  # /api/chat
        [say("user", "[img-0]"), say("user", ASKED)],  # /api/generate
        [say("user", with_pictures(f"\n\n[img]\n\n{ASKED}", 1))],  # somebody wrote the lines
    ],
)
def test_a_picture_has_its_blank_lines_once(sent: list[dict[str, str]]) -> None:
    assert prompt(TEMPLATE, sent) == PICTURE


def test_two_pictures_stand_apart_as_the_processor_sets_them() -> None:
    two = with_pictures(ASKED, 2, first=9)  # [img-9][img-10]
    assert "user\n\n\n[img-9]\n\n\n\n[img-10]\n\nWrite" in prompt(TEMPLATE, [say("user", two)])


@pytest.mark.parametrize("text", ["", "Plain.", "[img-ab", "[img-abc", "[img-0", "ééééééé"])
def test_a_text_that_is_no_picture_stays_as_it_is(text: str) -> None:
    assert prompt(TEMPLATE, [say("user", text)]).startswith(
        f"<start_of_turn>user\n{text}<end_of_turn>\n"
    )


def test_a_begun_answer_is_gone_on_with() -> None:
    text = prompt(TEMPLATE, [say("user", ASKED), say("assistant", "CREATE")])
    assert text.endswith("<start_of_turn>model\nCREATE")


def test_the_template_offers_neither_tools_nor_thinking() -> None:
    assert not re.search("tool|think|suffix|<bos>", TEMPLATE, re.IGNORECASE)


def test_the_file_names_both_parts_and_where_they_come_from() -> None:
    text = modelfile(
        "ghost-q4_k_m.gguf",
        "ghost-mmproj.gguf",
        about={"run": "20260101-1", "dataset_sha256": "ab" * 32, "base": ""},
    )
    lines = text.splitlines()
    assert [line for line in lines if line.startswith("FROM")] == [
        "FROM ./ghost-q4_k_m.gguf",
        "FROM ./ghost-mmproj.gguf",
    ]
    assert {"# run: 20260101-1", f"# dataset_sha256: {'ab' * 32}"} <= set(lines)
    assert not any(line.startswith(("# base", "SYSTEM")) for line in lines)
    assert text.count('"""') == 4
    assert f'TEMPLATE """{TEMPLATE}"""' in text
    assert f'LICENSE """{LICENCE}"""' in text


def test_the_parameters_are_those_of_the_plan() -> None:
    text = modelfile("a.gguf", "b.gguf", about={})
    assert [line for line in text.splitlines() if line.startswith("PARAMETER")] == [
        "PARAMETER temperature 0.3",
        "PARAMETER top_p 0.9",
        "PARAMETER num_ctx 4096",
        "PARAMETER repeat_penalty 1",
        'PARAMETER stop "<end_of_turn>"',
    ]


def test_a_note_cannot_become_an_instruction() -> None:
    text = modelfile("a.gguf", "b.gguf", about={"run": "x\nFROM evil"})
    assert "# run: x FROM evil" in text.splitlines()


@pytest.mark.parametrize("name", ["", "a\nb.gguf", 'a".gguf', "../a.gguf", "C:\\a.gguf"])
def test_a_name_that_a_modelfile_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(ExportError, match="cannot stand in a Modelfile"):
        modelfile(name, "b.gguf", about={})


def test_the_document_gives_the_version_and_the_parameters_as_they_are() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs/ollama.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| `?([^|`]+?)`? \|", text, re.MULTILINE)
    assert rows == [(name, str(value).removesuffix(".0")) for name, value in parameter_lines()]
    assert f"Ollama {'.'.join(map(str, LEAST_VERSION))} or newer" in text
