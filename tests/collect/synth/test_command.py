"""`ghost data synth`, as people and programs call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ghost_engine.cli import run
from ghost_engine.collect.synth import held_out
from ghost_engine.data.pairs import read_pairs


def test_it_answers_with_what_was_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["data", "synth", "--count", "2", "--seed", "9", "--out", str(tmp_path), "--json"]
    assert run(arguments) == 0
    answer = json.loads(capsys.readouterr().out)

    assert (answer["written"], answer["kept"]) == (2, 0)
    pairs = read_pairs(Path(answer["pairs"]))
    assert not {pair.domain for pair in pairs} & set(held_out.DOMAINS)
    assert not {pair.framework for pair in pairs} & set(held_out.FRAMEWORKS)


def test_the_held_out_ones_come_when_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["data", "synth", "--count", "2", "--held-out", "--out", str(tmp_path)]) == 0
    pairs = read_pairs(Path(capsys.readouterr().out.strip()))

    assert {pair.domain for pair in pairs} <= set(held_out.DOMAINS)
    assert {pair.framework for pair in pairs} <= set(held_out.FRAMEWORKS)


@pytest.mark.parametrize(
    ("wrong", "code", "said"),
    [
        (["--framework", "motif"], 2, "motif is no framework"),
        (["--domain", "moon"], 2, "moon is no domain"),
        (["--count", "0"], 2, "greater than or equal to 1"),
    ],
)
def test_wrong_usage_is_named(
    wrong: list[str], code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["data", "synth", "--count", "2", "--out", str(tmp_path / "out"), *wrong]
    assert run(arguments) == code
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
