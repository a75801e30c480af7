"""Tiles, empty bands and the size of letters; the real network on pictures drawn here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ghost_engine.ocr.find import EMPTY, TILE_PIXELS, filled, find_text, tiles
from ghost_engine.ocr.models import Box, Models, load_models
from ghost_engine.ocr.recognise import recognise

if TYPE_CHECKING:
    from ghost_engine.ocr.models import Pixels


DENORMALS = """
import numpy as np
from ghost_engine.ocr.models import load_models
smallest = np.full(1, 1e-39, np.float32)
print(not (smallest * np.float32(1)).any())
load_models(2)
print(not (smallest * np.float32(1)).any())
"""


@pytest.fixture(scope="module")
def models() -> Iterator[Models]:
    models = load_models(1)
    yield models
    models.workers.shutdown()


def page(size: tuple[int, int], places: list[tuple[int, int]], font: int = 14) -> Pixels:
    image = Image.new("RGB", size, "white")
    for place in places:
        ImageDraw.Draw(image).text(
            place, "Customer name", fill="black", font=ImageFont.load_default(font)
        )
    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1])


def read(models: Models, pixels: Pixels) -> list[tuple[str, Box]]:
    boxes = find_text(models.finder, pixels)
    answers = recognise(models, pixels, boxes)
    return [(text, box) for (text, _), box in zip(answers, boxes, strict=True)]


def test_an_ordinary_screenshot_is_one_tile() -> None:
    assert list(tiles(1920, 1088)) == [(0, 0, 1920, 1088)]


@pytest.mark.parametrize("size", [(3200, 2208), (4992, 8000), (992, 32_000), (32_000, 1248)])
def test_tiles_cover_a_large_picture_once_and_stay_small(size: tuple[int, int]) -> None:
    width, height = size
    seen = np.zeros((height, width), np.uint8)
    for left, top, right, bottom in tiles(width, height):
        seen[top:bottom, left:right] += 1
        assert (right - left) * (bottom - top) <= 1.3 * TILE_PIXELS
    assert seen.min() == seen.max() == 1


def test_the_middle_of_an_empty_band_is_left_out() -> None:
    pixels = np.full((1000, 40, 3), 255, np.uint8)
    pixels[300:310] = 0
    pixels[:, 20:] //= 2  # a surface down the whole page changes no row
    rows = filled(pixels)
    assert set(range(300 - EMPTY // 2, 310 + EMPTY // 2)) <= set(rows)
    assert len(rows) < 10 + 2 * EMPTY


def test_denormal_numbers_are_zeros_where_text_is_found() -> None:
    said = subprocess.run(
        [sys.executable, "-c", DENORMALS], capture_output=True, text=True, check=True, timeout=120
    )
    assert said.stdout.split() == ["False", "True"]  # numpy's own, before and after loading


def test_texts_far_apart_in_a_wide_picture_keep_their_places(models: Models) -> None:
    places = [(200, 150), (3900, 150), (200, 900), (2380, 910)]
    found = read(models, page((5000, 1000), places))
    assert [text for text, _ in found] == ["Customer name"] * 4
    for (x, y), box in zip(places, sorted((b for _, b in found), key=_row), strict=True):
        assert abs(box[0] - x) <= 10 and abs(box[1] - y) <= 10 and 80 <= box[2] - box[0] <= 130


def _row(box: Box) -> tuple[int, int]:
    return box[1] // 100, box[0]


def test_large_letters_are_found_in_a_shrunk_picture_at_their_full_size(models: Models) -> None:
    places = [(60 + 500 * (n % 4), 60 + 120 * (n // 4)) for n in range(16)]
    pixels = page((2400, 1500), places, font=42)
    boxes = find_text(models.finder, pixels)
    assert len(boxes) == 16
    assert all(260 <= x1 - x0 <= 340 and 35 <= y1 - y0 <= 75 for x0, y0, x1, y1 in boxes)


def test_a_picture_of_any_shape_has_texts_or_none(models: Models) -> None:
    for width, height in [(1, 1), (5, 3000), (3000, 20), (33, 31)]:
        assert find_text(models.finder, page((width, height), [])) == []
    assert read(models, page((600, 40), [(8, 8)]))[0][0] == "Customer name"
