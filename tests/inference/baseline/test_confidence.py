"""Confidence as the share that is right: monotone, bounded, the same tables and columns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ghost_engine.inference.baseline.confidence import HIGHEST, LOWEST, calibrate
from ghost_engine.inference.baseline.plan import PlannedColumn, PlannedTable

COLUMN = PlannedColumn("total", "numeric", "read", 0.6, label="Total")
TABLE = PlannedTable("orders", (PlannedColumn("id", "bigint", "a key", 0.9), COLUMN), "title", 0.8)


def given(table: float, own: float, label: str | None = "Total") -> tuple[float, float, float]:
    """Table, key and column after the curves."""
    columns = (TABLE.columns[0], replace(COLUMN, confidence=own, label=label))
    (made,) = calibrate([replace(TABLE, confidence=table, columns=columns)])
    return made.confidence, made.columns[0].confidence, made.columns[1].confidence


@pytest.mark.parametrize("label", ["Total", None])
def test_more_evidence_is_never_less_confidence(label: str | None) -> None:
    steps = [number / 20 for number in range(21)]
    by_own = [given(0.8, own, label)[2] for own in steps]
    by_table = [given(table, 0.6, label) for table in steps]
    assert by_own == sorted(by_own)
    for figures in zip(*by_table, strict=True):
        assert list(figures) == sorted(figures)
    assert by_table[0][0] < by_table[-1][0]  # and the table's counts


def test_nothing_is_certain_and_nothing_else_changes() -> None:
    assert all(LOWEST <= figure <= HIGHEST for figure in (*given(1.0, 1.0), *given(0.0, 0.0)))
    (made,) = calibrate([TABLE])
    plain = [replace(column, confidence=0) for column in made.columns]
    assert plain == [replace(column, confidence=0) for column in TABLE.columns]


def test_a_key_is_as_sure_as_its_table_lets_it_be() -> None:
    assert given(0.95, 0.6)[1] > given(0.4, 0.6)[1]
