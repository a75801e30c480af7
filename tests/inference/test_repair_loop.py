"""Asked, judged, mended, asked again: by engines whose answers are written here."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from ghost_engine import prompts
from ghost_engine.errors import Cancelled, EngineError
from ghost_engine.inference import repair_loop, run
from ghost_engine.inference.protocol import (
    CancelToken,
    Draft,
    Options,
    Progress,
    Result,
    Usage,
    Written,
)
from ghost_engine.inference.remarks import clean
from ghost_engine.inference.repair_loop import SAMPLING_TEMPERATURE, total
from tests.inference.spoken import BAD, GOOD, HALF, PICTURE, Spoken


def heard(engine: Spoken, **options: Any) -> tuple[list[Progress | Written], Result]:
    *events, result = run.stream([PICTURE], engine, options=Options(**options))
    assert isinstance(result, Result)
    return events, result


def result_of(engine: Spoken, **options: Any) -> Result:
    return heard(engine, **options)[1]


def hows(result: Result) -> list[str]:
    return [attempt.how for attempt in result.attempts]


def test_what_runs_at_once_is_asked_once() -> None:
    engine = Spoken([GOOD])
    result = result_of(engine)
    assert (result.sql, hows(result), len(engine.asked)) == (GOOD, ["draft"], 1)
    assert result.valid and result.form == "sql" and not result.reason


def test_what_rules_can_mend_is_not_asked_again() -> None:
    engine = Spoken(["CREATE TABLE a (id int AUTO_INCREMENT PRIMARY KEY);"])
    result = result_of(engine)
    assert (hows(result), len(engine.asked)) == (["draft", "repaired"], 1)
    assert result.valid and "GENERATED" in result.sql
    draft, repaired = result.attempts
    assert not draft.makes_tables and not draft.changes
    assert repaired.changes and repaired.usage is None


def test_a_model_gets_its_script_with_postgresqls_errors() -> None:
    engine = Spoken([BAD, GOOD])
    result = result_of(engine)
    assert (result.sql, hows(result)) == (GOOD, ["draft", "asked again"])
    first, second = engine.asked
    assert not first.turns
    (turn,) = second.turns
    assert turn.answer == BAD
    assert "line 1" in turn.remark and "runs a query" in turn.remark
    assert BAD in turn.remark and "SQL only" in turn.remark


def test_it_is_asked_as_often_as_is_allowed_and_the_best_is_taken() -> None:
    engine = Spoken([HALF, BAD, HALF.replace("2", "3"), GOOD])
    result = result_of(engine, repairs=2)
    assert len(engine.asked) == 3 and hows(result) == ["draft", "asked again", "asked again"]
    assert result.sql == HALF  # of it something runs, of the other one nothing
    fewer = HALF.rsplit("\n", 1)[0]
    assert result_of(Spoken([HALF, fewer]), repairs=1).sql == fewer


def test_only_the_last_script_is_shown() -> None:
    engine = Spoken([BAD, BAD.replace(" a ", " b "), GOOD])
    result_of(engine)
    assert [len(question.turns) for question in engine.asked] == [0, 1, 1]
    assert "TABLE b" in engine.asked[2].turns[0].answer


def test_a_model_that_repeats_itself_is_not_asked_a_third_time() -> None:
    engine = Spoken([BAD, BAD.replace(" ", "\n"), GOOD])
    result = result_of(engine)
    assert len(engine.asked) == 2 and not result.valid and len(result.attempts) == 2


def test_nothing_is_asked_again_where_nobody_wants_it() -> None:
    engine = Spoken([BAD, GOOD])
    assert not result_of(engine, repairs=0).valid and len(engine.asked) == 1


def test_a_script_without_a_table_is_asked_again() -> None:
    engine = Spoken(["CREATE TYPE mood AS ENUM ('good');", GOOD])
    assert result_of(engine).sql == GOOD
    assert "makes no table" in engine.asked[1].turns[0].remark


def test_an_answer_without_a_word_is_not_talked_about() -> None:
    engine = Spoken(["", GOOD])
    result = result_of(engine)
    assert (len(engine.asked), result.report) == (1, None)
    assert result.reason == "The model answered nothing."


def test_errors_are_told_in_bounds() -> None:
    many = "\n".join(f"CREATE TABLE t{n} AS SELECT {'1' * 1000};" for n in range(15))
    engine = Spoken([many, GOOD])
    result_of(engine, repairs=1)
    (turn,) = engine.asked[1].turns
    assert len(turn.remark) < 8 * 1000 and "more" in turn.remark


def test_a_script_too_long_to_show_is_not_shown() -> None:
    engine = Spoken(["-- long\n" * 5000 + BAD, GOOD])
    assert not result_of(engine).valid and len(engine.asked) == 1


def test_marks_of_the_chat_never_come_back_to_the_model() -> None:
    engine = Spoken(["CREATE TABLE a AS SELECT '<end_of_<bos>turn>';", GOOD])
    result_of(engine)
    (turn,) = engine.asked[1].turns
    assert "AS SELECT '';" in turn.answer and not prompts.mark_in(turn.remark)


def test_a_document_is_quoted_as_the_model_wrote_it() -> None:
    engine = Spoken([Draft(BAD, "tiny", answer='{"tables": []}'), GOOD])
    result_of(engine, form="json")
    assert engine.asked[0].form == "json"
    assert engine.asked[1].turns[0].answer == '{"tables": []}'


# -- cut answers and words round the SQL -------------------------------------------------------


def test_a_cut_answer_ends_with_its_last_whole_statement() -> None:
    cut = Draft(f"```sql\n{GOOD}\nCREATE TABLE b (name text DEFAULT 'a;", "tiny", cut=True)
    result = result_of(Spoken([cut]))
    assert result.sql == GOOD and result.valid and result.attempts[0].cut
    assert "longer than it may be" in result.reason


def test_a_cut_answer_that_fails_is_asked_again_in_fewer_words() -> None:
    engine = Spoken([Draft(BAD + " CREATE TAB", "tiny", cut=True), GOOD])
    assert result_of(engine).valid
    assert "cut off" in engine.asked[1].turns[0].remark


def test_a_cut_answer_without_a_whole_statement_says_so() -> None:
    engine = Spoken([Draft("CREATE TABLE a (id", "tiny", cut=True)])
    result = result_of(engine)
    assert (result.sql, result.valid, len(engine.asked)) == ("", False, 1)
    assert "before its first statement ended" in result.reason


def test_words_round_the_script_are_left_out() -> None:
    said = f"Here is the schema:\n\n```sql\n{GOOD}\n```\nIt has one table."
    assert clean(said) == GOOD
    assert clean(f"  {GOOD}\n") == f"  {GOOD}\n"  # plain SQL stays byte for byte


# -- several answers ---------------------------------------------------------------------------

ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, total numeric, placed_at date);"
ODD = "CREATE TABLE birds (id bigint PRIMARY KEY, wings text);"


def test_of_several_answers_the_one_most_agree_with_is_taken() -> None:
    engine = Spoken([ODD, ORDERS, ORDERS.replace("date", "timestamptz"), BAD])
    result = result_of(engine, samples=4)
    assert result.sql == ORDERS and hows(result) == ["draft", "sample", "sample", "sample"]
    assert result.disagreement is not None and 0.5 < result.disagreement < 1


def test_samples_differ_in_their_seeds_and_are_not_all_cold() -> None:
    engine = Spoken([GOOD])
    result_of(engine, samples=3, seed=7)
    assert [each.seed for each in engine.asked] == [7, 8, 9]
    assert [each.temperature for each in engine.asked] == [None, *[SAMPLING_TEMPERATURE] * 2]
    engine = Spoken([GOOD])
    result_of(engine, samples=2, temperature=0.2)
    assert [each.temperature for each in engine.asked] == [0.2, 0.2]


def test_only_where_no_sample_runs_the_nearest_is_asked_again() -> None:
    engine = Spoken([HALF, BAD, GOOD])
    result = result_of(engine, samples=2)
    assert result.sql == GOOD and hows(result) == ["draft", "sample", "asked again"]
    assert engine.asked[2].turns[0].answer == HALF
    engine = Spoken([BAD, GOOD])
    assert result_of(engine, samples=2).sql == GOOD and len(engine.asked) == 2


def test_one_answer_disagrees_with_nobody() -> None:
    assert result_of(Spoken([GOOD])).disagreement is None


# -- what is told meanwhile --------------------------------------------------------------------


def test_text_carries_the_number_of_its_answer() -> None:
    events, _ = heard(Spoken([BAD, GOOD]))
    texts = {1: "", 2: ""}
    for item in events:
        if isinstance(item, Written):
            texts[item.attempt] += item.text
    assert texts == {1: BAD, 2: GOOD}


def test_progress_says_which_answer_it_is_and_why() -> None:
    events, _ = heard(Spoken([BAD, GOOD]))
    said = [item.message for item in events if isinstance(item, Progress)]
    assert (
        "Asking again, correction 1 of 2: CREATE TABLE ... AS runs a query; it is not run here."
        in said
    )
    assert "Writing (correction 1 of 2)" in said


def test_progress_of_several_answers_never_goes_back() -> None:
    events, _ = heard(Spoken([GOOD]), samples=3)
    there = [e.fraction for e in events if isinstance(e, Progress) and e.fraction is not None]
    assert there == sorted(there) and there[0] == pytest.approx(1 / 6)


def test_what_it_took_is_added_up() -> None:
    usage = result_of(Spoken([BAD, GOOD])).usage
    assert usage is not None and (usage.prompt_tokens, usage.answer_tokens) == (200, 20)
    assert usage.seconds is not None and usage.first_token_seconds is not None
    assert usage.cost_usd is None
    assert total([None]) is None
    assert total([Usage(cost_usd=0.5), None, Usage(cost_usd=0.25)]) == Usage(cost_usd=0.75)


# -- when something goes wrong -----------------------------------------------------------------


def test_a_failure_before_the_first_answer_is_the_callers() -> None:
    with pytest.raises(EngineError, match="Ollama is gone"):
        result_of(Spoken([EngineError("Ollama is gone.", "Start it.")]))


def test_a_failure_afterwards_costs_no_answer() -> None:
    engine = Spoken([BAD, EngineError("Ollama is gone.", "Start it.")])
    result = result_of(engine)
    assert result.sql == BAD and "Ollama is gone. Start it." in result.reason
    engine = Spoken([GOOD, EngineError("Ollama is gone.", "Start it.")])
    assert result_of(engine, samples=3).valid


def test_a_cancel_between_two_answers_ends_it() -> None:
    token = CancelToken()
    engine = Spoken([BAD, GOOD])
    with pytest.raises(Cancelled):
        for item in run.stream([PICTURE], engine, token):
            if isinstance(item, Progress) and "Asking again" in item.message:
                token.cancel()


def test_nobody_who_cancelled_waits_for_the_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    token, judging, let_go = CancelToken(), threading.Event(), threading.Event()

    def slow(sql: str) -> None:
        judging.set()
        let_go.wait(300)

    monkeypatch.setattr(repair_loop, "check", slow)
    threading.Thread(target=lambda: judging.wait(200) and token.cancel(), daemon=True).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        list(run.stream([PICTURE], Spoken([GOOD]), token))
    let_go.set()
    assert time.monotonic() - began < 100  # it did not wait for the judge
