"""How texts look: font size, weight and colours, measured in the pixels of their boxes.

The boxes of a text reader are wide by a varying margin, so sizes come from the ink itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from PIL import Image

from ghost_engine.inference.baseline.pixels import pixels_of
from ghost_engine.inference.baseline.steps import largest_channel
from ghost_engine.inference.baseline.texts import Colour, Look, Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]  # (height, width, 3), RGB

# Parts of the font size that letters take above and below the baseline, as in most typefaces.
CAPITALS, SMALL, TAILS = 0.72, 0.52, 0.2
MAX_GAP = 2  # empty rows within a letter, as below the dot of an i
ALL_INK = 0.85  # of a row or column: no letters
MIN_CONTRAST = 40  # grey levels between ink and ground

_TALL = re.compile(r"[A-Z0-9bdfhklt/()$#%]")
_TAILED = re.compile(r"[gjpqyQ,;/()]")


def measure_looks(texts: Iterable[Text], image: Image.Image) -> tuple[Text, ...]:
    """The texts with their `look` filled in."""

    pixels = pixels_of(image)
    return tuple(replace(text, look=_look(text, pixels)) for text in texts)


def _look(text: Text, pixels: Pixels) -> Look:
    import numpy as np

    x0, y0, x1, y1 = text.box
    area = pixels[y0:y1, x0:x1].astype(np.int16)
    if area.size == 0:
        return Look()
    ground = np.median(area.reshape(-1, 3), axis=0)
    far = largest_channel(np.abs(area - ground))
    inked = far > max(MIN_CONTRAST, 0.5 * float(far.max()))
    left, right = _within_surface(inked)
    area, inked = area[:, left:right], inked[:, left:right]
    first, last = _inked_rows(inked)
    letters = inked[first:last]
    if not letters.any():
        return Look(size=0.7 * text.height, ground=_colour(ground), ink=_colour(ground))
    ink = np.median(area[first:last][letters], axis=0)
    size = _font_size(text.text, last - first)
    return Look(size, float(letters.mean()), _colour(ink), _colour(ground))


def _within_surface(inked: NDArray[np.bool_]) -> tuple[int, int]:
    """The columns without those at the sides that are all ink: what is around a narrow button."""
    import numpy as np

    inner = np.flatnonzero(inked.mean(axis=0) < ALL_INK)
    return (int(inner[0]), int(inner[-1]) + 1) if len(inner) else (0, inked.shape[1])


def _inked_rows(inked: NDArray[np.bool_]) -> tuple[int, int]:
    """The rows of the letters, from the middle outwards: a frame around them is not reached."""
    import numpy as np

    share = inked.mean(axis=1)
    letters = (share > 0.01) & (share < ALL_INK)
    rows = np.flatnonzero(letters)
    if not len(rows):
        return 0, 0
    middle = int(rows[np.argmin(np.abs(rows - len(share) / 2))])
    first = last = middle
    while first > 0 and letters[max(0, first - MAX_GAP) : first].any():
        first -= 1
    while last < len(letters) and letters[last : last + MAX_GAP].any():
        last += 1
    return first, last


def _font_size(text: str, ink_height: int) -> float:
    above = CAPITALS if _TALL.search(text) else SMALL
    below = TAILS if _TAILED.search(text) else 0.0
    return round(ink_height / (above + below), 1)


def _colour(values: NDArray[np.float64]) -> Colour:
    red, green, blue = (int(value) for value in values)
    return (red, green, blue)
