"""The judge's verdicts, by a real PostgreSQL."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghost_engine.sql import check
from ghost_engine.sql.schema import ForeignKey, Schema

SHOP = """
CREATE TYPE order_status AS ENUM ('new', 'paid');
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email varchar(255) NOT NULL UNIQUE
);
CREATE TABLE orders (
    id serial PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
    status order_status NOT NULL DEFAULT 'new',
    net numeric(10, 2) CHECK (net >= 0),
    gross numeric(10, 2) GENERATED ALWAYS AS (net * 1.19) STORED
);
CREATE INDEX orders_customer ON orders (customer_id);
COMMENT ON TABLE orders IS 'Orders';
COMMENT ON COLUMN orders.net IS 'without VAT';
CREATE VIEW paid AS SELECT id FROM orders WHERE status = 'paid';
"""


def test_a_good_script_runs_and_its_schema_is_read_from_the_catalog() -> None:
    report = check(SHOP)
    assert (report.valid, report.status, report.errors) == (True, "runs", ())
    orders = report.schema.table("orders")
    assert orders is not None
    assert orders.comment == "Orders"
    assert orders.primary_key == ("id",)
    assert orders.foreign_keys == (
        ForeignKey("orders_customer_id_fkey", ("customer_id",), "customers", ("id",), "CASCADE"),
    )
    assert [column.type for column in orders.columns] == [
        "integer", "bigint", "order_status", "numeric(10,2)", "numeric(10,2)",
    ]  # fmt: skip
    assert orders.columns[4].generated is not None
    assert [index.columns for index in orders.indexes] == [("customer_id",)]
    assert report.schema.enums[0].labels == ("new", "paid")
    assert report.schema.views[0].name == "paid"


def test_a_schema_survives_the_way_through_json() -> None:
    schema = check(SHOP).schema
    assert Schema.from_dict(schema.to_dict()) == schema


def test_what_statements_change_later_is_seen() -> None:
    report = check(
        "CREATE TABLE a (x int, drop_me int); ALTER TABLE a DROP COLUMN drop_me;"
        "ALTER TABLE a RENAME x TO y; CREATE TABLE b (LIKE a); DROP TABLE a;"
    )
    assert [(t.name, [c.name for c in t.columns]) for t in report.schema.tables] == [("b", ["y"])]


def test_tables_in_schemas_of_their_own_are_seen_by_their_full_names() -> None:
    report = check(
        "CREATE SCHEMA app; CREATE TABLE app.a (id int PRIMARY KEY);"
        "CREATE TABLE public.b (a_id int REFERENCES app.a);"
    )
    assert report.schema.table_names == ("app.a", "b")
    table = report.schema.table("b")
    assert table and table.foreign_keys[0].target == "app.a"


def test_each_independent_error_is_reported_at_its_place() -> None:
    report = check(
        "CREATE TABLE a (\n  id int AUTO_INCREMENT\n);\n"
        "CREATE TABLE b (id int REFERENCES a);\n"
        "CREATE TABLE c (\n  at datetime\n);"
    )
    assert not report.valid and not report.parses
    assert [(p.line, p.sqlstate, p.follows) for p in report.errors] == [
        (2, "42601", False), (4, "42P01", True), (6, "42704", False),
    ]  # fmt: skip
    assert "GENERATED ALWAYS AS IDENTITY" in report.errors[0].hint
    assert report.errors[0].column == 10
    assert "timestamptz" in report.errors[2].hint


@pytest.mark.parametrize(
    ("script", "word"),
    [
        ("CREATE TABLE a (id int,);", "comma"),
        ("CREATE TABLE `a` (id int);", "double quotes"),
        ("CREATE TABLE [a] (id int);", "double quotes"),
        ("CREATE TABLE a (id int) ENGINE=InnoDB;", "MySQL"),
        ("CREATE TABLE a (n int UNSIGNED);", "CHECK"),
        ("CREATE TABLE a (s ENUM('x','y'));", "CREATE TYPE"),
        ("CREATE TABLE a (n int COMMENT 'x');", "COMMENT ON"),
        ("CREATE TABLE a (n int, KEY k (n));", "CREATE INDEX"),
        ("CREATE TABLE a (t timestamp ON UPDATE CURRENT_TIMESTAMP);", "leave it out"),
        ("CREATE TABLE a (id int PRIMARY KEY AUTOINCREMENT);", "SQLite"),
        ("CREATE TABLE a (id int IDENTITY(1,1));", "SQL Server"),
        ("CREATE TABLE user (id int);", "reserved"),
        ("CREATE TABLE a (t NVARCHAR(20));", "text"),
        ("CREATE TABLE a (t datetime DEFAULT GETDATE());", "timestamptz"),
        ("CREATE TABLE a (t timestamp DEFAULT GETDATE());", "now()"),
        ("CREATE TABLE a (id int); CREATE TABLE a (id int);", "same thing"),
        ("CREATE TABLE a (x int, x int);", "two columns"),
        ("CREATE TABLE a (x int REFERENCES b (id));", "Create that table"),
        ("CREATE TABLE b (n int); CREATE TABLE a (x int REFERENCES b (n));", "UNIQUE"),
        ("CREATE TABLE b (n text UNIQUE); CREATE TABLE a (x int REFERENCES b (n));", "same type"),
        ("CREATE TABLE a (x int", "not finished"),
        ("CREATE TABLE a (x int)\nCREATE TABLE b (y int);", "semicolon"),
        ("CREATE TABLE a (x text DEFAULT “y”);", ""),
        ("CREATE INDEX CONCURRENTLY i ON a (x);", "CONCURRENTLY"),
        ("GRANT ALL ON a TO bob;", "Roles"),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';", "Functions"),
    ],
)
def test_usual_slips_are_explained_in_plain_words(script: str, word: str) -> None:
    report = check(script)
    assert not report.valid
    assert word in report.errors[-1].hint


@pytest.mark.parametrize("text", ["", "   \n", "-- only a comment", ";;;", "/* x */;", "COMMIT;"])
def test_a_script_without_statements_is_not_a_schema(text: str) -> None:
    report = check(text)
    assert (report.valid, report.schema.tables) == (False, ())
    assert report.errors[0].hint


def test_what_a_dump_begins_with_is_passed_over_and_said() -> None:
    report = check(
        "BEGIN; SET client_encoding = 'UTF8';"
        "SELECT pg_catalog.set_config('search_path', '', false);"
        'CREATE EXTENSION IF NOT EXISTS "uuid-ossp"; CREATE SCHEMA IF NOT EXISTS public;'
        "CREATE TABLE public.a (id uuid PRIMARY KEY DEFAULT uuid_generate_v4()); COMMIT;"
    )
    assert report.valid and report.schema.table_names == ("a",)
    assert any("client_encoding" in note for note in report.notes)


def test_a_schema_that_needs_an_absent_extension_is_not_called_wrong() -> None:
    report = check("CREATE EXTENSION postgis; CREATE TABLE a (place geometry);")
    assert (report.status, report.unavailable) == ("not checked", ("postgis",))
    assert "PostGIS" in report.errors[0].hint


def test_an_absent_extension_that_nothing_needs_does_no_harm() -> None:
    assert check("CREATE EXTENSION postgis; CREATE TABLE a (id int);").valid


def test_data_in_values_is_taken_and_a_query_is_not() -> None:
    table = "CREATE TABLE a (id int, n text);"
    assert check(table + "INSERT INTO a VALUES (1, 'x'), (2, 'SELECT');").valid
    assert not check(table + "INSERT INTO a SELECT 1, 'x';").allowed


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["CREATE", "TABLE", "a", "(", ")", ",", "int", "'x'", '"q"', ";", "SELECT", "pg_sleep",
             "DEFAULT", "REFERENCES", "$$", "--", "/*", "E'\\", "\\d", "🙂", "\u00a0", "::"]
        ),
        max_size=25,
    )
)  # fmt: skip
def test_no_text_makes_the_judge_raise(words: list[str]) -> None:
    report = check(" ".join(words))
    assert report.valid == (report.allowed and not report.errors)
