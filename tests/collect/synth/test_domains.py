"""The authored domains: each runs whole and in parts, and its rows keep its own rules."""

from __future__ import annotations

from datetime import date, datetime
from random import Random
from typing import Any

import psycopg
import pytest
from psycopg import sql as compose

from ghost_engine.collect.synth.ddl import write_ddl
from ghost_engine.collect.synth.domain import Domain, domain_names, load_domain
from ghost_engine.collect.synth.plan import kinds_of
from ghost_engine.collect.synth.rows import Data
from ghost_engine.errors import FileError
from ghost_engine.sql.postgres import sandbox
from ghost_engine.sql.script import read_script
from ghost_engine.sql.validate import check, run_statement

EVERY = domain_names()


@pytest.fixture(params=EVERY)
def domain(request: pytest.FixtureRequest) -> Domain:
    return load_domain(request.param)


def test_there_are_enough_of_them() -> None:
    assert len(EVERY) >= 24


def test_a_domain_is_a_schema_that_runs(domain: Domain) -> None:
    report = check(domain.sql)

    assert report.valid, report.errors
    assert report.schema is not None
    assert 5 <= len(report.schema.tables) <= 15
    assert all(table.primary_key for table in report.schema.tables)
    assert any(table.checks for table in report.schema.tables)
    assert any(table.indexes for table in report.schema.tables)
    assert report.schema.enums


def test_the_catalog_agrees_with_what_was_read_from_the_text(domain: Domain) -> None:
    schema = check(domain.sql).schema
    assert schema is not None

    assert schema.table_names == tuple(domain.tables)
    for table in schema.tables:
        read = domain.tables[table.name]
        assert [c.name for c in table.columns] == [c.name for c in read.columns]
        assert set(table.primary_key) == set(read.primary_key)
        keys = {key.columns[0]: key.target for key in table.foreign_keys if len(key.columns) == 1}
        assert keys == {column.name: column.references for column in read.references}


def test_a_domain_speaks_every_language_it_claims(domain: Domain) -> None:
    for language in domain.languages:
        for table in domain.tables.values():
            if table.main:
                assert language in table.names, (table.name, language)


def test_a_domain_can_fill_most_kinds_of_screen(domain: Domain) -> None:
    assert len(kinds_of(domain)) >= 9


def test_whatever_part_is_kept_still_runs(domain: Domain) -> None:
    columns = [column for table in domain.tables.values() for column in table.columns]
    for number in range(12):
        random = Random(f"{domain.name}/{number}")
        kept = closed(domain, random.sample(columns, random.randint(1, 10)))
        seen = {
            column.path: [label.value for label in labels if random.random() < 0.5]
            for column in columns
            if (labels := domain.enums.get(column.type))
        }
        hidden = {
            name: "id" if number % 2 else domain.tables[name].primary_key[0]
            for name in kept
            if len(domain.tables[name].primary_key) == 1
            and not domain.tables[name].column(domain.tables[name].primary_key[0]).references
            and ("id" in domain.tables[name].primary_key or "id" not in names(domain, name))
        }
        text = write_ddl(domain, kept, seen, hidden if number % 3 else None)
        report = check(text)
        assert report.valid, (report.errors, text)


def names(domain: Domain, table: str) -> set[str]:
    return {column.name for column in domain.tables[table].columns}


def closed(domain: Domain, columns: list[Any]) -> dict[str, set[str]]:
    """Those columns with every key they need."""
    kept: dict[str, set[str]] = {}
    waiting = list(columns)
    while waiting:
        column = waiting.pop()
        table = domain.tables[column.table]
        if column.name in kept.setdefault(table.name, set()):
            continue
        kept[table.name].add(column.name)
        waiting += [table.column(name) for name in table.primary_key]
        if column.references:
            target = domain.tables[column.references]
            waiting += [target.column(name) for name in (column.target or target.primary_key[0],)]
    return kept


def test_its_rows_satisfy_its_own_constraints(domain: Domain) -> None:
    """Every sampled row goes into the real tables: keys, checks, uniques, types and all."""
    data = Data(domain, "en", "test")
    with sandbox() as box:
        for statement in read_script(domain.sql).statements:
            run_statement(box, statement.text)
        for table in domain.tables.values():
            insert(box.connection, domain, table.name, data)


def insert(connection: psycopg.Connection[Any], domain: Domain, table: str, data: Data) -> None:
    columns = domain.tables[table].columns
    written = [
        column
        for column in columns
        if not any(
            clause.text.upper().startswith("GENERATED ALWAYS AS (") for clause in column.clauses
        )
    ]
    query = compose.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
        compose.Identifier(table),
        compose.SQL(", ").join(compose.Identifier(column.name) for column in written),
        compose.SQL(", ").join(compose.Placeholder() for _ in written),
    )
    for row in data.rows(table):
        values = [stored(domain, column, row[column.name], data) for column in written]
        connection.execute(query, values)


def stored(domain: Domain, column: Any, value: Any, data: Data) -> Any:
    """A foreign key's row number becomes that row's key."""
    if column.references is None or value is None:
        return value
    target = domain.tables[column.references]
    name = column.target or target.primary_key[0]
    number = data.target_number(column, {column.name: value})
    assert number is not None
    return data.rows(column.references)[number][name]


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_the_same_seed_gives_the_same_rows_in_any_order(language: str) -> None:
    domain = load_domain("clinic")
    one, other = Data(domain, language, "7"), Data(domain, language, "7")
    forward = {name: one.rows(name) for name in domain.tables}
    backward = {name: other.rows(name) for name in reversed(list(domain.tables))}

    assert forward == backward
    assert Data(domain, language, "8").rows("patients") != one.rows("patients")


def test_dates_stand_round_a_fixed_day() -> None:
    rows = Data(load_domain("clinic"), "en", "1").rows("appointments")
    days = [row["starts_at"] for row in rows]

    assert all(isinstance(day, datetime) for day in days)
    assert min(days).date() >= date(2026, 5, 28) and max(days).date() <= date(2026, 7, 7)


def test_an_unknown_domain_is_named_with_those_there_are() -> None:
    with pytest.raises(FileError, match=r'no domain "nowhere".*clinic'):
        load_domain("nowhere")
