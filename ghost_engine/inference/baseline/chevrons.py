"""Chevrons: the sign at the right end of an input that opens a list to choose from.

Grey pixels and the box of an input go in; whether it ends with a "v", a filled "▾" or an up-down
pair comes out. Calendars, magnifiers and crosses are none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ghost_engine.inference.protocol import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Grey = NDArray[np.int16]  # (height, width), 0 to 255
    Mask = NDArray[np.bool_]

INK = 28  # levels from the ground
FRAME = 3  # pixels
# In font sizes:
REACH = 2.6  # from the right end of the input
APART = 0.3  # between the sign and what else stands there
WIDTH = (0.3, 1.4)
HEIGHT = (0.15, 0.85)
# Of the sign's width:
POINT = 0.5  # at its lower end
ASKEW = 0.14  # between the middles of its rows
ROUND = 0.4  # of its height, over its broadest row


def has_chevron(grey: Grey, box: Box, size: float) -> bool:
    """Whether an input of a page with the font `size` can be opened."""
    import numpy as np

    x0, y0, x1, y1 = box
    part = grey[y0 + FRAME : y1 - FRAME, max(x0, int(x1 - REACH * size)) : x1 - FRAME]
    if part.shape[0] < 5 or part.shape[1] < 5:
        return False
    ink = np.abs(part - int(np.median(part))) > INK
    ink[:, ink.mean(axis=0) > 0.9] = False  # a line before the sign
    sign = _last(ink, max(2, round(APART * size)))
    if sign is None or not WIDTH[0] * size <= sign.shape[1] <= WIDTH[1] * size:
        return False
    parts = _parted(sign)
    if not all(HEIGHT[0] * size <= part.shape[0] <= HEIGHT[1] * size for part in parts):
        return False
    if len(parts) == 2:
        return _points_down(parts[0][::-1]) and _points_down(parts[1])
    return len(parts) == 1 and _points_down(parts[0])


def _last(ink: Mask, gap: int) -> Mask | None:
    """The rightmost ink, cut from what stands more than `gap` pixels before it."""
    import numpy as np

    columns = np.flatnonzero(ink.any(axis=0))
    if not len(columns):
        return None
    breaks = np.flatnonzero(np.diff(columns) > gap)
    start = columns[breaks[-1] + 1] if len(breaks) else columns[0]
    rows = np.flatnonzero(ink[:, start:].any(axis=1))
    return ink[rows[0] : rows[-1] + 1, start : columns[-1] + 1]


def _parted(sign: Mask) -> list[Mask]:
    """A sign cut where no row has ink."""
    import numpy as np

    rows = np.flatnonzero(sign.any(axis=1))
    return [
        sign[part[0] : part[-1] + 1]
        for part in np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    ]


def _points_down(sign: Mask) -> bool:
    """Whether rows grow narrower towards the lower end, about one middle."""
    import numpy as np

    height, width = sign.shape
    rows = [np.flatnonzero(row) for row in sign]
    widths = [int(row[-1] - row[0]) + 1 for row in rows]
    middles = [(int(row[0]) + int(row[-1])) / 2 for row in rows]
    top = widths.index(max(widths))
    rest = widths[top:]  # the ends of strokes may be round
    narrower = all(below <= above + 1 for above, below in zip(rest, rest[1:], strict=False))
    level = max(middles) - min(middles) <= max(1.0, ASKEW * width)
    pointed = top <= ROUND * height and rest[-1] <= max(2.0, POINT * width)
    return len(rest) >= 3 and narrower and level and pointed
