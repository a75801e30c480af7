"""The best of several answers to one question, and how far they are apart.

Those that run and make tables come before all others; among them the one that agrees most with the
rest, by the score of `sql.compare`. Nothing is asked or judged here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from ghost_engine.sql import Report
from ghost_engine.sql.compare import compare


@dataclass(frozen=True, slots=True)
class Choice:
    """The place of the best one; what each agrees with the others, 0 to 1; and one minus the mean
    of that, or None where there was one answer."""

    index: int
    agreement: tuple[float, ...]
    disagreement: float | None


def best_of(reports: Sequence[Report | None]) -> Choice:
    """Choose among verdicts on several answers; of equals the first.

    The agreement of one is its mean score against every other. One that does not run agrees with
    none, so two that run and a third that does not are not called unanimous.

    Args:
        reports: at least one; None where nothing was written.
    """
    scores = [[0.0] * len(reports) for _ in reports]
    for one, other in combinations(range(len(reports)), 2):
        scores[one][other] = scores[other][one] = _agreement(reports[one], reports[other])
    others = len(reports) - 1
    agreement = tuple(sum(row) / others if others else 1.0 for row in scores)
    ranked = [(_makes_tables(report), agreement[at]) for at, report in enumerate(reports)]
    index = max(range(len(reports)), key=lambda at: ranked[at])
    apart = 1 - sum(agreement) / len(agreement) if others else None
    return Choice(index, agreement, apart)


def _agreement(one: Report | None, other: Report | None) -> float:
    """The mean of both directions: which of two samples is the reference is nobody's choice."""
    if one is None or other is None or not (_makes_tables(one) and _makes_tables(other)):
        return 0.0
    there, back = compare(one.schema, other.schema), compare(other.schema, one.schema)
    return (there.score + back.score) / 2


def _makes_tables(report: Report | None) -> bool:
    return report is not None and report.valid and bool(report.schema.tables)
