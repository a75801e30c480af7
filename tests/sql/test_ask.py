"""Questions to sample rows: answers, errors that point at their place, examples that run."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ghost_engine.errors import QueryError
from ghost_engine.sql import check
from ghost_engine.sql.ask import Answer, ask, example_questions
from ghost_engine.sql.samples import Samples, sample_rows

SHOP = """
CREATE TYPE order_status AS ENUM ('open', 'paid');
CREATE TABLE customers (id int PRIMARY KEY, full_name text NOT NULL);
CREATE TABLE orders (
    id int PRIMARY KEY,
    customer_id int NOT NULL REFERENCES customers,
    status order_status NOT NULL,
    total numeric(8,2),
    placed_at timestamptz
);
CREATE VIEW paid AS SELECT * FROM orders WHERE status = 'paid';
"""


@pytest.fixture(scope="module")
def samples() -> Samples:
    return sample_rows(SHOP, {("orders", "total"): ["$1.50", "$2.50"]})


def error_of(samples: Samples, question: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        ask(SHOP, samples, question)
    return caught.value


def test_an_answer_has_names_types_and_values(samples: Samples) -> None:
    answer = ask(SHOP, samples, "SELECT id, total, status, total > 2 AS big, NULL AS x FROM orders")

    assert answer.columns == ("id", "total", "status", "big", "x")
    assert answer.types == ("integer", "numeric(8,2)", "order_status", "boolean", "text")
    assert answer.rows[0][0] == 1 and answer.rows[0][1] == Decimal("1.50")
    assert answer.rows[1][3] is True and answer.rows[0][4] is None
    assert not answer.truncated and 0 < answer.seconds < 5


def test_every_question_sees_the_rows_of_the_samples(samples: Samples) -> None:
    shown = samples.table("customers")
    assert shown is not None

    answer = ask(SHOP, samples, "TABLE customers")

    assert [(str(a), b) for a, b in answer.rows] == list(shown.rows)


@pytest.mark.parametrize(
    "question",
    [
        "SELECT 1;",
        "select 1 -- a comment",
        "/* one */ SELECT 1 /* two ; */ ;",
        "```sql\nSELECT 1;\n```",
        "(SELECT 1)",
        "VALUES (1)",
        "WITH a AS (SELECT 1 AS b) SELECT b FROM a",
        "SELECT 1 ORDER BY 1 LIMIT 1",
        "SELECT $$1; DROP TABLE orders$$::text IS NULL",
        "SELECT a FROM (VALUES (1)) AS t (a)",
    ],
)
def test_a_single_query_in_any_clothes_is_answered(samples: Samples, question: str) -> None:
    assert len(ask(SHOP, samples, question).rows) == 1


def test_the_order_of_the_question_is_kept(samples: Samples) -> None:
    answer = ask(SHOP, samples, "SELECT n FROM generate_series(1, 60) AS n ORDER BY n DESC")

    assert [row[0] for row in answer.rows] == list(range(60, 0, -1))


def test_columns_of_the_same_name_stay(samples: Samples) -> None:
    answer = ask(SHOP, samples, "SELECT 1 AS a, 2 AS a")

    assert answer.columns == ("a", "a") and answer.rows == ((1, 2),)


def test_a_query_without_columns_has_empty_rows(samples: Samples) -> None:
    assert ask(SHOP, samples, "SELECT FROM customers").rows == ((),) * 6


def test_more_rows_than_the_limit_are_cut_and_said_so(samples: Samples) -> None:
    question = "SELECT generate_series(1, 1000)"

    assert len(ask(SHOP, samples, question).rows) == 200
    assert ask(SHOP, samples, question, limit=30).truncated
    assert not ask(SHOP, samples, "SELECT generate_series(1, 200)").truncated


def test_long_cells_are_cut(samples: Samples) -> None:
    answer = ask(SHOP, samples, "SELECT string_agg('x', '') FROM generate_series(1, 500000)")

    assert answer.rows[0][0] == "x" * 2000 + "…"


def test_numbers_that_python_cannot_hold_stay_texts(samples: Samples) -> None:
    answer = ask(SHOP, samples, "SELECT 'NaN'::numeric, 'Infinity'::float8, 10::numeric ^ 3000")

    assert str(answer.rows[0][0]) == "NaN" and answer.rows[0][1] == float("inf")
    assert str(answer.rows[0][2]).startswith("10000")


def test_an_error_has_its_place_in_the_question(samples: Samples) -> None:
    error = error_of(samples, "-- mine\nSELECT id,\n  totl FROM orders")

    assert error.message == 'column "totl" does not exist'
    assert (error.line, error.column) == (3, 3)
    assert "total" in error.hint


def test_a_misspelt_table_gets_a_suggestion(samples: Samples) -> None:
    error = error_of(samples, "SELECT * FROM customer")

    assert (error.line, error.column) == (1, 15) and error.hint == "Did you mean customers?"


def test_an_unknown_table_lists_those_that_exist(samples: Samples) -> None:
    assert (
        error_of(samples, "SELECT * FROM zebra").hint == "The tables are customers, orders, paid."
    )


def test_an_error_while_running_has_its_reason(samples: Samples) -> None:
    assert error_of(samples, "SELECT 1 / (id - id) FROM orders").message == "division by zero"


def test_a_place_that_only_the_bracketed_form_finds_is_right(samples: Samples) -> None:
    error = error_of(samples, "SELECT 1 AS a INTO b")

    assert (error.line, error.column) == (1, 20) or error.line is None


@pytest.mark.parametrize("question", ["", "   ", "-- nothing", ";", "```sql\n```"])
def test_no_question_is_an_error(samples: Samples, question: str) -> None:
    assert error_of(samples, question).hint


def test_plain_english_is_told_to_be_sql(samples: Samples) -> None:
    assert "Start with SELECT" in error_of(samples, "How many orders are there").hint


def test_a_script_that_does_not_run_is_named(samples: Samples) -> None:
    with pytest.raises(QueryError, match="The schema does not run"):
        ask("CREATE TABLE t (x nope)", samples, "SELECT 1")


def test_rows_that_no_longer_fit_an_edited_script_are_left_out(samples: Samples) -> None:
    answer = ask("CREATE TABLE customers (id int CHECK (id > 3))", samples, "TABLE customers")

    assert [row[0] for row in answer.rows] == [4, 5, 6]


@pytest.mark.parametrize(
    "script",
    [
        SHOP,
        "CREATE TABLE t (a json)",
        "CREATE TABLE t ()",
        'CREATE TABLE "Order" ("User Id" int, "select" boolean, "Ä""x" timestamptz)',
        "CREATE SCHEMA s; CREATE TABLE s.p (id int PRIMARY KEY, name text);"
        "CREATE TABLE s.c (p_id int REFERENCES s.p, p2_id int, price money, n real);",
        "CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t, name text)",
        "CREATE TABLE p (a int, b int, PRIMARY KEY (a, b), d date);"
        "CREATE TABLE c (a int, b int, FOREIGN KEY (a, b) REFERENCES p)",
    ],
)
def test_every_example_question_runs(script: str) -> None:
    report, filled = check(script), sample_rows(script)

    questions = example_questions(report.schema)

    assert 2 <= len(questions) <= 5
    for title, sql in questions:
        assert title and isinstance(ask(script, filled, sql), Answer)


def test_examples_join_group_and_sort(samples: Samples) -> None:
    titles = [title for title, _ in example_questions(check(SHOP).schema)]

    assert titles == [
        "Orders per customer",
        "Orders by status",
        "Newest orders",
        "Total of orders: least, mean, most",
        "Rows in each table",
    ]
