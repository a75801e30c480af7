"""One row at a time into a table of an open sandbox; what PostgreSQL refuses is taken back.

All values are PostgreSQL's text forms. Foreign keys are checked late (`defer_keys`), so tables may
be filled in any order; `settle` removes rows whose keys led nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

from ghost_engine.sql.postgres import Box
from ghost_engine.sql.schema import ForeignKey, Schema, Table


def attempt(
    box: Box, query: sql.Composed, values: Sequence[str | None] = ()
) -> list[tuple[str | None, ...]]:
    """Execute in a savepoint; the rows that come back.

    Raises:
        psycopg.Error: refused, and the savepoint rolled back; or the line broke.
    """
    connection = box.connection
    connection.execute("SAVEPOINT one_row")
    try:
        cursor = connection.execute(query, values, prepare=False)
        found = cursor.fetchall() if cursor.description else []
    except psycopg.Error as error:
        if error.sqlstate is None or connection.closed:
            raise
        connection.execute("ROLLBACK TO SAVEPOINT one_row")
        raise
    connection.execute("RELEASE SAVEPOINT one_row")
    return found


def identifier(*names: str) -> sql.Composed:
    """Quoted names joined by dots, with `%` doubled because psycopg looks for placeholders."""
    quoted: str = sql.Identifier(*names).as_string(None).replace("%", "%%")
    return sql.Composed([sql.SQL(quoted)])


def name_of(box: Box, table: Table) -> sql.Composed:
    """The quoted name of a table where it stands in the sandbox."""
    namespace = box.scratch if table.namespace == "public" else table.namespace
    return identifier(namespace, table.name)


def insert(box: Box, table: Table, cells: Mapping[str, str | None]) -> dict[str, str | None]:
    """Insert one row; the stored row as texts, with its place in the table under the key "".

    Columns that are not in `cells` get what the table gives them.

    Raises:
        psycopg.Error: PostgreSQL refused the row.
    """
    into = sql.SQL("INSERT INTO {}").format(name_of(box, table))
    if cells:
        query = sql.SQL("{} ({}) OVERRIDING SYSTEM VALUE VALUES ({}) RETURNING {}").format(
            into,
            sql.SQL(", ").join(identifier(column) for column in cells),
            sql.SQL(", ").join(sql.Placeholder() for _ in cells),
            _texts(table),
        )
    else:
        query = sql.SQL("{} DEFAULT VALUES RETURNING {}").format(into, _texts(table))
    return _row(table, attempt(box, query, list(cells.values()))[0])


def update(
    box: Box, table: Table, place: str, cells: Mapping[str, str | None]
) -> dict[str, str | None]:
    """Change the row at `place`; the stored row.

    Raises:
        psycopg.Error: PostgreSQL refused the change.
    """
    query = sql.SQL("UPDATE {} SET {} WHERE ctid = %s::tid RETURNING {}").format(
        name_of(box, table),
        sql.SQL(", ").join(
            sql.SQL("{} = {}").format(identifier(column), sql.Placeholder()) for column in cells
        ),
        _texts(table),
    )
    return _row(table, attempt(box, query, [*cells.values(), place])[0])


def read(box: Box, table: Table) -> list[dict[str, str | None]]:
    """The rows that stand in the table, as texts, in the order they were stored."""
    query = sql.SQL("SELECT {} FROM {} ORDER BY tableoid, ctid LIMIT 500").format(
        _texts(table), name_of(box, table)
    )
    return [_row(table, row) for row in attempt(box, query)]


def defer_keys(box: Box, schema: Schema) -> None:
    """Put off the check of every foreign key to the end of the transaction."""
    for table in schema.tables:
        for key in table.foreign_keys:
            query = sql.SQL("ALTER TABLE {} ALTER CONSTRAINT {} DEFERRABLE INITIALLY DEFERRED")
            _try(box, query.format(name_of(box, table), identifier(key.name)))


def settle(box: Box, schema: Schema) -> None:
    """Remove rows whose foreign keys find nothing, until the server agrees with the rest."""
    for _ in range(5):
        if _try(box, sql.SQL("SET CONSTRAINTS ALL IMMEDIATE").format()):
            return
        for table in schema.tables:
            for key in table.foreign_keys:
                _try(box, _orphans(box, table, key, schema))


def _try(box: Box, query: sql.Composed | None) -> bool:
    if query is None:
        return False
    try:
        attempt(box, query)
        return True
    except psycopg.Error as error:
        if error.sqlstate is None:
            raise
        return False


def _orphans(box: Box, table: Table, key: ForeignKey, schema: Schema) -> sql.Composed | None:
    parent = schema.table(key.target)
    if parent is None:
        return None
    child_columns = [identifier("child", column) for column in key.columns]
    parent_columns = [identifier("parent", column) for column in key.target_columns]
    both = zip(parent_columns, child_columns, strict=True)
    return sql.SQL(
        "DELETE FROM {} AS child WHERE {} AND NOT EXISTS (SELECT FROM {} AS parent WHERE {})"
    ).format(
        name_of(box, table),
        sql.SQL(" AND ").join(sql.SQL("{} IS NOT NULL").format(c) for c in child_columns),
        name_of(box, parent),
        sql.SQL(" AND ").join(sql.SQL("{} = {}").format(p, c) for p, c in both),
    )


def _texts(table: Table) -> sql.Composed:
    """The place of a row and its columns, cut, as a select list."""
    cells = [
        sql.SQL(
            # A cast would add /32 to every address.
            "pg_catalog.abbrev({})"
            if column.type == "inet"
            else "pg_catalog.left(({})::text, 2001)"
        ).format(identifier(column.name))
        for column in table.columns
    ]
    return sql.SQL(", ").join([sql.SQL("ctid::text AS ghost_place"), *cells])


def _row(table: Table, texts: Sequence[str | None]) -> dict[str, str | None]:
    return dict(zip(["", *(column.name for column in table.columns)], texts, strict=True))
