"""`table_differences`: what two scripts make, table by table, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ghost_engine.sql.difference.facts import Facts, catalog_facts, differences, text_facts
from ghost_engine.sql.difference.needs import needed
from ghost_engine.sql.passages import Passages, Thing, read_passages
from ghost_engine.sql.schema import Schema
from ghost_engine.sql.validate import check

State = Literal["only old", "only new", "changed", "same"]


@dataclass(frozen=True, slots=True)
class TableDifference:
    """One table, or a type, view, sequence or schema that the script makes.

    `changes` say in words how the new one differs; they are empty unless `state` is "changed".
    `old_text` and `new_text` are its statements as they stand in the two scripts. `used_by` names
    the tables that use a type. Things are the same when PostgreSQL would make the same of them.
    """

    name: str
    kind: Thing
    state: State
    changes: tuple[str, ...]
    old_text: str
    new_text: str
    used_by: tuple[str, ...] = ()


def table_differences(old_sql: str, new_sql: str) -> list[TableDifference]:
    """Everything that either script makes, in the new one's order, what is gone behind it.

    Where both scripts run they are compared as the catalog holds them, else as they are written.

    Raises:
        SandboxError: no PostgreSQL can be had to judge them.
    """
    old, new = read_passages(old_sql), read_passages(new_sql)
    first, second = check(old_sql), check(new_sql)
    schemas = (first.schema, second.schema) if first.valid and second.valid else None
    names = [*new.things, *(name for name in old.things if name not in new.things)]
    return [_difference(old, new, schemas, name) for name in names]


def _difference(
    old: Passages, new: Passages, schemas: tuple[Schema, Schema] | None, name: str
) -> TableDifference:
    changes: tuple[str, ...] = ()
    state: State = "changed"
    if name not in old.things:
        state = "only new"
    elif name not in new.things:
        state = "only old"
    else:
        changes = _changes(old, new, schemas, name)
        state = "changed" if changes else "same"
    kind = (new if name in new.things else old).things[name]
    used_by = _users(old, new, name) if kind in ("type", "sequence") else ()
    return TableDifference(name, kind, state, changes, _text(old, name), _text(new, name), used_by)


def _changes(
    old: Passages, new: Passages, schemas: tuple[Schema, Schema] | None, name: str
) -> tuple[str, ...]:
    if [item.words for item in old.of(name)] == [item.words for item in new.of(name)]:
        return ()
    tables = [schema.table(name) for schema in schemas or ()]
    if len(tables) == 2 and tables[0] is not None and tables[1] is not None:
        before, after = catalog_facts(tables[0]), catalog_facts(tables[1])
        _add_rows(before, old, name)
        _add_rows(after, new, name)
        return differences(before, after)
    made = differences(text_facts(old.of(name)), text_facts(new.of(name)))
    return made or _reworded(old, new, name)


def _add_rows(facts: Facts, script: Passages, name: str) -> None:
    """The rows of a table are no part of the catalog."""
    for item in script.of(name):
        if item.kind == "insert":
            facts.rest[f"rows {' '.join(item.words[2:])}"] = None


def _reworded(old: Passages, new: Passages, name: str) -> tuple[str, ...]:
    if {item.words for item in old.of(name)} == {item.words for item in new.of(name)}:
        return ()
    return ("Its statements are written otherwise.",)


def _users(old: Passages, new: Passages, name: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for script in (new, old):
        for item in script.items:
            if item.about and name in needed(item, script.things):
                found[item.about] = None
    return tuple(found)


def _text(script: Passages, name: str) -> str:
    return "\n".join(script.text[item.start : item.end].strip("\r\n") for item in script.of(name))
