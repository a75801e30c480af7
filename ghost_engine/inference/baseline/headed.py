"""Records that are a table's header: its labels with all their values, taken for labels and values.

Records and the tables of a page go in; the records come out that are none, or what is left of them.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.learned import shared
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.tables import RULED_CONFIDENCE
from ghost_engine.inference.baseline.texts import union_box

INSIDE = 0.8
HALF = 0.5  # of a table's columns
MIN_COLUMNS = 3
MIN_WIDE = 5  # columns of a table that one of them, with its neighbour, is no record of
ATTRIBUTES = frozenset({"attribute", "field", "property", "parameter name", "setting"})
SEVERAL = 2  # values of a column


def without_headers(records: Sequence[Region], tables: Sequence[Region]) -> list[Region]:
    """The records that no header tells, without the labels that head a table of a row or two."""
    return [
        _without_heads(record, tables)
        for record in records
        if not is_told_by_header(record, tables)
    ]


def is_told_by_header(record: Region, tables: Sequence[Region]) -> bool:
    """Whether a record is made of a table: of its labels, or lines of them, with all their values;
    or of one column with the one beside it."""
    if record.kind != "detail":
        return False
    labels = {field.label.lower() for field in record.fields}
    return any(
        shared(record.box, table.box) > INSIDE
        and (_are_of(labels, table) or _begins_with_heads(record, table))
        for table in tables
    )


def _begins_with_heads(record: Region, table: Region) -> bool:
    """Whether a record's first label and value head a table of two columns: "Metric", "Value".
    What says that its rows are attributes lists those of one thing."""
    heads = [field.label.lower() for field in table.fields]
    first = record.fields[0]
    told = [first.label.lower(), *(value.lower() for value in first.values)]
    return len(heads) == 2 and told == heads and heads[0] not in ATTRIBUTES


def _are_of(labels: set[str], table: Region) -> bool:
    heads = {field.label.lower() for field in table.fields}
    least = 1 if table.confidence >= RULED_CONFIDENCE and len(heads) > MIN_COLUMNS else SEVERAL
    several = sum(len(field.values) >= least for field in table.fields)
    if several < max(SEVERAL, HALF * len(table.fields)):
        return False
    own = sum(any(f" {label} " in f" {head} " for head in heads) for label in labels)
    if len(heads) >= MIN_COLUMNS and own >= max(MIN_COLUMNS, INSIDE * len(labels)):
        return True
    if len(heads) < MIN_WIDE or table.confidence < RULED_CONFIDENCE:
        return False
    columns = [{value.lower() for value in field.values} for field in table.fields]
    return any(len(labels & (column | heads)) >= INSIDE * len(labels) for column in columns)


def _without_heads(record: Region, tables: Sequence[Region]) -> Region:
    """A record without the labels that head a table of a row or two, all of them, and without its
    cells."""
    for table in tables:
        heads = {field.label.lower() for field in table.fields}
        cells = heads | {value.lower() for field in table.fields for value in field.values}
        gone = [
            field
            for field in record.fields
            if field.label.lower() in heads
            or (field.label.lower() in cells and _is_within(field, table))
        ]
        rest = tuple(field for field in record.fields if field not in gone)
        said = {word.lower() for field in gone for word in (field.label, *field.values)}
        filled = [len(field.values) for field in table.fields]
        usual = statistics.median_low(filled)  # a row of links may stand under the others
        full = sum(min(count, usual) for count in filled) >= INSIDE * len(filled) * max(1, usual)
        sure = full and table.confidence >= RULED_CONFIDENCE and len(heads) > MIN_COLUMNS
        told = len(heads & said) >= INSIDE * len(heads)
        if record.kind == "detail" and rest and sure and told:
            record = replace(record, fields=rest, box=union_box([each.box for each in rest]))
    return record


def _is_within(field: Field, table: Region) -> bool:
    x0, y0, x1, y1 = table.box
    middle = (field.box[1] + field.box[3]) / 2
    return x0 <= field.box[0] <= x1 and y0 <= middle <= y1
