"""What the texts in a picture say, box by box.

Each text is brought to the height that the network reads. Those of about one width go together,
each batch to the next free thread; which go together depends on the picture alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from ghost_engine.ocr.models import Box, Models, Numbers, Pixels

HEIGHT = 48  # pixels, of the network
NARROWEST = 160  # a text is padded to at least this; what is shorter is read worse
WIDEST = 4_800  # a longer one is squeezed: the memory grows with the square
STEP = 32  # widths are rounded up to a multiple
BATCH_WIDTH = 2_560  # of all texts read at once; each needs 30 KB a pixel
UPRIGHT = 1.5  # what is so many times as high as wide runs upwards


def recognise(models: Models, pixels: Pixels, boxes: Sequence[Box]) -> list[tuple[str, float]]:
    """The text of each box and how sure it is, 0 to 1."""
    cut = [_cut(pixels, box) for box in boxes]
    batches = list(_batches([text.shape[1] for text in cut]))
    answers: list[tuple[str, float]] = [("", 0.0)] * len(cut)
    read = models.workers.map(lambda batch: _read(models, [cut[n] for n in batch]), batches)
    for batch, texts in zip(batches, read, strict=True):
        for number, text in zip(batch, texts, strict=True):
            answers[number] = text
    return answers


def _cut(pixels: Pixels, box: Box) -> Pixels:
    x0, y0, x1, y1 = box
    part = pixels[y0:y1, x0:x1]
    if y1 - y0 >= UPRIGHT * (x1 - x0):
        part = np.ascontiguousarray(np.rot90(part))
    width = min(WIDEST, math.ceil(HEIGHT * part.shape[1] / part.shape[0]))
    return np.asarray(cv2.resize(part, (width, HEIGHT)), np.uint8)


def _batches(widths: Sequence[int]) -> Iterator[list[int]]:
    """Numbers of texts of one padded width, the widest first: no thread ends with a long one."""
    order = sorted(range(len(widths)), key=lambda number: -_padded(widths[number]))
    for width, alike in groupby(order, key=lambda number: _padded(widths[number])):
        numbers = list(alike)
        size = max(1, BATCH_WIDTH // width)
        yield from (numbers[first : first + size] for first in range(0, len(numbers), size))


def _padded(width: int) -> int:
    return max(NARROWEST, math.ceil(width / STEP) * STEP)


def _read(models: Models, texts: Sequence[Pixels]) -> list[tuple[str, float]]:
    width = _padded(texts[0].shape[1])
    batch = np.zeros((len(texts), 3, HEIGHT, width), np.float32)
    for row, text in zip(batch, texts, strict=True):
        row[:, :, : text.shape[1]] = text.transpose(2, 0, 1) / np.float32(127.5) - np.float32(1)
    return [_decode(models.characters, row) for row in models.recogniser(batch)]


def _decode(characters: Sequence[str], chances: Numbers) -> tuple[str, float]:
    """The likeliest character of each slice, repetitions and gaps left out."""
    likeliest = chances.argmax(axis=1)
    kept = likeliest != 0
    kept[1:] &= likeliest[1:] != likeliest[:-1]
    if not kept.any():
        return "", 0.0
    places = np.flatnonzero(kept)
    said = "".join(characters[number] for number in likeliest[places])
    return said, float(chances[places, likeliest[places]].mean())
