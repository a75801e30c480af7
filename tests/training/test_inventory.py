"""A dataset in numbers, before anything is frozen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.data.records import NewExample, NewSuggestion, Screenshot, Verdict
from ghost_engine.data.store import Store, open_store
from ghost_engine.errors import DatasetError
from ghost_engine.training.config import TrainingConfig, load_preset
from ghost_engine.training.data import freeze
from ghost_engine.training.inventory import dataset_summary

SHOTS = Path(__file__).resolve().parents[2] / "data" / "ui_screenshots"
GOOD = "CREATE TABLE t (id bigint PRIMARY KEY);"


def config(dataset: Path | str, **values: Any) -> TrainingConfig:
    return TrainingConfig(dataset=str(dataset), **values)


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Four usable pairs, one of which fails and one of which is long, and two that are not."""
    shots = [Path(shutil.copy(shot, tmp_path)).name for shot in sorted(SHOTS.iterdir())[:5]]
    long = f"CREATE TABLE wide (id int PRIMARY KEY, {', '.join(f'c{n} text' for n in range(500))});"
    rows = [
        {"id": "good", "image": shots[0], "sql": GOOD},
        {"id": "twin", "image": shots[1], "sql": GOOD},
        {"id": "failing", "image": shots[2], "sql": "CREATE TABLE t (id nothing);"},
        {"id": "long", "image": shots[3], "sql": long},
        {"id": "gone", "image": "nowhere.png", "sql": GOOD},
        {"id": "empty", "image": shots[4], "sql": " "},
    ]
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def test_it_counts_what_can_be_used_and_what_cannot(mixed: Path) -> None:
    found = dataset_summary(config(mixed))

    assert (found.examples, found.usable, found.answers) == (6, 4, 3)
    assert found.left_out == {"missing-picture": 1, "no-answer": 1}
    assert found.first_left_out == {"missing-picture": "gone", "no-answer": "empty"}
    assert found.longest == "long"
    assert (found.too_long(1024), found.too_long(found.lengths[-1])) == (1, 0)
    assert (found.failing, found.unjudged) == (0, 4)


def test_answers_are_judged_when_that_is_asked_for(mixed: Path) -> None:
    told = []
    found = dataset_summary(config(mixed), judge=True, progress=told.append)

    assert (found.failing, found.unjudged, found.first_failing) == (1, 0, "failing")
    assert {step.phase for step in told} == {"reading", "judging"}


def test_it_counts_as_freezing_does(mixed: Path, tmp_path: Path) -> None:
    asked = config(mixed, max_seq_length=131072)
    found = dataset_summary(asked)
    frozen = freeze(asked, tmp_path / "run", judge=False)

    assert found.left_out == frozen.manifest["reasons"]
    assert found.for_training(asked) == frozen.train


def test_the_other_phase_is_told_apart() -> None:
    vision, text = load_preset("t4"), load_preset("text")

    assert dataset_summary(vision).usable == 287 and not dataset_summary(vision).left_out
    assert dataset_summary(text).usable == dataset_summary(text).examples > 0
    assert set(dataset_summary(text.changed(phase="vision")).left_out) == {"other-phase"}


def test_of_the_store_only_what_is_approved_counts(tmp_path: Path) -> None:
    verdict = Verdict(executes=False, parses=True, error="no")
    with open_store(tmp_path) as store:
        add(store, "kept.png", "curator", verdict)
        add(store, "open.png", "", None)
        found = dataset_summary(config("store"), store=store)

    assert (found.examples, found.usable) == (1, 0)  # its picture was never brought in
    assert found.left_out == {"missing-picture": 1}


def add(store: Store, path: str, approved_by: str, verdict: Verdict | None) -> None:
    suggestion = NewSuggestion(GOOD, verdict=verdict)
    store.add(NewExample(Screenshot.absent(path), suggestion, approved_by=approved_by))


def test_a_dataset_that_is_not_there_is_named() -> None:
    with pytest.raises(DatasetError, match=r"no/such\.json does not exist"):
        dataset_summary(config("no/such.json"))
