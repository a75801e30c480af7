"""A typed document as SQL: whole, cut, and wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghost_engine.errors import EngineError
from ghost_engine.inference.document import fill, list_evidence, read_document, write_sql
from ghost_engine.sql import check
from tests.ollama.chat import DOCUMENT

ID = {"name": "id", "type": "bigint", "primary_key": True}


def one(*columns: dict[str, Any], name: str = "t") -> dict[str, Any]:
    return {"tables": [{"name": name, "columns": list(columns)}]}


def column(**fields: Any) -> dict[str, Any]:
    return {"name": "a", "type": "text", **fields}


# SQL


def test_a_document_is_written_as_a_person_would() -> None:
    assert write_sql(DOCUMENT) == (
        "CREATE TABLE customers (\n"
        "    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
        "    name text NOT NULL\n"
        ");\n\n"
        "CREATE TABLE orders (\n"
        "    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
        "    customer_id bigint NOT NULL REFERENCES customers (id),\n"
        "    status text CHECK (status IN ('new', 'paid'))\n"
        ");\n"
    )


def test_a_circle_of_references_is_closed_at_the_end() -> None:
    def pointing(name: str, to: str) -> dict[str, Any]:
        link = {"name": "other", "type": "bigint", "references": f"{to}.id"}
        return {"name": name, "columns": [ID, link]}

    report = check(write_sql({"tables": [pointing("a", "b"), pointing("b", "a")]}))
    assert report.valid
    assert [key.target for t in report.schema.tables for key in t.foreign_keys] == ["b", "a"]


def test_a_table_may_refer_to_itself_and_a_key_have_two_columns() -> None:
    parent = {"name": "parent", "type": "bigint", "references": "t.id"}
    assert check(write_sql(one(ID, parent))).valid
    pair = [column(name=name, type="integer", primary_key=True) for name in ("x", "y")]
    assert check(write_sql(one(*pair))).schema.tables[0].primary_key == ("x", "y")


@pytest.mark.parametrize("name", ["user", "order items", "Größe", 'a"b', "1st", "select", "a;b"])
def test_a_name_that_is_no_plain_word_is_quoted(name: str) -> None:
    report = check(write_sql(one(column(name=name), name=name)))
    assert report.valid
    assert report.schema.table_names == (name,)
    assert report.schema.tables[0].columns[0].name == name


@pytest.mark.parametrize(
    ("said", "type_"),
    [
        ("NUMERIC( 10 , 2 )", "numeric(10,2)"),
        ("double  precision", "double precision"),
        ("timestamp(3) with time zone", "timestamp(3) with time zone"),
        ("character varying(20)", "character varying(20)"),
        ("text []", "text[]"),
        ("datetime", "timestamp without time zone"),
        ("nvarchar(20)", "character varying(20)"),
        ("string", "text"),
        ("tinyint(1)", "smallint"),
        ("serial", "integer"),
    ],
)
def test_a_type_is_written_as_postgresql_has_it(said: str, type_: str) -> None:
    report = check(write_sql(one(column(type=said))))
    assert report.valid
    assert report.schema.tables[0].columns[0].type == type_


def test_an_unknown_type_is_left_for_postgresql_to_name() -> None:
    error = check(write_sql(one(column(type="wibble")))).errors[0]
    assert (error.sqlstate, error.message) == ("42704", 'type "wibble" does not exist')


@pytest.mark.parametrize("type_", ["int); DROP TABLE t; --", "numeric(a)", "text text"])
def test_what_names_no_type_is_refused_in_words(type_: str) -> None:
    with pytest.raises(EngineError, match="column a of t has the type") as raised:
        write_sql(one(column(type=type_)))
    assert "plain SQL" in raised.value.hint


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({}, "the tables is missing"),
        (one(), "the columns of table 1 is wrong"),
        (one(ID, {"name": "b"}), "the type of column 2 of table 1 is missing"),
        ({"tables": "none"}, "the tables is wrong"),
    ],
)
def test_what_is_missing_is_named(document: dict[str, Any], place: str) -> None:
    with pytest.raises(EngineError, match=place):
        write_sql(document)


def test_values_and_labels_cannot_leave_their_quotes() -> None:
    values = ["it's", "'); DROP TABLE t; --", "\\"]
    report = check(write_sql(one(column(values=values, label="--"))))
    assert report.valid and report.schema.table_names == ("t",)


@pytest.mark.parametrize("type_", ["varchar(10)[]", "integer", "date", "varchar(10)"])
def test_values_limit_texts_only(type_: str) -> None:
    sql = write_sql(one(column(type=type_, values=["", "x"])))
    assert check(sql).valid
    assert ("CHECK" in sql) == (type_ == "varchar(10)")


def test_a_reference_to_what_is_nowhere_is_left_to_the_judge() -> None:
    report = check(write_sql(one(column(references="nowhere.id"))))
    assert not report.valid and "nowhere" in report.errors[0].message


def test_each_column_tells_its_text_on_the_screen() -> None:
    told = {(each.table, each.column): each.label for each in list_evidence(DOCUMENT)}
    assert told["orders", "customer_id"] == "Customer" and told["orders", "id"] is None


# What models write around it, and where it ends


def test_a_document_in_a_fence_and_among_words_is_found() -> None:
    text = f"Sure {{really}}:\n```json\n{json.dumps(DOCUMENT)}\n```\nAnything else?"
    read = read_document(text)
    assert read.whole and read.content == DOCUMENT


@pytest.mark.parametrize("indent", [None, 1])
def test_cut_anywhere_it_keeps_what_is_whole_and_runs(indent: int | None) -> None:
    text = json.dumps(DOCUMENT, indent=indent)
    whole = {(t["name"], c["name"]) for t in DOCUMENT["tables"] for c in t["columns"]}
    kept: set[tuple[str, str]] = set()
    for end in range(text.index("{") + 1, len(text)):
        read = read_document(text[:end])
        assert not read.whole
        sql = write_sql(read.content)
        now = {(each.table, each.column) for each in list_evidence(read.content)}
        assert kept <= now <= whole, "what was whole stays"
        if now != kept:
            assert check(sql).valid
        kept = now
    assert kept == whole


def test_a_cut_column_is_dropped_with_what_points_at_it() -> None:
    read = read_document(json.dumps(DOCUMENT)[: json.dumps(DOCUMENT).index('"customers", "col')])
    assert "REFERENCES" not in write_sql(read.content)
    assert "customer_id bigint NOT NULL" in write_sql(read.content)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("I cannot see any picture.", "did not answer with a JSON document"),
        ('{"tables": []}', "saw nothing to store"),
        ('{"tables": [{"name": "a", "col', "cut before its first column"),
        ("[" * 100_000 + "{", "cut before its first column"),
        ('{"a": ' * 100_000, "cut before its first column"),
        ('{"tables": [{"name": 1]}', "cut before its first column"),
    ],
)
def test_without_sql_there_is_a_reason(answer: str, reason: str) -> None:
    filled = fill(answer)
    assert filled.sql == "" and reason in filled.reason


WHOLE = json.dumps(DOCUMENT)
PLACE = st.integers(0, len(WHOLE))


@given(PLACE, PLACE, st.text(max_size=6), PLACE)
def test_whatever_a_model_writes_is_sql_or_a_reason(a: int, b: int, noise: str, end: int) -> None:
    filled = fill((WHOLE[:a] + noise + WHOLE[b:])[:end])
    assert bool(filled.sql) != bool(filled.reason)
