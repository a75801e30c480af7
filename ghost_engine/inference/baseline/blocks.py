"""Repeated blocks: panels of one width that hold texts, as cards, tiles and rows of a list do."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from ghost_engine.inference.baseline.texts import Row, Text, group_rows, union_box
from ghost_engine.inference.protocol import Box

MIN_BLOCKS = 2
MIN_TEXTS = 2  # in the middle block of a group
SAME_WIDTH = 3  # pixels, or 1 % of the width
MAX_RULE = 5  # pixels; a line between two rows, not a gap
MAX_BLOCK_SHARE = 0.6  # of the page's area


@dataclass(frozen=True, slots=True)
class Block:
    """One panel and the texts in it, top to bottom."""

    box: Box
    texts: tuple[Text, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        return group_rows(self.texts)

    @property
    def width(self) -> int:
        return self.box[2] - self.box[0]

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]


Group = tuple[Block, ...]


def find_groups(panels: Sequence[Box], texts: Sequence[Text], page_area: int) -> tuple[Group, ...]:
    """Groups of blocks of one width, largest first; no block holds another of any group."""
    blocks = [_block(panel, texts) for panel in panels]
    blocks = [block for block in blocks if block.width * block.height < MAX_BLOCK_SHARE * page_area]
    groups = [group for group in _by_width(blocks) if _repeats(group)]
    inner = [block.box for group in groups for block in group]
    groups = [tuple(b for b in group if not _holds_any(b.box, inner)) for group in groups]
    groups = [group for group in groups if _repeats(group)]
    return tuple(sorted(groups, key=lambda group: -sum(len(block.texts) for block in group)))


def is_stack_of_lines(group: Group) -> bool:
    """Whether a group is one column of single lines: the rows of a table."""
    lines = sum(len(block.rows) <= 1 for block in group)
    return lines >= 0.7 * len(group) and _is_one_column(group)


def is_ruled_list(group: Group) -> bool:
    """Whether a group is one column without gaps: rows with lines between them."""
    gaps = [below.box[1] - above.box[3] for above, below in zip(group, group[1:], strict=False)]
    return _is_one_column(group) and sum(gap <= MAX_RULE for gap in gaps) >= 0.6 * len(gaps)


def _is_one_column(group: Group) -> bool:
    left = group[0].box[0]
    return all(abs(block.box[0] - left) <= SAME_WIDTH for block in group)


def group_box(group: Group) -> Box:
    return union_box([block.box for block in group])


def _block(panel: Box, texts: Sequence[Text]) -> Block:
    x0, y0, x1, y1 = panel
    inside = [text for text in texts if x0 <= text.center_x <= x1 and y0 <= text.center_y <= y1]
    return Block(panel, tuple(sorted(inside, key=lambda text: (text.box[1], text.box[0]))))


def _by_width(blocks: Sequence[Block]) -> list[Group]:
    groups: list[list[Block]] = []
    for block in sorted(blocks, key=lambda block: block.width):
        limit = max(SAME_WIDTH, 0.01 * block.width)
        if groups and block.width - groups[-1][-1].width <= limit:
            groups[-1].append(block)
        else:
            groups.append([block])
    return [
        tuple(sorted(group, key=lambda block: (block.box[1], block.box[0]))) for group in groups
    ]


def _repeats(group: Group) -> bool:
    filled = [block for block in group if block.texts]
    return (
        len(filled) >= MIN_BLOCKS
        and statistics.median(len(block.texts) for block in filled) >= MIN_TEXTS
    )


def _holds_any(box: Box, others: Sequence[Box]) -> bool:
    return any(
        other != box
        and box[0] <= other[0]
        and box[1] <= other[1]
        and other[2] <= box[2]
        and other[3] <= box[3]
        for other in others
    )
