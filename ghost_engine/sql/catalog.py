"""Reads what a script made, from PostgreSQL's own catalog, inside its still open transaction."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from ghost_engine.sql.postgres import Box
from ghost_engine.sql.schema import (
    Check,
    Column,
    Enum,
    ForeignKey,
    Index,
    Schema,
    Table,
    Unique,
    View,
)

_ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_IDENTITY = {"a": "always", "d": "by default"}


def read_schema(box: Box) -> Schema:
    """The schema of everything made in the open transaction of `box`.

    Tables, enums and views come in the order they were made; partitions are left to their parent.
    """
    cursor = box.connection.cursor()
    cursor.execute(_query(), (box.scratch,), prepare=True)
    row = cursor.fetchone()
    assert row is not None
    return _build(row[0], box.scratch)


@lru_cache(maxsize=1)
def _query() -> str:
    text = Path(__file__).with_name("catalog.sql").read_text()
    return text.replace("$1", "%s")


def _build(catalog: dict[str, Any], scratch: str) -> Schema:
    names: dict[int, str] = {}
    numbered: dict[int, dict[int, str]] = defaultdict(dict)
    columns: dict[int, list[Column]] = defaultdict(list)
    relations = catalog["relations"] or ()
    for oid, name, _, namespace, _ in relations:
        names[oid] = name if namespace == scratch else f"{namespace}.{name}"
    for oid, name, kind, nullable, default, identity, generated, comment, number in (
        catalog["columns"] or ()
    ):
        numbered[oid][number] = name
        columns[oid].append(
            Column(
                name,
                kind,
                nullable,
                None if generated else default,
                _IDENTITY.get(identity),
                default if generated else None,
                comment,
            )
        )
    parts = _constraints(catalog["constraints"] or (), names, numbered)
    for oid, name, definition, unique, keys in catalog["indexes"] or ():
        plain = tuple(numbered[oid][key] for key in keys if key)
        parts[oid]["indexes"].append(Index(name, definition, unique, plain))
    return Schema(
        tables=tuple(
            _table(relation, columns[relation[0]], parts[relation[0]], scratch)
            for relation in relations
            if relation[2] != "v"
        ),
        enums=tuple(Enum(name, tuple(labels or ())) for name, labels in catalog["enums"] or ()),
        views=tuple(
            View(relation[1], tuple(columns[relation[0]]))
            for relation in relations
            if relation[2] == "v"
        ),
    )


def _constraints(
    rows: Any, names: dict[int, str], numbered: dict[int, dict[int, str]]
) -> dict[int, dict[str, list[Any]]]:
    """Constraints by table: {"keys": [...], "foreign_keys": ..., "uniques": ..., "checks": ...}."""
    parts: dict[int, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for oid, name, kind, keys, target, target_keys, on_delete, on_update, definition in rows:
        own = tuple(numbered[oid][key] for key in keys or () if key in numbered[oid])
        if kind == "p":
            parts[oid]["keys"].extend(own)
        elif kind == "u":
            parts[oid]["uniques"].append(Unique(name, own))
        elif kind == "f" and target in names:
            theirs = tuple(numbered[target][key] for key in target_keys)
            parts[oid]["foreign_keys"].append(
                ForeignKey(
                    name, own, names[target], theirs, _ACTIONS[on_delete], _ACTIONS[on_update]
                )
            )
        elif kind in "cx":
            parts[oid]["checks"].append(Check(name, definition))
    return parts


def _table(
    relation: Any, columns: list[Column], parts: dict[str, list[Any]], scratch: str
) -> Table:
    _, name, _, namespace, comment = relation
    return Table(
        name,
        tuple(columns),
        tuple(parts["keys"]),
        tuple(parts["foreign_keys"]),
        tuple(parts["uniques"]),
        tuple(parts["checks"]),
        tuple(parts["indexes"]),
        comment,
        "public" if namespace == scratch else namespace,
    )
