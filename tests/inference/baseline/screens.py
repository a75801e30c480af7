"""Screens drawn for the tests: a table, a form, a detail page, and what is no screen at all."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from ghost_engine.data.images import Picture, intake

INK, PALE = (30, 30, 30), (190, 190, 190)


def picture(image: Image.Image, name: str = "screen.png") -> Picture:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return intake(buffer.getvalue(), name)


def table_screen(
    title: str, header: Sequence[str], rows: Sequence[Sequence[str]], dark: bool = False
) -> Picture:
    """A title over a table, columns 200 pixels apart."""
    ground, ink = ((24, 24, 32), (235, 235, 235)) if dark else ("white", INK)
    image = Image.new("RGB", (60 + 200 * len(header), 170 + 44 * len(rows)), ground)
    draw = ImageDraw.Draw(image)
    draw.text((40, 20), title, fill=ink, font=ImageFont.load_default(32))
    for number, cells in enumerate((header, *rows)):
        for column, cell in enumerate(cells):
            place = (40 + 200 * column, 96 + 44 * number)
            draw.text(place, cell, fill=ink, font=ImageFont.load_default(18))
        draw.line((30, 128 + 44 * number, image.width - 30, 128 + 44 * number), fill=PALE)
    return picture(image)


def form_screen(title: str, fields: Sequence[tuple[str, str]]) -> Picture:
    """Labels over boxed inputs, one below the other."""
    image = Image.new("RGB", (700, 110 + 84 * len(fields)), "white")
    draw = ImageDraw.Draw(image)
    draw.text((40, 20), title, fill=INK, font=ImageFont.load_default(32))
    for number, (label, value) in enumerate(fields):
        top = 90 + 84 * number
        draw.text((40, top), label, fill=INK, font=ImageFont.load_default(18))
        draw.rectangle((40, top + 28, 560, top + 66), outline=PALE)
        draw.text((54, top + 36), value, fill=INK, font=ImageFont.load_default(18))
    return picture(image)


def detail_screen(title: str, pairs: Sequence[tuple[str, str]]) -> Picture:
    """Labels with their values to the right."""
    image = Image.new("RGB", (700, 110 + 40 * len(pairs)), "white")
    draw = ImageDraw.Draw(image)
    draw.text((40, 20), title, fill=INK, font=ImageFont.load_default(32))
    for number, (label, value) in enumerate(pairs):
        draw.text((40, 90 + 40 * number), label, fill=INK, font=ImageFont.load_default(18))
        draw.text((240, 90 + 40 * number), value, fill=INK, font=ImageFont.load_default(18))
    return picture(image)
