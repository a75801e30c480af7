"""Names in databases and languages that have fewer of them than PostgreSQL.

Elsewhere `Name` and `name` are one, and there are no namespaces: names that would meet are told
apart by a number, and a table of namespace `app` is called `app_...`. No two things of one kind
ever get the same name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ghost_engine.sql.schema import Schema, Table


class TakenNames:
    """Hands out names, each once; upper and lower case count as equal."""

    def __init__(self, taken: frozenset[str] = frozenset()) -> None:
        self._taken = {name.casefold() for name in taken}

    def take(self, name: str, limit: int = 63) -> str:
        """`name` cut to `limit` characters, with a number at its end if it is taken."""
        candidate, number = name[:limit], 1
        while candidate.casefold() in self._taken:
            number += 1
            candidate = f"{name[: limit - 1 - len(str(number))]}_{number}"
        self._taken.add(candidate.casefold())
        return candidate


@dataclass(frozen=True)
class FlatNames:
    """The new names of a schema's tables (by qualified name) and columns (by table and name)."""

    tables: dict[str, str] = field(default_factory=dict)
    columns: dict[tuple[str, str], str] = field(default_factory=dict)

    def of(self, table: Table, column: str) -> str:
        return self.columns[table.qualified, column]


def flat_names(schema: Schema, spell: Callable[[str], str] = str) -> FlatNames:
    """Distinct names without namespaces; `spell` changes what the target cannot write."""
    names, tables = FlatNames(), TakenNames()
    for table in schema.tables:
        wished = table.name if table.namespace == "public" else f"{table.namespace}_{table.name}"
        names.tables[table.qualified] = tables.take(spell(wished))
        columns = TakenNames()
        for column in table.columns:
            names.columns[table.qualified, column.name] = columns.take(spell(column.name))
    return names
