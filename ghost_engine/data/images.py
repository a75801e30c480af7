"""Intake of untrusted pictures: the only place that decodes them.

Bytes go in; a checked, upright, opaque RGB `Picture` without metadata comes out, or an
`ImageError` that says what is wrong. Size and pixel count are checked before anything is decoded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded screenshot.

    `content_hash` is the SHA-256 of the bytes as they came in; `pixels` is an RGB image, upright,
    on white, of `pixels.width` x `pixels.height` pixels.
    """

    name: str
    content_hash: str
    pixels: Image.Image


def intake(data: bytes, name: str) -> Picture: ...


def read_picture(path: Path) -> Picture: ...
