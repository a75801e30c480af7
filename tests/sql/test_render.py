"""Mermaid, DOT and JSON of schemas that a real PostgreSQL made."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghost_engine.errors import GhostError
from ghost_engine.sql import Schema, check
from ghost_engine.sql.render import render, to_dot, to_json, to_mermaid
from ghost_engine.sql.schema import Column, ForeignKey, Table

SHOP = """
CREATE TYPE order_status AS ENUM ('open', 'paid');
CREATE TABLE customers (id bigint PRIMARY KEY, email varchar(255) NOT NULL UNIQUE);
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers,
    referrer_id bigint REFERENCES customers,
    status order_status,
    placed_at timestamptz
);
CREATE TABLE invoices (id bigint PRIMARY KEY, order_id bigint NOT NULL UNIQUE REFERENCES orders);
"""

# What Mermaid's lexer takes inside an entity: a type word, a name word, marks, a comment.
ATTRIBUTE = re.compile(
    r'        [A-Za-z][A-Za-z0-9_\[\]()]* [A-Za-z_]\w*( (PK|FK|UK)(, (PK|FK|UK))*)?( "[^"%\\]+")?',
    re.ASCII,
)
ENTITY = re.compile(r'    ([A-Za-z_]\w*|"[^"%\\\n]+")( \{)?', re.ASCII)
RELATION = re.compile(
    r'    ([A-Za-z_]\w*|"[^"%\\\n]+") (\|o|\|\|)--(o\||o\{) '
    r'([A-Za-z_]\w*|"[^"%\\\n]+") : "[^"%\\\n]+"',
    re.ASCII,
)

any_name = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
nasty_name = any_name | st.sampled_from(
    [
        "end",
        "PK",
        "direction LR",
        'a"b',
        "%%x",
        "{",
        "a\nb",
        "<script>",
        "__x__",
        "~x~",
        "#35;",
        ";",
    ]
)


def schema_of(script: str) -> Schema:
    report = check(script)
    assert report.valid, report.errors
    return report.schema


def chain_of(names: list[str]) -> Schema:
    """Tables with those names and columns, each referring to the one before."""
    tables = []
    for number, name in enumerate(names):
        columns = tuple(Column(other, "timestamp with time zone") for other in dict.fromkeys(names))
        keys = (ForeignKey("fk", (name,), names[number - 1], (names[number - 1],)),)
        tables.append(Table(name, columns, (name,), keys if number else ()))
    return Schema(tuple(tables))


def test_mermaid_shows_tables_columns_and_marks() -> None:
    text = to_mermaid(schema_of(SHOP))

    assert text.startswith("erDiagram\n    customers {\n        bigint id PK\n")
    assert "        varchar(255) email UK\n" in text
    assert "        timestamptz placed_at\n" in text
    assert "        order_status status\n" in text


def test_mermaid_tells_required_optional_and_single_apart() -> None:
    text = to_mermaid(schema_of(SHOP))

    assert 'customers ||--o{ orders : "customer_id"' in text
    assert 'customers |o--o{ orders : "referrer_id"' in text
    assert 'orders ||--o| invoices : "order_id"' in text


def test_a_partial_unique_index_does_not_make_one_to_one() -> None:
    schema = schema_of(
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a_id int REFERENCES a, gone boolean);"
        "CREATE UNIQUE INDEX ON b (a_id) WHERE NOT gone;"
    )

    assert "a |o--o{ b" in to_mermaid(schema)


def test_a_unique_index_makes_one_to_one() -> None:
    schema = schema_of(
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a_id int NOT NULL REFERENCES a);"
        "CREATE UNIQUE INDEX ON b (a_id);"
    )

    assert "a ||--o| b" in to_mermaid(schema)


def test_mermaid_keeps_the_real_name_beside_a_changed_one() -> None:
    schema = schema_of('CREATE TABLE "Größe" ("straße nr" int, "имя" text, "pk" text)')

    text = to_mermaid(schema)

    assert '"Größe" {' in text
    assert 'integer strae_nr "straße nr"' in text
    assert 'text column_2 "имя"' in text
    assert 'text _pk "pk"' in text


def test_tables_of_the_same_name_in_two_schemas_stay_apart() -> None:
    schema = schema_of('CREATE SCHEMA a; CREATE TABLE a.b (id int); CREATE TABLE "a.b" (id int)')

    entities = re.findall(r"^    (.*) \{$", to_mermaid(schema), re.MULTILINE)

    assert sorted(entities) == ['"a.b 2"', '"a.b"']


@given(st.lists(nasty_name, min_size=1, max_size=4, unique=True))
def test_any_identifier_keeps_mermaid_well_formed(names: list[str]) -> None:
    lines = to_mermaid(chain_of(names)).split("\n")

    assert lines[0] == "erDiagram" and lines[-1] == ""
    for line in lines[1:-1]:
        assert line == "    }" or any(
            form.fullmatch(line) for form in (ATTRIBUTE, ENTITY, RELATION)
        ), line
    entities = [line for line in lines if line.endswith(" {")]
    assert len(set(entities)) == len(names)


@given(st.lists(nasty_name, min_size=1, max_size=4, unique=True))
def test_any_identifier_keeps_dot_labels_well_formed(names: list[str]) -> None:
    labels = re.findall(r"label=<(<table.*</table>)>\]$", to_dot(chain_of(names)), re.MULTILINE)

    assert len(labels) == len(names)
    for label in labels:
        ElementTree.fromstring(label)  # noqa: S314 - our own text


def test_dot_joins_the_rows_of_both_columns() -> None:
    text = to_dot(schema_of(SHOP))

    assert "t1:c0:e -> t2:k1:w [arrowtail=teetee, arrowhead=crowodot]" in text
    assert "t1:c0:e -> t2:k2:w [arrowtail=teeodot, arrowhead=crowodot]" in text
    assert "t2:c0:e -> t3:k1:w [arrowtail=teetee, arrowhead=teeodot]" in text


def test_json_reads_back_as_the_same_schema() -> None:
    schema = schema_of(SHOP)

    assert Schema.from_dict(json.loads(to_json(schema))) == schema
    assert to_json(schema) == to_json(schema_of(SHOP))


@pytest.mark.parametrize("form", ["mermaid", "dot", "json", "svg"])
def test_an_empty_schema_has_every_form(form: str) -> None:
    assert render(Schema(), form)


def test_an_unknown_form_names_those_that_exist() -> None:
    with pytest.raises(GhostError, match="no form called 'pdf'.* mermaid, dot, json, svg"):
        render(Schema(), "pdf")
