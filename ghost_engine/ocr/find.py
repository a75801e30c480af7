"""Where text stands in a picture: upright boxes.

The finder says for each pixel how likely it is text. It knows letters of the size ordinary screens
show, so a picture with larger ones is shrunk for it first (by the height of its glyphs), a low one
enlarged. What is large loses its empty bands and is looked at in tiles, whose answers are put
together before boxes are made: no line is cut, and the memory stays the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ghost_engine.ocr.heap import give_back

if TYPE_CHECKING:
    from ghost_engine.ocr.models import Box, Network, Numbers, Pixels

LOW = 736  # pixels; what is lower or narrower is enlarged,
MOST_ENLARGED = 2.0  # at most so much
GLYPH = 8.5  # pixels; the height of an "x" in an ordinary screen's smaller texts,
SMALL_GLYPH = 5.5  # and of the smallest that matter
LEAST_SHRUNK = 0.8  # no less than that is worth it
CONTRAST = 40  # between a glyph and the mean around it, in levels
SURROUNDINGS = 121  # pixels, more than any glyph is high
FEWEST_GLYPHS = 40

TILE_PIXELS = 2_100_000  # at once; about 200 bytes each
MARGIN = 96  # pixels around a tile that are looked at for it, a multiple of STEP
STEP = 32  # sizes that the network takes

EMPTY = 64  # pixels; a longer run of rows or columns that are all alike is cut to this
ALIKE = 6  # levels

LIKELY = 0.3  # of a pixel to be text
SURE = 0.5  # on the mean of a box
GROWN = 1.6  # the network marks the middle of letters; boxes grow by so much of area / girth
THINNEST = 4  # pixels


def find_text(finder: Network, pixels: Pixels) -> list[Box]:
    """The boxes of all texts, in no order."""
    scale = _scale(pixels)
    if pixels.shape[0] * pixels.shape[1] * scale**2 <= TILE_PIXELS:
        return list(_found(finder, pixels, scale))
    down = filled(pixels)
    across = filled(np.ascontiguousarray(pixels.transpose(1, 0, 2)))
    if len(down) * len(across) < pixels.shape[0] * pixels.shape[1]:
        pixels = pixels[down][:, across]
    boxes = _found(finder, pixels, scale)
    return [
        (across[x0], down[y0], across[x1 - 1] + 1, down[y1 - 1] + 1) for x0, y0, x1, y1 in boxes
    ]


def filled(pixels: Pixels) -> list[int]:
    """The rows that are left when the middle of each empty band is taken out."""
    changed = np.zeros((len(pixels), 1), np.uint8)
    for row in range(1, len(pixels)):
        changed[row] = cv2.norm(pixels[row], pixels[row - 1], cv2.NORM_INF) > ALIKE
    near = cv2.dilate(changed, np.ones((EMPTY + 1, 1), np.uint8))
    return np.flatnonzero(near).tolist() or [0]


def _found(finder: Network, pixels: Pixels, scale: float) -> Iterator[Box]:
    height, width = pixels.shape[:2]
    wide, high = (max(STEP, round(int(side * scale) / STEP) * STEP) for side in (width, height))
    if (wide, high) != (width, height):
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        pixels = np.asarray(cv2.resize(pixels, (wide, high), interpolation=how), np.uint8)
    return _boxes(_likelihood(finder, pixels), width, height)


def _scale(pixels: Pixels) -> float:
    least: int = min(pixels.shape[:2])
    if least < LOW:
        return min(MOST_ENLARGED, LOW / least)
    shrunk = _glyph_scale(pixels)
    return shrunk if shrunk < LEAST_SHRUNK and least * shrunk >= LOW / 2 else 1.0


def _glyph_scale(pixels: Pixels) -> float:
    """By how much the smaller glyphs are larger than an ordinary screen's."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    around = cv2.blur(grey, (SURROUNDINGS, SURROUNDINGS))
    ink = (cv2.absdiff(grey, around) > CONTRAST).astype(np.uint8)
    _, _, parts, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    width, height, area = parts[1:, 2], parts[1:, 3], parts[1:, 4]
    like = (height >= 4) & (height < SURROUNDINGS) & (width <= 2 * height) & (area >= 8)
    heights = height[like & (area >= 0.15 * width * height)]
    if len(heights) < FEWEST_GLYPHS:
        return 1.0
    smallest, smaller = np.percentile(heights, (10, 25))
    return float(max(SMALL_GLYPH / smallest, GLYPH / smaller))


def _likelihood(finder: Network, pixels: Pixels) -> Numbers:
    """Of each pixel to be text, 0 to 1."""
    height, width = pixels.shape[:2]
    whole = np.empty((height, width), np.float32)
    for left, top, right, bottom in tiles(width, height):
        x0, y0 = max(0, left - MARGIN), max(0, top - MARGIN)
        tile = pixels[y0 : bottom + MARGIN, x0 : right + MARGIN]
        batch = cv2.dnn.blobFromImage(tile, 1 / 127.5, mean=(127.5, 127.5, 127.5))
        found = finder(np.asarray(batch, np.float32))[0, 0]
        whole[top:bottom, left:right] = found[top - y0 : bottom - y0, left - x0 : right - x0]
        if tile.shape[:2] != pixels.shape[:2]:
            give_back()  # else the heap grows from tile to tile, by holes too small for the next
    return whole


def tiles(width: int, height: int) -> Iterator[Box]:
    """Parts of about equal size that cover a picture whose sides are multiples of STEP."""
    if width * height <= TILE_PIXELS:
        yield 0, 0, width, height
        return
    side = math.sqrt(TILE_PIXELS)
    columns = max(1, round(width / side))
    rows = math.ceil(width * height / TILE_PIXELS / columns)
    across, down = _cuts(width, columns), _cuts(height, rows)
    for top, bottom in zip(down, down[1:], strict=False):
        for left, right in zip(across, across[1:], strict=False):
            yield left, top, right, bottom


def _cuts(length: int, parts: int) -> list[int]:
    steps = length // STEP
    return [steps * part // parts * STEP for part in range(parts + 1)]


def _boxes(likely: Numbers, width: int, height: int) -> Iterator[Box]:
    """In the pixels of a picture so wide and high."""
    high, wide = likely.shape
    marked = cv2.dilate((likely > LIKELY).astype(np.uint8), np.ones((2, 2), np.uint8))
    _, _, parts, _ = cv2.connectedComponentsWithStats(marked, connectivity=8)
    across, down = width / wide, height / high
    for x, y, w, h in parts[1:, :4].tolist():
        if min(w, h) < THINNEST or float(likely[y : y + h, x : x + w].mean()) < SURE:
            continue
        x1, y1 = x + w - 1, y + h - 1
        more = (w - 1) * (h - 1) * GROWN / (2 * (w + h - 2))
        box = (
            max(0, round((x - more) * across)),
            max(0, round((y - more) * down)),
            min(width, round((x1 + more) * across)),
            min(height, round((y1 + more) * down)),
        )
        if box[2] - box[0] >= THINNEST and box[3] - box[1] >= THINNEST:
            yield box
