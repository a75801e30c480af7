"""Form controls found in pixels: boxed or filled inputs, underlined ones, checkboxes.

A box is two horizontal edges of equal extent with sides between them; an underline is an edge
without a partner; a checkbox is a small empty square. What a control is for, its texts tell
(`forms`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from PIL import Image

from ghost_engine.inference.protocol import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Grey = NDArray[np.int16]  # (height, width), 0 to 255

Shape = Literal["box", "underline", "checkbox"]

EDGE = 5  # grey levels between neighbours; the palest borders in use differ by about 15
ALIGNED = 5  # pixels two edges of one box may differ at their ends


@dataclass(frozen=True, slots=True)
class Control:
    """One control and its box in source pixels."""

    shape: Shape
    box: Box


@dataclass(frozen=True, slots=True)
class _Edge:
    x0: int
    x1: int
    y: int


def find_controls(image: Image.Image, text_height: float) -> tuple[Control, ...]:
    """The controls of a picture, top to bottom; sizes are judged by `text_height`, pixels."""
    import numpy as np

    grey = np.asarray(image.convert("L")).astype(np.int16)
    edges = _horizontal_edges(grey, min_length=3 * text_height)
    boxes, paired = _boxes(edges, grey, text_height)
    underlines = [
        Control("underline", (edge.x0, max(0, int(edge.y - 2.2 * text_height)), edge.x1, edge.y))
        for edge in edges
        if edge not in paired and edge.y > 1.5 * text_height and not _inside(edge, boxes)
    ]
    checkboxes = _checkboxes(grey, text_height)
    found = [*(Control("box", box) for box in boxes), *underlines, *checkboxes]
    return tuple(sorted(found, key=lambda control: (control.box[1], control.box[0])))


def _horizontal_edges(grey: Grey, min_length: float) -> list[_Edge]:
    """Straight runs of brightness change, at least `min_length` pixels long."""
    import cv2
    import numpy as np

    steps = (np.abs(np.diff(grey, axis=0)) > EDGE).astype(np.uint8)
    kernel = np.ones((1, max(8, int(min_length))), np.uint8)
    runs = cv2.dilate(cv2.morphologyEx(steps, cv2.MORPH_OPEN, kernel), np.ones((2, 1), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(runs)
    edges = [
        _Edge(int(x), int(x + width), int(y + height // 2))
        for x, y, width, height, _ in stats[1:]
        if height <= 6
    ]
    return sorted(edges, key=lambda edge: (edge.y, edge.x0))


def _boxes(edges: Sequence[_Edge], grey: Grey, text_height: float) -> tuple[list[Box], set[_Edge]]:
    boxes: list[Box] = []
    paired: set[_Edge] = set()
    for number, top in enumerate(edges):
        bottom = _partner(top, edges[number + 1 :], text_height)
        if bottom is None:
            continue
        box = (min(top.x0, bottom.x0), top.y, max(top.x1, bottom.x1), bottom.y)
        if _has_sides(box, grey):
            boxes.append(box)
            paired |= {top, bottom}
    return boxes, paired


def _partner(top: _Edge, below: Sequence[_Edge], text_height: float) -> _Edge | None:
    for edge in below:
        if edge.y - top.y > 12 * text_height:
            return None
        aligned = abs(edge.x0 - top.x0) <= ALIGNED and abs(edge.x1 - top.x1) <= ALIGNED
        if aligned and edge.y - top.y > 1.1 * text_height:
            return edge
    return None


def _has_sides(box: Box, grey: Grey) -> bool:
    """Whether both ends show an edge over most of the height: rows of a table do not."""
    import numpy as np

    x0, y0, x1, y1 = box
    for x in (x0, x1):
        strip = grey[y0 + 2 : y1 - 1, max(0, x - 8) : x + 9]
        if strip.shape[0] < 4 or strip.shape[1] < 4:
            return False
        stepped = (np.abs(np.diff(strip, axis=1)) > EDGE).any(axis=1)
        if stepped.mean() < 0.6:
            return False
    return True


def _inside(edge: _Edge, boxes: Sequence[Box]) -> bool:
    return any(
        box[0] - ALIGNED <= edge.x0 and edge.x1 <= box[2] + ALIGNED and box[1] <= edge.y <= box[3]
        for box in boxes
    )


def _checkboxes(grey: Grey, text_height: float) -> list[Control]:
    import cv2
    import numpy as np

    edges = cv2.Canny(grey.astype(np.uint8), 30, 90)
    contours, _ = cv2.findContours(edges, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours:
        x, y, width, height = cv2.boundingRect(contour)
        square = abs(width - height) <= 2 and 0.6 * text_height < height < 1.8 * text_height
        if square and cv2.arcLength(contour, True) > 3 * height and _is_frame(contour, height):
            found.append(Control("checkbox", (x, y, x + width, y + height)))
    return found


def _is_frame(contour: Any, side: int) -> bool:
    """Whether a contour fills its square: letters and discs do not."""
    import cv2

    return bool(cv2.contourArea(contour) > 0.8 * side * side)
