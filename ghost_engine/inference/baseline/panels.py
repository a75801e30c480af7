"""Panels found in pixels: upright rectangles of one ground, with or without a frame.

A card, a lane of a board, a tile and the day of a calendar are flat areas closed on all four sides
by a line or by a step of colour. What a panel holds, its texts tell (`blocks`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from ghost_engine.inference.baseline.pixels import pixels_of
from ghost_engine.inference.baseline.steps import steps_down, steps_right
from ghost_engine.inference.protocol import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]  # (height, width)
    Labels = NDArray[np.int32]  # (height, width)

STEP = 2  # grey levels between neighbours that still are one ground
MIN_WIDTH, MIN_HEIGHT = 4, 1.6  # in text heights
MAX_SHARE = 0.9  # of the page; more is the page itself
MIN_FILL = 0.3  # of the rectangle; texts and inner frames take the rest
MIN_SIDE = 0.5  # of each side
MAX_PANELS = 1500


def find_panels(image: Image.Image, text_height: float) -> tuple[Box, ...]:
    """The panels of a picture, top to bottom; sizes are judged by `text_height`, pixels."""
    import cv2
    import numpy as np

    flat = _flat(pixels_of(image))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(flat.astype(np.uint8), connectivity=4)
    x, y, width, height, area = (stats[:, column].astype(np.int64) for column in range(5))
    fits = (
        (width >= MIN_WIDTH * text_height)
        & (height >= MIN_HEIGHT * text_height)
        & (width * height <= MAX_SHARE * image.width * image.height)
        & (area >= MIN_FILL * width * height)
    )
    fits[0] = False  # what is not flat
    numbers = sorted(np.flatnonzero(fits).tolist(), key=lambda number: -int(area[number]))
    boxes = [
        (int(x[n]), int(y[n]), int(x[n] + width[n]), int(y[n] + height[n]))
        for n in numbers[:MAX_PANELS]
        if _is_upright(labels[y[n] : y[n] + height[n], x[n] : x[n] + width[n]] == n)
    ]
    return tuple(sorted(boxes, key=lambda box: (box[1], box[0])))


def _flat(pixels: NDArray[np.uint8]) -> Mask:
    """Where a pixel looks like the one to its right and the one below."""
    import numpy as np

    flat = np.ones(pixels.shape[:2], np.bool_)
    flat[:, :-1] &= steps_right(pixels) <= STEP
    flat[:-1] &= steps_down(pixels) <= STEP
    return flat


def _is_upright(area: Mask) -> bool:
    """Whether an area reaches each side of its rectangle over most of its length."""
    sides = (area[:3].any(axis=0), area[-3:].any(axis=0), area[:, :3].any(axis=1))
    return all(float(side.mean()) >= MIN_SIDE for side in (*sides, area[:, -3:].any(axis=1)))
