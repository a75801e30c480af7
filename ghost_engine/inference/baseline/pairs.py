"""Detail pages: labels in one column, each value to the right of its label.

Rows of two texts that share the left edges of both columns make one region; several such columns of
labels on a page make several.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ghost_engine.inference.baseline.labels import is_action, is_label, is_required, plain_label
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import Row, Text, group_rows, median_height, union_box

MIN_PAIRS = 3
MAX_VALUE_WORDS = 9
NEAR, FAR = 0.25, 0.6  # of the page's width, from a label to its value; where a sign marks it

Pair = tuple[Text, tuple[Text, ...]]


def find_pairs(page: Page, reach: float = NEAR) -> tuple[Region, ...]:
    """The label/value lists of the body, left to right; a value is no further from its label than
    `reach` times the page's width."""
    height = median_height(page.body)
    columns: dict[int, list[Pair]] = defaultdict(list)
    for row in group_rows(page.body):
        for label, values in _split(row, reach * page.width, FAR * page.width):
            key = next((x for x in columns if abs(x - label.box[0]) < 0.6 * height), label.box[0])
            columns[key].append((label, values))
    regions = (_region(pairs, page.body, height) for _, pairs in sorted(columns.items()))
    return tuple(region for region in regions if region is not None)


def _split(row: Row, near: float, far: float) -> list[Pair]:
    """(label, values) wherever a label is followed closely enough by something else."""
    pairs: list[Pair] = []
    for number, text in enumerate(row):
        if not is_label(text.text) or is_action(text.text):
            continue
        after = row[number + 1 :]
        most = max(near, far) if text.signed else near
        if after and 4 < after[0].box[0] - text.box[2] < most:
            pairs.append((text, after[:1]))
    return pairs


def _region(pairs: Sequence[Pair], body: Sequence[Text], height: float) -> Region | None:
    """One list of pairs: values flush with each other, rows near each other."""
    runs = _runs(_flush(pairs, height), height)
    best = max(runs, key=len, default=[])
    if not _is_one_list(best):
        return None
    labels = {label.text for label, _ in best}
    if len(best) < MIN_PAIRS or len(labels) < max(MIN_PAIRS, 0.85 * len(best)):
        return None
    best = _with_empty(best, body, height)
    fields = tuple(_field(label, values) for label, values in best)
    told = sum(text.text.endswith(":") for text, _ in best) >= 0.6 * len(best)
    confidence = min(0.79, 0.35 + 0.05 * len(best) + 0.15 * told)
    return Region(
        "detail", fields, union_box([field.box for field in fields]), round(confidence, 2)
    )


def _is_one_list(pairs: Sequence[Pair]) -> bool:
    """Labels begin alike, and what follows them is no running text."""
    capital = [label.text[0].isupper() for label, _ in pairs]
    prose = sum(len(text.text.split()) > MAX_VALUE_WORDS for _, values in pairs for text in values)
    initials = sum(len(label.text) <= 2 for label, _ in pairs)
    alike = all(capital) or not any(capital)
    return alike and prose <= 0.2 * len(pairs) and initials <= 0.3 * len(pairs)


def _with_empty(pairs: Sequence[Pair], body: Sequence[Text], height: float) -> list[Pair]:
    """The pairs, and the labels in line with theirs that have no value beside them."""
    left, end = pairs[0][0].box[0], pairs[0][1][0].box[0]
    found = list(pairs)
    for text in body:
        flush = abs(text.box[0] - left) < 0.35 * height and text.box[2] < end
        known = any(label is text for label, _ in found)
        if not flush or known or not is_label(text.text):
            continue
        near = min(abs(text.center_y - label.center_y) for label, _ in found) < 2.4 * height
        level = [
            t for t in body if t is not text and abs(t.center_y - text.center_y) < 0.5 * height
        ]
        beside = any(text.box[2] < other.box[0] < end + 2 * height for other in level)
        if near and not beside:
            found.append((text, ()))
    return sorted(found, key=lambda pair: pair[0].box[1])


def _flush(pairs: Sequence[Pair], height: float) -> list[Pair]:
    """The pairs whose values start where most values start."""
    if not pairs:
        return []
    starts = [values[0].box[0] for _, values in pairs]
    usual = max(starts, key=lambda x: (sum(abs(x - other) < height for other in starts), -x))
    return [pair for pair in pairs if abs(pair[1][0].box[0] - usual) < height]


def _runs(pairs: Sequence[Pair], height: float) -> list[list[Pair]]:
    runs: list[list[Pair]] = []
    for pair in sorted(pairs, key=lambda pair: pair[0].box[1]):
        if runs and pair[0].box[1] - runs[-1][-1][0].box[3] < 6 * height:
            runs[-1].append(pair)
        else:
            runs.append([pair])
    return runs


def _field(label: Text, values: tuple[Text, ...]) -> Field:
    shown = tuple(text.text for text in values if not text.is_empty_mark)
    box = union_box([label.box, *(text.box for text in values)])
    return Field(plain_label(label.text), shown, box, required=is_required(label.text))
