"""How labels and values of a record are set: apart from each other, or all alike."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from ghost_engine.inference.baseline.labels import is_label
from ghost_engine.inference.baseline.texts import Text

SAME_INK = 20.0  # levels between contrasts of texts set alike


@dataclass(frozen=True, slots=True)
class Pair:
    """A label with the lines of its value; none where it has no value."""

    label: Text
    values: tuple[Text, ...]


def are_set_apart(pairs: Sequence[Pair]) -> bool:
    """Whether labels are set unlike values, in size, ink, weight or capitals, all of them alike."""
    filled = [pair for pair in pairs if pair.values]
    if len(filled) < 2:
        return False
    labels, values = [pair.label for pair in filled], [pair.values[0] for pair in filled]
    shouted = all(text.text.isupper() for text in labels)
    if shouted and sum(text.text.isupper() for text in values) < 0.5 * len(values):
        return True
    return any(
        _apart([measure(text) for text in labels], [measure(text) for text in values], least)
        for measure, least in ((_size, 0.8), (contrast, 18.0), (_weight, 0.03))
    )


def are_set_alike(texts: Sequence[Text]) -> bool:
    """Whether texts are labels of one size and colour."""
    first = texts[0]
    return all(
        is_label(text.text)
        and abs(text.size - first.size) < 0.1 * first.size
        and abs(contrast(text) - contrast(first)) < SAME_INK
        for text in texts
    )


def _apart(ones: Sequence[float], others: Sequence[float], least: float) -> bool:
    """Whether two groups differ by `least`, and by more than they vary within."""
    spread = statistics.mean((statistics.pstdev(ones), statistics.pstdev(others)))
    gap = abs(statistics.median(ones) - statistics.median(others))
    return gap >= least and gap > 0.9 * spread


def _size(text: Text) -> float:
    return text.size


def _weight(text: Text) -> float:
    return text.look.weight


def contrast(text: Text) -> float:
    pairs = zip(text.look.ink, text.look.ground, strict=True)
    return float(max(abs(ink - ground) for ink, ground in pairs))
