"""From a draft to a judged result, with engines made up here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from ghost_engine.data.images import Picture
from ghost_engine.errors import Cancelled, EngineError, ImageError
from ghost_engine.inference import run
from ghost_engine.inference.protocol import (
    CancelToken,
    Draft,
    Evidence,
    Form,
    Model,
    Progress,
    Question,
    Readiness,
    Result,
)

PICTURE = Picture("a.png", "a", Image.new("RGB", (40, 40)))
GOOD = "CREATE TABLE a (id bigint PRIMARY KEY);"


@dataclass
class FakeEngine:
    drafts: tuple[Draft, ...]
    name: str = "fake"
    title: str = "Fake engine"
    note: str = "for tests"
    forms: tuple[Form, ...] = ()

    def models(self) -> tuple[Model, ...]:
        return ()

    def readiness(self, model: str = "") -> Readiness:
        return Readiness(True, "")

    def run(self, question: Question, cancel: CancelToken) -> Iterator[Progress | Draft]:
        yield Progress("reading", "Reading")
        yield from self.drafts


def stream(*drafts: Draft) -> list[Progress | Result]:
    return list(run.stream([PICTURE], FakeEngine(drafts)))


def last(*drafts: Draft) -> Result:
    result = stream(*drafts)[-1]
    assert isinstance(result, Result)
    return result


def test_a_draft_is_judged_and_its_engine_named() -> None:
    *progress, result = stream(Draft(GOOD, model="tiny"))
    assert [item.phase for item in progress] == ["reading", "checking"]
    assert result.valid and result.tables == ("a",)
    assert (result.engine, result.note, result.model) == ("fake", "for tests", "tiny")


def test_a_models_sql_is_handed_out_with_its_errors() -> None:
    result = last(Draft("CREATE TABLE a (id nonsense);", model="tiny"))
    assert not result.valid and result.sql and result.report and result.report.errors


def test_of_sql_made_by_rules_only_what_runs_is_handed_out() -> None:
    sql = GOOD + "\nCREATE TABLE b (id nonsense);"
    columns = (Evidence("a", "id", "bigint"), Evidence("b", "id", "nonsense"))
    result = last(Draft(sql, columns=columns))
    assert result.valid and result.tables == ("a",)
    assert [column.table for column in result.columns] == ["a"]


def test_sql_made_by_rules_that_cannot_run_is_withheld() -> None:
    result = last(Draft("CREATE TABLE b (id nonsense);"))
    assert (result.sql, result.columns, result.report) == ("", (), None)
    assert "does not run" in result.reason


def test_nothing_found_has_a_reason_and_no_verdict() -> None:
    *progress, result = stream(Draft("", reason="No text was found."))
    assert [item.phase for item in progress] == ["reading"]
    assert result.reason == "No text was found." and result.report is None and not result.valid


def test_an_engine_without_an_answer_is_an_error() -> None:
    with pytest.raises(EngineError, match="without an answer"):
        stream()


def test_no_picture_is_an_error() -> None:
    with pytest.raises(EngineError, match="no picture"):
        list(run.stream([]))


def test_a_path_that_is_no_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.png").write_text("hello")
    with pytest.raises(ImageError, match=r"notes\.png is text"):
        run.infer([tmp_path / "notes.png"])


def test_a_cancelled_stream_stops_before_judging() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        list(run.stream([PICTURE], FakeEngine((Draft(GOOD),)), token))
