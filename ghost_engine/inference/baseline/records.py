"""The rows of a table below its labels: lines gathered into records, and where they end."""

from __future__ import annotations

import re
import statistics
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass

from ghost_engine.inference.baseline.columns import (
    FLUSH,
    Record,
    in_order,
    offset,
    place_texts,
)
from ghost_engine.inference.baseline.false_headers import holds_tabs
from ghost_engine.inference.baseline.headers import set_alike
from ghost_engine.inference.baseline.labels import is_label
from ghost_engine.inference.baseline.spans import part_spanned, without_units
from ghost_engine.inference.baseline.texts import Row, Text, group_rows, median_height, median_size
from ghost_engine.inference.baseline.vocabulary import load_vocabulary

MAX_LINES = 5  # of one record without rules around it
MAX_RULED_LINES = 12
WIDER_STEP = 1.15  # times the step between two labels of one cell, in a record
TEXT_STEP = 1.8  # font sizes from one line of a text to the next, at most
MAX_MISSES = 2  # rows that do not fit, in a row, before a table ends
LARGER = 1.3  # times the size of the records' texts, the next heading
MAX_PITCH = 2.4  # of the largest step so far, from one record to the next
MAX_FIRST = 5.0  # text heights from the labels to the first record

_RANGE = re.compile(r"\b\d+\s*(?:[-–—]|to|bis|à|a)\s*\d+\s*(?:of|von|sur|de|/)\s*\d+", re.I)

Band = tuple[Row, ...]  # the lines of one record


@dataclass(frozen=True, slots=True)
class Rows:
    """The records of a table, and whether rules part them."""

    records: tuple[Record, ...]
    ruled: bool


def read_records(
    header: Sequence[Text], texts: Sequence[Text], rules: Sequence[int] = (), step: float = 0.0
) -> Rows:
    """The records under a header, from the texts below it, nearest first; `rules` are the heights
    of lines across the table, `step` the font sizes between two labels of one cell."""
    lines = [row for row in group_rows(texts) if place_texts(row, header)]
    bands, sure = _bands(lines, header, rules, max(TEXT_STEP, WIDER_STEP * step))
    ruled = sure > 0
    records: list[Record] = []
    misses, pitch = 0, 0.0
    height = median_height(header)
    last = max(head.box[3] for head in header)
    for number, whole in enumerate(bands):
        band = _before_heading(whole, records, header)
        if not band:
            break
        cells = _cells(band, header)
        gap = min(text.box[1] for row in band for text in row) - last
        first = MAX_FIRST * height * (1 + ruled)
        if gap > (max(MAX_PITCH * pitch, (number < sure) * first) if pitch else first):
            break
        if _starts_another(bands, number, header):
            if ruled and records and len(records[-1]) <= max(1, 0.4 * len(header)):
                records.pop()  # its caption
            break
        if _is_total(cells) or _is_footer(band):
            break
        most = len(cells) >= min(len(header), max(2, 0.3 * len(header)))
        if most or (ruled and records and _begins_alike(cells, records[-1])):
            bottom = max(text.box[3] for texts in cells.values() for text in texts)
            pitch, last, misses = max(pitch, bottom - last), bottom, 0
            records.append(cells)
        else:
            misses += 1
        if misses > MAX_MISSES or len(band) < len(whole):
            break
    return Rows(without_units(records), ruled)


def _bands(
    lines: Sequence[Row], header: Sequence[Text], rules: Sequence[int], step: float
) -> tuple[list[Band], int]:
    """The records, and how many of them rules part: 0 if none. What is below the last rule may be
    more than a record."""
    bands = _ruled(lines, rules)
    if not _are_records(bands, step):
        return _spaced(lines), 0
    sure = len(bands) - _holds_several(bands[-1], step)
    below = [line for band in bands[sure:] for line in band]
    parts = [part_spanned(band, header) for band in bands[:sure]]
    inner = [band for part in parts for band in part]
    return [*inner, *_spaced(below)], len(inner)


def _before_heading(band: Band, records: Sequence[Record], header: Sequence[Text]) -> Band:
    """The lines of a record above one that begins another part of the page: set alone, larger than
    all records, or tabs."""
    sizes = [text.size for record in records for texts in record.values() for text in texts]
    largest = LARGER * max(sizes, default=float("inf"))
    ends = (
        number
        for number, row in enumerate(band)
        if (len(row) == 1 and row[0].size > largest) or holds_tabs(row, header)
    )
    return band[: next(ends, None)]


def _begins_alike(cells: Record, before: Record) -> bool:
    """Whether a record with gaps begins where the one before it does, and nowhere else."""
    if 0 not in cells or 0 not in before:
        return False
    return abs(cells[0][0].box[0] - before[0][0].box[0]) < FLUSH


def _ruled(lines: Sequence[Row], rules: Sequence[int]) -> list[Band]:
    """The lines between one rule and the next."""
    bands: dict[int, list[Row]] = {}
    for line in lines:
        middle = statistics.mean(text.center_y for text in line)
        bands.setdefault(bisect(rules, middle), []).append(line)
    return [tuple(bands[number]) for number in sorted(bands)]


def _are_records(bands: Sequence[Band], step: float) -> bool:
    """Whether rules part the records: several, and none holds several records itself."""
    inner = bands[:-1]  # the last may hold all that is below
    if len(inner) < 2 or max(len(band) for band in inner) > MAX_RULED_LINES:
        return False
    return sum(_holds_several(band, step) for band in inner) <= 0.3 * len(inner)


def _holds_several(band: Band, step: float) -> bool:
    """Whether lines are further apart than those of one record."""
    centers = [statistics.median(text.center_y for text in line) for line in band]
    steps = [below - above for above, below in zip(centers, centers[1:], strict=False)]
    return bool(steps) and statistics.median(steps) > step * median_size(band[0])


def _spaced(rows: Sequence[Row]) -> list[Band]:
    """Lines together where the gaps between them are small against the usual gap."""
    if not rows:
        return []
    gaps: list[float] = []
    bottom = _extent(rows[0])[1]
    for row in rows[1:]:
        top, low = _extent(row)
        gaps.append(top - bottom)
        bottom = max(bottom, low)
    usual = sorted(gaps[:24])[int(0.75 * len(gaps[:24]))] if gaps else 0.0
    bands: list[list[Row]] = [[rows[0]]]
    for row, gap in zip(rows[1:], gaps, strict=True):
        size = median_size(row)
        limit = min(usual - max(0.4 * usual, 0.2 * size), 0.8 * size)
        if gap < limit and len(bands[-1]) < MAX_LINES:
            bands[-1].append(row)
        else:
            bands.append([row])
    return [tuple(band) for band in bands]


def _extent(row: Row) -> tuple[float, float]:
    """Top and bottom of the letters; the boxes of a text reader overlap in dense tables."""
    halves = [(text.center_y, 0.5 * (text.size or 0.7 * text.height)) for text in row]
    return min(y - half for y, half in halves), max(y + half for y, half in halves)


def _cells(band: Band, header: Sequence[Text]) -> Record:
    cells: Record = {}
    for row in band:
        for column, texts in place_texts(row, header).items():
            cells.setdefault(column, []).extend(texts)
    return {column: in_order(texts) for column, texts in cells.items()}


def _starts_another(bands: Sequence[Band], number: int, header: Sequence[Text]) -> bool:
    """Whether a row of labels, set like `header`, heads the rows below it better."""
    row = bands[number][-1]  # a caption may stand above
    labels = {head.text for head in header}
    if sum(text.text in labels for text in row) >= max(2, 0.8 * len(header)):
        return True
    if len(bands[number]) > 2 or len(row) < 3 or number + 1 >= len(bands):
        return False
    if not all(is_label(text.text) for text in row) or _alike(row, header) < 0.6:
        return False
    if number and _alike(row, header) > 0.9 and _alike(bands[0][0], header) < 0.3:
        return True
    if number and _are_capitals(row) and _are_capitals(header) and not _are_capitals(bands[0][0]):
        return True
    return _flush(row, header) < 0.5 and _flush(bands[number + 1][0], row) >= 0.6


def _are_capitals(row: Sequence[Text]) -> bool:
    return all(text.text.isupper() for text in row)


def _alike(row: Row, header: Sequence[Text]) -> float:
    """The share of a row's texts that are set like the labels."""
    return sum(set_alike(text, header[0]) for text in row) / len(row)


def _flush(row: Row, header: Sequence[Text]) -> float:
    """The share of a row's texts that stand exactly below one of the header's."""
    return sum(min(offset(text, head) for head in header) < FLUSH for text in row) / len(row)


def _is_total(cells: Record) -> bool:
    if not cells:
        return False
    first = cells[min(cells)][0].text
    return first.lower().strip(" :") in load_vocabulary().totals


def _is_footer(band: Band) -> bool:
    """Whether a line counts the rows or the pages: "1-10 of 45", "1 2 3 4"."""
    texts = [text.text for row in band for text in row]
    if any(_RANGE.search(text) for text in texts):
        return True
    numbers = [int(text) for text in texts if text.isdecimal() and len(text) < 4]
    steps = sum(after - before == 1 for before, after in zip(numbers, numbers[1:], strict=False))
    return steps >= 2 and len(numbers) >= len(texts) - 3
