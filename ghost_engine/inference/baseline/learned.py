"""Which of two readings of a page holds: the rules', or the learned reader's where it is sure.

The learned reader knows the looks of the pages it was trained on. It says itself how sure it is
(`Reading.sure`); under `SURE` the page is not like those, and the rules read it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.reader.decode import Reading
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import union_box
from ghost_engine.inference.protocol import Box

SURE = 0.93
SURE_REGION = 0.6
APART = 0.2  # of the smaller one's area, that two regions may share


def is_sure(reading: Reading, page: Page) -> bool:
    """Whether a reading is to be believed before the rules: it is sure of itself, and takes no bar
    of the page for data."""
    sure = reading.sure >= SURE and bool(reading.regions)
    return sure and not any(_holds_bar(region, page) for region in reading.regions)


def _holds_bar(region: Region, page: Page) -> bool:
    """Whether most of the page's navigation stands inside a region."""
    x0, y0, x1, y1 = region.box
    inside = sum(x0 <= t.center_x <= x1 and y0 <= t.center_y <= y1 for t in page.navigation)
    return inside >= 3 and 2 * inside > len(page.navigation)


def learned_page(page: Page, reading: Reading) -> Page:
    """The page with what the reader says is open in its navigation."""
    return replace(page, active=reading.active or page.active)


def learned_regions(reading: Reading, ruled: Sequence[Region], left: int = 0) -> tuple[Region, ...]:
    """The reader's regions, with what rules see of controls, and tiles beside them.

    Nothing that ends before `left` is data: the sidebar.
    """
    seen = [field for region in ruled for field in region.fields]
    regions = [
        replace(region, fields=fields, box=union_box([field.box for field in fields]))
        for region in reading.regions
        if region.confidence >= SURE_REGION and (fields := tuple(_fields(region, seen, left)))
    ]
    tiles = [
        region
        for region in ruled
        if region.kind == "tile"
        and all(shared(region.box, other.box) <= APART for other in regions)
    ]
    return (*regions, *tiles)


def _fields(region: Region, seen: Sequence[Field], left: int) -> Iterator[Field]:
    for field in region.fields:
        if field.box[2] > left:
            yield _with_control(field, seen)


def shared(one: Box, other: Box) -> float:
    """The shared area, as a share of the smaller box."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min(_area(one), _area(other))
    return max(0, width) * max(0, height) / max(1, smaller)


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _with_control(field: Field, seen: Sequence[Field]) -> Field:
    """A field with the control that a rule saw for the same label."""
    twin = next(
        (
            other
            for other in seen
            if other.label.lower() == field.label.lower() and shared(other.box, field.box) > 0
        ),
        None,
    )
    if twin is None:
        return field
    return replace(field, control=twin.control, required=field.required or twin.required)
