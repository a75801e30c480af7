"""Controls found in pixels: inputs boxed, filled or underlined, checkboxes, radios, toggles,
buttons, chips, avatars, and the panels that hold them.

Flat areas (`areas`) are sorted by size, outline and the texts inside them; an underline is a line
that bounds no area. Sizes are judged by the usual font size. Whether a control is part of a form,
and what its label is, the forms stage tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from PIL import Image

from ghost_engine.inference.baseline.areas import Area, find_areas, is_stroke
from ghost_engine.inference.baseline.chevrons import has_chevron
from ghost_engine.inference.baseline.labels import is_action
from ghost_engine.inference.baseline.levels import Levels
from ghost_engine.inference.baseline.marked_boxes import find_ticked
from ghost_engine.inference.baseline.pixels import pixels_of
from ghost_engine.inference.baseline.texts import Colour, Text, chains, median_size, union_box
from ghost_engine.inference.baseline.tracks import find_track
from ghost_engine.inference.protocol import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Grey = NDArray[np.int16]  # (height, width), 0 to 255

Shape = Literal[
    "box", "underline", "checkbox", "radio", "toggle", "button", "chip", "avatar", "panel"
]

EDGE = 5  # grey levels between neighbours; the palest lines in use differ by about 15
NEAR = 4  # pixels between a line and the area it bounds
ON_FRAME = 0.15  # of a text's height; what is hardly lower than the upper border stands in it
PADDED = 0.16  # of a text's height, by which its box is too wide at either end
USUAL_SIZE = 14.0  # of a font, where there is no text
# In font sizes:
SMALL = (0.6, 1.9)  # the side of a checkbox, the diameter of a radio
MAX_INPUT_HEIGHT = 4.6
MAX_AREA_HEIGHT = 24.0  # of a text area
MIN_INPUT_HEIGHT = 1.25
MIN_INPUT_WIDTH = 3.6
MAX_CHIP_HEIGHT = 2.0
LOUD = 60  # levels between a button and the ground around it


@dataclass(frozen=True, slots=True)
class Control:
    """One control and its box in source pixels; `ground` is its own colour; an input that `opens`
    shows a list to choose from."""

    shape: Shape
    box: Box
    ground: Colour = (255, 255, 255)
    opens: bool = False

    @property
    def width(self) -> int:
        return self.box[2] - self.box[0]

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]


@dataclass(frozen=True, slots=True)
class _Edge:
    x0: int
    x1: int
    y: int


def find_controls(image: Image.Image, texts: Sequence[Text]) -> tuple[Control, ...]:
    """The controls of a picture, top to bottom; `texts` are those read in it."""
    import numpy as np

    size = font_size(texts)
    grey = np.asarray(image.convert("L")).astype(np.int16)
    levels: Levels[Text] = Levels()
    for text in texts:
        levels.add(text, text.box[1] - 2, text.box[3] + 2)
    near = {
        area: levels.between(area.box[1], area.box[3]) for area in find_areas(image, size, texts)
    }
    areas = [
        area
        for area, level in near.items()
        if (area.width < 0.98 * image.width or area.height < 0.5 * image.height)
        and not any(is_stroke(area, text) for text in level)
    ]
    found = [_control(area, areas, near[area], grey, size) for area in areas]
    lines = [
        Control("underline", (edge.x0, max(0, int(edge.y - 2.6 * size)), edge.x1, edge.y))
        for edge in _horizontal_edges(grey, min_length=5 * size)
        if edge.y > 1.5 * size and not _bounds(edge, areas)
    ]
    single = _single(control for control in found if control is not None)
    ticked = [
        Control("checkbox", box)
        for box in find_ticked(image, size)
        if not any(_crosses(box, other.box) for other in single if other.shape == "checkbox")
    ]
    small = [each for each in single if each.shape in ("checkbox", "radio")]
    tracks = [(each, find_track(pixels_of(image), each.box)) for each in small]
    knobs = {each for each, track in tracks if track is not None}
    toggles = [Control("toggle", track) for _, track in tracks if track is not None]
    single = [*(each for each in single if each not in knobs), *toggles]
    controls = [
        replace(each, opens=has_chevron(grey, each.box, size))
        if each.shape in ("box", "underline")
        else each
        for each in (*single, *ticked, *lines)
    ]
    return tuple(sorted(controls, key=lambda control: (control.box[1], control.box[0])))


def font_size(texts: Sequence[Text]) -> float:
    """The usual font size, pixels; a fair guess where there is no text."""
    return median_size([text for text in texts if text.size > 0]) or USUAL_SIZE


def holds(outer: Box, inner: Box, margin: int = 2) -> bool:
    """Whether `inner` lies within `outer`, a few pixels aside."""
    return (
        outer[0] - margin <= inner[0]
        and outer[1] - margin <= inner[1]
        and inner[2] <= outer[2] + margin
        and inner[3] <= outer[3] + margin
    )


def holds_text(box: Box, text: Text) -> bool:
    """Whether the middle line of a text lies within a box; a text reader adds to its height and
    width alike."""
    spare = max(3, PADDED * text.height)
    return box[0] - spare <= text.box[0] and text.box[2] <= box[2] + spare and _level(text, box)


def stacks(boxes: Sequence[Control]) -> tuple[Box, ...]:
    """The boxes around runs of controls that touch, below each other in one width or beside each
    other in one height: cards and grids parted by lines."""
    columns = _runs(sorted((control.box for control in boxes), key=lambda box: box[1]), _continues)
    grids = _runs(sorted(columns, key=lambda box: box[0]), _adjoins)
    singles = {control.box for control in boxes}
    return tuple(box for box in grids if box not in singles)


def _runs(boxes: Iterable[Box], follows: Callable[[Box, Box], bool]) -> list[Box]:
    """The boxes with those united of which one `follows` the other."""
    return [union_box(group) for group in chains(boxes, follows)]


def _continues(above: Box, below: Box) -> bool:
    level = abs(above[0] - below[0]) < NEAR and abs(above[2] - below[2]) < NEAR
    return level and -2 <= below[1] - above[3] <= NEAR


def _adjoins(left: Box, right: Box) -> bool:
    level = abs(left[1] - right[1]) < NEAR and abs(left[3] - right[3]) < NEAR
    return level and -2 <= right[0] - left[2] <= NEAR


def _level(text: Text, box: Box) -> bool:
    return box[1] + ON_FRAME * text.height < text.center_y < box[3]


def _control(
    area: Area, areas: Sequence[Area], texts: Sequence[Text], grey: Grey, size: float
) -> Control | None:
    inside = [text for text in texts if holds_text(area.box, text)]
    if area.outline == "pill" and any(_covers(text, area.box) for text in texts):
        return Control("chip", area.box, area.colour)
    shape = _small_shape(area, inside, size) or _large_shape(area, areas, inside, grey, size)
    return Control(shape, area.box, area.colour) if shape else None


def _covers(text: Text, box: Box) -> bool:
    """Whether a word is read over a pill, a little longer than it: its dot was read with it."""
    inside = box[0] < text.center_x < box[2] and box[1] < text.center_y < box[3]
    longer = text.box[2] - text.box[0] < 1.7 * (box[2] - box[0])
    return inside and longer and len(text.text) > 2 and not holds_text(box, text)


def _small_shape(area: Area, inside: Sequence[Text], size: float) -> Shape | None:
    """Discs, squares and pills without words in them."""
    words = any(len(text.text) > 2 for text in inside)
    small = SMALL[0] * size <= area.height <= SMALL[1] * size
    square = abs(area.width - area.height) <= max(2, 0.15 * area.height)
    if area.outline == "disc" and not words:
        return "radio" if small and not inside else "avatar"
    if square and small and not inside and area.outline == "rectangle":
        return "checkbox"
    long = 1.35 <= area.width / max(1, area.height) <= 2.7
    if area.outline == "pill" and small and long and not inside:
        return "toggle"
    return None


def _large_shape(
    area: Area, areas: Sequence[Area], inside: Sequence[Text], grey: Grey, size: float
) -> Shape | None:
    if area.outline == "disc" or area.height < MIN_INPUT_HEIGHT * size:
        return None
    if area.height > MAX_AREA_HEIGHT * size or _holds_inputs(area, areas, size):
        return "panel" if area.fill > 0.04 else None
    if len(inside) == 1 and _is_tight(area, inside[0], size):
        if area.height <= MAX_CHIP_HEIGHT * size:
            return "chip"
        if is_action(inside[0].text) or _is_loud(area, grey):
            return "button"
    if area.width < MIN_INPUT_WIDTH * size or area.fill < 0.4:
        number = len(inside) == 1 and inside[0].text.isdigit() and area.width > area.height
        return "chip" if number and area.outline == "rectangle" else None
    return "box"


def _holds_inputs(area: Area, areas: Sequence[Area], size: float) -> bool:
    """Whether other areas of the size of an input lie within: a panel."""
    return any(
        other is not area
        and other.width >= MIN_INPUT_WIDTH * size
        and other.height >= MIN_INPUT_HEIGHT * size
        and holds(area.box, other.box)
        and other.width * other.height < 0.8 * area.width * area.height
        and (area.height > MAX_INPUT_HEIGHT * size or other.height > MAX_CHIP_HEIGHT * size)
        for other in areas
    )


def _is_tight(area: Area, text: Text, size: float) -> bool:
    """Whether one text stands in the middle, or fills the area: a button's, a chip's."""
    before, after = text.box[0] - area.box[0], area.box[2] - text.box[2]
    centred = abs(before - after) < 1.2 * size
    return centred or (before + after < 5.5 * size and before > after)  # an icon goes before


def _is_loud(area: Area, grey: Grey) -> bool:
    """Whether an area stands out from what is around it."""
    x0, y0, x1, y1 = area.box
    beside = grey[(y0 + y1) // 2, min(grey.shape[1] - 1, x1 + 4)]
    above = grey[max(0, y0 - 4), (x0 + x1) // 2]
    own = sum(share * part for share, part in zip((0.299, 0.587, 0.114), area.colour, strict=True))
    return min(abs(own - float(beside)), abs(own - float(above))) > LOUD


def _single(controls: Iterable[Control]) -> list[Control]:
    """Without a frame around a control of nearly its size, and without pieces of an input."""
    kept: list[Control] = []
    levels: Levels[Control] = Levels()
    for control in sorted(controls, key=lambda control: control.width * control.height):
        least = 0.72 * control.width * control.height
        near = levels.between(control.box[1] - 3, control.box[3] + 3)
        if not any(holds(control.box, o.box, 3) and o.width * o.height > least for o in near):
            kept.append(control)
            levels.add(control, control.box[1], control.box[3])
    return kept


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


def _crosses(one: Box, other: Box) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    return across > 0 and min(one[3], other[3]) - max(one[1], other[1]) > 0


def _bounds(edge: _Edge, areas: Sequence[Area]) -> bool:
    """Whether an edge is the top or the bottom of an area."""
    return any(
        min(abs(edge.y - area.box[1]), abs(edge.y - area.box[3])) <= NEAR
        and min(edge.x1, area.box[2]) - max(edge.x0, area.box[0]) > 0.8 * (edge.x1 - edge.x0)
        for area in areas
    )
