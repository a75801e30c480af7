"""The array of a picture is made once, and belongs to that picture alone."""

from __future__ import annotations

import gc
import weakref

import pytest
from PIL import Image

from ghost_engine.inference.baseline.pixels import forget_pixels, pixels_of


def test_the_array_is_made_once_for_a_picture() -> None:
    one, other = Image.new("RGB", (4, 3), (1, 2, 3)), Image.new("L", (4, 3), 9)
    first = pixels_of(one)
    assert pixels_of(one) is first
    assert pixels_of(other).tolist() == [[[9, 9, 9]] * 4] * 3
    assert pixels_of(one).tolist() == [[[1, 2, 3]] * 4] * 3
    with pytest.raises(ValueError):
        first[0, 0] = 0


def test_nothing_is_kept_of_what_is_over() -> None:
    image = Image.new("RGB", (4, 3))
    array = weakref.ref(pixels_of(image))
    forget_pixels()
    gc.collect()
    assert array() is None
