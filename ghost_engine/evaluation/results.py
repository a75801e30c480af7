"""What an evaluation found: a result for each pair, and their means with intervals.

Intervals are 95 % percentile bootstrap intervals over the pairs, with a fixed seed: the same
results give the same interval. They say how far the mean depends on which screenshots were asked,
not how good the references are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ghost_engine.evaluation.predictions import Identity, Prediction
from ghost_engine.sql.compare import WEIGHTS, Comparison, Tally

RESAMPLES = 2_000
SEED = 20_261_122
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PairResult:
    """One prediction held against its reference."""

    prediction: Prediction
    comparison: Comparison

    @property
    def id(self) -> str:
        return self.prediction.pair

    def to_dict(self) -> dict[str, Any]:
        tallies, visible = self.comparison.lenient, self.comparison.visible
        return {
            "id": self.id,
            "score": _rounded(self.comparison.score),
            "strict_score": _rounded(self.comparison.strict_score),
            "visible_score": _rounded(self.comparison.visible_score),
            "exact": self.comparison.exact,
            "executes": self.prediction.executes,
            **{kind: getattr(tallies, kind).to_dict() for kind in WEIGHTS},
            "visible": visible.to_dict() if visible else None,
            "seconds": round(self.prediction.seconds, 3),
            "reason": self.prediction.reason or self.comparison.reason,
            "error": self.prediction.error,
        }


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A pair that could not be scored, and why: the engine is not to blame for it."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over `pairs` pairs and its interval; `value` is None over none."""

    value: float | None
    interval: Interval | None
    pairs: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All results. A pair whose engine failed scores 0; a pair left out is in no mean."""

    identity: Identity
    pairs_file: str
    results: tuple[PairResult, ...]
    missing_images: tuple[LeftOut, ...] = ()
    broken_references: tuple[LeftOut, ...] = ()
    unanswered: tuple[LeftOut, ...] = ()

    @property
    def executes(self) -> int:
        """How many predictions PostgreSQL ran."""
        return sum(result.prediction.executes for result in self.results)

    def score(self) -> Mean:
        return mean([result.comparison.score for result in self.results])

    def strict_score(self) -> Mean:
        return mean([result.comparison.strict_score for result in self.results])

    def visible_score(self) -> Mean:
        """Over the pairs whose reference is marked."""
        scores = (result.comparison.visible_score for result in self.results)
        return mean([score for score in scores if score is not None])

    def visible_column_precision(self) -> Mean:
        """Right columns of those predicted, without what stands for something hidden."""
        return mean([tally.precision for tally in self.visible_tallies("column")])

    def tallies(self, kind: str) -> list[Tally]:
        """The tallies of one kind, of the pairs where either side has any."""
        found = (getattr(result.comparison.lenient, kind) for result in self.results)
        return [tally for tally in found if tally.counts]

    def visible_tallies(self, kind: str) -> list[Tally]:
        """As `tallies`, counted as the visible score counts; only pairs that are marked."""
        parts = (result.comparison.visible for result in self.results)
        found = (getattr(part, kind) for part in parts if part is not None)
        return [tally for tally in found if tally.counts]

    def seconds(self, percentile: float) -> float | None:
        """The latency below which that percentage of the answers stayed; failures left out."""
        taken = [item.prediction.seconds for item in self.results if not item.prediction.error]
        if not taken:
            return None
        import numpy as np

        return float(np.percentile(taken, percentile))

    def to_dict(self) -> dict[str, Any]:
        """The JSON of `ghost eval`."""
        from ghost_engine.evaluation.report import evaluation_dict

        return evaluation_dict(self)


def mean(values: Sequence[float]) -> Mean:
    """The mean of per-pair values and its bootstrap interval."""
    if not values:
        return Mean(None, None, 0)
    import numpy as np

    sample = np.asarray(values, dtype=float)  # (pairs,)
    generator = np.random.default_rng(SEED)
    means = [
        sample[generator.integers(0, len(sample), len(sample))].mean() for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(means, (2.5, 97.5))
    return Mean(float(sample.mean()), (float(low), float(high)), len(sample))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
