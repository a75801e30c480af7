"""Labels over their values, told by words: a label is known to describe things, its value is not.

Texts of a pane go in; groups of pairs come out, those together that share lines or a left edge.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from ghost_engine.inference.baseline.attributes import is_attribute
from ghost_engine.inference.baseline.labels import is_action, is_label
from ghost_engine.inference.baseline.styles import Pair
from ghost_engine.inference.baseline.texts import Text

MIN_KNOWN = 4  # labels over values
MAX_LINES = 3  # of a value
ALIKE = 0.15  # of a size or weight
# In font sizes:
FLUSH = 0.6
UNDER = 2.6  # from a label's middle to its value's
RUN = 6.0  # between two labels of one list


def lists_below(texts: Sequence[Text], size: float) -> list[list[Pair]]:
    """Candidates: labels over their values, together where they share lines or a left edge."""
    pairs = _without_tables(
        [
            Pair(label, lines)
            for label in texts
            if is_attribute(label.text) and (lines := _lines_below(label, texts, size))
        ],
        size,
    )
    if len(pairs) < MIN_KNOWN:
        return []
    pairs += _unknown(pairs, texts, size)
    groups = [group for group in _groups(pairs, size) if _has_lines(group, size)]
    return [sorted(group, key=lambda pair: pair.label.box[1]) for group in groups]


def _lines_below(label: Text, texts: Sequence[Text], size: float) -> tuple[Text, ...]:
    """What follows under a label up to the next one, as close as its first line."""
    lines: list[Text] = []
    last, most = label, UNDER * size
    while (below := _below(last, texts, size)) is not None:
        step = below.center_y - last.center_y
        if step > most or is_attribute(below.text):
            break
        lines.append(below)
        last, most = below, 1.1 * (lines[0].center_y - label.center_y)
    return tuple(lines)


def _without_tables(pairs: Sequence[Pair], size: float) -> list[Pair]:
    """The pairs whose labels head no column: most on their line have one value, none has many."""
    kept = []
    for pair in pairs:
        level = [p for p in pairs if abs(p.label.center_y - pair.label.center_y) < FLUSH * size]
        usual = statistics.median(len(p.values) for p in level)
        if len(pair.values) <= MAX_LINES and (usual < 2 or len(level) == 1):
            kept.append(pair)
    return kept


def _below(label: Text, texts: Sequence[Text], size: float) -> Text | None:
    """The next text under another, beginning with it."""
    under = [
        text
        for text in texts
        if abs(text.box[0] - label.box[0]) < FLUSH * size
        and 0.6 * size < text.center_y - label.center_y < UNDER * size
    ]
    return min(under, key=lambda text: text.center_y, default=None)


def _unknown(pairs: Sequence[Pair], texts: Sequence[Text], size: float) -> list[Pair]:
    """Labels of words nobody knows, set like the others and as far from what is below."""
    labels = [pair.label for pair in pairs]
    told = {text for pair in pairs for text in (pair.label, *pair.values)}
    step = statistics.median(p.values[0].center_y - p.label.center_y for p in pairs)
    found = []
    for text in texts:
        value = _below(text, texts, size) if text not in told and is_label(text.text) else None
        if value is None or value in told or is_action(text.text) or not are_alike(text, labels):
            continue
        if abs(value.center_y - text.center_y - step) < 0.25 * size:
            found.append(Pair(text, (value,)))
    return found


def are_alike(text: Text, labels: Sequence[Text]) -> bool:
    """Whether a text is set as the labels are."""
    size = statistics.median(label.size for label in labels)
    weight = statistics.median(label.look.weight for label in labels)
    return abs(text.size - size) < ALIKE * size and abs(text.look.weight - weight) < ALIKE * weight


def _groups(pairs: Sequence[Pair], size: float) -> list[list[Pair]]:
    """Pairs that belong together: on one line, or in one column close below each other."""
    groups: list[list[Pair]] = []
    for pair in pairs:
        near = [group for group in groups if any(_are_near(pair, other, size) for other in group)]
        joined = [other for group in near for other in group] + [pair]
        groups = [group for group in groups if group not in near] + [joined]
    return groups


def _are_near(one: Pair, other: Pair, size: float) -> bool:
    level = abs(one.label.center_y - other.label.center_y) < FLUSH * size
    flush = abs(one.label.box[0] - other.label.box[0]) < FLUSH * size
    apart = abs(one.label.center_y - other.label.center_y)
    return level or (flush and apart < (UNDER + RUN) * size)


def _has_lines(pairs: Sequence[Pair], size: float) -> bool:
    """Whether labels stand on several lines: those of one line head a table of one row."""
    lines: list[float] = []
    for pair in pairs:
        if not any(abs(pair.label.center_y - line) < size for line in lines):
            lines.append(pair.label.center_y)
    return len(lines) >= 2
