"""A schema as a Graphviz digraph: a table a node with HTML-like rows, a foreign key an edge.

Node and port names are numbers, so no identifier can break the syntax; what people read stands in
escaped labels.
"""

from __future__ import annotations

from html import escape

from ghost_engine.sql.render.keys import Relationship, key_marks, relationships, short_type
from ghost_engine.sql.schema import Schema, Table

_HEAD = """digraph schema {
    graph [rankdir=LR, nodesep=0.5, ranksep=1.2, bgcolor=transparent]
    node [shape=plain, fontname="Helvetica", fontsize=11]
    edge [dir=both, color="#68717d", arrowsize=0.9]
"""


def to_dot(schema: Schema) -> str:
    """The digraph text, parents left of children; crow's feet at the child's end."""
    nodes = {table: f"t{number}" for number, table in enumerate(schema.tables, 1)}
    lines = [_node(table, nodes[table]) for table in schema.tables]
    lines += [_edge(relationship, nodes) for relationship in relationships(schema)]
    return _HEAD + "".join(f"    {line}\n" for line in lines) + "}\n"


def _node(table: Table, node: str) -> str:
    rows = "".join(_row(table, number) for number in range(len(table.columns)))
    head = f'<td port="h" colspan="3" bgcolor="#eceefb"><b>{_text(table.qualified)}</b></td>'
    return (
        f'{node} [label=<<table border="0" cellborder="1" cellspacing="0" cellpadding="5" '
        f'color="#b9bfc8"><tr>{head}</tr>{rows}</table>>]'
    )


def _row(table: Table, number: int) -> str:
    column = table.columns[number]
    marks = " ".join(key_marks(table, column.name))
    return (
        f'<tr><td port="k{number}" sides="LB"><font color="#4a56c9" point-size="9">{marks or " "}'
        f'</font></td><td sides="B" align="left">{_text(column.name)}</td>'
        f'<td port="c{number}" sides="RB" align="left"><font color="#68717d" face="Courier">'
        f"{_text(short_type(column.type))}{'' if column.nullable else ' *'}</font></td></tr>"
    )


def _edge(relationship: Relationship, nodes: dict[Table, str]) -> str:
    parent, child, key = relationship.parent, relationship.child, relationship.key
    tail = f"{nodes[parent]}:{_port(parent, key.target_columns, 'c')}:e"
    head = f"{nodes[child]}:{_port(child, key.columns, 'k')}:w"
    # Graphviz draws the first shape of an arrow nearest the node.
    arrowtail = "teeodot" if relationship.optional else "teetee"
    arrowhead = "teeodot" if relationship.single else "crowodot"
    return f"{tail} -> {head} [arrowtail={arrowtail}, arrowhead={arrowhead}]"


def _port(table: Table, columns: tuple[str, ...], side: str) -> str:
    names = [column.name for column in table.columns]
    return f"{side}{names.index(columns[0])}" if columns and columns[0] in names else "h"


def _text(text: str) -> str:
    """Escaped for Graphviz's XML, which knows no control characters."""
    clean = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    # An empty label, or one of spaces alone, is a syntax error inside a font tag.
    return escape(clean).replace("\\", "&#92;") if clean.strip() else "&#160;"
