"""The engine "adapter" on a tiny model of noise, whose adapter is noise too: no training needed.

One process with torch serves the whole module.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ghost_engine import prompts
from ghost_engine.data.images import read_picture
from ghost_engine.errors import Cancelled, EngineError, EngineUnavailable
from ghost_engine.inference.adapter.engine import AdapterEngine
from ghost_engine.inference.adapter.writing import Shared
from ghost_engine.inference.protocol import (
    CancelToken,
    Draft,
    Progress,
    Question,
    Turn,
    Written,
)
from ghost_engine.jobs.folder import RunFolder, read_json, write_json
from ghost_engine.jobs.records import Job, Status, now
from ghost_engine.settings import get_settings
from ghost_engine.training.config import load_preset

torch = pytest.importorskip("torch", reason="needs requirements-train-cpu.txt")
pytestmark = pytest.mark.timeout(200)
SCREEN = Path(__file__).parents[2] / "fixtures" / "screens" / "orders.png"
RUN = "20260101-000000-train-tiny"
WORDS = "20260102-000000-train-words"


@pytest.fixture(scope="module", autouse=True)
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A run with an adapter, one that learned from words, and one that has not got that far."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GHOST_RUNS_DIR", str(folder))
        get_settings.cache_clear()
        record(folder / RUN, phase="vision")
        write_adapter(folder / RUN)
        record(folder / WORDS, phase="text")
        record(folder / "20260103-000000-train-young", phase="")
        yield folder
    get_settings.cache_clear()


def record(path: Path, phase: str) -> None:
    run = RunFolder(path)
    run.adapter.mkdir(parents=True)
    write_json(run.job, Job("train", "w", now(), path.name).to_dict())
    write_json(run.status, Status("finished", attempt=1, queued=now()).to_dict())
    if phase:
        config = {**load_preset("smoke").model_dump(mode="json"), "phase": phase}
        write_json(run.adapter / "ghost.json", {"config": config})


def write_adapter(path: Path) -> None:
    """An adapter loud enough that the model answers something else with it."""
    from ghost_engine.training.adapter import save_adapter
    from ghost_engine.training.model import load_model

    loaded = load_model(load_preset("smoke"))
    for name, weights in loaded.model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=0.2)
    save_adapter(loaded.model, RunFolder(path).adapter)


@pytest.fixture(scope="module")
def shared() -> Iterator[Shared]:
    shared = Shared()
    yield shared
    shared.close()


@pytest.fixture(scope="module")
def engine(shared: Shared) -> AdapterEngine:
    return AdapterEngine(shared)


def question(model: str = "", tokens: int = 12, **values: object) -> Question:
    shot = read_picture(SCREEN)
    return Question((shot,), model=model, longest_tokens=tokens, **values)  # type: ignore[arg-type]


def answer(engine: AdapterEngine, asked: Question) -> tuple[str, Draft]:
    """What was streamed, and the draft."""
    *items, draft = engine.run(asked, CancelToken())
    assert isinstance(draft, Draft)
    return "".join(item.text for item in items if isinstance(item, Written)), draft


def test_the_base_model_and_the_adapter_answer_from_one_process(
    engine: AdapterEngine, shared: Shared
) -> None:
    warm = {"temperature": 1.0, "seed": 5}
    tuned, draft = answer(engine, question(**warm))
    writer = shared.writer
    base, plain = answer(engine, question(f"base:{RUN}", **warm))
    assert shared.writer is writer and tuned and base and tuned != base
    assert draft.sql == tuned.strip() and draft.cut
    assert (draft.model, plain.model) == (RUN, f"base:{RUN}")
    assert draft.prompt_version == prompts.VERSION
    usage = draft.usage
    assert usage is not None and usage.answer_tokens == 12 and (usage.prompt_tokens or 0) > 16
    assert usage.first_token_seconds is not None and usage.seconds is not None
    assert usage.first_token_seconds <= usage.seconds


def test_a_seed_repeats_an_answer_and_another_gives_another(engine: AdapterEngine) -> None:
    first, again, other = (
        answer(engine, question(temperature=1.0, seed=seed))[0] for seed in (1, 1, 2)
    )
    assert first == again != other


def test_a_turn_is_part_of_the_question(engine: AdapterEngine) -> None:
    short = answer(engine, question(tokens=2))[1].usage
    long = answer(engine, question(tokens=2, turns=(Turn("CREATE TABLE a;", "Wrong."),)))[1].usage
    assert short is not None and long is not None
    assert (long.prompt_tokens or 0) > (short.prompt_tokens or 0) + 5


def test_it_is_asked_with_the_very_tokens_of_training(runs: Path) -> None:
    from ghost_engine.training.asking import load_with_adapter
    from ghost_engine.training.encoding import encode
    from ghost_engine.training.writer import _encode

    shot = read_picture(SCREEN)
    adapter = RunFolder(runs / RUN).adapter
    loaded = load_with_adapter(load_preset("smoke"), adapter, lambda phase, note: None)
    row = {"id": "1", "instruction": prompts.VISION_INSTRUCTION, "sql": "CREATE"}
    taught = encode(row, loaded.processor, shot.pixels)
    from ghost_engine.inference.adapter.engine import _document

    asked = {"instruction": prompts.VISION_INSTRUCTION, **_document("adapter", question())}
    inputs = _encode(loaded, asked)
    assert inputs["input_ids"][0].tolist() == list(taught.input_ids[: taught.answer_start])
    assert inputs["token_type_ids"][0].tolist() == list(taught.token_types[: taught.answer_start])
    assert taught.pixels is not None and inputs["pixel_values"].equal(taught.pixels)


def test_a_cancel_ends_a_long_answer_and_the_next_one_is_quick(engine: AdapterEngine) -> None:
    token = CancelToken()
    answer(engine, question(tokens=1))  # loaded
    with pytest.raises(Cancelled):
        for item in engine.run(question(tokens=8000, temperature=1.0, seed=1), token):
            if isinstance(item, Written) and not token.cancelled:
                token.cancel()
    assert answer(engine, question(tokens=2))[1].usage is not None  # not behind 8000 tokens


def test_whoever_leaves_in_the_middle_leaves_no_answer_behind(engine: AdapterEngine) -> None:
    with closing(engine.run(question(tokens=8000, temperature=1.0), CancelToken())) as items:
        next(item for item in items if isinstance(item, Written))
    text, draft = answer(engine, question(tokens=3, temperature=1.0, seed=1))
    assert draft.sql == text.strip() and draft.usage and draft.usage.answer_tokens == 3


def test_two_who_ask_at_once_take_turns(engine: AdapterEngine) -> None:
    answer(engine, question(tokens=1))
    items = engine.run(question(tokens=400, temperature=1.0, seed=1), CancelToken())
    next(item for item in items if isinstance(item, Written))
    second = engine.run(question(tokens=2), CancelToken())
    waiting = next(second)
    assert isinstance(waiting, Progress) and waiting.phase == "waiting"
    items.close()
    *_, draft = second
    assert isinstance(draft, Draft) and draft.model == RUN


def test_a_process_that_was_killed_is_told_and_replaced(
    engine: AdapterEngine, shared: Shared
) -> None:
    with pytest.raises(EngineError, match=r"The process with the model ended \(exit code -9\)"):
        for item in engine.run(question(tokens=8000, temperature=1.0, seed=1), CancelToken()):
            if isinstance(item, Written) and shared.writer is not None:
                os.kill(shared.writer.pid, 9)
    assert not shared.loaded
    token = CancelToken()
    began = time.monotonic()
    with pytest.raises(Cancelled):  # while the next one is loading
        for item in engine.run(question(), token):
            assert isinstance(item, Progress) and "Loading" in item.message
            threading.Timer(0.3, token.cancel).start()
    assert time.monotonic() - began < 100 and not shared.loaded


def test_models_are_the_runs_with_an_adapter_and_their_bases(engine: AdapterEngine) -> None:
    found = {model.name: model for model in engine.models()}
    assert list(found) == [WORDS, RUN, f"base:{WORDS}"]
    assert (found[RUN].vision, found[WORDS].vision) == (True, False)
    assert (found[RUN].bytes or 0) > 10_000


def test_readiness_says_what_is_missing_and_what_to_do(
    engine: AdapterEngine, runs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert engine.readiness().ready and engine.readiness(f"base:{RUN}").ready
    assert "reads no screenshot" in engine.readiness(WORDS).detail
    assert "young has no adapter" in engine.readiness("young").detail
    assert 'no run "gone"' in engine.readiness("gone").detail
    monkeypatch.setattr("ghost_engine.training.readiness.absent", lambda *_: ("peft",))
    assert "training packages" in engine.readiness().detail
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path))
    get_settings.cache_clear()
    none = engine.readiness()
    assert "No run here has an adapter" in none.detail and "ghost train" in none.next_step
    with pytest.raises(EngineUnavailable, match="ghost train"):
        list(engine.run(question(), CancelToken()))
    monkeypatch.setenv("GHOST_RUNS_DIR", str(runs))
    get_settings.cache_clear()


def test_a_run_that_asks_for_a_card_says_so_where_there_is_none(
    engine: AdapterEngine, runs: Path
) -> None:
    path = runs / RUN / "adapter" / "ghost.json"
    about = read_json(path) or {}
    write_json(path, {"config": {**about["config"], "base_model": "a/b", "device": "auto"}})
    try:
        assert not engine.readiness(RUN).ready
        assert engine.readiness(RUN).next_step
    finally:
        write_json(path, about)
