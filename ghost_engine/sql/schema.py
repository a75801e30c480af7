"""A schema as PostgreSQL's own catalog describes it: typed, immutable, comparable.

Built only by `ghost_engine.sql.catalog` from a server that has executed the script, or from the
JSON this module writes. It promises nothing about the script's text: comments between statements,
formatting and order are gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `type` is PostgreSQL's `format_type` text, such as `numeric(10,2)`."""

    name: str
    type: str
    nullable: bool = True
    default: str | None = None
    identity: str | None = None  # "always", "by default" or None
    generated: str | None = None  # the expression of a generated column
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference; `columns[i]` points at `target_columns[i]` of `target`."""

    name: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_delete: str = "NO ACTION"
    on_update: str = "NO ACTION"


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint; `expression` as PostgreSQL prints it, `CHECK (...)`."""

    name: str
    expression: str


@dataclass(frozen=True, slots=True)
class Unique:
    """A UNIQUE constraint."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """An index that is not the shadow of a primary key or a unique constraint."""

    name: str
    definition: str
    unique: bool = False
    columns: tuple[str, ...] = ()  # plain key columns; expressions are left out


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `qualified` is its name, with the namespace before it unless that is public."""

    name: str
    columns: tuple[Column, ...] = ()
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    uniques: tuple[Unique, ...] = ()
    checks: tuple[Check, ...] = ()
    indexes: tuple[Index, ...] = ()
    comment: str | None = None
    namespace: str = "public"

    @property
    def qualified(self) -> str:
        return self.name if self.namespace == "public" else f"{self.namespace}.{self.name}"

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class Enum:
    """An enumerated type."""

    name: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A view and its columns; the query stays in the script."""

    name: str
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class Schema:
    """Everything a script made, in the order it made it."""

    tables: tuple[Table, ...] = ()
    enums: tuple[Enum, ...] = ()
    views: tuple[View, ...] = ()

    def table(self, name: str) -> Table | None:
        """The table of that (qualified) name, or None."""
        return next((table for table in self.tables if table.qualified == name), None)

    @property
    def table_names(self) -> tuple[str, ...]:
        return tuple(table.qualified for table in self.tables)

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts and lists, ready for JSON; `Schema.from_dict` reads it back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Schema:
        """The inverse of `to_dict`.

        Raises:
            KeyError, TypeError: `data` is not of that form.
        """
        return cls(
            tables=tuple(_table(item) for item in data["tables"]),
            enums=tuple(Enum(item["name"], tuple(item["labels"])) for item in data["enums"]),
            views=tuple(
                View(item["name"], tuple(Column(**column) for column in item["columns"]))
                for item in data["views"]
            ),
        )


def _table(item: Mapping[str, Any]) -> Table:
    return Table(
        name=item["name"],
        columns=tuple(Column(**column) for column in item["columns"]),
        primary_key=tuple(item["primary_key"]),
        foreign_keys=tuple(
            ForeignKey(
                **{
                    **key,
                    "columns": tuple(key["columns"]),
                    "target_columns": tuple(key["target_columns"]),
                }
            )
            for key in item["foreign_keys"]
        ),
        uniques=tuple(Unique(key["name"], tuple(key["columns"])) for key in item["uniques"]),
        checks=tuple(Check(**check) for check in item["checks"]),
        indexes=tuple(
            Index(**{**index, "columns": tuple(index["columns"])}) for index in item["indexes"]
        ),
        comment=item["comment"],
        namespace=item["namespace"],
    )
