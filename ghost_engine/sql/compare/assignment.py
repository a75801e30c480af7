"""Optimal one-to-one assignment, the same whatever order the two sides come in."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping

Pair = tuple[int, int]
_TIE = 1e-7


def assign(weights: Mapping[Pair, float]) -> list[Pair]:
    """The pairs of greatest total weight in which no index of either side comes twice.

    Args:
        weights: positive weight of each pair (left, right) that may be chosen.
    """
    lefts = Counter(left for left, _ in weights)
    rights = Counter(right for _, right in weights)
    if all(count == 1 for count in (*lefts.values(), *rights.values())):
        return sorted(weights)  # nobody is asked for twice: nothing to weigh up
    return _optimal(weights, sorted(lefts), sorted(rights))


def tie_break(first: str, second: str) -> float:
    """A tiny weight that depends only on the two names, in whatever order they are given."""
    text = "\0".join(sorted((first, second)))
    return _TIE * zlib.crc32(text.encode("utf-8", "surrogatepass")) / 2**32


def _optimal(weights: Mapping[Pair, float], lefts: list[int], rights: list[int]) -> list[Pair]:
    import numpy as np
    from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

    rows = {left: row for row, left in enumerate(lefts)}
    columns = {right: column for column, right in enumerate(rights)}
    matrix = np.zeros((len(lefts), len(rights)))
    for (left, right), weight in weights.items():
        matrix[rows[left], columns[right]] = weight
    chosen = zip(*linear_sum_assignment(matrix, maximize=True), strict=True)
    pairs = ((lefts[row], rights[column]) for row, column in chosen)
    return sorted(pair for pair in pairs if pair in weights)
