"""Cards and boards: one region for each group of blocks that say the same things.

On a board the blocks stand in lanes, each under its heading; the headings are the values of one
more field, the state of what the cards show.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Collection, Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.blocks import (
    Block,
    Group,
    find_groups,
    is_ruled_list,
    is_stack_of_lines,
)
from ghost_engine.inference.baseline.labels import is_action, is_label
from ghost_engine.inference.baseline.naming import name_fields
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.people import are_people
from ghost_engine.inference.baseline.regions import Field, Region, RegionKind
from ghost_engine.inference.baseline.slots import read_parts
from ghost_engine.inference.baseline.texts import Text, group_rows, median_height, union_box
from ghost_engine.inference.baseline.tiles import is_row_of_tiles
from ghost_engine.inference.baseline.vocabulary import is_moment
from ghost_engine.inference.protocol import Box

MIN_CARDS = 3
MIN_FIELDS = 2
MIN_TEXTS = 3  # in a card beside which one of a single text is none
MIN_LIKENESS = 0.5
MIN_LANES = 2
HIGHER, AXIS = 2.0, 0.7  # a chart: times the usual height, the share of figures and dates in it
LANE_SHARE = 0.6  # of the lanes have a heading
MAX_GAP = 3.5  # text heights between a heading and its first card

_COUNT = re.compile(r"\s+\(?\d{1,4}\)?$")  # of the cards below a heading


def find_cards(page: Page, panels: Sequence[Box]) -> tuple[Region, ...]:
    """The card grids and boards of the body, those with most texts first."""
    inside = [panel for panel in panels if panel[0] + panel[2] > 2 * page.left]
    groups = find_groups(inside, page.body, page.width * page.height)
    cards = (g for g in groups if not is_stack_of_lines(g) and not is_row_of_tiles(g))
    regions = (_region(group, page) for group in cards)
    return tuple(region for region in regions if region is not None)


def _region(group: Group, page: Page) -> Region | None:
    usual = statistics.median(len(block.texts) for block in group)
    blocks = [block for block in group if block.texts and not _is_bar(block, usual)]
    blocks = _without_charts(blocks)
    lanes = _lane_headings(group, page)
    alike = _likeness(blocks)
    if (len(blocks) < MIN_CARDS and not lanes) or alike < MIN_LIKENESS:
        return None
    fields = _with_assignee(name_fields(read_parts(blocks)), bool(lanes))
    if lanes:
        fields = (*fields, _lane_field(lanes))
    if len(fields) < MIN_FIELDS:
        return None
    box = union_box([*(block.box for block in blocks), *(lane.box for lane in lanes)])
    confidence = min(0.95, 0.5 + 0.04 * len(blocks) + 0.2 * alike)
    kind: RegionKind = "board" if lanes else "list" if is_ruled_list(group) else "cards"
    return Region(kind, fields, box, round(confidence, 2))


def _with_assignee(fields: Sequence[Field], board: bool) -> tuple[Field, ...]:
    """The fields; initials on a board's cards are who works on them, unless a name tells that."""
    named = any(are_people(field.values) for field in fields)
    initials = [field for field in fields if field.label == "Assignee" and not field.read]
    kept = tuple(field for field in fields if field not in initials)
    if not board or named or not initials:
        return kept
    return (*kept, replace(initials[0], values=(), target="user"))


def _is_bar(block: Block, usual: float) -> bool:
    """A search box or a button as wide as the cards, which hold `usual` texts."""
    alone = len(block.texts) < MIN_TEXTS <= usual  # an icon may be read as a letter
    return len(block.rows) == 1 and (alone or any(is_action(text.text) for text in block.texts))


def _without_charts(blocks: Sequence[Block]) -> list[Block]:
    """The blocks but for those far higher than the others whose texts are hardly words: charts."""
    if len(blocks) < MIN_CARDS:
        return list(blocks)
    usual = statistics.median(block.height for block in blocks)
    return [block for block in blocks if block.height < HIGHER * usual or not _is_axis(block)]


def _is_axis(block: Block) -> bool:
    marks = sum(not is_label(text.text) or is_moment(text.text) for text in block.texts)
    return marks >= AXIS * len(block.texts)


def _likeness(blocks: Sequence[Block]) -> float:
    """The share of blocks with about as many texts as the middle one, 0 to 1."""
    counts = [len(block.texts) for block in blocks]
    middle = statistics.median(counts) if counts else 0
    return sum(abs(n - middle) <= max(1, 0.34 * middle) for n in counts) / max(1, len(counts))


def _lane_headings(group: Group, page: Page) -> tuple[Text, ...]:
    """The headings over columns of blocks: one row of labels, each flush with its column."""
    top = min(block.box[1] for block in group)
    height = median_height(page.body)
    texts = (*page.body, *page.navigation)  # a board at the very top has its headings there
    above = [text for text in texts if 0 <= top - text.box[3] < MAX_GAP * height]
    columns: dict[int, Box] = {}
    for block in group:
        key = next((x for x in columns if abs(x - block.box[0]) < height), block.box[0])
        columns.setdefault(key, block.box)
    if len(columns) < MIN_LANES:
        return ()
    for row in reversed(group_rows(above)):
        heads = [text for text in row if is_label(text.text) and text not in page.framed]
        padding = _padding(columns, heads, height)
        if padding is not None:
            left = min(columns) - 2 * height
            return tuple(head for head in heads if head.box[0] > left)
    return ()


def _padding(columns: Collection[int], heads: Sequence[Text], height: float) -> int | None:
    """How far headings stand in from the columns below them, if most do so alike."""
    offsets = [head.box[0] - x for x in columns for head in heads]
    near = [offset for offset in offsets if abs(offset) < 2 * height]
    for offset in near:
        alike = sum(abs(offset - other) < 0.4 * height for other in near)
        if alike >= max(2, LANE_SHARE * len(columns)):
            return offset
    return None


def _lane_field(lanes: Sequence[Text]) -> Field:
    box = union_box([lane.box for lane in lanes])
    states = tuple(_COUNT.sub("", lane.text) for lane in lanes)
    return Field("Status", states, box, read=False)
