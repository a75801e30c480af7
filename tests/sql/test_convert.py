"""Each form is taken by the tool that it is for: SQLite runs it, parsers read it."""

from __future__ import annotations

import json
import sqlite3
import warnings
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import sqlglot

from ghost_engine.errors import GhostError
from ghost_engine.sql import Schema, check
from ghost_engine.sql.postgres import sandbox
from ghost_engine.sql.render.convert import CONVERSIONS, convert
from ghost_engine.sql.samples import restore, sample_rows, stage
from ghost_engine.sql.schema import Table

FIXTURES = Path(__file__).parents[1] / "fixtures" / "convert"
SCRIPTS = {path.stem: path.read_text("utf-8") for path in sorted(FIXTURES.glob("*.sql"))}
every_script = pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)


def schema_of(script: str) -> Schema:
    report = check(script)
    assert report.valid, report.errors
    return report.schema


def sqlite_of(script: str) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.executescript(convert(script, "sqlite"))
    return connection


def rows(connection: sqlite3.Connection, question: str, *values: str) -> list[Any]:
    return connection.execute(question, values).fetchall()


@every_script
def test_sqlite_makes_as_many_tables_columns_and_keys(script: str) -> None:
    schema, connection = schema_of(script), sqlite_of(script)

    names = [
        row[0] for row in rows(connection, "SELECT name FROM sqlite_master WHERE type='table'")
    ]

    assert len(names) == len(schema.tables)
    for name, table in zip(names, schema.tables, strict=True):
        columns = rows(connection, 'SELECT name, "notnull", pk FROM pragma_table_xinfo(?)', name)
        keys = rows(connection, "SELECT DISTINCT id FROM pragma_foreign_key_list(?)", name)
        assert len(columns) == len(table.columns)
        assert sum(pk > 0 for _, _, pk in columns) == len(table.primary_key)
        assert len(keys) == len(table.foreign_keys)


@every_script
def test_sqlite_finds_no_reference_that_leads_nowhere(script: str) -> None:
    connection = sqlite_of(script)

    assert rows(connection, "PRAGMA foreign_key_check") == []
    for (name,) in rows(connection, "SELECT name FROM sqlite_master WHERE type='table'"):
        connection.execute(f'DELETE FROM "{name.replace(chr(34), chr(34) * 2)}"')  # noqa: S608


def test_sqlite_enforces_keys_choices_and_defaults() -> None:
    connection = sqlite_of(SCRIPTS["shop"])
    connection.execute("INSERT INTO customers (email, name) VALUES ('a@b', 'A')")
    connection.execute("INSERT INTO orders (customer_id) VALUES (1)")
    connection.execute("INSERT INTO products (name, price) VALUES ('P', 2.5)")
    connection.execute(
        "INSERT INTO order_lines (order_id, product_id, price) SELECT 1, id, 2.5 FROM products"
    )

    assert rows(connection, "SELECT status, active FROM orders, customers") == [("open", 1)]
    assert rows(connection, "SELECT total, length(product_id) FROM order_lines") == [(2.5, 36)]
    for wrong in (
        "INSERT INTO orders (customer_id) VALUES (7)",
        "INSERT INTO orders (customer_id, status) VALUES (1, 'lost')",
        "INSERT INTO products (name, price) VALUES ('P', -1)",
        "INSERT INTO customers (email, name) VALUES ('a@b', 'B')",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(wrong)


def test_sqlite_says_what_it_leaves_out() -> None:
    text = convert("CREATE TABLE t (a text CHECK (a ~ '^x')); CREATE VIEW v AS SELECT 1", "sqlite")

    assert "-- left out: t_a_check CHECK ((a ~ '^x'::text))" in text
    assert "-- left out: the view v" in text


@every_script
def test_mysql_parses_and_has_every_table_and_reference(script: str) -> None:
    schema = schema_of(script)

    statements = sqlglot.parse(
        convert(script, "mysql"), read="mysql", error_level=sqlglot.ErrorLevel.RAISE
    )
    tables = [each for each in statements if isinstance(each, sqlglot.exp.Create)]
    keys = [key for each in statements if each for key in each.find_all(sqlglot.exp.ForeignKey)]

    assert len(tables) == len(schema.tables)
    assert len(keys) == sum(len(table.foreign_keys) for table in schema.tables)
    for made, table in zip(tables, schema.tables, strict=True):
        assert len(list(made.find_all(sqlglot.exp.ColumnDef))) == len(table.columns)


def test_mysql_widens_integers_that_refer_to_wider_ones() -> None:
    text = convert(
        "CREATE TABLE a (id bigint PRIMARY KEY); CREATE TABLE b (a_id int REFERENCES a)", "mysql"
    )

    assert "`a_id` BIGINT" in text


def dbml_of(script: str) -> Any:
    with warnings.catch_warnings():  # pydbml calls pyparsing by its old names
        warnings.simplefilter("ignore", DeprecationWarning)
        from pydbml import PyDBML

        return PyDBML(convert(script, "dbml"))


@every_script
def test_dbml_reads_back_with_the_same_tables_and_references(script: str) -> None:
    schema = schema_of(script)

    document = dbml_of(script)

    assert [len(table.columns) for table in document.tables] == [
        len(t.columns) for t in schema.tables
    ]
    assert [table.schema for table in document.tables] == [t.namespace for t in schema.tables]
    assert len(document.enums) == len(schema.enums)
    assert len(document.refs) == sum(len(table.foreign_keys) for table in schema.tables)


def test_dbml_keeps_keys_defaults_and_notes() -> None:
    document = dbml_of(SCRIPTS["shop"])

    customers, orders = document["public.customers"], document["public.orders"]
    assert customers.note.text == "People who buy."
    assert customers["id"].pk and customers["id"].autoinc and customers["email"].unique
    assert orders["customer_id"].not_null and orders["status"].default == "open"
    assert orders["status"].type.name == "order_status"


def json_rows(script: str) -> dict[str, Any]:
    """Sample rows of every table, as PostgreSQL itself writes them as JSON."""
    samples = sample_rows(script, rows=4)
    with sandbox() as box:
        schema = stage(box, script)
        restore(box, schema, samples)
        return {table.qualified: _rows_of(box, table) for table in schema.tables}


def _rows_of(box: Any, table: Table) -> Any:
    name = '"' + table.name.replace('"', '""') + '"'
    question = f'SELECT row_to_json("a row") FROM "{table.namespace}".{name} AS "a row"'  # noqa: S608
    return [row[0] for row in box.connection.execute(question).fetchall()]


@every_script
def test_sample_rows_fit_the_json_schema(script: str) -> None:
    document = json.loads(convert(script, "jsonschema"))
    jsonschema.Draft202012Validator.check_schema(document)
    data = json_rows(script)

    assert sum(map(len, data.values())) > len(data)
    jsonschema.Draft202012Validator(document).validate(data)


@pytest.mark.parametrize(
    ("column", "value"),
    [("email", None), ("email", "x" * 255), ("id", 2**63), ("active", "yes"), ("unknown", 1)],
)
def test_the_json_schema_refuses_what_the_table_would(column: str, value: object) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(convert(SCRIPTS["shop"], "jsonschema")))
    row = {
        "id": 1,
        "email": "a@b",
        "name": "A",
        "active": True,
        "created_at": "2026-01-01T00:00:00Z",
    }

    assert validator.is_valid({"customers": [row]})
    assert not validator.is_valid({"customers": [row | {column: value}]})


@pytest.mark.parametrize("form", CONVERSIONS)
def test_the_same_script_gives_the_same_text_twice(form: str) -> None:
    assert convert(SCRIPTS["shop"], form) == convert(SCRIPTS["shop"], form)


@pytest.mark.parametrize("form", CONVERSIONS)
def test_markdown_around_the_script_does_not_matter(form: str) -> None:
    fenced = f"Here it is:\n```sql\n{SCRIPTS['shop']}```\n"

    assert convert(fenced, form) == convert(SCRIPTS["shop"], form)


def test_what_does_not_run_is_not_converted_and_the_place_is_named() -> None:
    with pytest.raises(GhostError, match=r"Line 2, column 7: .*syntax error at or near \"b\""):
        convert("CREATE TABLE t (\n  a b b int)", "sqlite")


def test_an_unknown_form_names_those_that_exist() -> None:
    with pytest.raises(GhostError, match="no form called 'pdf'.* mermaid, .*sqlalchemy"):
        convert("CREATE TABLE t (a int)", "pdf")
