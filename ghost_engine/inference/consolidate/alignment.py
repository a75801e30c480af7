"""Referring columns brought to the type of what they refer to.

A key that one screen has as text and the other as a number would not run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ghost_engine.sql.compare.families import type_family
from ghost_engine.sql.schema import Column, ForeignKey, Table


def align_types(tables: Mapping[str, Table], enums: frozenset[str]) -> dict[str, Table]:
    """The tables with every referring column of the kind of what it refers to."""
    aligned = dict(tables)
    for _ in aligned:  # a key may refer to a key that refers to a key
        for name, table in aligned.items():
            aligned[name] = replace(
                table,
                columns=tuple(_aligned(table, each, aligned, enums) for each in table.columns),
            )
    return aligned


def _aligned(
    table: Table, column: Column, tables: Mapping[str, Table], enums: frozenset[str]
) -> Column:
    for target in _targets(table, column, tables):
        same = type_family(column.type, enums) == type_family(target.type, enums)
        if not same or (target.type.strip('"') in enums or column.type.strip('"') in enums):
            return replace(column, type=target.type, default=None if not same else column.default)
    return column


def _targets(table: Table, column: Column, tables: Mapping[str, Table]) -> Iterator[Column]:
    pairs: Iterable[tuple[ForeignKey, int]] = (
        (key, key.columns.index(column.name))
        for key in table.foreign_keys
        if column.name in key.columns
    )
    for key, position in pairs:
        target = tables[key.target].column(key.target_columns[position])
        if target is not None and not (
            key.target == table.qualified and target.name == column.name
        ):
            yield target
