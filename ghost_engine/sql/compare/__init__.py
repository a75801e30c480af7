"""Scores: one schema held against another, `compare(predicted, reference) -> Comparison`."""

from ghost_engine.sql.compare.comparison import Comparison, compare
from ghost_engine.sql.compare.matching import ColumnMatch, TableMatch
from ghost_engine.sql.compare.tallies import WEIGHTS, Tallies, Tally
from ghost_engine.sql.compare.visibility import Visibility, Visible

__all__ = [
    "WEIGHTS",
    "ColumnMatch",
    "Comparison",
    "TableMatch",
    "Tallies",
    "Tally",
    "Visibility",
    "Visible",
    "compare",
]
