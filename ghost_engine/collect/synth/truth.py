"""What a picture shows of a domain: from marks that can be seen to the exact schema.

A column is *visible* when its label or a value of it can be read: at least most of its area neither
cut off nor covered, and with enough contrast in the picture itself. It is *structural* when what is
shown needs it: keys, the foreign keys that an arrangement proves, the name of a row that is only
referred to. Nothing else gets into the script.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ghost_engine.collect.synth.browser import Mark
from ghost_engine.collect.synth.ddl import write_ddl
from ghost_engine.collect.synth.domain import Column, Domain, Table

LABEL_SHARE = 0.97  # of a label's area; a cut label cannot be named
VALUE_SHARE = 0.6
CONTRAST = 2.0  # WCAG's ratio; placeholders of real applications have about 2.5
CONTROL_CONTRAST = 1.25  # switches and icons are shapes, not letters

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """One column of the truth; `label` and `box` (source pixels) where it can be seen."""

    table: str
    column: str
    visible: Literal["visible", "structural"]
    label: str | None
    box: Box | None


@dataclass(frozen=True, slots=True)
class Truth:
    """The schema of one picture. `tables` says which of them the picture shows itself."""

    sql: str
    columns: tuple[ShownColumn, ...]
    tables: Mapping[str, Literal["visible", "structural"]]

    @property
    def visible_count(self) -> int:
        return sum(column.visible == "visible" for column in self.columns)


class _Seen:
    """What the readable marks prove, by column path."""

    def __init__(self) -> None:
        self.labels: dict[str, Mark] = {}
        self.values: dict[str, Mark] = {}
        self.raw: dict[str, set[str]] = {}
        self.keys: dict[str, None] = {}  # foreign keys; a dict keeps their order
        self.tables: dict[str, None] = {}

    def add(self, mark: Mark) -> None:
        for path in mark.via:
            self.keys.setdefault(path)
        if mark.counts:
            self.tables.setdefault(mark.counts)
        if mark.label:
            self.labels.setdefault(mark.label, mark)
        for path in mark.values:
            self.values.setdefault(path, mark)
            if mark.raw:
                self.raw.setdefault(path, set()).add(mark.raw)


def find_truth(domain: Domain, marks: Iterable[Mark], picture: NDArray[np.uint8]) -> Truth:
    """The truth of one picture.

    Args:
        marks: as measured in the page, in source pixels.
        picture: the picture as it is kept, (height, width, 3), RGB.
    """
    seen = _Seen()
    for mark in marks:
        if is_readable(mark, picture):
            seen.add(mark)
    kept = _close(domain, seen)
    hidden = _hidden_keys(domain, kept, seen)
    columns = tuple(
        _column(column, _name_of(column, table, hidden), seen, picture)
        for table in domain.tables.values()
        if table.name in kept
        for column in table.columns
        if column.name in kept[table.name]
    )
    shown = {column.table for column in columns if column.visible == "visible"} | set(seen.tables)
    return Truth(
        sql=write_ddl(domain, kept, seen.raw, hidden),
        columns=columns,
        tables={
            table: "visible" if table in shown else "structural"
            for table in domain.tables
            if table in kept
        },
    )


def is_readable(mark: Mark, picture: NDArray[np.uint8]) -> bool:
    """Whether a person could read this mark in the picture."""
    if mark.label or mark.counts:
        if not mark.text or not mark.whole or mark.share < LABEL_SHARE:
            return False
    elif mark.share < VALUE_SHARE:
        return False
    return contrast(picture, mark.box) >= (CONTRAST if mark.text else CONTROL_CONTRAST)


def contrast(picture: NDArray[np.uint8], box: Box) -> float:
    """WCAG's contrast ratio between the darkest and the lightest of a box, outliers left out."""
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = box
    part = picture[max(0, y0) : min(height, y1), max(0, x0) : min(width, x1)]
    if part.size == 0:
        return 1.0
    linear = (part.astype(np.float32) / 255) ** 2.2
    light = linear @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    low, high = np.percentile(light, (1, 99))
    return float((high + 0.05) / (low + 0.05))


def _close(domain: Domain, seen: _Seen) -> dict[str, set[str]]:
    """The columns to keep: what is seen, what that needs, and the keys of every table."""
    kept: dict[str, set[str]] = {}

    def keep(table: str, names: Collection[str]) -> None:
        first = table not in kept
        kept.setdefault(table, set()).update(names)
        if first:
            keep(table, domain.tables[table].primary_key)
        for name in names:
            column = domain.tables[table].column(name)
            if column.references is not None and column.references != table:
                keep(column.references, (column.target,) if column.target else ())

    for path in (*seen.labels, *seen.values, *seen.keys):
        table, _, column = path.partition(".")
        keep(table, (column,))
    for table in seen.tables:
        keep(table, ())
    for table in list(kept):  # a row that is only referred to or counted still has a name
        if kept[table] <= set(domain.tables[table].primary_key):
            keep(table, _name(domain, table))
    return kept


def _name(domain: Domain, table: str) -> tuple[str, ...]:
    """What a row is called by: its first own column, unless it is a join table."""
    own = domain.tables[table]
    if own.link:
        return own.link
    plain = [name for name in own.show if not own.column(name).references]
    return tuple(plain) or own.show


def _hidden_keys(
    domain: Domain, kept: Mapping[str, Collection[str]], seen: _Seen
) -> dict[str, str]:
    """Tables whose single key is not on the screen, and what that key is to be called."""
    hidden = {}
    for name in kept:
        table = domain.tables[name]
        if len(table.primary_key) != 1:
            continue
        key = table.column(table.primary_key[0])
        if key.references or key.path in seen.labels or key.path in seen.values:
            continue
        plain = key.type.lower().startswith(("bigint", "integer", "smallint", "uuid"))
        taken = any(column.name == "id" for column in table.columns)
        hidden[name] = key.name if plain or taken else "id"
    return hidden


def _column(column: Column, name: str, seen: _Seen, picture: NDArray[np.uint8]) -> ShownColumn:
    label, value = seen.labels.get(column.path), seen.values.get(column.path)
    mark = label or value
    return ShownColumn(
        table=column.table,
        column=name,
        visible="visible" if mark else "structural",
        label=" ".join(label.text.split()) if label else None,
        box=_inside(mark.box, picture) if mark else None,
    )


def _name_of(column: Column, table: Table, hidden: Mapping[str, str]) -> str:
    is_key = (column.name,) == table.primary_key
    return hidden.get(table.name, column.name) if is_key else column.name


def _inside(box: Box, picture: NDArray[np.uint8]) -> Box:
    height, width = picture.shape[:2]
    return max(0, box[0]), max(0, box[1]), min(width, box[2]), min(height, box[3])
