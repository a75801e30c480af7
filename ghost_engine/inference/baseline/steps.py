"""How much neighbouring pixels of a picture differ, in the colour channel that differs most.

Surfaces, panels and lines are all told by these steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

Number = TypeVar("Number", bound="np.number")


def steps_right(pixels: Bytes) -> Bytes:
    """(height, width, 3) in, (height, width - 1) out: each pixel against the one to its right."""
    return _largest(pixels[:, 1:], pixels[:, :-1])


def steps_down(pixels: Bytes) -> Bytes:
    """(height, width, 3) in, (height - 1, width) out: each pixel against the one below."""
    return _largest(pixels[1:], pixels[:-1])


def largest_channel(pixels: NDArray[Number]) -> NDArray[Number]:
    """(height, width, 3) in, (height, width) out. NumPy's own maximum over a last axis of three is
    ten times slower."""
    import numpy as np

    larger: NDArray[Number] = np.maximum(pixels[..., 0], pixels[..., 1])
    np.maximum(larger, pixels[..., 2], out=larger)
    return larger


def _largest(one: Bytes, other: Bytes) -> Bytes:
    import cv2
    import numpy as np

    if one.size == 0:  # a picture one pixel wide or high has no steps that way
        return np.zeros(one.shape[:2], np.uint8)
    return largest_channel(np.asarray(cv2.absdiff(one, other), np.uint8))
