"""Which of two readings of a page holds: the rules', or the learned reader's where it is sure.

The learned reader knows the looks of the pages it was trained on. It says itself how sure it is
(`Reading.sure`); under `SURE` the page is not like those, and the rules read it. Where it is sure
it says what is a field and what is none. Where the rules see the same fields theirs are kept, for
they part texts and join wrapped labels.
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
MIN_RECORDS = 3  # of a table where the reader sees none
MIN_PAIRS, PROVEN = 5, 0.9  # of a record where the reader sees none
SURE_RULES = 0.8  # of a region where the reader sees none
APART = 0.2  # of the smaller one's area, that two regions may share
SAME_PLACE = 0.5
KNOWN = 0.6  # of the learned labels, that rules see too
STRANGE = 0.3  # of the rules' labels, that are none to the reader
BLOCKS = ("cards", "board", "calendar")  # whose parts the rules tell by their place


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
    """The reader's regions, those of the rules in their place where both see the same, and what
    rules are sure of where the reader sees nothing.

    Nothing that ends before `left` is data: the sidebar.
    """
    regions: list[Region] = []
    for region in reading.regions:
        fields = tuple(field for field in region.fields if field.box[2] > left)
        if region.confidence < SURE_REGION or not fields:
            continue
        own = replace(region, fields=fields, box=union_box([field.box for field in fields]))
        regions += _settled(own, reading, ruled, regions)
    rest = [
        region
        for region in ruled
        if _is_sure_alone(region)
        and all(shared(region.box, other.box) <= APART for other in regions)
    ]
    return (*regions, *rest) if regions else tuple(ruled)


def _is_sure_alone(region: Region) -> bool:
    """Whether rules may be believed about what the reader takes for no data at all: counts in
    frames, inputs and ruled tables are seen in pixels."""
    often = max((len(field.values) for field in region.fields), default=0)
    seen = region.kind in ("form", "filter") or (region.kind == "table" and often >= MIN_RECORDS)
    filled = sum(bool(field.values) for field in region.fields)
    if region.kind == "detail" and filled >= MIN_PAIRS:
        return region.confidence >= PROVEN
    return region.kind == "tile" or (seen and region.confidence >= SURE_RULES)


def shared(one: Box, other: Box) -> float:
    """The shared area, as a share of the smaller box."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min(_area(one), _area(other))
    return max(0, width) * max(0, height) / max(1, smaller)


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _settled(
    region: Region, reading: Reading, ruled: Sequence[Region], taken: Sequence[Region]
) -> tuple[Region, ...]:
    """What stands where the reader sees a region: nothing where that is told already."""
    there = [other for other in ruled if shared(other.box, region.box) > SAME_PLACE]
    twin = max(there, key=lambda other: len(other.fields), default=None)
    seen = [field for other in ruled for field in other.fields]
    if twin is None or not _agree(region, twin, reading):
        return (replace(region, fields=tuple(_with_controls(region.fields, seen))),)
    if any(twin.box == other.box for other in taken):
        return ()
    if region.kind in BLOCKS:
        return (twin,)
    more = [
        field
        for field in region.fields
        if field.read
        and (field.values or twin.kind in ("form", "detail"))  # a column without any is a word
        and not any(_part_of(field, other) for other in seen)
    ]
    return (replace(twin, fields=(*twin.fields, *more)),)


def _agree(learned: Region, ruled: Region, reading: Reading) -> bool:
    """Whether the rules see what the reader sees, and little that it takes for no field."""
    if learned.kind in BLOCKS and ruled.kind in (*BLOCKS, "list"):
        return True
    fields = [field for region in reading.regions for field in region.fields]
    known = sum(any(_part_of(field, other) for other in ruled.fields) for field in learned.fields)
    strange = sum(
        not any(_part_of(field, other) or _part_of(other, field) for field in fields)
        for other in ruled.fields
    )
    sees_most = known >= KNOWN * len(learned.fields)
    return sees_most and strange <= STRANGE * len(ruled.fields)


def _part_of(one: Field, other: Field) -> bool:
    """Whether a label is another one or a line of it."""
    words = f" {one.label.lower()} "
    return words in f" {other.label.lower()} "


def _with_controls(fields: Sequence[Field], seen: Sequence[Field]) -> Iterator[Field]:
    """Fields with the controls that rules saw for the same labels."""
    for field in fields:
        twin = next((other for other in seen if _is_twin(field, other)), None)
        if twin is None:
            yield field
        else:
            yield replace(field, control=twin.control, required=field.required or twin.required)


def _is_twin(field: Field, other: Field) -> bool:
    return other.label.lower() == field.label.lower() and shared(other.box, field.box) > 0
