"""Evaluating an engine: asked once, scored, resumed, never stopped by one pair."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from PIL import Image

import ghost_engine
from ghost_engine.errors import Cancelled, EngineError, EngineUnavailable, FileError, SandboxError
from ghost_engine.evaluation import Step, evaluate, score_predictions
from ghost_engine.evaluation.predictions import FILE_NAME, read_predictions
from ghost_engine.evaluation.report import markdown
from ghost_engine.inference.protocol import CancelToken


def test_an_engine_that_answers_right_scores_1(parrot: Any, pairs_file: Path) -> None:
    evaluation = evaluate("parrot", pairs_file)
    content = evaluation.to_dict()
    assert (content["n"], content["executes"], content["exact"]) == (3, 3, 3)
    assert content["score"] == content["strict_score"] == content["visible_score"] == 1.0
    assert content["table"]["f1"] == content["column"]["f1"] == 1.0
    assert content["fk"]["f1"] is None and content["fk"]["n"] == 0  # no pair has a foreign key
    assert content["model"] == "parrot-1" and content["prompt_version"] == "p1"
    assert [pair["id"] for pair in content["pairs"]] == ["orders", "users", "tags"]


def test_a_hidden_column_costs_only_the_full_score(parrot: Any, pairs_file: Path) -> None:
    parrot.answers["users"] = "CREATE TABLE users (id int PRIMARY KEY);"
    results = {result.id: result.comparison for result in evaluate("parrot", pairs_file).results}
    assert results["users"].score < 1.0 and results["users"].visible_score == 1.0
    assert results["orders"].visible_score is None


def test_the_precision_of_visible_columns_counts_what_is_too_much_but_nothing_hidden(
    parrot: Any, pairs_file: Path
) -> None:
    parrot.answers["users"] = "CREATE TABLE users (id int PRIMARY KEY, email text);"
    only_hidden = evaluate("parrot", pairs_file)
    assert only_hidden.to_dict()["visible_column_precision"] == 1.0
    parrot.answers["users"] = "CREATE TABLE users (id int PRIMARY KEY, wings int, claws int);"
    too_much = evaluate("parrot", pairs_file).to_dict()
    assert too_much["visible_column_precision"] == too_much["visible"]["column"]["p"]
    assert too_much["visible"]["column"] == {"p": 0.3333, "r": 1.0, "f1": 0.5, "n": 1}
    assert too_much["intervals"]["visible_column_precision"] == [0.3333, 0.3333]


def test_answers_that_do_not_run_or_are_missing_score_0(parrot: Any, pairs_file: Path) -> None:
    parrot.answers |= {"orders": "CREATE TABEL orders;", "users": ""}
    evaluation = evaluate("parrot", pairs_file)
    content, table = evaluation.to_dict(), markdown(evaluation)
    assert "| orders | no | 0.000 |" in table and "| users | no answer | 0.000 |" in table
    assert [pair["score"] for pair in content["pairs"]] == [0.0, 0.0, 1.0]
    assert content["executes"] == 1 and content["n"] == 3
    assert content["pairs"][1]["reason"] == "Nothing that looks like data was found."


def test_the_failure_of_one_pair_is_recorded_and_the_rest_goes_on(
    parrot: Any, pairs_file: Path, tmp_path: Path
) -> None:
    parrot.answers |= {"orders": EngineError("It overheated.", "Wait."), "users": KeyError("x")}
    evaluation = evaluate("parrot", pairs_file, tmp_path / "out")
    errors = [result.prediction.error for result in evaluation.results]
    assert errors == ["It overheated. Wait.", "KeyError: 'x'", ""]
    assert evaluation.score().value == pytest.approx(1 / 3)


def test_a_rerun_asks_only_what_failed(parrot: Any, pairs_file: Path, tmp_path: Path) -> None:
    parrot.answers["users"] = EngineError("It overheated.")
    evaluate("parrot", pairs_file, tmp_path / "out")
    parrot.answers["users"], parrot.asked = "CREATE TABLE users (id int);", []
    steps: list[Step] = []
    evaluation = evaluate("parrot", pairs_file, tmp_path / "out", on_step=steps.append)
    assert parrot.asked == ["users"] and evaluation.executes == 3
    assert [(step.pair, step.kept) for step in steps] == [
        ("orders", True), ("users", False), ("tags", True),
    ]  # fmt: skip


def test_another_picture_or_another_model_is_asked_anew(
    parrot: Any, pairs_file: Path, tmp_path: Path
) -> None:
    evaluate("parrot", pairs_file, tmp_path / "out")
    Image.new("RGB", (64, 48), "blue").save(pairs_file.with_name("tags.png"))
    parrot.asked = []
    evaluate("parrot", pairs_file, tmp_path / "out")
    assert parrot.asked == ["tags"]
    parrot.model, parrot.asked = "parrot-2", []
    evaluate("parrot", pairs_file, tmp_path / "out")
    assert parrot.asked == ["orders", "users", "tags"]


def test_fresh_asks_everything_again(parrot: Any, pairs_file: Path, tmp_path: Path) -> None:
    evaluate("parrot", pairs_file, tmp_path / "out")
    evaluate("parrot", pairs_file, tmp_path / "out", fresh=True)
    assert parrot.asked == ["orders", "users", "tags"] * 2


def test_a_limit_takes_the_first_pairs(parrot: Any, pairs_file: Path) -> None:
    assert len(evaluate("parrot", pairs_file, limit=2).results) == 2
    assert evaluate("parrot", pairs_file, limit=0).to_dict()["score"] is None


def test_missing_and_unreadable_pictures_are_reported_and_left_out(
    parrot: Any, pairs_file: Path
) -> None:
    pairs_file.with_name("orders.png").unlink()
    pairs_file.with_name("users.png").write_bytes(b"no picture")
    evaluation = evaluate("parrot", pairs_file)
    assert [item.id for item in evaluation.missing_images] == ["orders", "users"]
    assert "does not exist" in evaluation.missing_images[0].reason
    assert len(evaluation.results) == 1 and evaluation.score().value == 1.0


def test_a_reference_that_does_not_run_is_reported_and_left_out(
    parrot: Any, pairs_file: Path
) -> None:
    pairs_file.write_text(pairs_file.read_text().replace("TABLE orders", "TABEL orders"))
    evaluation = evaluate("parrot", pairs_file)
    (broken,) = evaluation.broken_references
    assert broken.id == "orders" and broken.reason.startswith("line 1: syntax error")
    assert len(evaluation.results) == 2 and parrot.asked == ["users", "tags"]


def test_predictions_are_scored_without_asking_anyone(
    parrot: Any, pairs_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = evaluate("parrot", pairs_file, tmp_path / "out")
    parrot.asked = []
    monkeypatch.setattr("ghost_engine.evaluation.references.check", None)  # judged already
    again = score_predictions(pairs_file, tmp_path / "out")
    assert again.to_dict() == asked.to_dict() and not parrot.asked
    with pytest.raises(FileError, match="holds no predictions"):
        score_predictions(pairs_file, tmp_path / "nothing")


def test_a_stop_keeps_the_answers_so_far(parrot: Any, pairs_file: Path, tmp_path: Path) -> None:
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        evaluate(
            "parrot", pairs_file, tmp_path / "out", on_step=lambda _: cancel.cancel(), cancel=cancel
        )
    scored = score_predictions(pairs_file, tmp_path / "out")
    assert len(scored.results) == 1 and [item.id for item in scored.unanswered] == ["users", "tags"]


def test_without_a_judge_the_run_ends_and_can_go_on(
    parrot: Any, pairs_file: Path, tmp_path: Path
) -> None:
    parrot.answers["users"] = SandboxError("PostgreSQL is gone.")
    with pytest.raises(SandboxError):
        evaluate("parrot", pairs_file, tmp_path / "out")
    assert [item.pair for item in read_predictions(tmp_path / "out")] == ["orders"]


def test_an_unknown_engine_is_named(parrot: Any, pairs_file: Path) -> None:
    with pytest.raises(EngineUnavailable, match='no engine "owl"'):
        evaluate("owl", pairs_file)


def test_two_evaluations_do_not_write_to_one_folder(
    parrot: Any, pairs_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    with FileLock(tmp_path / "out" / ".lock"), pytest.raises(FileError, match="Another evaluation"):
        evaluate("parrot", pairs_file, tmp_path / "out")


def test_a_torn_last_line_is_asked_again(parrot: Any, pairs_file: Path, tmp_path: Path) -> None:
    evaluate("parrot", pairs_file, tmp_path / "out")
    path = tmp_path / "out" / FILE_NAME
    path.write_bytes(path.read_bytes()[:-20])
    parrot.asked = []
    evaluation = evaluate("parrot", pairs_file, tmp_path / "out")
    assert parrot.asked == ["tags"] and len(evaluation.results) == 3
    assert len(path.read_text().splitlines()) == 3


def test_predictions_survive_being_written_and_read(
    parrot: Any, pairs_file: Path, tmp_path: Path
) -> None:
    evaluation = evaluate("parrot", pairs_file, tmp_path / "out")
    kept = list(read_predictions(tmp_path / "out"))
    assert kept == [result.prediction for result in evaluation.results]
    assert replace(kept[0], seconds=0.0).schema.table_names == ("orders",)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('{"pair": 1}\n')
    with pytest.raises(FileError, match="line 1 is no prediction"):
        list(read_predictions(tmp_path))


ROOT = str(Path(ghost_engine.__file__).parents[1])
SLOW_RUN = """
import sys, time
from pathlib import Path
from conftest_engine import Parrot
from ghost_engine.evaluation import evaluate
from ghost_engine.inference import registry

parrot = Parrot()
registry.engines = lambda: (parrot,)
evaluate("parrot", Path(sys.argv[1]), Path(sys.argv[2]), on_step=lambda _: time.sleep(0.5))
"""


def test_a_run_killed_outright_goes_on_where_it_was(
    parrot: Any, pairs_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "conftest_engine.py").write_text(
        Path(__file__).with_name("conftest.py").read_text("utf-8"), "utf-8"
    )
    script, out = tmp_path / "slow.py", tmp_path / "out"
    script.write_text(SLOW_RUN)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), ROOT])}
    process = subprocess.Popen([sys.executable, script, pairs_file, out], env=environment)
    while not (out / FILE_NAME).exists() or b"\n" not in (out / FILE_NAME).read_bytes():
        time.sleep(0.01)
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    evaluation = evaluate("parrot", pairs_file, out)
    assert len(evaluation.results) == 3 and "orders" not in parrot.asked


def test_the_report_is_written_as_json_and_as_a_table(
    parrot: Any, pairs_file: Path, tmp_path: Path
) -> None:
    pairs_file.with_name("tags.png").unlink()
    evaluation = evaluate("parrot", pairs_file, tmp_path / "out")
    content = json.loads((tmp_path / "out" / "results.json").read_text())
    assert content.items() >= evaluation.to_dict().items()
    table = (tmp_path / "out" / "results.md").read_text()
    assert "| Score | 1.000 | 1.000 to 1.000 | 2 |" in table
    assert "| orders | yes | 1.000 | 1.000 | – | 1.000 | 1.000 | – |" in table
    assert "Left out: no picture:\n\n- tags: " in table
