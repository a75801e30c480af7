"""Ticked checkboxes: small squares in a strong colour with a light tick in them.

An empty checkbox is a flat area closed off by its frame (`areas`); the tick of a filled one leaves
no such area. A picture goes in, the boxes of the squares come out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from ghost_engine.inference.baseline.pixels import pixels_of
from ghost_engine.inference.protocol import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

VIVID = 70  # levels between the strongest and the weakest part of a colour
SIDE = (0.5, 1.9)  # font sizes
MIN_SIDE = 9  # pixels
FILL = (0.5, 0.95)  # of the square is its colour, the rest its tick
ALONE = 4  # pixels at either side without that colour: letters stand closer
COVER = 0.8  # of each side of the square
LIGHT = 200  # of the lightest part of the tick


def find_ticked(image: Image.Image, size: float) -> list[Box]:
    """The squares with a tick, for texts of a font `size`."""
    import cv2
    import numpy as np

    red, green, blue = cv2.split(pixels_of(image))
    lightest, darkest = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    _, vivid = cv2.threshold(cv2.subtract(lightest, darkest), VIVID, 1, cv2.THRESH_BINARY)
    _, numbered, stats, _ = cv2.connectedComponentsWithStats(vivid, connectivity=8)
    sides = stats[:, 2:4]
    least, most = max(MIN_SIDE, SIDE[0] * size), SIDE[1] * size
    square = (abs(sides[:, 0] - sides[:, 1]) <= 1) & (sides.min(axis=1) >= least)
    found: list[Box] = []
    for number in np.flatnonzero(square & (sides.max(axis=1) <= most)):
        if number == 0:
            continue
        x, y, width, height, count = (int(value) for value in stats[number])
        own = numbered[y : y + height, x : x + width] == number
        light = darkest[y + 2 : y + height - 2, x + 2 : x + width - 2].max() >= LIGHT
        beside = vivid[y : y + height, max(0, x - ALONE) : x + width + ALONE]
        alone = int(beside.sum()) == int(vivid[y : y + height, x : x + width].sum())
        filled = FILL[0] < count / (width * height) < FILL[1]
        if light and alone and filled and _is_framed(own):
            found.append((x, y, x + width, y + height))
    return found


def _is_framed(own: Mask) -> bool:
    """Whether a shape reaches along all four sides of its box: no letter, no disc."""
    rows = (own[:2].any(axis=0), own[-2:].any(axis=0))
    columns = (own[:, :2].any(axis=1), own[:, -2:].any(axis=1))
    return all(float(side.mean()) > COVER for side in (*rows, *columns))
