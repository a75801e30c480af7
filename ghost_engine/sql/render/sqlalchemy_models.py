"""A schema as SQLAlchemy 2 models, written by sqlacodegen from the live tables.

sqlacodegen reflects the tables inside the open transaction of a sandbox. What its reflection loses
is mended before it writes: domains become their base types, types that SQLAlchemy does not know
keep their name, and indexes of more than plain columns are carried over as DDL.
"""

from __future__ import annotations

import ast
import re
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

from ghost_engine.errors import GhostError
from ghost_engine.sql.postgres import Box
from ghost_engine.sql.render.indexes import read_index
from ghost_engine.sql.render.sqlalchemy_mending import PLAIN_MODULE, PLAIN_TYPE, mend
from ghost_engine.sql.schema import Schema

if TYPE_CHECKING:
    import sqlalchemy

# A CHECK leaves a text column text, and a key that is a reference makes no subclass.
_OPTIONS = frozenset(("nosyntheticenums", "nojoined"))
_INTEGERS = frozenset(("Integer", "SmallInteger", "BigInteger"))


class _Line:
    """A psycopg connection that SQLAlchemy may use but neither commit, roll back nor close."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None: ...


def to_sqlalchemy(box: Box, schema: Schema) -> str:
    """The module's text, for the tables of `schema` that stand in `box`.

    Args:
        box: the sandbox in which the script was staged.
        schema: the same tables, without domains.

    Raises:
        GhostError: a name has nothing in it that a Python name can be made of.
        sqlalchemy.exc.SQLAlchemyError: the tables could not be read.
    """
    with warnings.catch_warnings():  # of types it does not know, and of circles of references
        warnings.simplefilter("ignore")
        metadata, engine = _reflect(box, schema)
        # The texts are written down, not executed: % stays single.
        engine.dialect.identifier_preparer._double_percents = False
        options = _OPTIONS | ({"nonativeenums"} if _shares_names(schema) else set())
        try:
            text = _generator()(metadata, engine, options).generate()
            ast.parse(text)
        except (AssertionError, SyntaxError) as error:  # its own words for a name of signs alone
            raise GhostError(
                f"SQLAlchemy models cannot be written: {error}.",
                "Give every table and column a name of letters, digits and underscores.",
            ) from error
    text = text.replace(", _create_events=False", "")  # or enums of arrays would not be made
    return _with_indexes(_with_plain_type(text), schema)


@cache
def _generator() -> Any:
    """sqlacodegen's declarative generator, true to the order of columns and to plain keys."""
    from textwrap import indent

    from sqlacodegen.generators import DeclarativeGenerator

    class InOrder(DeclarativeGenerator):
        def render_class(self, model: Any) -> str:
            sections = (
                self.render_class_variables(model),
                "\n".join(self.render_column_attribute(each) for each in model.columns),
                "\n".join(self.render_relationship(each) for each in model.relationships),
            )
            body = "\n\n".join(indent(each, self.indentation) for each in sections if each)
            return f"{self.render_class_declaration(model)}\n{body}"

        def render_column_callable(self, is_table: bool, *args: Any, **kwargs: Any) -> str:
            if kwargs.get("primary_key") and not _INTEGERS.isdisjoint(args):
                kwargs.setdefault("autoincrement", False)  # or SQLAlchemy makes it serial
            return super().render_column_callable(is_table, *args, **kwargs)

    return InOrder


def _reflect(box: Box, schema: Schema) -> tuple[sqlalchemy.MetaData, sqlalchemy.Engine]:
    from sqlalchemy import MetaData, create_engine
    from sqlalchemy.pool import StaticPool

    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: _Line(box.connection),
        poolclass=StaticPool,
        use_native_hstore=False,
    )
    metadata = MetaData()
    for space in dict.fromkeys(table.namespace for table in schema.tables):
        names = {table.name for table in schema.tables if table.namespace == space}
        reflected = None if space == "public" else space
        metadata.reflect(engine, schema=reflected, only=lambda name, _, names=names: name in names)
    for table in schema.tables:
        mend(metadata.tables[table.qualified], table)
    return metadata, engine


def _shares_names(schema: Schema) -> bool:
    """True if sqlacodegen could take two enums, or the tables of two namespaces, for one."""
    return len({table.namespace for table in schema.tables}) > 1 or any(
        "." in enum.name for enum in schema.enums
    )


def _with_plain_type(text: str) -> str:
    line = f"from {PLAIN_MODULE} import PlainType\n"
    if line not in text:
        return text
    text = text.replace(line, "from sqlalchemy.types import UserDefinedType\n")
    head, base, rest = text.partition("class Base(DeclarativeBase):")
    if not base:  # no table has a key, so there are no classes
        head, base, rest = text.partition("metadata = MetaData()")
    return f"{head}{PLAIN_TYPE.lstrip()}\n\n{base}{rest}"


def _with_indexes(text: str, schema: Schema) -> str:
    """The module with a listener for each index of more than plain columns."""
    rich = [
        index.definition
        for table in schema.tables
        for index in table.indexes
        if not read_index(index).is_plain
    ]
    if not rich:
        return text
    metadata = "Base.metadata" if "class Base(" in text else "metadata"
    lines = [f"event.listen({metadata}, 'after_create', DDL({_ddl(each)!r}))" for each in rich]
    return (
        "from sqlalchemy import DDL, event\n" + text.rstrip() + "\n\n\n" + "\n".join(lines) + "\n"
    )


def _ddl(definition: str) -> str:
    """DDL() formats its text with %; and the namespace public is left to the search path."""
    return re.sub(r" ON (ONLY )?public\.", " ON ", definition, count=1).replace("%", "%%")
