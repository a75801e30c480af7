"""Scores by example, on schemas that a real PostgreSQL made."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from ghost_engine.sql import check
from ghost_engine.sql.compare import Comparison, Visibility, compare
from ghost_engine.sql.schema import Column, Schema, Table

SHOP = """
CREATE TYPE order_status AS ENUM ('new', 'sent');
CREATE TABLE customers (id bigint PRIMARY KEY, name text, email text);
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id bigint REFERENCES customers,
    status order_status,
    ordered_on date
);
"""


def met(comparison: Comparison) -> dict[str, dict[str, str]]:
    """{predicted table: {predicted column: reference column}}."""
    return {
        match.predicted: {column.predicted: column.reference for column in match.columns}
        for match in comparison.matches
    }


def test_a_script_is_exactly_itself() -> None:
    comparison = compare(SHOP, SHOP)
    assert comparison.score == comparison.strict_score == 1.0 and comparison.exact


@pytest.mark.parametrize("broken", ["CREATE TABEL t (id int);", "SELECT 1;", "not sql at all"])
def test_a_script_that_does_not_run_scores_0_and_says_why(broken: str) -> None:
    comparison = compare(broken, SHOP)
    assert comparison.score == comparison.strict_score == 0.0
    assert comparison.reason.startswith("The predicted schema does not run (")
    assert compare(SHOP, broken).reason.startswith("The reference schema does not run (")


def test_two_broken_scripts_are_not_equal() -> None:
    assert compare("CREATE TABLE t (", "CREATE TABLE t (").score == 0.0


@pytest.mark.parametrize("empty", ["", "  \n", "-- nothing here", "/* nor here */"])
def test_nothing_is_nothing_and_not_an_error(empty: str) -> None:
    assert compare(empty, "").score == 1.0 and compare(empty, "").exact
    assert compare(empty, SHOP).score == 0.0 and not compare(empty, SHOP).reason


def test_verdicts_and_schemas_are_compared_as_scripts_are() -> None:
    report = check(SHOP)
    assert compare(report, report.schema).exact and compare(SHOP, report).exact


def test_other_words_for_the_same_count_but_not_strictly() -> None:
    predicted = SHOP.replace("customers", "clients").replace("customer_id", "client_id")
    comparison = compare(predicted.replace("email", "mail_address"), SHOP)
    assert comparison.score == 1.0
    assert 0.0 < comparison.strict_score < 0.6 and not comparison.exact


def test_a_column_may_repeat_the_name_of_its_table() -> None:
    reference = "CREATE TABLE products (id int PRIMARY KEY, name text, price numeric);"
    predicted = "CREATE TABLE product (product_id int PRIMARY KEY, product_name text, price real);"
    comparison = compare(predicted, reference)
    assert comparison.score == 1.0 and comparison.strict_score < 1.0


def test_a_table_may_wear_the_prefix_of_its_application() -> None:
    comparison = compare("CREATE TABLE sites (id int);", "CREATE TABLE dcim_site (id int);")
    assert met(comparison) == {"sites": {"id": "id"}}
    assert comparison.matches[0].tier == "similar" and comparison.strict_score == 0.0


def test_tables_under_another_name_meet_through_their_columns() -> None:
    reference = "CREATE TABLE staff_roster (id int, shift date, badge text, wage numeric);"
    predicted = "CREATE TABLE zebras (id int, shift date, badge text, wage numeric);"
    comparison = compare(predicted, reference)
    assert comparison.matches[0].tier == "columns" and comparison.score == 1.0


def test_an_equal_name_is_never_taken_by_a_similar_one() -> None:
    reference = "CREATE TABLE t (start_date date, started date);"
    predicted = "CREATE TABLE t (started date, start date);"
    assert met(compare(predicted, reference))["t"]["started"] == "started"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("created_at", "updated_at"), ("first_name", "last_name"), ("active", "inactive"),
        ("address1", "address2"), ("customer_id", "customer_name"), ("start_date", "end_date"),
        ("order_number", "phone_number"), ("subscribed", "unsubscribed"), ("width", "height"),
    ],
)  # fmt: skip
def test_columns_that_only_look_alike_do_not_meet(one: str, other: str) -> None:
    comparison = compare(
        Schema((Table("t", (Column(one, "text"),)),)),
        Schema((Table("t", (Column(other, "text"),)),)),
    )
    assert comparison.lenient.column.right == 0


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("order", "orders"), ("category", "categories"), ("person", "people"),
        ("address", "addresses"), ("status", "statuses"), ("alias", "aliases"),
        ("analysis", "analyses"), ("child", "children"), ("news_item", "newsItems"),
        ("order_id", "OrderIDs"), ("user_name", "USERNAMES"), ("datum", "data"),
    ],
)  # fmt: skip
def test_case_and_number_do_not_matter(one: str, many: str) -> None:
    first = Schema((Table(one, (Column(one, "text"),)),))
    second = Schema((Table(many, (Column(many, "text"),)),))
    assert compare(first, second).exact


def test_a_type_counts_by_its_family() -> None:
    reference = (
        "CREATE TABLE t (a varchar(80), b bigint, c timestamptz, d numeric(10,2), e text[]);"
    )
    same = "CREATE TABLE t (a text, b smallint, c timestamp, d double precision, e varchar(9)[]);"
    other = "CREATE TABLE t (a int, b numeric, c date, d int, e text);"
    assert compare(same, reference).exact
    comparison = compare(other, reference)
    assert comparison.lenient.column.right == 5 and comparison.lenient.column_typed.right == 0


def test_an_enumerated_type_is_a_text() -> None:
    enumerated = "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (m mood);"
    assert compare("CREATE TABLE t (m varchar(10));", enumerated).exact


def test_a_foreign_key_is_right_only_with_its_columns() -> None:
    wrong = "CREATE TABLE customers (id bigint PRIMARY KEY, name text, email text);" + (
        "CREATE TABLE orders (id bigint PRIMARY KEY REFERENCES customers, customer_id bigint,"
        " status text, ordered_on date);"
    )
    tallies = compare(wrong, SHOP).lenient
    assert tallies.fk.f1 == 0.0 and tallies.relationship.f1 == 1.0


def test_a_kind_that_neither_side_has_is_left_out_of_the_score() -> None:
    comparison = compare(
        "CREATE TABLE a (x int);", "CREATE TABLE a (x int); CREATE TABLE b (y int);"
    )
    tallies = comparison.lenient
    assert not tallies.fk.counts and tallies.fk.f1 == 1.0
    assert comparison.score == pytest.approx(2 / 3)  # of tables, columns and typed columns alike
    assert compare("CREATE TABLE q (v int);", "CREATE TABLE b (y int);").score == 0.0


def test_hidden_columns_and_tables_cost_nothing() -> None:
    visibility = Visibility(
        {("customers", "email"): "hidden", ("orders", "id"): "structural"}, {"orders": "hidden"}
    )
    without = "CREATE TABLE customers (id bigint PRIMARY KEY, name text);"
    for predicted in (SHOP, without):
        assert compare(predicted, SHOP, visibility).visible_score == 1.0
    assert compare(without, SHOP, visibility).score < 0.8
    assert compare(without, SHOP).visible_score is None


def test_a_wrong_column_still_costs_where_another_is_hidden() -> None:
    visibility = Visibility({("customers", "email"): "hidden"})
    junk = SHOP.replace("name text", "name text, zzqxw text")
    score = compare(junk, SHOP, visibility).visible_score
    assert score is not None and 0.9 < score < 1.0


def test_a_table_is_hidden_when_all_its_columns_are() -> None:
    marks = {("orders", name): "hidden" for name in ("id", "customer_id", "status", "ordered_on")}
    without = "CREATE TABLE customers (id bigint PRIMARY KEY, name text, email text);"
    assert compare(without, SHOP, Visibility(marks)).visible_score == 1.0  # type: ignore[arg-type]


def test_two_schemas_of_one_script_may_hold_tables_of_one_name() -> None:
    script = "CREATE SCHEMA b; CREATE TABLE t (x int); CREATE TABLE b.t (y int);"
    assert compare(script, script).exact


def test_the_json_has_what_the_command_line_promises() -> None:
    content = json.loads(json.dumps(compare(SHOP, SHOP).to_dict()))
    assert {"score", "strict_score", "exact", "reason", "matches"} <= content.keys()
    for kind in ("table", "column", "column_typed", "pk", "fk", "relationship"):
        assert {"p": 1.0, "r": 1.0, "f1": 1.0}.items() <= content[kind].items()


def test_importing_the_comparison_loads_neither_scipy_nor_inflect() -> None:
    program = (
        "import sys, ghost_engine.sql.compare, ghost_engine.evaluation;"
        "sys.exit(bool({'scipy', 'inflect', 'onnxruntime'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
