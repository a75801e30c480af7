"""The picture that a model is proven with: a shipped screenshot, or a drawn one where none is.

It is a square of the model's own size, so that no two programs can scale it differently.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageDraw

from ghost_engine.data.images import read_picture

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "validation_set" / "images" / "0001.png"


def proof_picture(pixels: int) -> bytes:
    """A PNG of `pixels` x `pixels`."""
    picture = read_picture(SHIPPED).pixels if SHIPPED.is_file() else _drawn()
    file = io.BytesIO()
    picture.resize((pixels, pixels), Image.Resampling.LANCZOS).save(file, "PNG")
    return file.getvalue()


def _drawn() -> Image.Image:
    """A form with four fields."""
    picture = Image.new("RGB", (640, 480), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 640, 56), fill="#334155")
    draw.text((24, 20), "New customer", fill="white", font_size=20)
    for number, label in enumerate(("Name", "Email", "Birthday", "Country")):
        top = 80 + 90 * number
        draw.text((24, top), label, fill="black", font_size=18)
        draw.rectangle((24, top + 28, 480, top + 64), outline="#64748b", width=2)
    return picture
