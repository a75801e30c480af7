"""The vision sets that the project ships keep what DATASET_README.md says of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from ghost_engine import prompts
from ghost_engine.collect.synth import held_out
from ghost_engine.data.pairs import Pair, read_pairs
from ghost_engine.data.phash import distance, perceptual_hash
from ghost_engine.sql import Report
from ghost_engine.sql.lexer import tokenize
from ghost_engine.sql.validate import check

DATA = Path(__file__).resolve().parents[2] / "data"
NEAR = 24  # as scripts/build_datasets.py has it
SETS = {"training": (DATA, 287), "validation": (DATA / "validation_set", 60)}


@pytest.fixture(scope="module")
def pairs() -> dict[str, list[Pair]]:
    return {name: read_pairs(folder / "pairs.jsonl") for name, (folder, _) in SETS.items()}


@pytest.fixture(scope="module")
def reports(pairs: dict[str, list[Pair]]) -> dict[str, list[Report]]:
    """PostgreSQL's word on every answer; asked once."""
    return {name: [check(pair.sql) for pair in each] for name, each in pairs.items()}


@pytest.mark.parametrize("name", SETS)
def test_a_set_has_its_size_and_every_answer_runs(
    name: str, reports: dict[str, list[Report]]
) -> None:
    known = reports[name]
    assert len(known) == SETS[name][1]
    assert all(report.valid for report in known)

    tables = [len(report.schema.tables) for report in known]
    related = [any(table.foreign_keys for table in report.schema.tables) for report in known]
    assert sum(tables) / len(tables) >= 3
    assert sum(related) / len(related) >= 0.9


def test_no_two_answers_are_the_same(pairs: dict[str, list[Pair]]) -> None:
    answers = [
        " ".join(token.key for token in tokenize(pair.sql))
        for each in pairs.values()
        for pair in each
    ]
    assert len(set(answers)) == len(answers) == 347


def test_the_validation_set_shares_no_domain_and_no_framework(pairs: dict[str, list[Pair]]) -> None:
    used = {
        name: ({pair.domain for pair in each}, {pair.framework for pair in each})
        for name, each in pairs.items()
    }
    assert not used["training"][0] & used["validation"][0]
    assert not used["training"][1] & used["validation"][1]
    assert used["validation"] == (set(held_out.DOMAINS), set(held_out.FRAMEWORKS))
    assert used["training"][0] == set(held_out.training_domains())


def test_every_picture_is_a_small_png_with_a_palette(pairs: dict[str, list[Pair]]) -> None:
    for name, (folder, _) in SETS.items():
        paths = [pair.image_path(folder) for pair in pairs[name]]
        for path in paths:
            with Image.open(path) as picture:
                assert (picture.format, picture.mode) == ("PNG", "P"), path
        assert sum(path.stat().st_size for path in paths) < 12 * 10**6
        assert {path.name for path in paths} == {path.name for path in paths[0].parent.iterdir()}


def test_no_picture_looks_like_another(pairs: dict[str, list[Pair]]) -> None:
    hashes = []
    for name, (folder, _) in SETS.items():
        for pair in pairs[name]:
            with Image.open(pair.image_path(folder)) as picture:
                hashes.append((pair.id, perceptual_hash(picture.convert("RGB"))))
    near = [
        (one, other)
        for place, (one, left) in enumerate(hashes)
        for other, right in hashes[:place]
        if distance(left, right) <= NEAR
    ]
    assert near == []


def test_the_conversations_are_the_pairs(pairs: dict[str, list[Pair]]) -> None:
    rows = json.loads((DATA / "dataset_vision.json").read_text("utf-8"))
    assert rows == [prompts.vision_row(pair.image, pair.sql) for pair in pairs["training"]]


def test_every_column_is_marked_and_most_are_visible(
    pairs: dict[str, list[Pair]], reports: dict[str, list[Report]]
) -> None:
    for name in SETS:
        for pair, report in zip(pairs[name], reports[name], strict=True):
            tables = report.schema.tables
            written = {(table.name, column.name) for table in tables for column in table.columns}
            assert written == {(column.table, column.column) for column in pair.columns or ()}
            visible = [column for column in pair.columns or () if column.visible == "visible"]
            assert len(visible) >= 3
