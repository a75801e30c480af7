"""Table headers: which texts of a row are labels, and whether they are set as one header.

A row goes in with the rows below it; the labels come out, wrapped ones joined.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.labels import is_label, label_start
from ghost_engine.inference.baseline.texts import Row, Text, median_height, union_box

MAX_HEADER_LINES = 2  # below the first
MAX_ACRONYM = 4  # letters


def read_header(rows: Sequence[Row], number: int) -> tuple[tuple[Text, ...], int]:
    """The labels of a row, wrapped ones joined with the next rows'; and how many rows that took."""
    labels = texts = _only_labels(rows[number])
    if len(texts) < max(1, 0.7 * len(rows[number])):
        return (), 0
    taken = 0
    for row in rows[number + 1 : number + 1 + MAX_HEADER_LINES]:
        if not _is_close(rows[number + taken], row):
            break
        texts, taken = (*texts, *row), taken + 1
    joined = _join_wrapped(texts)
    return (joined, taken) if len(joined) < len(texts) else (labels, 0)


def is_one_style(header: Sequence[Text]) -> bool:
    """Labels of one header all begin with a capital, or none does; all are set in capitals, or
    none is but for short ones."""
    capital = [head.text[0].isupper() for head in header if head.text[0].isalpha()]
    if not all(capital) and any(capital):
        return False
    shouted = [head.text for head in header if head.text.isupper()]
    acronyms = all(len(text) <= MAX_ACRONYM for text in shouted)
    return acronyms or len(shouted) >= 0.6 * len(header)


def _only_labels(row: Row) -> tuple[Text, ...]:
    return tuple(label for text in row if (label := _as_label(text)) is not None)


def _as_label(text: Text) -> Text | None:
    """The text if it is a label, or the label it begins with."""
    if is_label(text.text):
        return text
    start = label_start(text.text)
    if start is None:
        return None
    x0, y0, x1, y1 = text.box
    return replace(
        text, text=start, box=(x0, y0, x0 + (x1 - x0) * len(start) // len(text.text), y1)
    )


def _is_close(row: Row, below: Row) -> bool:
    """Whether `below` may hold the second lines of labels, or labels set lower than others."""
    height = median_height(row)
    step = statistics.mean(text.center_y for text in below) - statistics.mean(
        text.center_y for text in row
    )
    return step < 1.25 * height and all(
        is_label(text.text) and text.height < 1.4 * height for text in below
    )


def _join_wrapped(texts: Sequence[Text]) -> tuple[Text, ...]:
    columns: list[list[Text]] = []
    for text in sorted(texts, key=lambda text: (text.box[1], text.box[0])):
        home = next((column for column in columns if _overlap(column[0], text) > 0), None)
        if home is None:
            columns.append([text])
        else:
            home.append(text)
    joined = [
        replace(
            column[0],
            text=" ".join(text.text for text in column),
            box=union_box([text.box for text in column]),
        )
        for column in columns
    ]
    return tuple(sorted(joined, key=lambda text: text.box[0]))


def _overlap(one: Text, other: Text) -> int:
    return min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
