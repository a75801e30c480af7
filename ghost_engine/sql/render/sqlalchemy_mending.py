"""What SQLAlchemy's reflection loses, put back on the reflected tables before they are written.

Domains become their base types, types that SQLAlchemy does not know keep their name, colons in
texts stay colons, and indexes of more than plain columns are taken away (`sqlalchemy_models` writes
them as DDL).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from ghost_engine.sql.render.defaults import read_default
from ghost_engine.sql.render.indexes import read_index
from ghost_engine.sql.render.typenames import read_type
from ghost_engine.sql.schema import Schema, Table

if TYPE_CHECKING:
    import sqlalchemy
    from sqlalchemy.types import TypeEngine

PLAIN_MODULE = "plain_type"
PLAIN_TYPE = '''
class PlainType(UserDefinedType):
    """A type of PostgreSQL that SQLAlchemy has no class for; values pass as they are."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **options: object) -> str:
        return self.name
'''
# What text() takes for the name of a parameter.
_PARAMETER = re.compile(r"(?<![:\w$\\]):(?=[\w$]+(?![:\w$]))")


def mend(live: sqlalchemy.Table, table: Table) -> None:
    """Make `live`, as reflected, say everything that `table` (without domains) says."""
    _mend_columns(live, table)
    _mend_checks(live, table)
    rich = {index.name for index in table.indexes if not read_index(index).is_plain}
    for index in list(live.indexes):
        if index.name in rich:
            live.indexes.remove(index)


def _mend_columns(live: sqlalchemy.Table, table: Table) -> None:
    from sqlalchemy import DefaultClause, Identity, text

    for column in table.columns:
        mended = live.columns[column.name]
        mended.type = _known(mended.type, column.type)
        mended.nullable = column.nullable
        counted = read_default(column).meaning == "sequence" and column.identity is None
        if counted and column.name not in table.primary_key:
            mended.server_default = Identity(always=False)  # sqlacodegen would drop the default
        elif column.default and not counted:
            mended.server_default = DefaultClause(text(_PARAMETER.sub(r"\\:", column.default)))
        if mended.computed is not None:
            mended.computed.sqltext = _unescaped_once(str(column.generated))


def _mend_checks(live: sqlalchemy.Table, table: Table) -> None:
    """Colons in the checks, and the checks that stood on domains."""
    from sqlalchemy import CheckConstraint

    known = {each.name: each for each in live.constraints if isinstance(each, CheckConstraint)}
    for check in table.checks:
        bare = check.expression.removeprefix("CHECK ")
        if bare == check.expression:
            continue
        if check.name in known:
            known[check.name].sqltext = _unescaped_once(bare[1:-1])
        else:
            live.append_constraint(CheckConstraint(_unescaped_once(bare[1:-1]), name=check.name))


def _unescaped_once(expression: str) -> sqlalchemy.TextClause:
    """sqlacodegen compiles these, which takes one backslash before a colon away."""
    from sqlalchemy import text

    return text(_PARAMETER.sub(r"\\\\:", expression))


def _known(kind: TypeEngine[Any], text: str) -> TypeEngine[Any]:
    """`kind`, or what is under it if it is a domain, or a type that only bears its name."""
    from sqlalchemy.dialects.postgresql import ARRAY, DOMAIN, ENUM
    from sqlalchemy.types import NullType, Numeric, String

    if isinstance(kind, DOMAIN):
        arguments = read_type(text, Schema()).arguments  # reflection forgets the sizes
        bare: Any = _known(kind.data_type, text)
        sized = isinstance(bare, String | Numeric) and arguments
        kind = type(bare)(*arguments) if sized else bare
    inner = kind.item_type if isinstance(kind, ARRAY) else kind
    if isinstance(kind, ARRAY) and isinstance(inner, ENUM):  # reflected so as not to be created
        return ARRAY(ENUM(*inner.enums, name=inner.name, schema=inner.schema))
    return plain_type()(text) if isinstance(inner, NullType | DOMAIN) else kind


@cache
def plain_type() -> Any:
    """The class of `PLAIN_TYPE`, as if it came from a module called `PLAIN_MODULE`."""
    from sqlalchemy.types import UserDefinedType

    names: dict[str, Any] = {"UserDefinedType": UserDefinedType, "__name__": PLAIN_MODULE}
    exec(PLAIN_TYPE, names)  # our own text, from above
    return names["PlainType"]
