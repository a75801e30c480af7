"""Rows of short texts that head nothing: controls over a list, tabs over a record, form labels.

A row and the records that would stand below it go in; out comes whether it is none of these.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise

from ghost_engine.inference.baseline.columns import FLUSH, Record, offset
from ghost_engine.inference.baseline.labels import is_action, is_label
from ghost_engine.inference.baseline.texts import Row, Text

FRAMED = 0.6  # of the texts of a row of controls
LOOSE = 0.2  # of the cells below that may have frames too
EMPTY = 0.4  # of the columns below tabs
MIN_STRIP = 4  # tabs
PACKED, EVEN = 3.0, 1.0  # text heights between tabs, and between the widest and narrowest gap
FEW = 0.6  # of the tabs with something in line below
MIN_CELLS = 3
MANY = 5  # records
MIN_COLONS, IN_TURN = 2, 0.6  # labels of a row, and of its texts, where values are between
COLONS = 0.8  # of the cells of a column of labels
REPEATED = 0.2  # of the texts of a column of inputs
SMALLER = 0.9  # times the size of a value: what its label is at most


def are_controls(
    row: Row, records: Sequence[Record], framed: Collection[Text], ruled: bool
) -> bool:
    """Whether a row is a search box and buttons over what they list: they have frames, and what
    stands below has none. The heads of a ruled table may have grounds of their own."""
    if ruled and len(records) >= MANY and not any(is_action(text.text) for text in row):
        return False
    cells = [text for record in records for texts in record.values() for text in texts]
    held = sum(text in framed for text in row)
    return held >= FRAMED * len(row) and sum(text in framed for text in cells) < LOOSE * len(cells)


def are_tabs(header: Sequence[Text], records: Sequence[Record], ruled: bool) -> bool:
    """Whether many labels have nothing below them, though there is enough below others."""
    if ruled or len(header) < MIN_CELLS or len(records) < MIN_CELLS:
        return False
    empty = sum(not any(column in record for record in records) for column in range(len(header)))
    return empty >= EMPTY * len(header)


def are_a_strip(header: Sequence[Text], records: Sequence[Record]) -> bool:
    """Whether labels follow each other at even gaps, however wide each is, and what stands below
    is not in line with them: tabs over a record or over tables."""
    strip = _strip(header)
    if len(strip) < MIN_STRIP:
        return False
    inline = 0
    for column, head in enumerate(strip):
        firsts = [record[column][0] for record in records if column in record]
        flush = sum(offset(text, head) < FLUSH for text in firsts)
        inline += column > 0 and 2 * flush > len(firsts)
    return inline < FEW * (len(strip) - 1)


def holds_tabs(row: Row, header: Sequence[Text]) -> bool:
    """Whether a bar of tabs is in a row below a header: what follows is another part."""
    strip = _strip(row)
    return (
        len(strip) >= MIN_STRIP
        and all(is_label(text.text) for text in strip)
        and not any(min(offset(text, head) for head in header) < FLUSH for text in strip[1:])
    )


def _strip(header: Sequence[Text]) -> Sequence[Text]:
    """The labels from the first on that stand close, at even gaps."""
    if len(header) < MIN_STRIP:
        return ()
    height = statistics.median(head.height for head in header)
    gaps: list[int] = []
    for left, right in pairwise(header):
        gaps.append(right.box[0] - left.box[2])
        if gaps[-1] > PACKED * height or max(gaps) - min(gaps) > EVEN * height:
            return header[: len(gaps)]
    return header


def are_over_pairs(header: Sequence[Text], records: Sequence[Record]) -> bool:
    """Whether labels with their colons fill a column, or every other text of the first row has
    one: the rows are those of a record."""
    heads = sum(head.text.endswith(":") for head in header)
    if MIN_COLONS <= heads <= IN_TURN * len(header):
        return True
    for column in range(len(header)):
        cells = [record[column][0].text for record in records if column in record]
        colons = sum(cell.endswith(":") for cell in cells)
        if len(cells) >= MIN_CELLS and colons >= COLONS * len(cells):
            return True
    return False


def repeats_label(texts: Sequence[Text], head: Text) -> bool:
    """Whether a column says one thing again and again between what is set larger, the first text
    too: the label over each input."""
    often, times = Counter(text.text for text in texts).most_common(1)[0] if texts else ("", 0)
    if times < MIN_CELLS or times < REPEATED * len(texts) or not is_label(often):
        return False
    largest = SMALLER * texts[0].size
    return head.size < largest and all(t.size < largest for t in texts if t.text == often)
