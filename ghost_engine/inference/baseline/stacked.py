"""Two labels in one cell of a header, one above the other, for the two lines of each record.

A label that is wrapped stands as close as the lines of a text and only where it has no room; what
stands further apart, in several columns, is a label of its own. The texts of a header go in; out
come the columns with two labels, and their cells parted into first and second lines.
"""

from __future__ import annotations

import statistics
from collections.abc import Collection, Sequence

from ghost_engine.inference.baseline.columns import Record
from ghost_engine.inference.baseline.texts import Text, group_rows
from ghost_engine.inference.baseline.wrapped import looks_like

APART = 1.65  # font sizes from one label to the one below it, where no text is wrapped so
MIN_STACKED = 2  # columns
MOST = 0.7  # of the cells have two lines, set unlike
ROOM = 1.3  # times its width, a label on one line would have

Labels = dict[int, tuple[Text, Text]]  # column number -> the upper and the lower label


def find_stacked(header: Sequence[Text], used: Collection[Text]) -> Labels:
    """The columns of a header with two labels each, all on the same two lines; {} without."""
    found: Labels = {}
    for column, head in enumerate(header):
        lines = group_rows(text for text in used if _holds(head, text))
        if len(lines) == 2 and all(len(line) == 1 for line in lines):
            found[column] = (lines[0][0], lines[1][0])
    if len(found) < MIN_STACKED or not _on_two_lines(found):
        return {}
    return found


def label_step(labels: Labels) -> float:
    """How far, in font sizes, labels are apart where that is further than lines of one; else 0."""
    steps = [(low.center_y - up.center_y) / max(1.0, up.size) for up, low in labels.values()]
    step = statistics.median(steps) if steps else 0.0
    return step if step >= APART else 0.0


def are_told(labels: Labels, header: Sequence[Text], records: Sequence[Record]) -> bool:
    """Whether records have two lines, set unlike, below labels that had no need to wrap."""
    if not labels:
        return False
    cells = [
        group_rows(record[column]) for record in records for column in labels if column in record
    ]
    double = [rows for rows in cells if len(rows) >= 2 and not looks_like(rows[1][0], rows[0][0])]
    rooms = [
        (header[column + 1].box[0] - up.box[0]) / (up.width + low.width)
        for column, (up, low) in labels.items()
        if column + 1 < len(header)
    ]
    roomy = bool(rooms) and statistics.median(rooms) >= ROOM
    return roomy and len(double) >= MOST * max(1, len(cells))


def part_cells(column: int, records: Sequence[Record]) -> tuple[list[list[Text]], list[list[Text]]]:
    """The first and the second lines of a column's cells, by where they stand in their record."""
    upper: list[list[Text]] = []
    lower: list[list[Text]] = []
    for record in records:
        first = group_rows(text for texts in record.values() for text in texts)[0]
        top = statistics.median(text.center_y for text in first)
        cell = record.get(column, [])
        own = [text for text in cell if text.center_y - top < 0.6 * text.height]
        upper.append(own)
        lower.append([text for text in cell if text not in own])
    return upper, lower


def _holds(head: Text, text: Text) -> bool:
    x0, y0, x1, y1 = head.box
    return x0 <= text.box[0] and text.box[2] <= x1 and y0 <= text.box[1] and text.box[3] <= y1


def _on_two_lines(labels: Labels) -> bool:
    ups, lows = zip(*labels.values(), strict=True)
    level = all(
        max(t.center_y for t in line) - min(t.center_y for t in line) < 0.4 * line[0].height
        for line in (ups, lows)
    )
    return level and all(
        up.text[0].isupper() == low.text[0].isupper() for up, low in labels.values()
    )
