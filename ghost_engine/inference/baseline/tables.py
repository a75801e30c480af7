"""Tables: a row of labels with rows of values in line below it.

Every row of the body is tried as a header; the one whose columns are filled best wins its rows, and
so on until none is left. Lines that wrap are joined to the row they belong to.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from ghost_engine.inference.baseline.labels import is_action, is_label, is_required, plain_label
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import Row, Text, group_rows, median_height, union_box

MIN_COLUMNS = 2
MAX_MISSES = 2  # rows that do not fit, in a row, before a table ends
MIN_SCORE = 2.5

Record = dict[int, list[Text]]  # column number -> its texts in one row of the table


@dataclass(frozen=True, slots=True)
class Grid:
    """A header (top row numbers first) and its records; `rows` are the row numbers it takes."""

    header: tuple[Text, ...]
    records: tuple[Record, ...]
    rows: frozenset[int]
    score: float


def find_tables(page: Page) -> tuple[Region, ...]:
    """The tables of the body, top to bottom; they never share a row."""
    rows = group_rows(page.body)
    grids = [grid for number in range(len(rows)) if (grid := _grow(rows, number, page))]
    chosen: list[Grid] = []
    taken: set[int] = set()
    for grid in sorted(grids, key=lambda grid: (-grid.score, min(grid.rows))):
        if not taken & grid.rows:
            chosen.append(grid)
            taken |= grid.rows
    chosen.sort(key=lambda grid: grid.header[0].box[1])
    return tuple(_region(grid, page) for grid in chosen)


def _grow(rows: Sequence[Row], number: int, page: Page) -> Grid | None:
    """The table headed by row `number`, if it is one."""
    header, joined = _header(rows, number)
    if len(header) < MIN_COLUMNS:
        return None
    records, used = _records(rows, number + joined, header, page)
    score = _score(header, records, len(rows[number]))
    least = 1 if len(header) >= 4 else 2 if len(header) == 3 else 3
    if len(records) < least or score < MIN_SCORE:
        return None
    return Grid(header, records, frozenset({*range(number, number + joined + 1), *used}), score)


def _header(rows: Sequence[Row], number: int) -> tuple[tuple[Text, ...], int]:
    """The labels of a row, wrapped ones joined with the next row's; and how many rows that took."""
    labels = [text for text in rows[number] if is_label(text.text)]
    if len(labels) < max(1, 0.7 * len(rows[number])):
        return (), 0
    if number + 1 < len(rows) and _wraps(rows[number], rows[number + 1]):
        return _join_wrapped((*labels, *rows[number + 1])), 1
    return tuple(labels), 0


def _wraps(row: Row, below: Row) -> bool:
    """Whether `below` holds the second lines of labels, or labels set lower than the others."""
    height = median_height(row)
    step = statistics.mean(text.center_y for text in below) - statistics.mean(
        text.center_y for text in row
    )
    alike = all(is_label(text.text) and text.height < 1.4 * height for text in below)
    if not alike or step > 1.25 * height:
        return False
    return any(_overlap(text, other) > 0 for text in row for other in below)


def _join_wrapped(texts: Sequence[Text]) -> tuple[Text, ...]:
    columns: list[list[Text]] = []
    for text in sorted(texts, key=lambda text: (text.box[1], text.box[0])):
        home = next((column for column in columns if _overlap(column[0], text) > 0), None)
        if home is None:
            columns.append([text])
        else:
            home.append(text)
    joined = [
        Text(" ".join(text.text for text in column), union_box([text.box for text in column]))
        for column in columns
    ]
    return tuple(sorted(joined, key=lambda text: text.box[0]))


def _records(
    rows: Sequence[Row], above: int, header: tuple[Text, ...], page: Page
) -> tuple[tuple[Record, ...], set[int]]:
    records: list[Record] = []
    used: set[int] = set()
    misses, pitch = 0, 0.0
    last = rows[above][0].center_y
    for number in range(above + 1, len(rows)):
        cells = _cells(rows[number], header, page.width)
        gap = rows[number][0].center_y - last
        if gap > (2.4 * pitch if pitch else 5 * median_height(header)):
            break
        if records and _continues(cells, records[-1], header):
            used.add(number)
            for column, texts in cells.items():
                records[-1][column].extend(texts)
        elif len(cells) >= max(2, 0.4 * len(header)):
            pitch, last, misses = max(pitch, gap), rows[number][0].center_y, 0
            records.append(cells)
            used.add(number)
        elif cells:
            misses += 1
            if misses > MAX_MISSES:
                break
    return tuple(records), used


def _cells(row: Row, header: tuple[Text, ...], width: int) -> Record:
    """The texts of a row under the header they stand below; others are left out."""
    cells: Record = {}
    for text in row:
        column = _column(text, header, width)
        if column is not None:
            cells.setdefault(column, []).append(text)
    return cells


def _column(text: Text, header: tuple[Text, ...], width: int) -> int | None:
    offsets = [_offset(text, head) for head in header]
    nearest = min(range(len(header)), key=offsets.__getitem__)
    if offsets[nearest] < max(0.012 * width, 12):
        return nearest
    for number, head in enumerate(header):
        end = header[number + 1].box[0] if number + 1 < len(header) else head.box[2] + 0.15 * width
        if head.box[0] - 0.01 * width <= text.box[0] and text.box[2] < end:
            return number
    return None


def _offset(text: Text, head: Text) -> float:
    """How far a text is from standing flush left, flush right or centred below a label."""
    return min(
        abs(text.box[0] - head.box[0]),
        abs(text.box[2] - head.box[2]),
        abs(text.center_x - head.center_x),
    )


def _overlap(one: Text, other: Text) -> int:
    return min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])


def _continues(cells: Record, record: Record, header: tuple[Text, ...]) -> bool:
    """Whether a row holds second lines: few cells, each close below one of the record's."""
    if not cells or len(cells) > max(1, 0.5 * len(header)):
        return False
    for column, texts in cells.items():
        if column not in record:
            return False
        gap = texts[0].box[1] - record[column][-1].box[3]
        if gap > 0.75 * texts[0].height:
            return False
    return True


def _score(header: tuple[Text, ...], records: Sequence[Record], row_length: int) -> float:
    """Filled cells, weighted by how many columns there are and how much the header is one."""
    cells = sum(len(record) for record in records)
    labels = [head.text for head in header]
    repeated = sum(
        any(text.text == label for record in records for text in record.get(column, ()))
        for column, label in enumerate(labels)
    )
    actions = sum(is_action(label) for label in labels)
    contrast = _contrast(header, records)
    plain = cells * math.sqrt(len(header)) * (0.6 + contrast)
    share = len(header)
    plain *= 1 - min(1.0, 1.5 * repeated / share)
    plain *= 1 - 0.7 * actions / share
    return plain / (1 + max(0, row_length - len(header)))


def _contrast(header: tuple[Text, ...], records: Sequence[Record]) -> float:
    """The share of columns that hold data unlike a label (numbers, dates, amounts), 0 to 1."""
    unlike = 0
    for column in range(len(header)):
        texts = [text.text for record in records for text in record.get(column, ())]
        unlike += bool(texts) and sum(not is_label(text) for text in texts) > 0.5 * len(texts)
    return unlike / len(header)


def _region(grid: Grid, page: Page) -> Region:
    fields = tuple(
        field
        for column, head in enumerate(grid.header)
        for field in _fields(head, [record.get(column, []) for record in grid.records])
    )
    filled = sum(len(record) for record in grid.records)
    share = filled / (len(grid.header) * len(grid.records))
    confidence = min(0.95, 0.35 + 0.3 * share + 0.08 * min(len(grid.records), 4))
    box = union_box([field.box for field in fields])
    return Region("table", fields, box, round(confidence, 2), _caption(grid, page))


def _fields(head: Text, cells: Sequence[list[Text]]) -> tuple[Field, ...]:
    """One field a column; two where the label names both lines of its cells: "Client/ number"."""
    parts = [part.strip() for part in head.text.split("/")]
    doubled = [cell for cell in cells if len(cell) >= 2]
    if len(parts) == 2 and all(parts) and cells and len(doubled) >= 0.6 * len(cells):
        return (
            _field(parts[0], head, [cell[:1] for cell in cells]),
            _field(parts[1], head, [cell[1:] for cell in cells]),
        )
    return (_field(head.text, head, cells),)


def _field(label: str, head: Text, cells: Sequence[list[Text]]) -> Field:
    values = tuple(" ".join(text.text for text in cell) for cell in cells if cell)
    box = union_box([head.box, *(text.box for cell in cells for text in cell)])
    return Field(plain_label(label), values, box, required=is_required(label))


def _caption(grid: Grid, page: Page) -> Text | None:
    """The nearest heading above, flush with the table's left edge."""
    top, left = grid.header[0].box[1], grid.header[0].box[0]
    height = median_height(grid.header)
    above = [
        text
        for text in page.body
        if 0 < top - text.box[3] < 5 * height
        and abs(text.box[0] - left) < 0.05 * page.width
        and text.height > 1.15 * height
        and is_label(text.text)
        and not is_action(text.text)
    ]
    return max(above, key=lambda text: text.box[3], default=None)
