"""Indexes of a joined table, from all its screens; keys over a column that gets a new name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ghost_engine.inference.consolidate.ddl import qualified
from ghost_engine.inference.consolidate.expressions import rename
from ghost_engine.inference.consolidate.merging import Merging
from ghost_engine.inference.consolidate.sources import Source
from ghost_engine.inference.consolidate.tables import TableGroup
from ghost_engine.sql.render.indexes import read_index
from ghost_engine.sql.schema import Index, Table, Unique


def add_indexes(merging: Merging, group: TableGroup, table: Table, taken: set[str]) -> Table:
    """The table with every different index of its screens; `taken` grows by their names."""
    found: dict[str, Index] = {}
    for source, own in group.members:

        def move(expression: str, source: Source = source, own: Table = own) -> str:
            return merging.plan.moved(source, own, expression)

        for index in own.indexes:
            moved = _moved_index(index, _index_name(index, own, table), table, move)
            found[moved.definition] = min(moved, found.get(moved.definition, moved), key=_by_name)
    indexes = []
    for index in sorted(found.values(), key=lambda each: (each.name, each.definition)):
        name, number = index.name, 1
        while name in taken:
            number += 1
            name = f"{index.name}_{number}"
        taken.add(name)
        indexes.append(replace(index, name=name))
    return replace(table, indexes=tuple(indexes))


def rename_in_keys(table: Table, names: Mapping[str, str]) -> Table:
    """The table with its keys, uniques and indexes over columns of new names."""

    def move(expression: str) -> str:
        return rename(expression, names)

    return replace(
        table,
        primary_key=tuple(names.get(name, name) for name in table.primary_key),
        uniques=tuple(
            Unique("", tuple(names.get(name, name) for name in each.columns))
            for each in table.uniques
        ),
        indexes=tuple(_moved_index(each, each.name, table, move) for each in table.indexes),
    )


def _by_name(index: Index) -> str:
    return index.name


def _index_name(index: Index, own: Table, table: Table) -> str:
    """The index's name, with the table's new name where it began with the old one."""
    if not index.name.startswith(f"{own.name}_"):
        return index.name
    return f"{table.name}_{index.name.removeprefix(f'{own.name}_')}"


def _moved_index(index: Index, name: str, table: Table, move: Callable[[str], str]) -> Index:
    parts = read_index(index)
    keys = ", ".join(f"{move(key.expression)} {key.options}".strip() for key in parts.keys)
    rest = f" {move(parts.rest)}" if parts.rest else ""
    where = f" WHERE {move(parts.where)}" if parts.where else ""
    unique = "UNIQUE " if parts.unique else ""
    # Without its name, which may yet change: equal indexes have equal definitions.
    definition = (
        f"CREATE {unique}INDEX ON {qualified(table)} USING {parts.method} ({keys}){rest}{where}"
    )
    return Index(name, definition, index.unique)
