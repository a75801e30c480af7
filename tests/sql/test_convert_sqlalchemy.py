"""The SQLAlchemy models make the same schema again, in a transaction of their own."""

from __future__ import annotations

import re
import sys
import types
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import configure_mappers
from sqlalchemy.pool import StaticPool

from ghost_engine.sql import Schema, check
from ghost_engine.sql.catalog import read_schema
from ghost_engine.sql.postgres import sandbox
from ghost_engine.sql.render.convert import convert
from ghost_engine.sql.render.domains import without_domains
from ghost_engine.sql.render.sqlalchemy_models import _Line
from ghost_engine.sql.samples import stage
from ghost_engine.sql.schema import Column, Table

FIXTURES = Path(__file__).parents[1] / "fixtures" / "convert"
SCRIPTS = {path.stem: path.read_text("utf-8") for path in sorted(FIXTURES.glob("*.sql"))}


@contextmanager
def imported(text: str) -> Iterator[Any]:
    """The generated module, as if imported."""
    module = types.ModuleType("generated_models")
    sys.modules[module.__name__] = module
    try:
        exec(compile(text, "generated_models.py", "exec"), module.__dict__)
        yield module
    finally:
        del sys.modules[module.__name__]


def made_by(text: str, namespaces: list[str]) -> Schema:
    """The schema that `create_all` of the module makes on an empty database."""
    with imported(text) as module, sandbox() as box:
        for name in namespaces:
            box.run(f"CREATE SCHEMA {name}")
        engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: _Line(box.connection),
            poolclass=StaticPool,
            use_native_hstore=False,
        )
        metadata = module.Base.metadata if hasattr(module, "Base") else module.metadata
        metadata.create_all(engine)
        return without_domains(box, read_schema(box))


def original(script: str) -> Schema:
    with sandbox() as box:
        return without_domains(box, stage(box, script))


def spaces(schema: Schema) -> list[str]:
    return sorted({table.namespace for table in schema.tables} - {"public"})


def plain(table: Table) -> Table:
    """What a schema is, apart from the order of its parts and the number of a serial."""
    return replace(
        table,
        columns=tuple(plain_column(column) for column in table.columns),
        foreign_keys=tuple(sorted(table.foreign_keys, key=str)),
        uniques=tuple(sorted(table.uniques, key=str)),
        checks=tuple(sorted(table.checks, key=str)),
        indexes=tuple(sorted(table.indexes, key=str)),
    )


def plain_column(column: Column) -> Column:
    """`serial` may come back as identity: both number the rows."""
    counted = column.identity or (column.default or "").startswith("nextval(")
    default = None if counted else column.default
    return replace(column, default=default, identity="counted" if counted else None)


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_the_models_make_the_same_schema_again(script: str) -> None:
    schema = original(script)

    again = made_by(convert(script, "sqlalchemy"), spaces(schema))

    assert sorted(again.table_names) == sorted(schema.table_names)
    for table in schema.tables:
        other = again.table(table.qualified)
        assert other is not None
        assert plain(other) == plain(table)


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_the_models_are_a_module_that_the_mapper_accepts(script: str) -> None:
    with imported(convert(script, "sqlalchemy")), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of relationships that share a column
        configure_mappers()


def test_a_schema_without_keys_becomes_tables() -> None:
    text = convert("CREATE TABLE t (a int, b point)", "sqlalchemy")

    assert "class Base" not in text and "PlainType('point')" in text
    assert made_by(text, []).table_names == ("t",)


def test_nothing_of_the_script_stays_behind() -> None:
    convert("CREATE TABLE left_behind (a int PRIMARY KEY)", "sqlalchemy")

    assert check("CREATE TABLE left_behind (a int PRIMARY KEY)").valid


def test_no_place_of_this_machine_is_named_in_the_models() -> None:
    text = convert(SCRIPTS["nasty"], "sqlalchemy")

    assert not re.search(r"ghost_engine|box_\d|plain_type import", text)
