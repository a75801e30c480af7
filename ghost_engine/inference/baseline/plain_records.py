"""Records set plainly: labels that are known to describe things, each with its value beside it or
below it, whether or not they are set apart.

Columns of texts go in, detail regions come out. What tells labels from values is words, six or more
of them: a table's first column holds data, so its words describe nothing.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

from ghost_engine.inference.baseline.attributes import is_attribute
from ghost_engine.inference.baseline.controls import (
    MAX_INPUT_HEIGHT,
    Control,
    font_size,
    holds_text,
)
from ghost_engine.inference.baseline.labels import is_action, is_label, is_required, plain_label
from ghost_engine.inference.baseline.labels_over import FLUSH, RUN, are_alike, lists_below
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.styles import Pair
from ghost_engine.inference.baseline.texts import Text, union_box
from ghost_engine.inference.baseline.vocabulary import kind_of_value

MIN_PAIRS = 6
LABELS, VALUES = 0.55, 0.2  # the share of known words: at least of labels, at most of values
FILLED = 0.6  # of the labels
MANY = 0.34  # of the values, with more on their line
DISTINCT = 0.85
FLUSH_SHARE = 0.75  # of the values that begin, or end, together
CONFIDENCE = 0.95
OFF = 1.6  # times the usual step between labels
TOUCH = 3  # pixels between two cells, at most
# In font sizes:
BESIDE = 40.0  # from a label to its value


def find_plain_records(page: Page, controls: Sequence[Control]) -> tuple[Region, ...]:
    """The plain records of a pane, those beside their labels first."""
    size = font_size(page.body)
    texts = sorted(page.body, key=lambda text: (text.center_y, text.box[0]))
    if sum(is_attribute(text.text) for text in texts) < MIN_PAIRS:
        return ()
    regions = []
    taken: set[Text] = set()
    for pairs in (*_lists_beside(texts, size), *lists_below(texts, size)):
        told = {text for pair in pairs for text in (pair.label, *pair.values)}
        if len(taken & told) <= 2 and _is_record(pairs) and not are_inputs(pairs, controls, size):
            taken |= told
            regions.append(_region(pairs))
    return tuple(regions)


def _lists_beside(texts: Sequence[Text], size: float) -> list[list[Pair]]:
    """Candidates: columns of labels, each with what stands on its line."""
    edges = [*_edges(texts, 0, size), *_edges(texts, 2, size)]
    lists = [
        pairs
        for side, edge in edges
        for run in _runs(
            [text for text in texts if abs(text.box[side] - edge) < FLUSH * size], size
        )
        if (pairs := _beside(run, texts, edges, size))
    ]
    return sorted(lists, key=len, reverse=True)


def _edges(texts: Sequence[Text], side: int, size: float) -> list[tuple[int, int]]:
    """(side, x) where several known labels begin (side 0) or end (side 2) together."""
    groups: list[list[int]] = []
    for x in sorted(text.box[side] for text in texts if is_attribute(text.text)):
        if groups and x - groups[-1][0] < FLUSH * size:
            groups[-1].append(x)
        else:
            groups.append([x])
    return [(side, int(statistics.median(group))) for group in groups if len(group) >= 3]


def _runs(column: Sequence[Text], size: float) -> list[list[Text]]:
    """A column cut where its texts stand far apart."""
    runs: list[list[Text]] = []
    for text in column:
        if runs and text.center_y - runs[-1][-1].center_y < RUN * size:
            runs[-1].append(text)
        else:
            runs.append([text])
    return [run for run in runs if len(run) >= MIN_PAIRS]


def _beside(
    run: Sequence[Text], texts: Sequence[Text], edges: Sequence[tuple[int, int]], size: float
) -> list[Pair]:
    """The labels of a column with the values on their lines; none where rows go on after them."""
    known = [text for text in run if is_attribute(text.text)]
    found = []
    longer = 0
    for label in run:
        level = [text for text in texts if _is_right_of(label, text, size)]
        value = min(level, key=lambda text: text.box[0], default=None)
        if value is None or _begins_label(value, edges, size):
            if is_attribute(label.text) and are_alike(label, known):
                found.append(Pair(label, ()))
            continue
        if not is_label(label.text) or is_action(label.text):
            continue
        after = min((t.box[0] for t in level if t.box[0] > value.box[2]), default=None)
        longer += after is not None and not any(
            side == 0 and abs(after - x) < 2 * FLUSH * size for side, x in edges
        )
        found.append(Pair(label, (value,)))
    values = [pair.values for pair in found if pair.values]
    if len(set(values)) < len(values) or longer > MANY * len(values):
        return []  # labels of two lines, or the rows of a table
    return _in_line(_without_far(found), size)


def _without_far(pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs but for a last label without a value that stands off: another heading."""
    steps = [b.label.center_y - a.label.center_y for a, b in zip(pairs, pairs[1:], strict=False)]
    far = steps and not pairs[-1].values and steps[-1] > OFF * statistics.median(steps)
    return list(pairs[:-1] if far else pairs)


def _is_right_of(label: Text, text: Text, size: float) -> bool:
    level = abs(text.center_y - label.center_y) < 0.5 * min(text.height, label.height)
    return level and 0 < text.box[0] - label.box[2] < BESIDE * size


def _begins_label(text: Text, edges: Sequence[tuple[int, int]], size: float) -> bool:
    """Whether a text is the label of the next list on the right."""
    on_edge = any(abs(text.box[side] - x) < FLUSH * size for side, x in edges)
    return on_edge and is_attribute(text.text)


def _in_line(pairs: Sequence[Pair], size: float) -> list[Pair]:
    """The pairs whose values begin or end in one line, where nearly all do; and those without."""
    values = [pair.values[0] for pair in pairs if pair.values]
    lines = [_flush(values, side, size) for side in (0, 2)]
    most = max(lines, key=len)
    if len(most) < max(1, FLUSH_SHARE * len(values)):
        return []
    return [pair for pair in pairs if not pair.values or pair.values[0] in most]


def _flush(values: Sequence[Text], side: int, size: float) -> list[Text]:
    """The most values that begin (side 0) or end (side 2) together."""
    together = (
        [w for w in values if abs(v.box[side] - w.box[side]) < FLUSH * size] for v in values
    )
    return max(together, key=len, default=[])


def _is_record(pairs: Sequence[Pair]) -> bool:
    """Whether labels describe and values do not, and values are of more than one kind."""
    values = [pair.values[0].text for pair in pairs if pair.values]
    labels = {pair.label.text.lower() for pair in pairs}
    if len(values) < max(MIN_PAIRS, FILLED * len(pairs)) or len(labels) < DISTINCT * len(pairs):
        return False
    described = sum(is_attribute(pair.label.text) for pair in pairs)
    describing = sum(is_attribute(value) for value in values)
    kinds = {kind_of_value(value) for value in values}
    return (
        described >= LABELS * len(pairs)
        and describing <= VALUES * len(values)
        and (len(kinds) > 1 or kinds == {"text"})
        and len(set(values)) > 0.5 * len(values)
    )


def are_inputs(pairs: Sequence[Pair], controls: Iterable[Control], size: float) -> bool:
    """Whether values stand in boxes of their own, which a form reads."""
    low = [c for c in controls if c.shape == "box" and c.height < MAX_INPUT_HEIGHT * size]
    boxes = [box for box in low if not any(_touches(box, other) for other in low)]
    own = sum(
        any(
            holds_text(box.box, pair.values[0]) and not holds_text(box.box, pair.label)
            for box in boxes
        )
        for pair in pairs
        if pair.values
    )
    return own > 0.3 * len(pairs)


def _touches(one: Control, other: Control) -> bool:
    """Whether a box stands right on or under another as wide as it: the cells of a grid."""
    flush = abs(one.box[0] - other.box[0]) < 5 and abs(one.box[2] - other.box[2]) < 5
    steps = (other.box[1] - one.box[3], one.box[1] - other.box[3])
    return one is not other and flush and min(map(abs, steps)) <= TOUCH


def _region(pairs: Sequence[Pair]) -> Region:
    fields = tuple(_field(pair) for pair in pairs)
    return Region("detail", fields, union_box([field.box for field in fields]), CONFIDENCE)


def _field(pair: Pair) -> Field:
    shown = tuple(text.text for text in pair.values if not text.is_empty_mark)
    box = union_box([pair.label.box, *(text.box for text in pair.values)])
    label = pair.label.text
    return Field(plain_label(label), shown, box, required=is_required(label))
