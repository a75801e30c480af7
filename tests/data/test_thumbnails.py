"""Small pictures for lists."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from ghost_engine.data.images import Picture
from ghost_engine.data.thumbnails import thumbnail


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1280, 800), (320, 200)),
        ((64, 40), (64, 40)),
        ((1280, 30_000), (320, 1280)),
        ((32_000, 32), (320, 1)),
    ],
)
def test_a_thumbnail_is_small_and_keeps_the_shape(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    data = thumbnail(Picture("a", "0" * 64, Image.new("RGB", size, (200, 30, 30))))
    with Image.open(io.BytesIO(data)) as small:
        assert (small.format, small.size) == ("WEBP", expected)
        red, green, _ = small.convert("RGB").getpixel((0, 0))
    assert red > 180 and green < 60
