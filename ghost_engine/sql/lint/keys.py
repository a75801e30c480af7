"""Advice on keys and indexes; every fix adds a statement at the end, or takes one away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ghost_engine.sql.lint.advice import Advice, Edit, Finding
from ghost_engine.sql.lint.places import Places
from ghost_engine.sql.lint.spelling import column_list, quoted, table_name
from ghost_engine.sql.nouns import sure_singular
from ghost_engine.sql.render.indexes import read_index
from ghost_engine.sql.schema import Column, ForeignKey, Index, Schema, Table

_INTEGERS = ("smallint", "integer", "bigint")


def find(schema: Schema, places: Places) -> Iterator[Finding]:
    """Everything there is to say about keys and indexes, table by table."""
    for table in schema.tables:
        if not table.primary_key and table.columns:
            yield _no_primary_key(schema, table, places)
        for columns, key in {key.columns: key for key in table.foreign_keys}.items():
            if not _is_indexed(table, columns):
                yield _no_index(table, key, places)
        for column in table.columns:
            target = _likely_target(schema, table, column)
            if target is not None:
                yield _no_reference(table, column, target, places)
        yield from _duplicates(table, places)


def _no_primary_key(schema: Schema, table: Table, places: Places) -> Finding:
    columns = _likely_key(table)
    message = f"{table.qualified} has no primary key: rows cannot be told apart or referred to."
    line = places.line(table.qualified)
    if columns and _is_taken(schema, table, columns):
        return Finding(Advice("no-primary-key", message, table.qualified, None, line))
    actions = [
        f"DROP CONSTRAINT {quoted(unique.name)}"
        for unique in table.uniques
        if set(unique.columns) == set(columns)
    ]
    actions.append(
        f"ADD PRIMARY KEY {column_list(columns)}"
        if columns
        else "ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    )
    statement = f"ALTER TABLE {table_name(table)} {', '.join(actions)}"
    advice = Advice("no-primary-key", message, table.qualified, None, line, f"{statement};")
    return Finding(advice, (places.append(statement),), None if columns else "id")


def _is_taken(schema: Schema, table: Table, columns: tuple[str, ...]) -> bool:
    """True if a key on these columns would repeat an index, or one that references rest on."""
    if any(read_index(index).columns == columns for index in table.indexes):
        return True
    return any(
        key.target == table.qualified and set(key.target_columns) == set(columns)
        for other in schema.tables
        for key in other.foreign_keys
    )


def _likely_key(table: Table) -> tuple[str, ...]:
    """The columns that are the key in all but name: a unique, `id`, or the pair of a link table."""
    for unique in table.uniques:
        columns = [table.column(name) for name in unique.columns]
        if all(column is not None and not column.nullable for column in columns):
            return unique.columns
    names = {column.name for column in table.columns}
    if "id" in names:
        return ("id",)
    linked = tuple(name for key in table.foreign_keys for name in key.columns)
    if len(table.foreign_keys) == 2 and len(set(linked)) == len(linked):
        rest = names - set(linked) - {"created_at", "updated_at", "position", "added_at"}
        return linked if not rest else ()
    return ()


def _is_indexed(table: Table, columns: tuple[str, ...]) -> bool:
    """True if some index begins with these columns, in any order; a missing key counts as made."""
    wanted, size = set(columns), len(columns)
    keys = [table.primary_key or _likely_key(table), *(unique.columns for unique in table.uniques)]
    keys += [_usable_columns(index, wanted) for index in table.indexes]
    return any(set(key[:size]) == wanted for key in keys)


def _usable_columns(index: Index, wanted: set[str]) -> tuple[str, ...]:
    """The leading plain columns; of a partial index only if it leaves out nothing but NULLs."""
    parts = read_index(index)
    partial = parts.where is not None and not any(
        parts.where in (f"({quoted(name)} IS NOT NULL)", f"{quoted(name)} IS NOT NULL")
        for name in wanted
    )
    if partial or parts.method not in ("btree", "hash"):
        return ()
    names = [key.column for key in parts.keys]
    plain = names[: names.index(None)] if None in names else names
    return tuple(name for name in plain if name is not None)


def _no_index(table: Table, key: ForeignKey, places: Places) -> Finding:
    columns = ", ".join(key.columns)
    statement = f"CREATE INDEX ON {table_name(table)} {column_list(key.columns)}"
    message = (
        f"{columns} refers to {key.target} without an index: joins, and every delete in "
        f"{key.target}, read all of {table.qualified}."
    )
    line = places.line(table.qualified, key.columns[0])
    advice = Advice("no-index", message, table.qualified, columns, line, f"{statement};")
    return Finding(advice, (places.append(statement),))


def _likely_target(schema: Schema, table: Table, column: Column) -> Table | None:
    """The one table that `customer_id` must mean, or None if there is any doubt."""
    name = re.sub(r"(?<=[a-z0-9])Id$", "_id", column.name)
    if not name.endswith("_id") or column.name in table.primary_key or column.generated:
        return None
    if any(column.name in key.columns for key in table.foreign_keys):
        return None
    stem = name.removesuffix("_id").lower()
    if table.column(f"{stem}_type") is not None:
        return None
    targets = [
        each for each in schema.tables if sure_singular(each.name.lower()) == sure_singular(stem)
    ]
    if len(targets) != 1 or len(targets[0].primary_key) != 1 or targets[0] is table:
        return None
    key = targets[0].column(targets[0].primary_key[0])
    same = key is not None and (
        key.type == column.type or (key.type in _INTEGERS and column.type in _INTEGERS)
    )
    return targets[0] if same else None


def _no_reference(table: Table, column: Column, target: Table, places: Places) -> Finding:
    name, columns = table_name(table), column_list((column.name,))
    key = column_list(target.primary_key)
    statements = [
        f"ALTER TABLE {name} ADD FOREIGN KEY {columns} REFERENCES {table_name(target)} {key}"
    ]
    if not _is_indexed(table, (column.name,)):
        statements.append(f"CREATE INDEX ON {name} {columns}")
    message = (
        f"{column.name} looks like a reference to {target.qualified}, but nothing holds it to that."
    )
    line = places.line(table.qualified, column.name)
    fix = " ".join(f"{each};" for each in statements)
    advice = Advice("no-reference", message, table.qualified, column.name, line, fix)
    return Finding(advice, (places.append(*statements),))


def _duplicates(table: Table, places: Places) -> Iterator[Finding]:
    """Indexes that repeat an earlier one, and uniques that repeat the key."""
    plain = {table.primary_key} if table.primary_key else set()
    for unique in table.uniques:
        if unique.columns in plain:
            yield _second_unique(table, unique.name, unique.columns, places)
        plain.add(unique.columns)
    seen: set[object] = set()
    for index in table.indexes:
        parts = read_index(index)
        repeats_key = parts.is_plain and not parts.unique and parts.columns in plain
        if repeats_key or parts in seen:
            yield _second_index(table, index, places)
        seen.add(parts)


def _second_unique(table: Table, name: str, columns: tuple[str, ...], places: Places) -> Finding:
    text = ", ".join(columns)
    statement = f"ALTER TABLE {table_name(table)} DROP CONSTRAINT {quoted(name)}"
    message = f"{text} is unique twice: {name} repeats another key and costs a second index."
    line = places.line(table.qualified, columns[0])
    advice = Advice("duplicate-index", message, table.qualified, text, line, f"{statement};")
    return Finding(advice, (places.append(statement),))


def _second_index(table: Table, index: Index, places: Places) -> Finding:
    columns = ", ".join(index.columns)
    space = "" if table.namespace == "public" else f"{quoted(table.namespace)}."
    dropped = f"DROP INDEX {space}{quoted(index.name)}"
    message = f"The index {index.name} repeats another on {columns}: it only slows down writing."
    line = places.index_line(index.name, table.qualified)
    advice = Advice("duplicate-index", message, table.qualified, columns, line, f"{dropped};")
    removed = _removed(index, places)
    ways = (*((removed,) if removed else ()), places.append(dropped))
    return Finding(advice, ways)


def _removed(index: Index, places: Places) -> tuple[Edit, ...]:
    """Take the statement out, with its semicolon and its line's end."""
    statement = places.indexes.get(index.name)
    if statement is None:
        return ()
    end = statement.tokens[-1].end
    tail = re.compile(r"\s*;(?:[ \t]*\r?\n)?").match(places.text, end)
    return (Edit(statement.start, tail.end() if tail else end, ""),)
