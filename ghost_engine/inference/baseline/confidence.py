"""What confidence is worth: from the stages' own figures to the share that turns out right.

A stage says how well its evidence fits, not how often such an answer is right: a column read
without doubt is wrong if its table is. The curves are monotone (more evidence is never less
confidence) and were fitted by `benchmarks/confidence.py --fit`. Nothing is left out or added.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ghost_engine.inference.baseline.plan import ID, PlannedColumn, PlannedTable

LOWEST, HIGHEST = 0.05, 0.98  # what no figure may pass: nothing is certain


@dataclass(frozen=True, slots=True)
class Curve:
    """A logistic curve: its weights are of the log odds of the figures, and never negative."""

    start: float
    own: float
    table: float = 0.0
    labelled: float = 0.0  # added where a label stands in the picture

    def __call__(self, own: float, table: float = 0.5, labelled: bool = False) -> float:
        odds = self.start + self.own * log_odds(own) + self.table * log_odds(table)
        share = 1 / (1 + math.exp(-odds - self.labelled * labelled))
        return round(min(HIGHEST, max(LOWEST, share)), 2)


TABLES = Curve(0.88, 0.68)
KEYS = Curve(0.64, 0.0, 0.76)  # a key is as right as its table
COLUMNS = Curve(0.22, 0.03, 0.11, 0.37)


def calibrate(tables: Sequence[PlannedTable]) -> tuple[PlannedTable, ...]:
    """The same tables with confidences that are shares of right answers."""
    return tuple(
        replace(
            table,
            confidence=TABLES(table.confidence),
            columns=tuple(
                replace(column, confidence=_of_column(column, table)) for column in table.columns
            ),
        )
        for table in tables
    )


def log_odds(share: float) -> float:
    """Of a share; of certainty those of `HIGHEST`."""
    inside = min(HIGHEST, max(LOWEST, share))
    return math.log(inside / (1 - inside))


def _of_column(column: PlannedColumn, table: PlannedTable) -> float:
    curve = KEYS if column.name == ID else COLUMNS
    return curve(column.confidence, table.confidence, column.label is not None)
