"""No identifier breaks a form, and no two things become one."""

from __future__ import annotations

import ast
import json
import re
import sqlite3
import warnings
from typing import Any

import jsonschema
import sqlglot
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ghost_engine.errors import GhostError
from ghost_engine.sql import Schema, check
from ghost_engine.sql.render import render
from ghost_engine.sql.render.convert import convert
from ghost_engine.sql.schema import Check, Column, Enum, ForeignKey, Table

letters = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs", "Cc", "Zl", "Zp"]),
    min_size=1,
    max_size=15,
)
names = letters | st.sampled_from(
    ["select", "Order", "order", 'a"b', "a`b", "a'b", "it's\\", "class", "sqlite_x", "1st", "__x__"]
    + [
        "a b",
        "a_b",
        "objects",
        "pk",
        "id",
        "%s",
        "100%",
        ":w",
        "{x}",
        "--",
        "/*",
        "metadata",
        "~/#",
    ]
)
name_lists = st.lists(names, min_size=1, max_size=4, unique=True)
quick = settings(
    max_examples=settings.default.max_examples // 3,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def chain_of(wished: list[str], comment: str = "") -> Schema:
    """Tables of those names, each with columns of those names, each referring to the one before."""
    tables = []
    for number, name in enumerate(wished):
        columns = tuple(
            Column(
                other, "text", nullable=False, default=f"'{other.replace(chr(39), chr(39) * 2)}'"
            )
            for other in wished
        )
        keys = (ForeignKey("fk", (name,), wished[number - 1], (wished[number - 1],)),)
        checks = (Check("c", f"CHECK ((\"{name.replace(chr(34), chr(34) * 2)}\" <> ''::text))"),)
        tables.append(
            Table(name, columns, (name,), keys if number else (), checks=checks, comment=comment)
        )
    return Schema(tuple(tables), (Enum(wished[0], tuple(wished)),))


@quick
@given(name_lists, letters)
def test_sqlite_takes_any_name(wished: list[str], comment: str) -> None:
    connection = sqlite3.connect(":memory:")

    connection.executescript(render(chain_of(wished, comment), "sqlite"))

    made = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert len(made) == len(wished)
    for (name,) in made:
        columns = connection.execute("SELECT * FROM pragma_table_xinfo(?)", (name,)).fetchall()
        assert len(columns) == len(wished)


@quick
@given(name_lists, letters)
def test_mysql_parses_with_any_name(wished: list[str], comment: str) -> None:
    text = render(chain_of(wished, comment), "mysql")

    statements = sqlglot.parse(text, read="mysql", error_level=sqlglot.ErrorLevel.RAISE)

    assert len([each for each in statements if isinstance(each, sqlglot.exp.Create)]) == len(wished)


@quick
@given(
    st.lists(
        names.filter(lambda name: name.strip(" ,()") == name and not set(name) & set(",()")),
        min_size=1,
        unique=True,
    ),
    letters,
)
def test_dbml_parses_with_any_name(wished: list[str], comment: str) -> None:
    """Without commas, brackets and outer blanks: there pydbml, not @dbml/core, splits names."""
    document = _dbml(render(chain_of(wished, comment), "dbml"))

    assert [len(table.columns) for table in document.tables] == [len(wished)] * len(wished)
    assert len(document.refs) == len(wished) - 1


def _dbml(text: str) -> Any:
    with warnings.catch_warnings():  # pydbml calls pyparsing by its old names
        warnings.simplefilter("ignore", DeprecationWarning)
        from pydbml import PyDBML

        return PyDBML(text)


@quick
@example(["TRUE", "none"], "")
@given(name_lists, letters)
def test_django_models_have_distinct_classes_and_fields(wished: list[str], comment: str) -> None:
    module = ast.parse(render(chain_of(wished, comment), "django"))

    classes = [node for node in module.body if isinstance(node, ast.ClassDef)]
    assert len({node.name.lower() for node in classes}) == len(classes) == len(wished) + 1
    for node in classes[1:]:
        fields = [item.targets[0].id for item in node.body if isinstance(item, ast.Assign)]  # type: ignore[attr-defined]
        assert len(set(fields)) == len(fields) == len(wished)
        assert not any("__" in name or name.endswith("_") for name in fields)


@quick
@given(name_lists, letters)
def test_the_json_schema_holds_and_its_references_resolve(wished: list[str], comment: str) -> None:
    document = json.loads(render(chain_of(wished, comment), "jsonschema"))

    jsonschema.Draft202012Validator.check_schema(document)
    rows = {name: [dict.fromkeys(wished, "x")] for name in wished}
    jsonschema.Draft202012Validator(document).validate(rows)


@settings(
    max_examples=settings.default.max_examples // 10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    st.lists(
        names.filter(lambda name: len(name.encode()) < 50), min_size=1, max_size=3, unique=True
    )
)
def test_sqlalchemy_models_are_python_with_any_name(wished: list[str]) -> None:
    quoted = ['"' + name.replace('"', '""') + '"' for name in wished]
    columns = ", ".join(f"{name} text" for name in quoted)
    script = "".join(f"CREATE TABLE {name} ({columns}, PRIMARY KEY ({name}));\n" for name in quoted)
    if not check(script).valid:
        return
    try:
        ast.parse(convert(script, "sqlalchemy"))
    except GhostError as error:
        assert "letters, digits and underscores" in str(error)
        assert not all(name.isascii() and re.search(r"[a-zA-Z]", name) for name in wished)
