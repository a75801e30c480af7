"""Small pictures for dataset tests, each of its own colours."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image


def png(number: int = 0) -> bytes:
    """A 64 x 40 PNG that differs from that of every other number."""
    image = Image.new("RGB", (64, 40), (number * 37 % 256, number * 101 % 256, number % 256))
    image.paste((255, 255, 255), (number % 32, number // 32 % 20, 60, 38))
    image.putpixel((0, 0), (number % 256, number // 256 % 256, 7))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def write_png(path: Path, number: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png(number))
    return path
