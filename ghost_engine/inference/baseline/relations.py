"""From regions to tables: columns, the tables they refer to, joins, master and detail.

Regions of one or several pages go in with their entities; a list of planned tables comes out, each
name once. What a label points at is decided in `references`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ghost_engine.inference.baseline.entities import UNKNOWN, Entity
from ghost_engine.inference.baseline.kinds import infer_kind
from ghost_engine.inference.baseline.labels import is_action
from ghost_engine.inference.baseline.names import (
    SYSTEM_COLUMNS,
    make_unique,
    plural,
    to_identifier,
)
from ghost_engine.inference.baseline.plan import ID, PlannedColumn, PlannedTable
from ghost_engine.inference.baseline.references import find_reference, is_own_name
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.targets import Reference, Subject
from ghost_engine.inference.baseline.things import name_columns
from ghost_engine.inference.baseline.title_nouns import to_noun
from ghost_engine.inference.baseline.vocabulary import kind_of_value

MAX_TABLES = 20
MAX_COLUMNS = 60
TEXT_KINDS = ("text", "longtext", "choice", "code")
DAYS = ("date", "timestamp")
ENDS = ("from", "to", "until", "since", "start", "starts", "begin", "begins", "end", "ends")
_QUOTED = re.compile(r'"(.+)"')
_HAPPENED = re.compile(r"(?:[a-z]{3}ed|sent|paid|left|sold|seen|held|taken|born|due|built|lent)$")
ASKED = {"when": "date", "how_much": "amount", "how_many": "quantity", "how_long": "duration"}
NAMELESS = ("Subtitle",)
ONCE = (ID, "name", "title", "first_name", "last_name", "full_name")  # a row has one of each


@dataclass(frozen=True, slots=True)
class Finding:
    """One region with the entity it is about, on picture `image`; `nouns` are those of the
    navigation; `parent` is the entity it belongs to, if any."""

    region: Region
    entity: Entity
    image: int
    nouns: frozenset[str] = frozenset()
    parent: str | None = None

    @property
    def subject(self) -> Subject:
        names = frozenset(to_identifier(field.said, "") for field in self.region.fields)
        return Subject(self.entity.name, self.nouns, names)


def plan_tables(findings: Sequence[Finding]) -> tuple[PlannedTable, ...]:
    """The tables of all findings: same-named ones united, those they refer to added."""
    tables: dict[str, PlannedTable] = {}
    for finding in sorted(findings, key=lambda finding: finding.region.kind == "tile"):
        if finding.region.kind != "tile" or finding.entity.table not in tables:
            _add(tables, _table(finding))
    for finding in findings:
        for field in finding.region.fields:
            for table in _referred(field, finding):
                _add(tables, table, known_wins=True)
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


def _add(tables: dict[str, PlannedTable], table: PlannedTable, known_wins: bool = False) -> None:
    """Unites tables of one name. With `known_wins` a table that is shown itself keeps its names."""
    known = tables.get(table.name)
    if known is None:
        tables[table.name] = table
        return
    names = {column.name for column in known.columns}
    shown = known_wins and len(known.columns) > 2
    more = tuple(
        column
        for column in table.columns
        if column.name not in names and not (shown and column.name in ONCE)
    )
    confidence = max(known.confidence, table.confidence)
    columns = (*known.columns, *more)[:MAX_COLUMNS]
    tables[table.name] = replace(known, columns=columns, confidence=confidence)


def _table(finding: Finding) -> PlannedTable:
    taken = set(SYSTEM_COLUMNS)
    columns: list[PlannedColumn] = []
    for column in (*_key(finding), *_parent(finding), *_columns(finding)):
        if column.name in taken and (column.name in ONCE or column.references):
            continue
        unique = make_unique(column.name, taken)
        taken.add(unique)
        columns.append(replace(column, name=unique))
    return PlannedTable(
        finding.entity.table,
        tuple(columns[:MAX_COLUMNS]),
        finding.entity.reason,
        finding.entity.confidence,
        label=_spoken(finding.entity),
    )


def _spoken(entity: Entity) -> str | None:
    """What the screen says for an entity whose name is not that word: "Turnos" for shifts."""
    quoted = _QUOTED.search(entity.reason)
    noun = to_noun(quoted[1]) if quoted else None
    return quoted[1] if quoted and noun not in (None, entity.name) else None


def _key(finding: Finding) -> tuple[PlannedColumn, ...]:
    shown = next((field for field in finding.region.fields if _is_key(field, finding)), None)
    if shown is None:
        return (_identity(finding),)
    return (_column(ID, shown, finding, type="bigint", reason="the label names the key"),)


def _identity(finding: Finding) -> PlannedColumn:
    return PlannedColumn(ID, "bigint", "every table has a key", 0.9, image=finding.image)


def _parent(finding: Finding) -> tuple[PlannedColumn, ...]:
    if finding.parent is None or finding.parent == UNKNOWN:
        return ()
    reason = f"listed on the page of one {finding.parent.replace('_', ' ')}"
    return (_pointer(finding.parent, finding.parent, reason, 0.6, finding),)


def _columns(finding: Finding) -> Iterable[PlannedColumn]:
    """The columns of a region's own table."""
    for number, field in enumerate(finding.region.fields, start=1):
        if (
            _is_key(field, finding)
            or _is_button(field)
            or (not field.read and field.label in NAMELESS)
        ):
            continue
        reference = find_reference(field, finding.subject)
        if reference is None:
            yield from _own(field, number, finding)
        elif reference.kind in ("one", "attribute"):
            yield _foreign_key(reference, field, finding)


def _own(field: Field, number: int, finding: Finding) -> Iterable[PlannedColumn]:
    """The column or columns of a value that belongs to the row itself."""
    kind = infer_kind(field)
    name = to_identifier(field.said, "column" if field.label.isascii() else f"column_{number}")
    name = ASKED.get(name, name)
    if kind.name == "integer" and is_own_name(name, finding.subject):
        name = "number"  # "Ticket" over 118204
    if kind.name in DAYS:
        name = _moment(name, kind.name)
    if kind.name in TEXT_KINDS and _is_name(name, finding.subject):
        for part in _names(name, field, finding.subject):
            yield _column(part, field, finding, type="text", reason="names the row itself")
        return
    yield replace(
        _column(name, field, finding, type=kind.type, reason=kind.reason),
        confidence=round(min(finding.region.confidence, kind.confidence), 2),
        choices=kind.choices,
        note=kind.note,
    )


def _moment(name: str, kind: str) -> str:
    """What a date is called: "From" a date from, "Opened" when it was opened."""
    if name in ENDS:
        return f"{name}_date"
    return f"{name}_{'on' if kind == 'date' else 'at'}" if _HAPPENED.search(name) else name


def _is_name(name: str, subject: Subject) -> bool:
    return name in ("name", "full_name") or is_own_name(name, subject)


def _names(name: str, field: Field, subject: Subject) -> tuple[str, ...]:
    found = name_columns(subject.noun, field.values)
    if not field.read:
        return found
    if name in ("name", "full_name"):
        return (name,)
    return found


def _is_key(field: Field, finding: Finding) -> bool:
    noun = finding.entity.name
    own = (f"{noun}_id", f"{noun.rpartition('_')[2]}_id")  # "Line ID" on the lines of an order
    return field.label.strip().lower() in ("id", "#") or to_identifier(field.said, "") in own


def _is_button(field: Field) -> bool:
    """Whether a field is a control of the page: "Start", unless dates or numbers stand there; what
    is under "Actions" are icons."""
    if field.said.lower() == "actions":
        return True
    data = any(kind_of_value(value) != "text" for value in field.values)
    data = data or field.control in ("day", "moment")
    return is_action(field.said) and not data


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


def _foreign_key(reference: Reference, field: Field, finding: Finding) -> PlannedColumn:
    name = to_identifier(f"{reference.column}_id", "reference")
    column = _column(name, field, finding, type="bigint", reason=reference.reason)
    return replace(column, references=plural(reference.target))


def _pointer(
    name: str, target: str, reason: str, confidence: float, finding: Finding
) -> PlannedColumn:
    """A foreign key that no label stands for."""
    return PlannedColumn(
        f"{name}_id",
        "bigint",
        reason,
        confidence,
        image=finding.image,
        references=plural(target),
    )


def _referred(field: Field, finding: Finding) -> Iterable[PlannedTable]:
    """The tables that a field needs beside its own."""
    reference = None if _is_key(field, finding) else find_reference(field, finding.subject)
    if reference is None or _is_button(field):
        return
    main, confidence = finding.entity.name, round(0.9 * finding.region.confidence, 2)
    key = _identity(finding)
    reason = f'the label "{field.label}": {reference.reason}'
    if reference.kind == "count":
        back = _pointer(main, main, reason, confidence, finding)
        yield PlannedTable(plural(reference.target), (key, back), reason, confidence)
        return
    attribute = make_unique(reference.attribute, SYSTEM_COLUMNS | {ID})
    shown = (attribute,) if attribute else ()
    names = shown or name_columns(reference.target, field.values)
    kind = infer_kind(field).type if shown else "text"
    columns = tuple(
        replace(
            _column(name, field, finding, type=kind, reason=f'the values under "{field.label}"'),
            values=tuple(dict.fromkeys(field.values)),
            required=not shown,
        )
        for name in names
    )
    yield PlannedTable(plural(reference.target), (key, *columns), reason, confidence)
    if reference.kind == "many":
        ends = (main, reference.target)
        links = tuple(_pointer(end, end, reason, confidence, finding) for end in ends)
        name = plural(f"{main}_{reference.column}")
        yield PlannedTable(name, links, reason, confidence, tuple(link.name for link in links))
