"""Labels of two lines and more in a column of labels beside their values, as one label each.

Lines of one label stand closer than labels do. A column counts only where nearly all of its texts
have one value beside them, in one line: the first column of a table has several.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.controls import font_size
from ghost_engine.inference.baseline.labels import is_action, is_label
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.texts import Text

MIN_LABELS = 4
LINE = 1.15  # text heights between the middles of two lines of one label, at most
APART = 1.3  # times that between two labels, at least
MAX_LINES = 3
BESIDE = 0.5  # of the labels have a value
SEVERAL = 0.2  # of them may have more
# In font sizes:
FLUSH = 0.5
FAR = 22.0  # from a label to its value
RUN = 6.0  # between two labels


def with_whole_labels(page: Page) -> Page:
    """The page, each label of several lines as one text level with its value."""
    size = font_size(page.body)
    body = list(page.body)
    for column in _columns(page.body, size):
        labels = _parted(_labels(column), page.body, size)
        if any(len(lines) > 1 for lines in labels) and _is_of_a_record(labels, page.body, size):
            for lines in labels:
                if len(lines) > 1:
                    body[body.index(lines[0])] = _whole(lines, page.body, size)
                    for line in lines[1:]:
                        body.remove(line)
    return replace(page, body=tuple(body)) if len(body) < len(page.body) else page


def _columns(texts: Sequence[Text], size: float) -> list[list[Text]]:
    """Texts that begin together and not far from each other, top to bottom."""
    columns: list[list[Text]] = []
    for text in sorted(texts, key=lambda text: text.center_y):
        if not is_label(text.text) or is_action(text.text):
            continue
        for column in columns:
            last = column[-1]
            near = text.center_y - last.center_y < RUN * size
            if near and abs(column[0].box[0] - text.box[0]) < FLUSH * size:
                column.append(text)
                break
        else:
            columns.append([text])
    return [column for column in columns if len(column) > MIN_LABELS]


def _labels(column: Sequence[Text]) -> list[list[Text]]:
    """The lines of each label of a column; all of one line where none stand closer."""
    height = statistics.median(text.height for text in column)
    steps = [b.center_y - a.center_y for a, b in zip(column, column[1:], strict=False)]
    usual = statistics.median(steps)
    closest = min(LINE * height, usual / APART)
    labels = [[column[0]]]
    for text, step in zip(column[1:], steps, strict=True):
        first = labels[-1][0]
        whole = _are_alike(first, text) and not labels[-1][-1].text.endswith(":")
        if step <= closest and whole and len(labels[-1]) < MAX_LINES:
            labels[-1].append(text)
        else:
            labels.append([text])
    return labels


def _parted(
    labels: Sequence[Sequence[Text]], texts: Sequence[Text], size: float
) -> list[Sequence[Text]]:
    """The labels, lines that each have a value of their own as labels of their own."""
    parted: list[Sequence[Text]] = []
    for lines in labels:
        if all(_values([line], texts, size) for line in lines):
            parted += [[line] for line in lines]
        else:
            parted.append(lines)
    return parted


def _are_alike(one: Text, other: Text) -> bool:
    ink = max(abs(a - b) for a, b in zip(one.look.ink, other.look.ink, strict=True))
    return ink <= 60 and abs(one.height - other.height) <= 0.3 * max(one.height, other.height)


def _is_of_a_record(labels: Sequence[Sequence[Text]], texts: Sequence[Text], size: float) -> bool:
    """Whether labels have one value each, and those begin in one line."""
    beside = [_values(lines, texts, size) for lines in labels]
    filled = [values for values in beside if values]
    if len(labels) < MIN_LABELS or len(filled) < BESIDE * len(labels):
        return False
    start = statistics.median(values[0].box[0] for values in filled)
    flush = sum(abs(values[0].box[0] - start) < size for values in filled)
    edge = [text for values in filled for text in values if text.box[0] > start + 2 * size]
    return flush >= 0.8 * len(filled) and len(edge) <= SEVERAL * len(filled)


def _values(lines: Sequence[Text], texts: Sequence[Text], size: float) -> list[Text]:
    """What stands right of a label, the first line first."""
    end = max(line.box[2] for line in lines)
    top, bottom = lines[0].center_y - 0.5 * size, lines[-1].center_y + 0.5 * size
    found = [
        text
        for text in texts
        if 0 < text.box[0] - end < FAR * size and top <= text.center_y <= bottom
    ]
    return sorted(found, key=lambda text: (text.center_y, text.box[0]))


def _whole(lines: Sequence[Text], texts: Sequence[Text], size: float) -> Text:
    values = _values(lines, texts, size)
    left, right = min(line.box[0] for line in lines), max(line.box[2] for line in lines)
    first, last = (values[0], values[0]) if values else (lines[0], lines[-1])
    box = (left, first.box[1], right, last.box[3])
    return replace(lines[0], text=" ".join(line.text for line in lines), box=box)
