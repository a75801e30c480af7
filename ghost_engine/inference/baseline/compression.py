"""Pictures without what lossy compression leaves around letters and lines.

A screenshot saved as JPEG has small waves on its plain grounds, and surfaces are told by how plain
they are. Such a picture is smoothed, its edges kept; any other stays as it is, pixel for pixel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from ghost_engine.inference.baseline.steps import steps_right

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FAINT = 9  # levels; the palest borders in use differ by as much
MIN_FAINT = 0.44  # of the pixels that differ from the next by more than a gradient's one level;
# letters have stronger edges: 0.03 to 0.29 of clean screenshots, 0.42 to 0.72 of JPEG
REACH = 7  # pixels
ALIKE = 15  # levels
NEAR = 4  # pixels


def without_noise(image: Image.Image) -> Image.Image:
    """The picture, smoothed if it is noisy."""
    import cv2
    import numpy as np

    pixels = np.ascontiguousarray(np.asarray(image.convert("RGB")))
    if not is_noisy(pixels):
        return image
    return Image.fromarray(np.asarray(cv2.bilateralFilter(pixels, REACH, ALIKE, NEAR)))


def is_noisy(pixels: NDArray[np.uint8]) -> bool:
    """Whether most of what changes from pixel to pixel is faint."""
    import numpy as np

    counts = np.bincount(steps_right(pixels).ravel(), minlength=FAINT + 1)[2:]
    return bool(counts[: FAINT - 1].sum() > MIN_FAINT * counts.sum())
