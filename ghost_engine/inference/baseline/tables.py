"""Tables: a row of labels with rows of values in line below it.

Every row of the body is tried as a header; the one whose columns are filled best wins its rows, and
so on until none is left. Lines that wrap are joined to the row they belong to.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ghost_engine.inference.baseline.headers import is_one_style, read_header
from ghost_engine.inference.baseline.labels import (
    is_action,
    is_label,
    is_required,
    plain_label,
)
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import (
    Row,
    Text,
    group_rows,
    median_height,
    median_size,
    union_box,
)
from ghost_engine.inference.baseline.vocabulary import load_vocabulary

MIN_COLUMNS = 2
FLUSH = 7  # pixels
MAX_CELL_WORDS = 15
MAX_LINES = 4  # of one record
MAX_MISSES = 2  # rows that do not fit, in a row, before a table ends
MIN_SCORE = 2.5
MIN_FLUSH = 0.6  # the share of cells exactly below their label

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
    header, joined = read_header(rows, number)
    if len(header) < MIN_COLUMNS:
        return None
    records, used = _records(rows, number + joined, header, page)
    score = _score(header, records, len(rows[number]))
    if score < MIN_SCORE or not _is_table(header, records, page):
        return None
    return Grid(header, records, frozenset({*range(number, number + joined + 1), *used}), score)


def _is_table(header: tuple[Text, ...], records: Sequence[Record], page: Page) -> bool:
    """Whether header and records look like one: few columns need more records."""
    least = 1 if len(header) >= 4 else 2 if len(header) == 3 else 3
    if len(records) < least or not is_one_style(header) or _is_prose(records):
        return False
    if _are_chips(header, records, page) or _flush_share(header, records) < MIN_FLUSH:
        return False
    small = header[0].text[0].islower()  # words of a sentence, or tags, unless data stands below
    return not small or (len(records) >= 3 and _contrast(header, records) >= 0.5)


def _are_chips(header: Sequence[Text], records: Sequence[Record], page: Page) -> bool:
    """Whether the header's texts are framed (chips, buttons) and those below are not."""
    cells = [text for record in records for texts in record.values() for text in texts]
    below = sum(text in page.framed for text in cells) / max(1, len(cells))
    return sum(head in page.framed for head in header) / len(header) > below + 0.4


def _is_prose(records: Sequence[Record]) -> bool:
    """Whether cells hold many texts or long ones: paragraphs and panels side by side."""
    cells = [texts for record in records for texts in record.values()]
    crowded = sum(len(texts) > 2 for texts in cells)
    long = sum(
        len(" ".join(text.text for text in texts).split()) > MAX_CELL_WORDS for texts in cells
    )
    return crowded > 0.3 * len(cells) or long > 0.3 * len(cells)


def _flush_share(header: tuple[Text, ...], records: Sequence[Record]) -> float:
    firsts = [(texts[0], header[column]) for record in records for column, texts in record.items()]
    return sum(_offset(*pair) < FLUSH for pair in firsts) / max(1, len(firsts))


def _records(
    rows: Sequence[Row], above: int, header: tuple[Text, ...], page: Page
) -> tuple[tuple[Record, ...], set[int]]:
    """The bands below a header that fill its columns, and the row numbers they take."""
    records: list[Record] = []
    used: set[int] = set()
    misses, pitch = 0, 0.0
    last = rows[above][0].box[3]
    for band in _bands(rows, above + 1, header, page.width):
        cells = _cells([text for number in band for text in rows[number]], header, page.width)
        gap = min(text.box[1] for texts in cells.values() for text in texts) - last
        if gap > (2.4 * pitch if pitch else 5 * median_height(header)):
            break
        if _starts_another(rows, band[0], header) or _is_total(cells):
            break
        if len(cells) >= max(2, 0.4 * len(header)):
            bottom = max(text.box[3] for texts in cells.values() for text in texts)
            pitch, last, misses = max(pitch, bottom - last), bottom, 0
            records.append(cells)
            used.update(band)
        else:
            misses += 1
            if misses > MAX_MISSES:
                break
    return tuple(records), used


def _bands(
    rows: Sequence[Row], start: int, header: tuple[Text, ...], width: int
) -> list[list[int]]:
    """Row numbers from `start` with a cell each, lines of one record together.

    Lines belong together when the gap between them is small against the usual gap.
    """
    numbers = [n for n in range(start, len(rows)) if _cells(rows[n], header, width)]
    extents = [_extent(_cells(rows[number], header, width)) for number in numbers]
    gaps = [below[0] - above[1] for above, below in zip(extents, extents[1:], strict=False)]
    if not gaps:
        return [[number] for number in numbers]
    usual = sorted(gaps[:24])[int(0.75 * len(gaps[:24]))]
    limit = min(0.5 * usual, 0.6 * median_height(header))
    bands = [[numbers[0]]]
    for number, gap in zip(numbers[1:], gaps, strict=True):
        if gap < limit and len(bands[-1]) < MAX_LINES:
            bands[-1].append(number)
        else:
            bands.append([number])
    return bands


def _extent(cells: Record) -> tuple[int, int]:
    boxes = [text.box for texts in cells.values() for text in texts]
    return min(box[1] for box in boxes), max(box[3] for box in boxes)


def _starts_another(rows: Sequence[Row], number: int, header: tuple[Text, ...]) -> bool:
    """Whether a row of labels heads the rows below it better than `header` does."""
    row = rows[number]
    if len(row) < 3 or number + 1 >= len(rows) or not all(is_label(text.text) for text in row):
        return False
    return _flush(row, header) < 0.5 and _flush(rows[number + 1], row) >= 0.6


def _flush(row: Row, header: Sequence[Text]) -> float:
    """The share of a row's texts that stand exactly below one of the header's."""
    return sum(min(_offset(text, head) for head in header) < FLUSH for text in row) / len(row)


def _is_total(cells: Record) -> bool:
    first = cells[min(cells)][0].text
    return first.lower().strip(" :") in load_vocabulary().totals


def _cells(row: Sequence[Text], header: tuple[Text, ...], width: int) -> Record:
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


def _score(header: tuple[Text, ...], records: Sequence[Record], row_length: int) -> float:
    """Filled cells, weighted by how many columns there are and how much the header is one."""
    cells = sum(len(record) for record in records)
    labels = [head.text for head in header]
    repeated = sum(
        any(text.text.startswith(label) for record in records for text in record.get(column, ()))
        for column, label in enumerate(labels)
    )
    texts = sum(len(cell) for record in records for cell in record.values())
    actions = sum(is_action(label) for label in labels)
    contrast = _contrast(header, records)
    plain = cells * math.sqrt(len(header)) * (0.6 + contrast)
    share = len(header)
    plain *= 1 - min(1.0, 1.5 * repeated / share)
    plain *= (1 - 0.7 * actions / share) * min(1.0, (1.7 * cells / max(1, texts)) ** 2)
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
    unlike = _contrast(grid.header, grid.records)
    confidence = min(0.95, 0.3 + 0.3 * share + 0.06 * min(len(grid.records), 5) + 0.25 * unlike)
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
        and text not in page.framed
        and text.size > 1.15 * median_size(grid.header)
        and is_label(text.text)
        and not is_action(text.text)
    ]
    return max(above, key=lambda text: text.box[3], default=None)
