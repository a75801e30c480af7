"""Hostile questions: none writes, reads a file, outlives its timeout, or stops the app."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ghost_engine.errors import QueryError
from ghost_engine.sql.ask import ask
from ghost_engine.sql.samples import Samples

SCRIPT = "CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'a'), (2, 'b')"
NONE = Samples()
LONGEST_SECONDS = 60.0  # 2 s of its own, the watchdog's grace: 5 s on a quiet machine


def refuse(question: str) -> QueryError:
    """The error of the question, which must come soon, and after which the next one is answered."""
    started = time.monotonic()
    with pytest.raises(QueryError) as caught:
        ask(SCRIPT, NONE, question)
    assert time.monotonic() - started < LONGEST_SECONDS
    assert ask(SCRIPT, NONE, "SELECT count(*) FROM t").rows == ((2,),)
    return caught.value


NOT_A_QUERY = [
    "INSERT INTO t VALUES (3, 'c')",
    "UPDATE t SET name = 'x'",
    "DELETE FROM t RETURNING *",
    "DROP TABLE t",
    "CREATE TABLE u (id int)",
    "COPY t TO PROGRAM 'id'",
    "COPY t FROM '/etc/passwd'",
    "COPY (SELECT 1) TO '/tmp/out'",
    "DO $$ BEGIN PERFORM 1; END $$",
    "SET ROLE postgres",
    "SET statement_timeout = 0",
    "RESET ALL",
    "COMMIT",
    "ROLLBACK",
    "SHOW data_directory",
    "EXPLAIN ANALYZE SELECT 1",
    "LISTEN x",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "FETCH ALL FROM ghost_answer",
    "CLOSE ALL",
    "CALL x()",
    "MERGE INTO t USING t AS s ON true WHEN MATCHED THEN DELETE",
    "VACUUM",
    "LOAD 'x'",
    "\\! id",
    "\\copy t from /etc/passwd",
]


@pytest.mark.parametrize("question", NOT_A_QUERY)
def test_only_queries_are_taken(question: str) -> None:
    assert "not a query" in refuse(question).message


@pytest.mark.parametrize(
    "question",
    [
        "SELECT 1; DROP TABLE t",
        "SELECT 1; COMMIT; DROP TABLE t",
        "SELECT 1;;; SELECT 2",
        "SELECT ';'; SELECT 2",
        "SELECT $a$;$b$;$a$; DELETE FROM t",
        "SELECT 1 /* ; /* ; */ */; DELETE FROM t",
        "SELECT E'\\'; --'; DELETE FROM t --'",
        "SELECT 'a\\'; DELETE FROM t; --'",
        "SELECT 1 --\r; DELETE FROM t",
    ],
)
def test_a_second_statement_is_refused(question: str) -> None:
    assert "Only one question" in refuse(question).message


@pytest.mark.parametrize(
    "question",
    [
        "SELECT 1) AS a (c0); DROP TABLE t --",
        "SELECT 1) AS a, (SELECT 2",
        "SELECT 1 FROM t) AS answer (c0) UNION SELECT (1",
        "SELECT 'open",
        'SELECT "open',
        "SELECT $a$open",
        "SELECT (1",
    ],
)
def test_a_question_cannot_break_out_of_its_brackets(question: str) -> None:
    refuse(question)


@pytest.mark.parametrize(
    "question",
    [
        "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone",
        "WITH new AS (INSERT INTO t VALUES (3, 'c') RETURNING *) SELECT * FROM new",
        "SELECT * INTO u FROM t",
        "SELECT * FROM t FOR UPDATE",
        "SELECT * FROM t FOR KEY SHARE",
        "SELECT nextval('pg_catalog.x')",
    ],
)
def test_a_query_that_writes_is_refused(question: str) -> None:
    refuse(question)


@pytest.mark.parametrize(
    "call",
    [
        "pg_sleep(60)",
        '"pg_sleep"(60)',
        "pg_catalog.pg_sleep(60)",
        'PG_CATALOG . "pg_sleep" /* x */ (60)',
        'U&"\\0070g_sleep"(60)',
        "u&\"!0070g_sleep\" UESCAPE '!' (60)",
        "pg_read_file('/etc/passwd')",
        "pg_ls_dir('/')",
        "pg_terminate_backend(1)",
        "pg_advisory_lock(1)",
        "pg_notify('a', 'b')",
        "lo_import('/etc/passwd')",
        "lo_from_bytea(0, 'x')",
        "set_config('statement_timeout', '0', false)",
        "set_config('transaction_read_only', 'off', true)",
        "query_to_xml('DROP TABLE t', true, true, '')",
        "database_to_xml(true, true, '')",
        "dblink('host=/tmp', 'SELECT 1')",
        "ts_stat('DELETE FROM t')",
        "ts_rewrite('a'::tsquery, 'SELECT 1')",
        "repeat('x', 1000000000)",
        "lpad('x', 1000000000)",
        "rpad('x', 1000000000)",
    ],
)
def test_dangerous_functions_never_reach_the_server(call: str) -> None:
    assert "not run here" in (error := refuse(f"SELECT {call}")).message or "U&" in error.message


@pytest.mark.parametrize(
    "question",
    [
        "SELECT count(*) FROM generate_series(1, 1000000000000)",
        "SELECT * FROM generate_series(1, 100000) a, generate_series(1, 100000) b ORDER BY a * b",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r",
        "WITH RECURSIVE r AS (SELECT 'x' AS s UNION ALL SELECT s || s FROM r) SELECT * FROM r",
        "SELECT sum(n::numeric ^ 3000) FROM generate_series(1, 1000000) AS n",
        "SELECT count(*) FROM pg_class a, pg_class b, pg_class c, pg_class d",
    ],
)
def test_endless_questions_are_stopped(question: str) -> None:
    refuse(question)


@pytest.mark.parametrize(
    "question",
    [
        "SELECT string_agg('xxxxxxxxxxxxxxxx', '') FROM generate_series(1, 100000000)",
        "SELECT format('%1000000000s', 'x')",
        "SELECT array_fill(1, ARRAY[30000, 30000])",
        "SELECT array_agg(a) FROM generate_series(1, 100000000) a",
        "SELECT json_agg(repeat_) FROM (SELECT format('%1000000s', a) AS repeat_ FROM"
        " generate_series(1, 100000) a) b",
        "SELECT replace(replace(replace(format('%1000s', ''), ' ', format('%1000s', '')), ' ',"
        " format('%1000s', '')), ' ', 'xx')",
        "SELECT xmlagg(xmlelement(name a, b)) FROM generate_series(1, 100000000) b",
        "SELECT overlay(format('%400000000s', 1) placing format('%400000000s', 1) from 1)",
    ],
)
def test_memory_bombs_are_refused(question: str) -> None:
    refuse(question)


def test_huge_cells_and_wide_rows_come_back_small() -> None:
    wide = ", ".join(["format('%5000000s', n)"] * 20)

    answer = ask(SCRIPT, NONE, f"SELECT {wide} FROM generate_series(1, 5) AS n")

    assert all(len(str(cell)) == 2001 for row in answer.rows for cell in row)


def test_an_answer_as_a_whole_is_bounded() -> None:
    wide = ", ".join(["format('%2000s', n)"] * 100)

    answer = ask(SCRIPT, NONE, f"SELECT {wide} FROM generate_series(1, 200) AS n")

    assert answer.truncated and len(answer.rows) < 60


def test_a_thousand_columns_are_cut_to_a_hundred() -> None:
    answer = ask(SCRIPT, NONE, "SELECT " + ", ".join(str(n) for n in range(1000)))

    assert len(answer.columns) == len(answer.rows[0]) == 100 and answer.truncated


@pytest.mark.parametrize(
    "question",
    [
        "SELECT " + "(" * 10_000 + "1" + ")" * 10_000,
        "SELECT " + "(" * 190 + "1" + ")" * 191,
        "SELECT " + "- " * 7_000 + "x",
        "SELECT " + "NOT " * 4_000 + "true FROM nowhere",
        "SELECT " + "1+" * 8_100 + "x",
        "SELECT '" + "x" * 20_000 + "'",
        "SELECT '" + "x" * 300_000 + "'",
        "SELECT '\0'",
        "SELECT '\ud800'",
        "SELECT $1",
        "SELECT $1::int",
        "SELECT 1 WHERE CURRENT OF ghost_answer",
        "SELECT count(*) FROM " + ", ".join(f"t AS t{n}" for n in range(1_000)),
    ],
)
def test_strange_texts_are_errors_not_crashes(question: str) -> None:
    refuse(question)


@pytest.mark.parametrize(
    "question", ["SELECT 1 /* open", "SELECT 1 -- ; DROP TABLE t", "SELECT 1 --"]
)
def test_comments_cannot_hide_anything(question: str) -> None:
    assert ask(SCRIPT, NONE, question).rows == ((1,),)


def test_nothing_is_written_outside(tmp_path: Path) -> None:
    refuse(f"COPY (SELECT 1) TO '{tmp_path}/out'")

    assert not list(tmp_path.iterdir())


def test_settings_of_one_question_do_not_reach_the_next() -> None:
    question = (
        "SELECT current_setting('transaction_read_only'), current_setting('statement_timeout')"
    )

    assert ask(SCRIPT, NONE, question).rows == (("on", "2s"),)


def test_the_role_of_a_question_has_no_rights() -> None:
    question = "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = user"

    assert ask(SCRIPT, NONE, question).rows == ((False,),)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from("SELECT 1 ( ) ' \" $$ -- /* */ ; , t . E' \\ U& \n".split()) | st.text()
    )
)
def test_any_text_is_answered_or_refused(words: list[str]) -> None:
    try:
        ask(SCRIPT, NONE, " ".join(["SELECT", *words]))
    except QueryError as error:
        assert error.message
