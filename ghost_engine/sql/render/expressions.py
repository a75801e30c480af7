"""Expressions in other dialects: CHECK conditions, computed columns, conditions of indexes.

Only what means the same everywhere is translated: comparisons, lists, ranges, null tests, LIKE,
sums, and a few text functions. Anything else gives None, and the writer says that it left it out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sqlglot import exp

Dialect = Literal["sqlite", "mysql"]

_SAME_EVERYWHERE = frozenset(
    "Column Identifier Literal Boolean Null Paren And Or Not EQ NEQ GT GTE LT LTE In Between Is "
    "Like Add Sub Mul Neg DPipe Length Lower Upper Coalesce Abs Trim Tuple Anonymous".split()
)
# Casts that change nothing elsewhere: of a column (none that rounds), of a literal.
_COLUMN_CASTS = frozenset("TEXT VARCHAR CHAR BPCHAR DECIMAL DOUBLE USERDEFINED".split())
_NUMBER_CASTS = frozenset("DECIMAL DOUBLE FLOAT INT BIGINT SMALLINT".split())
_LITERAL_CASTS = _COLUMN_CASTS | _NUMBER_CASTS | {"DATE", "TIMESTAMP", "TIMESTAMPTZ"}


def translate(expression: str, dialect: Dialect, rename: Callable[[str], str]) -> str | None:
    """`expression` (PostgreSQL's own printing of it) in another dialect, without brackets around
    it, or None.

    Args:
        expression: without the word CHECK.
        dialect: the one to write.
        rename: gives a column's new name.
    """
    from sqlglot import errors, exp, parse_one

    try:
        tree = parse_one(expression, read="postgres")
    except (errors.SqlglotError, RecursionError):
        return None
    tree = tree.transform(_listed).transform(_uncast)
    tree = tree.transform(lambda node: _local(node, dialect, rename))
    while isinstance(tree, exp.Paren):
        tree = tree.this
    if any(type(node).__name__ not in _SAME_EVERYWHERE for node in tree.walk()):
        return None
    return tree.sql(dialect=dialect, identify=True)


def _listed(node: exp.Expr) -> exp.Expr:
    """`x = ANY (ARRAY[a, b])`, which is how the catalog keeps `x IN (a, b)`, as the latter."""
    from sqlglot import exp

    if not isinstance(node, exp.EQ | exp.NEQ):
        return node
    quantifier = node.expression
    equal = isinstance(node, exp.EQ) and isinstance(quantifier, exp.Any)
    if not equal and not (isinstance(node, exp.NEQ) and quantifier.name.upper() == "ALL"):
        return node
    array = _inside(quantifier.this if equal else quantifier.expressions[0])
    if not isinstance(array, exp.Array) or not array.expressions:
        return node
    found = exp.In(this=node.this.copy(), expressions=[item.copy() for item in array.expressions])
    return found if equal else exp.Not(this=found)


def _inside(node: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    while isinstance(node, exp.Paren | exp.Cast):
        node = node.this
    return node


def _uncast(node: exp.Expr) -> exp.Expr:
    """A column or a literal without the cast that PostgreSQL wrote around it."""
    from sqlglot import exp

    while isinstance(node, exp.Cast):
        inner, name = _inside(node.this), node.to.this.name
        if isinstance(inner, exp.Column) and name in _COLUMN_CASTS and not node.to.expressions:
            node = inner
        elif isinstance(inner, exp.Literal | exp.Neg) and name in _LITERAL_CASTS:
            node = _number(inner.name) if inner.is_string and name in _NUMBER_CASTS else inner
        else:
            return node
    return node


def _number(text: str) -> exp.Expr:
    """A number that was written as a string, as PostgreSQL does with negative ones."""
    from sqlglot import exp

    if not re.fullmatch(r"-?\d+(\.\d+)?", text):
        return exp.Placeholder()  # 'NaN', say: nothing that others can write
    number = exp.Literal.number(text.lstrip("-"))
    return exp.Neg(this=number) if text.startswith("-") else number


def _local(node: exp.Expr, dialect: Dialect, rename: Callable[[str], str]) -> exp.Expr:
    from sqlglot import exp

    if isinstance(node, exp.Column):
        return exp.column(exp.to_identifier(rename(node.name), quoted=True))
    if isinstance(node, exp.Length) and dialect == "mysql":  # LENGTH counts bytes there
        return exp.Anonymous(this="CHAR_LENGTH", expressions=[node.this])
    if isinstance(node, exp.Anonymous) and node.name.upper() != "CHAR_LENGTH":
        return exp.Placeholder()  # a function nobody else knows: not in the list above
    return node
