"""Where colours change in a picture: rules across a table, and the gutters between panels.

Measured once a picture, asked for parts of it. Cells of a table are parted by one line at most, and
rules run through the space between them; a strip between two panels has an edge on either side and
nothing in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from PIL import Image

from ghost_engine.inference.baseline.pixels import pixels_of
from ghost_engine.inference.baseline.steps import steps_down, steps_right
from ghost_engine.inference.baseline.texts import Row, Text, median_height

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EDGE = 3  # levels; rules and borders of panels may be very pale
RULE = 0.88  # of the width between a table's first and last label
MIN_GUTTER = 5  # pixels; a line of a table with its shadow is thinner
RULED = 12.0  # text heights below a row in which a panel's rules are counted
MIN_RULES = 3
MIN_BAND = 3  # labels on a ground of their own
MOST = 0.7  # of the texts of a row
GROUNDS = 14  # levels between two grounds
REACH = 3.0  # text heights below a row that the edge of a panel has to go on for

Strip = tuple[int, int]  # first and last x, or y, pixels


@dataclass(frozen=True, slots=True)
class Edges:
    """`across[y, x]`: row y + 1 differs from row y; `upright[y, x]`: column x + 1 from column x."""

    across: NDArray[np.bool_]
    upright: NDArray[np.bool_]
    width: int
    height: int


def measure_edges(image: Image.Image) -> Edges:
    """The edges of a whole picture."""

    pixels = pixels_of(image)
    across, upright = steps_down(pixels) >= EDGE, steps_right(pixels) >= EDGE
    return Edges(across, upright, image.width, image.height)


def find_rules(edges: Edges, reach: Strip) -> list[int]:
    """The heights at which a line or a change of ground runs from one x to another."""
    import numpy as np

    part = edges.across[:, max(0, reach[0]) : max(0, reach[1])]
    if part.shape[1] < 2:
        return []
    found = [int(y) + 1 for y in np.flatnonzero(part.mean(axis=1) > RULE)]
    return [y for y, before in zip(found, [-9, *found], strict=False) if y - before > 3]


def split_row(row: Row, edges: Edges) -> list[tuple[Row, Strip]]:
    """The parts of a row that stand in one panel each, left to right, and how far each panel goes;
    without gutters that is the whole width."""
    strips = sorted(find_gutters(row, edges))
    borders = [0, *((x0 + x1) // 2 for x0, x1 in strips), edges.width]
    parts = [
        (tuple(text for text in row if left <= text.center_x < right), (left, right))
        for left, right in zip(borders, borders[1:], strict=False)
    ]
    return [(part, reach) for part, reach in parts if part]


def part_by_ground(row: Row, reach: Strip, edges: Edges) -> list[tuple[Row, Strip]]:
    """The row with its reach, and the part of it that stands on one ground, unlike the little that
    is beside it: the header of a table beside a heading of a sidebar."""
    runs: list[list[Text]] = []
    for text in row:
        if not runs or not _same_ground(runs[-1][-1], text):
            runs.append([])
        runs[-1].append(text)
    if len(runs) == 1:
        return [(row, reach)]
    ends = [reach[0], *(_border(a[-1], b[0], edges) for a, b in pairwise(runs)), reach[1]]
    return [
        (row, reach),
        *(
            (tuple(run), (ends[number], ends[number + 1]))
            for number, run in enumerate(runs)
            if len(run) >= max(MIN_BAND, MOST * len(row))
        ),
    ]


def _same_ground(one: Text, other: Text) -> bool:
    grounds = zip(one.look.ground, other.look.ground, strict=True)
    return max(abs(a - b) for a, b in grounds) < GROUNDS


def _border(left: Text, right: Text, edges: Edges) -> int:
    """Where the ground changes between two texts of a row."""
    import numpy as np

    between = edges.upright[right.box[1] : right.box[3], left.box[2] : right.box[0]]
    whole = np.flatnonzero(between.mean(axis=0) > 0.9) if between.size else between
    return left.box[2] + int(whole[0]) if whole.size else (left.box[2] + right.box[0]) // 2


def find_gutters(row: Sequence[Text], edges: Edges) -> list[Strip]:
    """The empty strips between panels at the height of a row."""
    import numpy as np

    height = median_height(row)
    top = max(0, int(min(text.box[1] for text in row) - 0.3 * height))
    bottom = int(max(text.box[3] for text in row) + REACH * height)
    upright, across = edges.upright[top:bottom], edges.across[top : bottom - 1]
    if upright.shape[0] < 4 or upright.shape[1] < 4:
        return []
    lines = np.flatnonzero(upright.mean(axis=0) > 0.95)
    marks = np.count_nonzero(across, axis=0)
    between = [
        (int(left) + 1, int(right) + 1)
        for left, right in zip(lines, lines[1:], strict=False)
        if right - left >= MIN_GUTTER and not marks[left + 1 : right].any()
    ]
    return between + [
        strip
        for left, right in zip(row, row[1:], strict=False)
        if (strip := _bare_strip(left, right, edges)) is not None
        and not any(x0 < strip[1] and strip[0] < x1 for x0, x1 in between)
    ]


def _bare_strip(left: Text, right: Text, edges: Edges) -> Strip | None:
    """Where the rules under one text stop before they reach the next: the end of a panel."""
    import numpy as np

    top = left.box[3]
    window = edges.across[top : top + int(RULED * left.height)]
    gap = window[:, left.box[2] : right.box[0]]
    if window.shape[0] < 4 or gap.shape[1] < MIN_GUTTER:
        return None
    below = [window[:, text.box[0] : text.box[2]] for text in (left, right)]
    rules = [np.count_nonzero(part.mean(axis=1) > 0.98) if part.size else 0 for part in below]
    bare = np.flatnonzero(~gap.any(axis=0))
    if max(rules) < MIN_RULES or len(bare) < MIN_GUTTER:
        return None
    return left.box[2] + int(bare[0]), left.box[2] + int(bare[-1])
