"""Which of two regions of one place tells what it is, where their weights alone do not.

A table read across is surer than blocks made of its cells; figures in tiles are no record; labels
between values make a record, not a table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence

from ghost_engine.inference.baseline.attributes import is_attribute
from ghost_engine.inference.baseline.learned import shared
from ghost_engine.inference.baseline.regions import Region
from ghost_engine.inference.baseline.tables import RULED_CONFIDENCE
from ghost_engine.inference.baseline.vocabulary import (
    is_moment,
    kind_of_value,
    load_vocabulary,
)
from ghost_engine.inference.protocol import Box

PROVEN = 0.9  # the confidence of a record of five labels and more, set unlike their values
MIN_LABELS = 5  # of a record beside what belongs to it
MIN_COLUMNS = 3
MIN_RECORDS = 3
MAX_ROWS = 5  # of labels and values of one record
INSIDE = 0.8
MANY_LABELS, MIN_KNOWN = 5, 2  # labels of a record, those known to describe things
NAMED = 0.5  # of the entries of a list
SAID = 0.7  # of the values of cards that are cells of a table
LAPPED = 0.2  # of the smaller of two regions
HALF = 0.5  # of what a region says
MIN_HEADS = 2  # of a table's columns that a record holds
MOMENTS = 0.6  # of a record's values
MIN_COLUMN = 4  # values
SAME = 0.6
LEVEL = 3  # text heights between the first texts of two cards side by side
WIDER = 1.4
FAR_MORE = 3  # times the values of cards around a table


def in_order(regions: Sequence[Region], height: float) -> tuple[Region, ...]:
    """The regions top to bottom, a record before the table on its right that begins level with
    it; tiles last, for they only name what may be shown elsewhere. `height` is the usual text's."""
    ordered = sorted(regions, key=lambda each: (each.kind == "tile", each.box[1], each.box[0]))
    for record in [each for each in ordered if each.kind == "detail"]:
        level = next((each for each in ordered if _begins_beside(record, each, height)), None)
        if level is not None and ordered.index(level) < ordered.index(record):
            ordered.remove(record)
            ordered.insert(ordered.index(level), record)
    return tuple(ordered)


def _begins_beside(record: Region, table: Region, height: float) -> bool:
    if record.box[2] > table.box[0]:
        return False
    if table.kind == "table":
        return abs(record.box[1] - table.box[1]) < LEVEL * height
    full = len(record.fields) >= MIN_LABELS and record.confidence >= PROVEN
    return full and table.kind in ("cards", "list") and table.box[3] > record.box[1]


def are_cells(cards: Region, tables: Sequence[Region]) -> bool:
    """Whether cards are made of tables: of the cells of one, of one that says far more, or of two
    side by side."""
    ruled = [
        table
        for table in tables
        if table.confidence >= RULED_CONFIDENCE
        and len(table.fields) >= MIN_COLUMNS
        and max(len(field.values) for field in table.fields) >= MIN_RECORDS
    ]
    inside = [table for table in ruled if shared(table.box, cards.box) > INSIDE]
    if any(_are_columns(cards, table) for table in ruled if table not in inside):
        return True
    around = any(
        (_area(table.box) > WIDER * _area(cards.box) and len(table.fields) > len(cards.fields))
        or _count(table) > FAR_MORE * _count(cards)
        for table in inside
    )
    return around or any(_are_beside(one.box, other.box) for one in inside for other in inside)


def _count(region: Region) -> int:
    return sum(len(field.values) for field in region.fields)


def _are_columns(cards: Region, table: Region) -> bool:
    """Whether cards that reach beyond a table say hardly more than a few of its columns."""
    cells = {value for field in table.fields for value in (field.label, *field.values)}
    words = {word for cell in cells for word in (cell, *cell.split())}
    said = [value for field in cards.fields for value in field.values]
    return (
        len(cards.fields) < len(table.fields)
        and shared(table.box, cards.box) > LAPPED
        and sum(value in words for value in said) >= SAID * len(said)
    )


def is_told_by_tiles(region: Region, rows: Sequence[Box]) -> bool:
    """Whether a record is but the labels and figures of a row of tiles."""
    record = region.kind in ("detail", "cards", "list") or (
        region.kind == "table" and all(len(field.values) <= 2 for field in region.fields)
    )
    return record and any(
        shared(region.box, row) > INSIDE and _area(region.box) < WIDER * _area(row) for row in rows
    )


def is_told_by_labels(region: Region, records: Sequence[Region]) -> bool:
    """Whether the rows of a table hold labels and values in turn, which a record tells better."""
    if region.kind != "table":
        return False
    if max((len(field.values) for field in region.fields), default=0) > MAX_ROWS:
        return False
    cells = [value.lower() for field in region.fields for value in field.values]
    return any(
        record.kind == "detail"
        and record.confidence >= PROVEN
        and shared(record.box, region.box) > INSIDE
        and len(record.fields) >= 2 * len(region.fields)
        and _told(record, cells) >= 0.4 * len(record.fields)
        for record in records
    )


def are_labels(region: Region, records: Sequence[Region]) -> bool:
    """Whether what cards or entries seem to be called are the labels of a record."""
    if region.kind not in ("cards", "list"):
        return False
    for record in records:
        labels = {field.label.lower() for field in record.fields}
        known = sum(is_attribute(field.label) for field in record.fields)
        if len(labels) >= MANY_LABELS and known >= MIN_KNOWN and record.kind == "detail":
            for field in region.fields:
                told = sum(value.lower() in labels for value in field.values)
                if field.values and told >= NAMED * len(field.values):
                    return True
    return False


def are_inputs(region: Region, forms: Sequence[Region]) -> bool:
    """Whether the rows of a list or a table are the inputs of a form, each with another label."""
    asked = [field.box for form in forms if form.kind == "form" for field in form.fields]
    rows = region.kind in ("list", "table") and all(f.control == "none" for f in region.fields)
    held = sum(_within(region.box, box) for box in asked)
    return rows and held >= max(MIN_LABELS, len(region.fields))


def settle_records(plain: Sequence[Region], others: Sequence[Region]) -> list[Region]:
    """All regions but those that plain records tell better, which go too where another tells as
    much."""
    kept = [
        each
        for each in others
        if not _is_told(each, plain) or any(_tells_more(each, record) for record in plain)
    ]
    return [
        *(record for record in plain if not any(_tells_more(each, record) for each in kept)),
        *kept,
    ]


def _tells_more(region: Region, record: Region) -> bool:
    """Whether a record or form holds what a plain record does, and hardly a value as a label."""
    if region.kind not in ("detail", "form") or shared(region.box, record.box) <= LAPPED:
        return False
    values = {value.lower() for field in record.fields for value in field.values}
    return _worth(region, values) >= _worth(record, values)


def _worth(region: Region, values: Container[str]) -> float:
    """The labels of a region: known ones, and half as much others, that have no value or are one
    count against it."""
    worth = 0.0
    for field in region.fields:
        right = bool(field.values) and field.label.lower() not in values
        known = is_attribute(field.label)
        worth += (1.0 if known else 0.5) if right else (0.0 if known else -0.5)
    return worth


def _is_told(region: Region, records: Sequence[Region]) -> bool:
    """Whether a region is made of the labels and values of records."""
    near = [record for record in records if shared(region.box, record.box) > LAPPED]
    if not near:
        return False
    said = {word.lower() for each in near for f in each.fields for word in (f.label, *f.values)}
    own = [word.lower() for field in region.fields for word in (field.label, *field.values)]
    heads = sum(field.label.lower() in said for field in region.fields)
    some = sum(word in said for word in own) >= HALF * len(own)
    return region.kind != "table" or some or heads >= MIN_HEADS


def is_under_header(rows: Region, tables: Sequence[Region]) -> bool:
    """Whether rows without a header are those of a table that has one."""
    return rows.kind == "list" and any(
        sum(field.read for field in table.fields) >= MIN_COLUMNS
        and max(len(field.values) for field in table.fields) >= MIN_RECORDS
        and shared(table.box, rows.box) > INSIDE
        for table in tables
    )


def is_list_of_moments(record: Region) -> bool:
    """Whether a record says but when: names or messages, each with the time it came."""
    told = [field for field in record.fields if field.values]
    when = [
        field
        for field in told
        if all(is_moment(value) for value in field.values) and not _asks_when(field.label)
    ]
    return len(told) >= MIN_RECORDS and len(when) >= MOMENTS * len(told)


def _asks_when(label: str) -> bool:
    kinds = (kind for pattern, kind in load_vocabulary().label_kinds if pattern.search(label))
    return is_moment(label) or any(kind in ("date", "timestamp") for kind in kinds)


def is_a_column(record: Region) -> bool:
    """Whether what was taken for the values of a record is a column of a list: most say the same,
    or they are times beside lines of which many have none."""
    if record.kind != "detail":
        return False
    values = [field.values[0] for field in record.fields if field.values]
    if len(values) < MIN_COLUMN:
        return False
    same = Counter(values).most_common(1)[0][1]
    kind, often = Counter(map(_kind, values)).most_common(1)[0]
    gaps = len(record.fields) - len(values)
    if kind != "text" and often >= INSIDE * len(values) and gaps >= 0.3 * len(record.fields):
        return True
    return same >= SAME * len(values)


def _kind(value: str) -> str:
    kind = kind_of_value(value)
    return "date" if kind in ("time", "timestamp") else kind


def _told(record: Region, cells: Sequence[str]) -> int:
    """How many labels of a record begin a cell that holds more."""
    labels = [f"{field.label.lower()} " for field in record.fields]
    return sum(any(cell.startswith(label) for cell in cells) for label in labels)


def _are_beside(one: Box, other: Box) -> bool:
    beside = one[2] <= other[0]
    return beside and one[1] < other[3] and other[1] < one[3]


def _within(box: Box, inner: Box) -> bool:
    return box[0] <= (inner[0] + inner[2]) / 2 <= box[2] and box[1] <= inner[1] <= box[3]


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])
