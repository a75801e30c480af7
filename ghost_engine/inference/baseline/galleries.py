"""Galleries: pictures of one size, each with some lines below it and no frame around both.

Shops, places to stay and films are shown so. The lines below each picture are one block, and say
the same things as cards do. Pictures are what differs from the ground of the page.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PIL import Image

from ghost_engine.inference.baseline.blocks import Block
from ghost_engine.inference.baseline.naming import name_fields
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.pixels import pixels_of
from ghost_engine.inference.baseline.regions import Region
from ghost_engine.inference.baseline.slots import read_parts
from ghost_engine.inference.baseline.steps import largest_channel
from ghost_engine.inference.baseline.texts import Text, median_height, union_box
from ghost_engine.inference.protocol import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]  # (height, width, 3)

STEP = 4  # pixels between those looked at
BITS = 3  # of a channel that tell no ground from another
OTHER = 20  # levels a picture differs from the ground
MIN_WIDTH, MIN_HEIGHT = 4, 3.5  # of a picture, text heights
MIN_FILL = 0.7  # of its rectangle
MAX_WIDTH = 0.5  # of the page
ALIKE = 0.04  # of the width, between pictures of one size
MIN_PICTURES = 3
MIN_COLUMNS = 2
MIN_TEXTS, MAX_LINES = 2, 8
MAX_GAP = 1.3  # text heights between lines of a block
MIN_FILLED = 0.7  # of the pictures have lines below


def find_galleries(page: Page, image: Image.Image) -> tuple[Region, ...]:
    """The galleries of the body, those with most pictures first."""
    height = median_height(page.body)
    pictures = [box for box in _pictures(image, height) if box[0] >= page.left]
    groups = sorted(_of_one_size(pictures), key=len, reverse=True)
    regions = (_region(group, page, height) for group in groups)
    return tuple(region for region in regions if region is not None)


def _pictures(image: Image.Image, height: float) -> list[Box]:
    """Upright rectangles that differ from the page's ground nearly all over."""
    import cv2
    import numpy as np

    pixels = pixels_of(image)[::STEP, ::STEP].astype(np.int16)
    if pixels.size == 0:
        return []
    coarse = pixels >> BITS
    codes = (coarse[..., 0] << 10) + (coarse[..., 1] << 5) + coarse[..., 2]
    usual = int(np.bincount(codes.ravel()).argmax())
    ground = [(usual >> shift) % 32 * 2**BITS + 2 ** (BITS - 1) for shift in (10, 5, 0)]
    apart = largest_channel(np.abs(pixels - np.array(ground, np.int16))) > OTHER
    _, _, stats, _ = cv2.connectedComponentsWithStats(apart.astype(np.uint8), connectivity=4)
    boxes = []
    for x, y, across, down, area in stats[1:].tolist():
        wide, tall = across * STEP, down * STEP
        fits = MIN_WIDTH * height <= wide <= MAX_WIDTH * image.width and tall >= MIN_HEIGHT * height
        if fits and area >= MIN_FILL * across * down:
            boxes.append((x * STEP, y * STEP, x * STEP + wide, y * STEP + tall))
    return boxes


def _of_one_size(pictures: Sequence[Box]) -> list[list[Box]]:
    groups: list[list[Box]] = []
    for box in sorted(pictures, key=lambda box: box[2] - box[0]):
        wide, tall = box[2] - box[0], box[3] - box[1]
        for group in groups:
            x0, y0, x1, y1 = group[0]
            limit = max(2 * STEP, ALIKE * wide)
            if abs(x1 - x0 - wide) <= limit and abs(y1 - y0 - tall) <= limit:
                group.append(box)
                break
        else:
            groups.append([box])
    return [group for group in groups if len(group) >= MIN_PICTURES and _columns(group)]


def _columns(group: Sequence[Box]) -> bool:
    """Whether pictures stand side by side."""
    return len({round(box[0] / (8 * STEP)) for box in group}) >= MIN_COLUMNS


def _region(group: Sequence[Box], page: Page, height: float) -> Region | None:
    blocks = [_block(picture, page.body, height) for picture in group]
    filled = [block for block in blocks if len(block.texts) >= MIN_TEXTS]
    if len(filled) < max(MIN_PICTURES, MIN_FILLED * len(group)):
        return None
    middle = statistics.median(len(block.texts) for block in filled)
    alike = sum(abs(len(block.texts) - middle) <= max(1, 0.34 * middle) for block in filled)
    fields = name_fields(read_parts(sorted(filled, key=lambda block: (block.box[1], block.box[0]))))
    if len(fields) < 2 or 2 * alike < len(filled):
        return None
    box = union_box([*group, *(text.box for block in filled for text in block.texts)])
    confidence = min(0.93, 0.5 + 0.04 * len(filled) + 0.2 * alike / len(filled))
    return Region("cards", fields, box, round(confidence, 2))


def _block(picture: Box, texts: Sequence[Text], height: float) -> Block:
    """The lines right below a picture, as wide as it is."""
    x0, _, x1, y1 = picture
    below = [text for text in texts if x0 - 4 <= text.center_x <= x1 + 4 and text.center_y > y1]
    own: list[Text] = []
    end = float(y1)
    for text in sorted(below, key=lambda text: text.box[1]):
        if text.box[1] - end > MAX_GAP * height or len(own) >= 2 * MAX_LINES:
            break
        own.append(text)
        end = max(end, text.box[3])
    return Block((x0, y1, x1, int(end)), tuple(own))
