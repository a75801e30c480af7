"""Curves that are read on: they equal those that are read once, and are thinned without lies."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np
import pytest

from ghost_engine.jobs.folder import RunFolder, append_row, write_json
from ghost_engine.training.curves import Curves, LiveCard, LiveCurves, Series, Shown, curves


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def step(folder: RunFolder, number: int, attempt: int = 1, **values: float | None) -> None:
    append_row(folder.metrics, {"attempt": attempt, "step": number, **values})


def same(one: Curves, other: Curves) -> bool:
    return one.series.keys() == other.series.keys() and all(
        np.array_equal(one[name].x, other[name].x) and np.array_equal(one[name].y, other[name].y)
        for name in one.series
    )


def test_a_run_without_measurements_has_no_curves(folder: RunFolder) -> None:
    found = curves(folder)
    assert not found.series and found["loss"].last is None and found["loss"].peak is None
    assert len(found["loss"].smoothed()) == 0 and len(found["loss"].thinned()) == 0


def test_what_is_added_is_read_on(folder: RunFolder) -> None:
    live = LiveCurves(folder)
    for number in range(1, 6):
        step(folder, number, loss=1 / number)
        live.refresh()
    assert live.refresh()["loss"].x.tolist() == [1, 2, 3, 4, 5]
    assert same(live.refresh(), curves(folder))


def test_nothing_new_is_the_same_object(folder: RunFolder) -> None:
    step(folder, 1, loss=2.0)
    live = LiveCurves(folder)
    assert live.refresh() is live.refresh()


def test_a_validation_joins_the_row_of_its_step(folder: RunFolder) -> None:
    live = LiveCurves(folder)
    step(folder, 1, loss=2.0)
    live.refresh()
    step(folder, 1, eval_loss=1.5, score=0.25)
    found = live.refresh()
    assert found["loss"].y.tolist() == [2.0] and found["eval_loss"].y.tolist() == [1.5]
    assert found.recent[-1] == {
        "attempt": 1,
        "step": 1,
        "loss": 2.0,
        "eval_loss": 1.5,
        "score": 0.25,
    }


def test_a_resumed_attempt_takes_back_the_steps_after_its_start(folder: RunFolder) -> None:
    live = LiveCurves(folder)
    for number in (1, 2, 3, 4):
        step(folder, number, loss=float(number))
    before = live.refresh()
    folder.add_event("started", 2, from_step=2)
    step(folder, 3, attempt=2, loss=30.0)
    after = live.refresh()
    assert after["loss"].y.tolist() == [1.0, 2.0, 30.0]
    assert before["loss"].y.tolist() == [1.0, 2.0, 3.0, 4.0]  # what was handed out stays


def test_a_fresh_start_begins_anew(folder: RunFolder) -> None:
    live = LiveCurves(folder)
    step(folder, 1, loss=1.0)
    live.refresh()
    write_json(folder.attempt, {"attempt": 2, "lineage": 2})
    folder.add_event("started", 2, from_step=0)
    assert len(live.refresh()["loss"]) == 0


def test_what_is_no_finite_number_is_left_out(folder: RunFolder) -> None:
    step(folder, 1, loss=math.nan)
    step(folder, 2, loss=1.0, grad_norm=None)
    found = curves(folder)
    assert found["loss"].x.tolist() == [2] and "grad_norm" not in found.series


@pytest.mark.parametrize("seed", range(20))
def test_reading_on_equals_reading_once_whatever_happens(folder: RunFolder, seed: int) -> None:
    chance, live, number, attempt = random.Random(seed), LiveCurves(folder), 0, 1
    for _ in range(60):
        what = chance.random()
        if what < 0.7:
            number += 1
            step(folder, number, attempt, loss=chance.random())
        elif what < 0.8 and number:
            step(folder, chance.randint(1, number), attempt, eval_loss=chance.random())
        elif what < 0.9:
            attempt, number = attempt + 1, chance.randint(0, number)
            folder.add_event("started", attempt, from_step=number)
        if chance.random() < 0.5:
            live.refresh()
    assert same(live.refresh(), curves(folder))


def test_thinning_keeps_the_peaks() -> None:
    x = np.arange(50_000.0)
    y = np.sin(x / 900)
    y[31_234] = 40.0
    thin = Series(x, y).thinned(400)
    assert len(thin) <= 400 and thin.peak == 40.0
    assert np.isin(thin.x, x).all() and thin.x[0] == 0 and thin.last == y[-1]


def test_few_points_are_all_shown() -> None:
    few = Series(np.arange(10.0), np.arange(10.0))
    assert few.thinned(10) is few


def test_smoothing_is_the_mean_that_adam_takes() -> None:
    values = [random.Random(3).random() for _ in range(300)]
    kept = 1 - 2 / 10
    sums = weights = 0.0
    expected = []
    for value in values:
        sums, weights = kept * sums + value, kept * weights + 1
        expected.append(sums / weights)
    smooth = Series(np.arange(300.0), np.array(values)).smoothed(span=9)
    assert np.allclose(smooth.y, expected)


def test_a_long_curve_is_drawn_again_only_when_it_has_grown() -> None:
    x = np.arange(100_000.0)
    shown = Shown()
    first = shown.see("loss", Series(x[:90_000], x[:90_000]), 400)
    assert shown.see("loss", Series(x[:90_100], x[:90_100]), 400) is first
    assert shown.see("loss", Series(x[:91_000], x[:91_000]), 400).last == 90_999


def test_a_short_curve_is_drawn_again_with_every_point() -> None:
    x, shown = np.arange(10.0), Shown()
    shown.see("loss", Series(x[:9], x[:9]), 400)
    assert shown.see("loss", Series(x, x), 400).last == 9


def test_a_curve_that_was_taken_back_is_drawn_again() -> None:
    x, shown = np.arange(1000.0), Shown()
    shown.see("loss", Series(x, x), 10)
    assert shown.see("loss", Series(x, x + 1), 10).last == 1000


def test_the_card_is_read_by_time(folder: RunFolder) -> None:
    card = LiveCard(folder)
    time = "2026-11-22T12:00:0{}.000Z"
    append_row(folder.vram, {"time": time.format(0), "used_gib": 1.5, "utilization": None})
    card.refresh()
    append_row(folder.vram, {"time": time.format(2), "used_gib": 2.5, "temperature": 61})
    append_row(folder.vram, {"used_gib": 9.0})
    found = card.refresh()
    assert np.diff(found["used_gib"].x).tolist() == [2.0] and found["used_gib"].peak == 2.5
    assert found["temperature"].last == 61 and "utilization" not in found.series
    assert card.refresh() is found


def test_each_card_of_several_has_curves_of_its_own(folder: RunFolder) -> None:
    card = LiveCard(folder)
    time = "2026-11-22T12:00:0{}.000Z"
    append_row(folder.vram, {"time": time.format(0), "used_gib": 2.0})
    assert card.refresh().cards == ()
    both = [{"card": 1, "used_gib": 3.0, "temperature": 50}, {"card": 2, "used_gib": 2.5}]
    append_row(folder.vram, {"time": time.format(2), "used_gib": 3.0, "cards": both})
    found = card.refresh()
    assert found.cards == (1, 2) and found["used_gib"].y.tolist() == [2.0, 3.0]
    assert [found[f"used_gib of card {number}"].last for number in (1, 2)] == [3.0, 2.5]
    assert "temperature of card 2" not in found.series
