"""Bands of large pictures."""

from __future__ import annotations

import pytest

from ghost_engine.ocr.worker import MAX_PIXELS, MIN_BAND, OVERLAP, split_bands


def test_an_ordinary_screenshot_is_read_whole() -> None:
    assert split_bands(1920, 1080) == [(0, 1080, 0, 1080)]


@pytest.mark.parametrize("size", [(3200, 2200), (5000, 8000), (1000, 32_000), (32_000, 1250)])
def test_bands_cover_a_large_picture_without_gaps_and_overlap(size: tuple[int, int]) -> None:
    width, height = size
    bands = split_bands(width, height)
    assert bands[0][0] == bands[0][2] == 0 and bands[-1][1] == bands[-1][3] == height
    for (_, bottom, _, last), (top, _, first, _) in zip(bands, bands[1:], strict=False):
        assert last == first and bottom - top == OVERLAP
    tallest = max(bottom - top for top, bottom, _, _ in bands)
    assert tallest <= max(MAX_PIXELS // width, MIN_BAND) + 1
