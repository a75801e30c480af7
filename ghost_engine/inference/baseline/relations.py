"""From regions to tables: columns, lookup tables with foreign keys, master and detail.

Regions of one or several pages go in with their entities; a list of planned tables comes out, each
name once. A label that names another thing becomes a reference to a table of that thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ghost_engine.inference.baseline.entities import Entity
from ghost_engine.inference.baseline.kinds import infer_kind
from ghost_engine.inference.baseline.labels import is_action
from ghost_engine.inference.baseline.names import (
    SYSTEM_COLUMNS,
    make_unique,
    plural,
    to_identifier,
)
from ghost_engine.inference.baseline.plan import ID, PlannedColumn, PlannedTable
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.vocabulary import load_vocabulary
from ghost_engine.sql.nouns import singular

MAX_TABLES = 20
MAX_COLUMNS = 60
TEXT_KINDS = ("text", "longtext", "choice", "code")


@dataclass(frozen=True, slots=True)
class Finding:
    """One region with the entity it is about, on picture `image`; `nouns` are those of the
    navigation; `parent` is the entity it belongs to, if any."""

    region: Region
    entity: Entity
    image: int
    nouns: frozenset[str] = frozenset()
    parent: str | None = None


def plan_tables(findings: Sequence[Finding]) -> tuple[PlannedTable, ...]:
    """The tables of all findings: same-named ones united, lookups added."""
    tables: dict[str, PlannedTable] = {}
    for finding in sorted(findings, key=lambda finding: finding.region.kind == "tile"):
        if finding.region.kind != "tile" or finding.entity.table not in tables:
            _add(tables, _table(finding))
    for finding in findings:
        for lookup in _lookups(tables[finding.entity.table]):
            tables.setdefault(lookup.name, lookup)
    return _within_limit(tuple(tables.values()))


def _within_limit(tables: tuple[PlannedTable, ...]) -> tuple[PlannedTable, ...]:
    """The first tables, without references to those left out."""
    kept = tables[:MAX_TABLES]
    names = {table.name for table in kept}
    return tuple(
        replace(table, columns=tuple(_only_known(column, names) for column in table.columns))
        for table in kept
    )


def _only_known(column: PlannedColumn, names: set[str]) -> PlannedColumn:
    return column if column.references in names else replace(column, references=None)


def _add(tables: dict[str, PlannedTable], table: PlannedTable) -> None:
    known = tables.get(table.name)
    if known is None:
        tables[table.name] = table
        return
    names = {column.name for column in known.columns}
    more = tuple(column for column in table.columns if column.name not in names)
    confidence = max(known.confidence, table.confidence)
    columns = (*known.columns, *more)[:MAX_COLUMNS]
    tables[table.name] = replace(known, columns=columns, confidence=confidence)


def _table(finding: Finding) -> PlannedTable:
    taken = set(SYSTEM_COLUMNS)
    columns: list[PlannedColumn] = []
    for column in (*_key(finding), *_parent(finding), *_columns(finding)):
        if column.name in taken and column.name in (ID, "name"):
            continue
        unique = make_unique(column.name, taken)
        taken.add(unique)
        columns.append(replace(column, name=unique))
    return PlannedTable(
        finding.entity.table,
        tuple(columns[:MAX_COLUMNS]),
        finding.entity.reason,
        finding.entity.confidence,
    )


def _key(finding: Finding) -> tuple[PlannedColumn, ...]:
    shown = next((field for field in finding.region.fields if _is_key(field)), None)
    if shown is None:
        return (PlannedColumn(ID, "bigint", "every table has a key", 0.9, image=finding.image),)
    return (_column(ID, shown, finding, type="bigint", reason="the label names the key"),)


def _parent(finding: Finding) -> tuple[PlannedColumn, ...]:
    if finding.parent is None:
        return ()
    reason = f"listed on the page of one {finding.parent.replace('_', ' ')}"
    return (
        PlannedColumn(
            f"{finding.parent}_id",
            "bigint",
            reason,
            0.6,
            image=finding.image,
            references=plural(finding.parent),
        ),
    )


def _columns(finding: Finding) -> Iterable[PlannedColumn]:
    for number, field in enumerate(finding.region.fields, start=1):
        if _is_key(field) or is_action(field.label):
            continue
        kind = infer_kind(field)
        name = to_identifier(
            field.label, f"column_{number}" if not field.label.isascii() else "column"
        )
        target = _target(field, finding) if kind.name in TEXT_KINDS else None
        if singular(name) == finding.entity.name and kind.name in TEXT_KINDS:
            yield _column("name", field, finding, type="text", reason="names the row itself")
        elif target is not None:
            yield _reference(singular(name), target, field, finding)
        else:
            yield replace(
                _column(name, field, finding, type=kind.type, reason=kind.reason),
                confidence=round(min(finding.region.confidence, kind.confidence), 2),
                choices=kind.choices,
                note=kind.note,
            )


def _is_key(field: Field) -> bool:
    return field.label.strip().lower() in ("id", "#")


def _column(name: str, field: Field, finding: Finding, type: str, reason: str) -> PlannedColumn:
    return PlannedColumn(
        name=name,
        type=type,
        reason=reason,
        confidence=finding.region.confidence,
        label=field.label if field.read else None,
        box=field.box,
        image=finding.image,
        values=field.values,
        required=field.required,
    )


def _target(field: Field, finding: Finding) -> str | None:
    """The singular of the table a field refers to, or None."""
    words = load_vocabulary()
    label = field.label.lower().strip()
    if label in words.people:
        return "user"
    noun = singular(to_identifier(label, ""))
    spoken = noun.replace("_", " ")
    if noun == finding.entity.name or not noun:
        return None
    if spoken in words.people:
        return "user"
    return noun if spoken in words.lookups or noun in finding.nouns else None


def _reference(name: str, target: str, field: Field, finding: Finding) -> PlannedColumn:
    column = _column(
        to_identifier(f"{name}_id", "reference"),
        field,
        finding,
        type="bigint",
        reason=f"names a {target.replace('_', ' ')} of its own",
    )
    return replace(column, references=plural(target))


def _lookups(table: PlannedTable) -> Iterable[PlannedTable]:
    """A table of names for everything this table refers to."""
    for column in table.columns:
        if column.references is None:
            continue
        reason = f"referred to by {table.name}.{column.name}"
        name = PlannedColumn(
            "name",
            "text",
            f'the values under "{column.label}"',
            round(0.9 * column.confidence, 2),
            label=column.label,
            box=column.box,
            image=column.image,
            values=tuple(dict.fromkeys(column.values)),
            required=True,
        )
        key = PlannedColumn(ID, "bigint", "every table has a key", 0.9, image=column.image)
        yield PlannedTable(column.references, (key, name), reason, column.confidence)
