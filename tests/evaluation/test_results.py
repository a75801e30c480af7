"""Means, intervals and latencies."""

from __future__ import annotations

import pytest

from ghost_engine.evaluation.identity import identify
from ghost_engine.evaluation.predictions import Identity, Prediction
from ghost_engine.evaluation.results import Evaluation, PairResult, mean
from ghost_engine.inference.baseline.engine import BaselineEngine
from ghost_engine.sql import Schema
from ghost_engine.sql.compare import compare


def answered(seconds: float, error: str = "") -> PairResult:
    prediction = Prediction("p", "h", Identity("e"), "", True, Schema(), seconds, error=error)
    return PairResult(prediction, compare(Schema(), Schema()))


def test_an_interval_is_the_same_every_time_and_holds_the_mean() -> None:
    values = [0.1, 0.4, 0.4, 0.9, 1.0, 0.0, 0.3]
    first, second = mean(values), mean(values)
    assert first == second and first.interval is not None and first.value is not None
    assert first.interval[0] < first.value < first.interval[1]
    assert first.value == pytest.approx(sum(values) / 7)


def test_more_pairs_make_a_narrower_interval() -> None:
    few, many = mean([0.0, 1.0] * 5).interval, mean([0.0, 1.0] * 500).interval
    assert few is not None and many is not None
    assert many[1] - many[0] < (few[1] - few[0]) / 5


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    import numpy as np

    generator = np.random.default_rng(1)
    samples = generator.uniform(0.0, 1.0, size=(100, 60))
    intervals = [mean(list(sample)).interval for sample in samples]
    covered = sum(low <= 0.5 <= high for low, high in filter(None, intervals))
    assert 85 <= covered <= 100


def test_over_no_pair_there_is_no_mean() -> None:
    assert mean([]).value is None and mean([]).interval is None


def test_latency_leaves_failures_out() -> None:
    results = tuple(answered(float(second)) for second in range(1, 101))
    evaluation = Evaluation(Identity("e"), "p.jsonl", (*results, answered(0.0, error="failed")))
    assert evaluation.seconds(50) == pytest.approx(50.5)
    assert evaluation.seconds(95) == pytest.approx(95.05)
    assert Evaluation(Identity("e"), "p.jsonl", ()).seconds(50) is None


def test_the_rules_of_an_engine_without_a_model_are_its_identity() -> None:
    identity = identify(BaselineEngine())
    assert identity.engine == "baseline" and identity.model is None
    assert len(identity.version) == 12
