"""Flat areas: the evenly coloured surfaces a screen is made of, each with its outline.

Inputs, buttons, chips, cards and circles are all surfaces closed off by a border or by their own
colour, in any theme. Pixels go in; the areas that are nearly rectangles, pills or discs come out.
What an area is for is not judged here (`controls`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PIL import Image

from ghost_engine.inference.baseline.pixels import pixels_of
from ghost_engine.inference.baseline.steps import steps_down, steps_right
from ghost_engine.inference.baseline.texts import Colour, Text
from ghost_engine.inference.protocol import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Mask = NDArray[np.bool_]
    Labels = NDArray[np.int32]  # (height, width), the number of each pixel's area

Outline = Literal["rectangle", "pill", "disc"]

STEP = 3  # levels between neighbours of one surface, at most; the palest borders differ by about 8
NOISY_STEP = 9  # the same in a picture with compression noise
MAX_NOISE = 0.12  # the share of pixels that differ a little from the next, above which it is noisy
MIN_COVER = 0.8  # of each straight side
MAX_AREAS = 6000
NOTCH = 8  # pixels at either end of a text in which a frame is looked for
MIN_NOTCH = 3  # pixels of it
INK = 40  # levels between the colours of a letter and of its stroke


@dataclass(frozen=True, slots=True)
class Area:
    """One surface; `fill` is the share of its box that is its own colour (texts are holes)."""

    box: Box
    outline: Outline
    fill: float
    colour: Colour

    @property
    def width(self) -> int:
        return self.box[2] - self.box[0]

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]


def find_areas(
    image: Image.Image, text_height: float, texts: Sequence[Text] = ()
) -> tuple[Area, ...]:
    """The surfaces at least half a text high, top to bottom; frames go on behind texts."""
    import cv2
    import numpy as np

    pixels = pixels_of(image)
    flat = _flat(pixels)
    _close_notches(flat, texts)
    _, numbered, stats, _ = cv2.connectedComponentsWithStats(flat, connectivity=4)
    labels: Labels = np.asarray(numbered, np.int32)
    least = max(5.0, 0.5 * text_height)
    large = np.flatnonzero(
        (stats[:, cv2.CC_STAT_WIDTH] >= least)
        & (stats[:, cv2.CC_STAT_HEIGHT] >= least)
        & (stats[:, cv2.CC_STAT_AREA] >= 0.5 * least * least)
    )
    found = []
    for number in large[large > 0][:MAX_AREAS]:
        x, y, width, height, count = (int(value) for value in stats[number])
        outline = _outline(labels, int(number), (x, y, x + width, y + height), count)
        if outline is not None:
            colour = _colour(pixels, labels, int(number), (x, y, x + width, y + height))
            box = (max(0, x - 1), max(0, y - 1), x + width, y + height)
            found.append(Area(box, outline, count / (width * height), colour))
    return tuple(sorted(found, key=lambda area: (area.box[1], area.box[0])))


def _flat(pixels: Bytes) -> Bytes:
    """1 where a pixel is like its left and upper neighbours."""
    import numpy as np

    across, down = steps_right(pixels), steps_down(pixels)
    noise = float(((across > 1) & (across <= NOISY_STEP)).mean())
    limit = NOISY_STEP if noise > MAX_NOISE else STEP
    flat = np.ones(pixels.shape[:2], np.uint8)
    flat[:, 1:][across > limit] = 0
    flat[1:][down > limit] = 0
    return flat


def is_stroke(area: Area, text: Text) -> bool:
    """Whether an area is a part of a letter: within a word, and of its colour."""
    if area.height >= text.height or len(text.text) <= 2 or not _lies_in(area.box, text.box):
        return False
    ink = max(abs(a - b) for a, b in zip(area.colour, text.look.ink, strict=True))
    ground = max(abs(a - b) for a, b in zip(area.colour, text.look.ground, strict=True))
    return ink < min(INK, ground)


def _lies_in(inner: Box, outer: Box) -> bool:
    x0, y0, x1, y1 = outer
    return x0 - 2 <= inner[0] and inner[2] <= x1 + 2 and y0 - 2 <= inner[1] and inner[3] <= y1 + 2


def _close_notches(flat: Bytes, texts: Sequence[Text]) -> None:
    """Draws frames on behind the texts that stand in them: the label in an input's upper border."""
    for text in texts:
        x0, _, x1, _ = text.box
        left, right = slice(max(0, x0 - NOTCH), x0 + 2), slice(max(0, x1 - 2), x1 + NOTCH)
        reach = 0.3 * text.height
        for y in range(max(3, int(text.center_y - reach)), int(text.center_y + reach) + 1):
            if _has_line(flat[:, left], y) and _has_line(flat[:, right], y):
                flat[y, left.start : right.stop] = 0
                break


def _has_line(part: Bytes, y: int) -> bool:
    """Whether a level line runs through a part of a picture, with nothing right above and below."""
    if y + 4 >= len(part) or part.shape[1] < MIN_NOTCH:
        return False
    line = (part[y] == 0) & (part[y - 3] == 1) & (part[y + 4] == 1)
    return int(line.sum()) >= MIN_NOTCH


def _outline(labels: Labels, number: int, box: Box, count: int) -> Outline | None:
    """The shape of an area by how much of each side of its box it reaches."""
    x0, y0, x1, y1 = box
    width, height = x1 - x0, y1 - y0
    own = labels[y0:y1, x0:x1] == number
    if _has_round_ends(own):
        return "pill"
    deep = min(3, height, width)
    top, bottom = own[:deep].any(axis=0).mean(), own[-deep:].any(axis=0).mean()
    left, right = own[:, :deep].any(axis=1).mean(), own[:, -deep:].any(axis=1).mean()
    if min(top, bottom) >= MIN_COVER and min(left, right) >= 0.6:
        return "rectangle"
    if abs(width - height) <= 0.12 * max(width, height) and 0.68 < count / (width * height) < 0.9:
        return "disc"
    if min(left, right) >= MIN_COVER and min(top, bottom) >= 0.6:
        return "rectangle"
    return None


def _has_round_ends(own: Mask) -> bool:
    """Whether an area wider than high reaches all sides but none of its corners."""
    height, width = own.shape
    corner = max(1, round(0.12 * height))
    if width < 1.25 * height or own[0].mean() < 0.8 * (1 - height / width):
        return False
    cut = (own[:corner, :corner], own[:corner, -corner:], own[-corner:, :corner])
    return not any(part.any() for part in (*cut, own[-corner:, -corner:]))


def _colour(pixels: Bytes, labels: Labels, number: int, box: Box) -> Colour:
    """The area's colour, from a sparse sample."""
    import numpy as np

    x0, y0, x1, y1 = box
    step = max(1, min(x1 - x0, y1 - y0) // 12)
    own = labels[y0:y1:step, x0:x1:step] == number
    inside = pixels[y0:y1:step, x0:x1:step][own]
    if not len(inside):
        inside = pixels[y0:y1, x0:x1][labels[y0:y1, x0:x1] == number]
    red, green, blue = (int(value) for value in np.median(inside, axis=0))
    return (red, green, blue)
