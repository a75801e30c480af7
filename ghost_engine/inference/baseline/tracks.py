"""Toggles known by their knob: a small disc at one end of a short track of another colour.

Where the knob reaches the ends of its track no flat pill is left to be found (`areas`). Pixels and
the box of a small disc or square go in; the box of the track comes out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ghost_engine.inference.protocol import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Line = NDArray[np.int16]  # (pixels, 3), RGB, outwards

SAME, OTHER = 12, 24  # levels within a track, and between it and what is around it
EDGE = 2  # pixels of soft edge
RIM = 0.35  # of the knob's width, what of the track is seen at its own end
HIGH = 1.9  # of the knob's height
LONG = (1.35, 2.7)  # of the track's height


def find_track(pixels: NDArray[np.uint8], knob: Box) -> Box | None:
    """The track a knob stands on, or None."""
    x0, y0, x1, y1 = knob
    side, middle = x1 - x0, (y0 + y1) // 2
    far = round(LONG[1] * HIGH * side)
    if min(x0, y0, pixels.shape[1] - x1, pixels.shape[0] - y1) <= side + EDGE:
        return None
    row = pixels[middle].astype("int16")
    left = _run(row[max(0, x0 - far) : x0 - EDGE][::-1])
    right = _run(row[x1 + EDGE : x1 + far])
    track, rim = max(left, right), min(left, right)
    if not 0.5 * side <= track < far - EDGE - 1 or rim > RIM * side:
        return None
    on = left > right
    at = x0 - EDGE - track // 2 if on else x1 + EDGE + track // 2
    column = pixels[:, at].astype("int16")
    up = _run(column[max(0, middle - 2 * side) : middle + 1][::-1])
    down = _run(column[middle : middle + 2 * side])
    if min(up, down) < side // 2 - 1 or not side - 2 <= up + down <= HIGH * side:
        return None
    ends = (x0 - EDGE - track, x1 + EDGE) if on else (x0 - EDGE, x1 + EDGE + track)
    top, bottom = middle - up + 1, middle + down
    if not LONG[0] <= (ends[1] - ends[0]) / (bottom - top) <= LONG[1]:
        return None
    knob_colour, colour = row[(x0 + x1) // 2], column[middle]
    return (ends[0], top, ends[1], bottom) if abs(knob_colour - colour).max() > OTHER else None


def _run(line: Line) -> int:
    """How many pixels from the first on have its colour, where another colour follows; else 0."""
    import numpy as np

    if not len(line):
        return 0
    far = np.abs(line - line[0]).max(axis=1)
    ends = np.flatnonzero(far > SAME)
    if not len(ends):
        return len(line)
    after = far[ends[0] : ends[0] + 2 * EDGE + 1]
    return int(ends[0]) if after.max() > OTHER else 0
