"""A trial: base model and adapter asked about one screenshot, on a tiny model trained here."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.data.images import Picture, read_picture
from ghost_engine.errors import JobError, TrainingError
from ghost_engine.hardware import KNOWN_CARDS, Survey
from ghost_engine.jobs.folder import RunFolder, read_json, write_json
from ghost_engine.jobs.reading import read_run, wait_for
from ghost_engine.jobs.records import Attempt, Job, Run, Status, now
from ghost_engine.jobs.worker import Work
from ghost_engine.settings import get_settings
from ghost_engine.training.collate import Collator
from ghost_engine.training.config import load_preset
from ghost_engine.training.data import freeze, read_frozen
from ghost_engine.training.digest import bytes_of, delete_run
from ghost_engine.training.start import KIND, WORKER
from ghost_engine.training.trial import (
    ANSWERS,
    FOLDER,
    PICTURE,
    obstacle,
    read_trials,
    settings_of_adapter,
    start_trial,
)
from ghost_engine.training.trial_worker import _encode, _load, answer
from ghost_engine.training.worker import train

pytestmark = pytest.mark.timeout(300)
DATA = Path(__file__).resolve().parents[2] / "data"
NO_CARD, ONE_CARD = Survey((), note="no driver"), Survey((KNOWN_CARDS["t4"],))


@pytest.fixture(scope="module", autouse=True)
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the runs of this module live."""
    folder = tmp_path_factory.mktemp("trials")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GHOST_RUNS_DIR", str(folder))
        get_settings.cache_clear()
        yield folder
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def trained(runs: Path) -> Run:
    """Three steps on a few of the shipped pairs: enough for another answer than the base's."""
    rows = json.loads((DATA / "dataset_vision.json").read_text("utf-8"))
    dataset = runs / "some.json"
    dataset.write_text(json.dumps(rows[::48]), "utf-8")
    config = load_preset("smoke").changed(
        dataset=str(dataset), max_steps=3, warmup_steps=0, learning_rate=0.01, batch_size=1,
        validation_share=0.0, eval_screens=0,
    )  # fmt: skip
    folder = RunFolder(runs / "20260101-000000-train-tiny")
    folder.path.mkdir()
    folder.config.write_text(config.to_yaml(), "utf-8")
    freeze(config, folder.path, image_root=DATA, judge=False)
    assert train(Work(folder, Attempt(1))) == "finished"
    return recorded(folder)


def recorded(folder: RunFolder, state: Any = "finished") -> Run:
    write_json(folder.job, Job(KIND, WORKER, now(), "tiny").to_dict())
    write_json(folder.status, Status(state, attempt=1, queued=now()).to_dict())
    return read_run(folder)


@pytest.fixture
def copied(trained: Run, runs: Path, request: pytest.FixtureRequest) -> Iterator[Run]:
    """Another run with the same adapter, whose settings a test may change."""
    folder = RunFolder(runs / f"20260102-000000-train-{request.node.name[:40]}")
    shutil.copytree(trained.folder.adapter, folder.adapter)
    shutil.copytree(trained.folder.dataset, folder.dataset)
    yield recorded(folder)
    shutil.rmtree(folder.path, ignore_errors=True)


@pytest.fixture(scope="module")
def shot() -> Picture:
    return read_picture(min((DATA / "ui_screenshots").glob("*.png")))


def change(run: Run, **values: Any) -> Run:
    """The run as if it had been trained with other settings."""
    path = run.folder.adapter / "ghost.json"
    about = read_json(path) or {}
    write_json(path, {**about, "config": {**about["config"], **values}})
    return run


class StopsWhileTheAdapterWrites(Work):
    def progress(self, phase: str, *given: Any, **named: Any) -> None:
        super().progress(phase, *given, **named)
        if "the adapter" in given:
            self.ask_stop()


def test_base_and_adapter_answer_in_the_background_and_a_double_click_asks_once(
    trained: Run, shot: Picture
) -> None:
    job = start_trial(trained, shot, new_tokens=24, request="one click")
    assert start_trial(trained, shot, new_tokens=24, request="one click").id == job.id
    ended = wait_for(job, timeout_seconds=120)
    assert ended.state == "finished", (ended.status.error, job.folder.log.read_text()[-2000:])

    (trial,) = read_trials(trained)
    base, adapter = (trial.answer(who) for who in ("base", "adapter"))
    assert base is not None and adapter is not None
    assert base.sql != adapter.sql
    assert base.valid is adapter.valid is False  # three steps teach nobody SQL
    assert adapter.error and adapter.tokens == 24
    assert trial.picture is not None and read_picture(trial.picture).pixels == shot.pixels
    assert (trial.name, trial.active) == (shot.name, False)


def test_the_question_is_asked_with_the_very_tokens_of_training(copied: Run) -> None:
    frozen = read_frozen(copied.path)
    row = frozen.rows("train")[0]
    place = copied.path / FOLDER / "asked"
    place.mkdir(parents=True)
    shutil.copyfile(frozen.folder / row["image"], place / PICTURE)
    config = settings_of_adapter(copied)
    assert config is not None
    loaded = _load(config, copied.folder, Work(RunFolder(place), Attempt(1)))
    asked = _encode(copied.path, place, config, loaded)
    taught = Collator(loaded.processor, config.max_seq_length, frozen.folder).encode(row)
    assert asked.answer_start == taught.answer_start
    prompt = slice(0, asked.answer_start)
    assert asked.input_ids[prompt] == taught.input_ids[prompt]
    assert asked.pixels is not None and asked.pixels.equal(taught.pixels)


def test_a_trial_that_was_cut_short_goes_on_and_asks_nobody_twice(copied: Run, runs: Path) -> None:
    change(copied, phase="text")
    job = RunFolder(runs / f"{copied.id}-asked")
    place = copied.path / FOLDER / job.id
    place.mkdir(parents=True)
    job.path.mkdir()
    job.config.write_text(json.dumps({"run": str(copied.path), "new_tokens": 8}), "utf-8")
    write_json(place / "question.json", {"asked": now().isoformat(), "description": "Orders"})

    assert answer(StopsWhileTheAdapterWrites(job, Attempt(1))) == "stopped"
    first = (place / ANSWERS).read_text("utf-8")
    assert answer(Work(job, Attempt(2))) == "finished"

    assert (place / ANSWERS).read_text("utf-8").startswith(first)
    (trial,) = read_trials(copied)
    assert [each.who for each in trial.answers] == ["base", "adapter"]
    assert (trial.description, trial.picture, trial.job) == ("Orders", None, None)


def test_one_sentence_says_why_a_run_cannot_be_tried_here(copied: Run) -> None:
    assert obstacle(copied, NO_CARD) == ""
    change(copied, base_model="nobody/nothing", device="auto")
    assert "takes a GPU, and there is none here: no driver" in obstacle(copied, NO_CARD)
    assert "nobody/nothing, which is not on this machine" in obstacle(copied, ONE_CARD)
    shutil.rmtree(copied.folder.adapter)
    assert obstacle(copied, NO_CARD).startswith("There is no adapter to try yet")


def test_a_run_that_learned_from_screenshots_is_asked_with_one(copied: Run, shot: Picture) -> None:
    with pytest.raises(TrainingError, match="asked with a screenshot"):
        start_trial(copied, description="A list of orders")
    with pytest.raises(TrainingError, match="asked with a description"):
        start_trial(change(copied, phase="text"), shot)
    assert read_trials(copied) == ()


def test_a_run_is_deleted_with_its_trials_but_not_while_one_is_at_work(
    copied: Run, runs: Path
) -> None:
    job = RunFolder(runs / f"{copied.id}-tried")
    place = copied.path / FOLDER / job.id
    place.mkdir(parents=True)
    job.path.mkdir()
    write_json(place / "question.json", {"asked": now().isoformat(), "name": "shot.png"})
    write_json(job.job, Job("trial", "w", now()).to_dict())
    write_json(job.status, Status("queued", queued=now()).to_dict())
    with pytest.raises(JobError, match="is being tried"):
        delete_run(copied)

    write_json(job.status, Status("finished").to_dict())
    (job.path / "log.txt").write_bytes(bytes(1000))
    with_trial = bytes_of(copied)
    delete_run(copied)
    assert with_trial > 1000
    assert not copied.path.exists() and not job.path.exists()
