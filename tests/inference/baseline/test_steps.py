"""Steps between neighbouring pixels."""

from __future__ import annotations

import numpy as np

from ghost_engine.inference.baseline.steps import largest_channel, steps_down, steps_right


def test_a_step_is_that_of_the_channel_that_differs_most() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (9, 11, 3), np.uint8)
    wide = pixels.astype(int)
    assert (steps_right(pixels) == np.abs(np.diff(wide, axis=1)).max(axis=2)).all()
    assert (steps_down(pixels) == np.abs(np.diff(wide, axis=0)).max(axis=2)).all()
    assert (largest_channel(pixels) == pixels.max(axis=2)).all()


def test_a_line_of_one_pixel_has_no_steps() -> None:
    pixels = np.zeros((1, 1, 3), np.uint8)
    assert steps_right(pixels).size == steps_down(pixels).size == 0
