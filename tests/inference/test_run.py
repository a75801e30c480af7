"""From a draft to a judged result, with engines made up here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ghost_engine.errors import Cancelled, EngineError, ImageError
from ghost_engine.inference import run
from ghost_engine.inference.protocol import (
    CancelToken,
    Draft,
    Evidence,
    Form,
    Model,
    Options,
    Progress,
    Question,
    Readiness,
    Result,
    Written,
)
from tests.inference.spoken import BAD, GOOD, PICTURE, Spoken


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


def test_rules_have_no_model_to_choose() -> None:
    with pytest.raises(EngineError, match="works without a model"):
        list(run.stream([PICTURE], FakeEngine((Draft(GOOD),)), options=Options(model="tiny")))


def test_a_form_that_an_engine_does_not_know_names_those_it_does() -> None:
    with pytest.raises(EngineError, match='"grammar".*sql, json'):
        list(run.stream([PICTURE], Spoken([GOOD]), options=Options(form="grammar")))


def test_what_is_chosen_reaches_the_engine() -> None:
    engine = Spoken([GOOD])
    chosen = Options(
        "tiny", "json", 0.3, 5, longest_tokens=99, silence_seconds=7, instruction="Hm?"
    )
    result = run.infer([PICTURE], engine, chosen)
    (asked,) = engine.asked
    assert (asked.model, asked.form, asked.temperature, asked.seed) == ("tiny", "json", 0.3, 5)
    assert (asked.longest_tokens, asked.instruction) == (99, "Hm?")
    assert result.form == "json"


def test_a_results_document_tells_how_it_came_about() -> None:
    document = json.loads(json.dumps(run.infer([PICTURE], Spoken([BAD, GOOD])).to_dict()))
    first, second = document["attempts"]
    assert (first["how"], first["valid"], second["how"]) == ("draft", False, "asked again")
    assert "runs a query" in first["errors"][0] and second["tables"] == ["a"]
    assert document["usage"]["answer_tokens"] == 20 and document["form"] == "sql"


# -- several screens, each alone ----------------------------------------------------------------

SHOP = (
    "CREATE TABLE customers (id bigint PRIMARY KEY, name text);",
    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, total numeric);",
)
TWO = [replace(PICTURE, name="customers.png"), replace(PICTURE, name="orders.png")]


def test_a_model_sees_one_screen_at_a_time_and_they_become_one_schema() -> None:
    engine = Spoken(SHOP)
    *events, result = run.stream(TWO, engine)
    assert isinstance(result, Result) and result.valid
    assert [question.pictures for question in engine.asked] == [(TWO[0],), (TWO[1],)]
    assert set(result.tables) == {"customers", "orders"}
    assert result.consolidated is not None and len(result.consolidated.screens) == 2
    assert [attempt.picture for attempt in result.attempts] == [0, 1]
    assert {item.picture for item in events if isinstance(item, Written)} == {0, 1}
    assert result.usage is not None and result.usage.answer_tokens == 20


def test_progress_names_the_screen_and_never_goes_back() -> None:
    events = [item for item in run.stream(TWO, Spoken(SHOP)) if isinstance(item, Progress)]
    assert events[0].message == "customers.png: Writing"
    known = [item.fraction for item in events if item.fraction is not None]
    assert known == sorted(known)


def test_a_screen_that_fails_is_named_and_the_others_stay() -> None:
    result = run.infer(TWO, Spoken([SHOP[0], BAD]))
    assert result.tables == ("customers",) and "orders.png" in result.reason


def test_a_screen_without_an_answer_is_named_and_the_numbers_stay() -> None:
    result = run.infer(TWO, Spoken(["", SHOP[1]]))
    assert result.tables == ("orders",)
    assert "customers.png: The model answered nothing." in result.reason
    assert {place.image for place in result.consolidated.places} == {1}  # type: ignore[union-attr]


def test_an_engine_that_goes_away_leaves_the_screens_that_were_read() -> None:
    gone = EngineError("Ollama is gone.", "Start it.")
    result = run.infer([*TWO, TWO[0]], Spoken([SHOP[0], gone]))
    assert result.valid and result.tables == ("customers",)
    assert "orders.png and 1 more could not be read: Ollama is gone." in result.reason
    with pytest.raises(EngineError, match="gone"):
        run.infer(TWO, Spoken([gone]))
