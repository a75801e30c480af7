"""The pixels of a picture as an array, made once for all who ask in turn.

Pillow copies a picture whenever an array of it is made; the stages ask for one some ten times.
"""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_last = threading.local()  # (reference to a picture, its array), while the picture lives


def pixels_of(image: Image.Image) -> NDArray[np.uint8]:
    """(height, width, 3), RGB, read-only."""
    import numpy as np

    kept = getattr(_last, "kept", None)
    if kept is not None and kept[0]() is image:
        array: NDArray[np.uint8] = kept[1]
        return array
    array = np.asarray(image if image.mode == "RGB" else image.convert("RGB"))
    array.setflags(write=False)
    _last.kept = (weakref.ref(image), array)
    return array


def forget_pixels() -> None:
    """Lets go of the last picture's array."""
    _last.kept = None
