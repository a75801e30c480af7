"""The small picture a list shows: WebP, at most `THUMBNAIL_PIXELS` wide."""

from __future__ import annotations

import io

from PIL import Image

from ghost_engine.data.images import Picture
from ghost_engine.data.records import THUMBNAIL_PIXELS

_MAX_HEIGHT = 4 * THUMBNAIL_PIXELS  # of a page captured whole, the top is enough to know it by
_QUALITY = 80
_EFFORT = 2  # of 6; more takes twice as long and saves a tenth


def thumbnail(picture: Picture) -> bytes:
    """The WebP file; never enlarged, and of a very long page only its top."""
    pixels = picture.pixels
    scale = min(1.0, THUMBNAIL_PIXELS / pixels.width)
    seen = min(pixels.height, round(_MAX_HEIGHT / scale))
    size = (max(1, round(pixels.width * scale)), max(1, round(seen * scale)))
    box = (0, 0, pixels.width, seen)
    small = pixels.resize(size, Image.Resampling.LANCZOS, box, reducing_gap=1.0)
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=_QUALITY, method=_EFFORT)
    return buffer.getvalue()
