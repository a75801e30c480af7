"""What the learned reader sees: numbers of every text, its letters, and how two texts lie.

Only NumPy is needed, so that the program that trains the reader (`scripts/train_reader.py`) and the
engine that runs it work with the same lines. Lengths are in units of the usual font size: a page
reads the same at any scale. What is here belongs to `weights.npz`: a change needs a new training.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ghost_engine.inference.baseline.reader.letters import (
    KINDS,
    MAX_GRAMS,
    kind_number,
    letter_groups,
    letter_numbers,
)

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sight:
    """A page as arrays of n texts and m controls; boxes are (x0, y0, x1, y1), source pixels."""

    texts: Sequence[str]
    boxes: Floats  # (n, 4)
    sizes: Floats  # (n,), font size, pixels
    weights: Floats  # (n,), inked share
    inks: Floats  # (n, 3), 0 to 255
    grounds: Floats  # (n, 3), 0 to 255
    controls: Floats  # (m, 4)
    shapes: NDArray[np.int64]  # (m,), 0 a box, 1 an underline, 2 a checkbox
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """`numbers` (n, NUMBERS), `grams` (n, MAX_GRAMS) and `places` (n, 9) of one page."""

    numbers: Floats
    grams: NDArray[np.int64]
    places: Floats


def encode(sight: Sight) -> Encoded:
    """The page as the network takes it."""
    unit = max(4.0, float(np.median(sight.sizes[sight.sizes > 0]))) if len(sight.texts) else 12.0
    kinds = np.array([kind_number(text) for text in sight.texts], np.int64)
    places = _places(sight, unit, kinds)
    columns = [
        letter_numbers(sight.texts),
        np.eye(len(KINDS) + 1, dtype=np.float32)[kinds],
        _page_place(sight, unit),
        _look(sight, unit),
        _around(places),
        _control_numbers(sight, places, unit),
    ]
    numbers = np.concatenate(columns, axis=1).astype(np.float32)
    grams = np.array([letter_groups(text) for text in sight.texts], np.int64)
    return Encoded(np.clip(numbers, -4, 4), grams.reshape(-1, MAX_GRAMS), places)


def _places(sight: Sight, unit: float, kinds: NDArray[np.int64]) -> Floats:
    """x0, x1, center y, size (in units), weight, light of ink and ground, kind, text's number."""
    x0, y0, x1, y1 = sight.boxes.T if len(sight.texts) else np.zeros((4, 0), np.float32)
    names = {text: number for number, text in enumerate(dict.fromkeys(sight.texts))}
    return np.stack(
        [
            x0 / unit,
            x1 / unit,
            (y0 + y1) / 2 / unit,
            sight.sizes / unit,
            sight.weights,
            _light(sight.inks),
            _light(sight.grounds),
            kinds.astype(np.float32),
            np.array([names[text] for text in sight.texts], np.float32),
        ],
        axis=1,
    ).astype(np.float32)


def _light(colours: Floats) -> Floats:
    return np.asarray(colours @ np.array([0.3, 0.59, 0.11], np.float32) / 255, np.float32)


def _page_place(sight: Sight, unit: float) -> Floats:
    x0, y0, x1, y1 = sight.boxes.T if len(sight.texts) else np.zeros((4, 0), np.float32)
    width, height = max(1, sight.width), max(1, sight.height)
    ones = np.ones(len(sight.texts), np.float32)
    return np.stack(
        [
            x0 / width,
            x1 / width,
            (y0 + y1) / 2 / height,
            (x1 - x0) / width,
            np.minimum(x0 / unit / 40, 3),
            np.minimum((width - x1) / unit / 40, 3),
            np.minimum(y0 / unit / 30, 3),
            np.minimum((height - y1) / unit / 30, 3),
            ones * min(3.0, width / unit / 80),
            ones * min(3.0, height / unit / 60),
            ones * min(3.0, len(sight.texts) / 100),
        ],
        axis=1,
    )


def _look(sight: Sight, unit: float) -> Floats:
    ink, ground = _light(sight.inks), _light(sight.grounds)
    usual_ink, usual_ground = _median(ink), _median(ground)
    colour = np.ptp(sight.inks, axis=1) / 255
    painted = np.ptp(sight.grounds, axis=1) / 255
    dark = float(usual_ground < 0.5)
    contrast = np.abs(ink - ground)
    weights = sight.weights - _median(sight.weights)
    return np.stack(
        [
            np.log(np.maximum(sight.sizes, 1) / unit),
            weights * 4,
            contrast,
            contrast - _median(contrast),
            np.abs(ink - usual_ink),
            np.abs(ground - usual_ground) * 2,
            colour,
            painted,
            np.full(len(sight.texts), dark),
        ],
        axis=1,
    ).astype(np.float32)


def _median(values: Floats) -> float:
    return float(np.median(values)) if len(values) else 0.0


def _around(places: Floats) -> Floats:
    """Gaps to the nearest texts on four sides, and how many stand in line with each text."""
    count = len(places)
    x0, x1, y, size = places.T[:4]
    level = np.abs(y[:, None] - y[None]) < 0.5
    np.fill_diagonal(level, False)
    over = np.minimum(x1[:, None], x1[None]) - np.maximum(x0[:, None], x0[None]) > 0
    np.fill_diagonal(over, False)
    right = np.where(level, x0[None] - x1[:, None], 99.0)
    left = np.where(level, x0[:, None] - x1[None], 99.0)
    down = np.where(over, y[None] - y[:, None], 99.0)
    sides = [_nearest(gap, -0.5) for gap in (left, right)]
    sides += [_nearest(gap, 0.5) for gap in (down, -np.where(over, y[None] - y[:, None], -99.0))]
    flush = [(np.abs(edge[:, None] - edge[None]) < 0.35).sum(1) for edge in (x0, x1, (x0 + x1) / 2)]
    names = Counter(places[:, 8].tolist())
    same = np.array([names[name] for name in places[:, 8].tolist()], np.float32)
    columns = [np.tanh(gap / reach) for gap in sides for reach in (2.0, 12.0)]
    columns += [np.minimum(each, 20) / 10 for each in flush]
    columns += [np.log(np.maximum(same, 1)), np.minimum(level.sum(1), 12) / 6]
    return np.stack(columns, axis=1).astype(np.float32).reshape(count, 13)


def _nearest(gaps: Any, least: float) -> Any:
    """The smallest gap of each row that is not below `least`; 99 without one."""
    return np.where(gaps > least, gaps, 99.0).min(axis=1, initial=99.0)


def _control_numbers(sight: Sight, places: Floats, unit: float) -> Floats:
    """The frame a text stands in, and the controls below, beside and before it."""
    count = len(places)
    made = np.zeros((count, 16), np.float32)
    boxes = sight.controls / unit
    if not count or not len(boxes):
        return made
    x0, x1, y = (places[:, None, column] for column in range(3))
    b0, t, b1, b = (boxes[None, :, column] for column in range(4))
    box = sight.shapes[None] == 0
    inside = (x0 > b0 - 0.4) & (x1 < b1 + 0.4) & (y > t) & (y < b)
    area = (b1 - b0) * (b - t)
    for place, want in ((0, inside & box), (6, inside & (sight.shapes[None] == 1))):
        frame = np.where(want, area, np.inf).argmin(axis=1)
        has = want.any(axis=1)
        own = boxes[frame]
        made[:, place] = has
        if place:
            continue
        made[:, 1] = has * np.minimum(own[:, 2] - own[:, 0], 60) / 20
        made[:, 2] = has * np.minimum(own[:, 3] - own[:, 1], 20) / 5
        made[:, 3] = has * np.tanh((places[:, 0] - own[:, 0]) / 4)
        made[:, 4] = has * np.tanh((own[:, 2] - places[:, 1]) / 8)
        mates = (frame[:, None] == frame[None]) & has[:, None] & has[None]
        made[:, 5] = has * np.minimum(mates.sum(1), 10) / 5
    below = (t - y > -0.2) & (t - y < 3) & (np.abs(x0 - b0) < 3) & (sight.shapes[None] < 2)
    beside = (b0 - x1 > -0.3) & (b0 - x1 < 14) & (t < y) & (b > y) & (sight.shapes[None] < 2)
    check = sight.shapes[None] == 2
    before = (x0 - b1 > -0.3) & (x0 - b1 < 2) & (np.abs((t + b) / 2 - y) < 0.7) & check
    near = (b0 - x1 > -0.3) & (b0 - x1 < 14) & (np.abs((t + b) / 2 - y) < 0.9) & check
    for place, want, gap in (
        (7, below, t - y),
        (9, beside, b0 - x1),
        (11, before, x0 - b1),
        (13, near, b0 - x1),
    ):
        made[:, place] = want.any(axis=1)
        made[:, place + 1] = np.where(want, np.tanh(gap / 3), 1.0).min(axis=1)
    made[:, 15] = np.minimum((inside & box).sum(1), 4) / 2
    return made


NUMBERS = 18 + len(KINDS) + 1 + 11 + 9 + 13 + 16
PAIRS = 28


def pair_numbers(places: Any, xp: Any) -> list[Any]:
    """PAIRS arrays (..., n, n): how text j lies to text i. `xp` is numpy or torch."""
    one = [places[..., :, None, column] for column in range(9)]
    two = [places[..., None, :, column] for column in range(9)]
    left, right = two[0] - one[0], two[1] - one[1]
    middle, y = (left + right) / 2, two[2] - one[2]
    gap = _larger(two[0] - one[1], one[0] - two[1], xp)  # negative where they overlap
    made = [xp.tanh(gap / 3), xp.tanh(gap / 15)]
    for offset in (left, right, middle, y):
        made += [xp.tanh(offset / 4), xp.tanh(offset / 25)]
    for offset in (left, right, middle):
        made += [xp.exp(-((offset / 0.5) ** 2)), xp.exp(-((offset / 3) ** 2))]
    made += [xp.exp(-((y / 0.5) ** 2)), xp.exp(-((y / 2.5) ** 2)), xp.exp(-((y / 8) ** 2))]
    size = xp.log(two[3] + 0.1) - xp.log(one[3] + 0.1)
    made += [xp.exp(-((size / 0.12) ** 2)), xp.tanh(2 * size)]
    made += [xp.tanh(6 * (two[4] - one[4])), xp.exp(-(((two[4] - one[4]) / 0.06) ** 2))]
    made += [xp.exp(-(((two[place] - one[place]) / 0.08) ** 2)) for place in (5, 6)]
    kind = two[7] - one[7]
    name = two[8] - one[8]
    made += [xp.exp(-(kind**2) * 9), xp.exp(-(name**2) * 9)]
    made.append(xp.exp(-((gap / 1.2) ** 2)) * xp.exp(-((y / 0.5) ** 2)))
    return made


def _larger(one: Any, two: Any, xp: Any) -> Any:
    return (one + two + xp.abs(one - two)) / 2
