"""Tiles with one number each: a count of customers says that there are customers.

A tile whose number is a count and whose label is a noun becomes a region of its own, with nothing
in it but the name of its rows. Tiles with sums, shares and averages say nothing of a table.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.blocks import Block, Group, find_groups
from ghost_engine.inference.baseline.labels import is_label
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import Text
from ghost_engine.inference.baseline.title_nouns import to_noun
from ghost_engine.inference.baseline.vocabulary import kind_of_value
from ghost_engine.inference.protocol import Box

MAX_TEXTS = 6
_CHANGE = re.compile(r"\s+\W*\d+(?:[.,]\d+)?\s*%\W*\w?$")  # "80 6%": against last month
LARGER = 1.15  # the number against its label
AS_LARGE = 0.85  # where there is nothing else
NUMBERS = ("integer", "money", "percent", "decimal", "quantity")
COUNT = "integer"


def find_rows(page: Page, panels: Sequence[Box]) -> tuple[Group, ...]:
    """The groups of tiles, counts and others."""
    groups = find_groups(panels, page.body, page.width * page.height)
    return tuple(group for group in groups if is_row_of_tiles(group))


def find_tiles(rows: Sequence[Group]) -> tuple[Region, ...]:
    """A region for each count, in the order of the tiles."""
    read = [(block, _read(block, _common(group))) for group in rows for block in group]
    regions = (_region(*each) for each in sorted(read, key=lambda each: each[0].box[0]))
    return tuple(region for region in regions if region is not None)


def is_row_of_tiles(group: Sequence[Block]) -> bool:
    """Whether most blocks are a label with one large number, no two labels the same."""
    common = _common(group)
    read = [_read(block, common) for block in group if block.texts]
    labels = [pair[0].text.lower() for pair in read if pair is not None]
    return len(labels) >= max(2, 0.7 * len(read)) and len(set(labels)) == len(labels)


def _common(group: Sequence[Block]) -> frozenset[str]:
    """What several tiles say alike, and so labels none: "Last 30 days"."""
    seen = Counter(text for block in group for text in {each.text for each in block.texts})
    return frozenset(text for text, count in seen.items() if count > 1)


def _read(block: Block, common: frozenset[str]) -> tuple[Text, Text] | None:
    """The label and the number of a tile."""
    if not 2 <= len(block.texts) <= MAX_TEXTS:
        return None
    number = max(block.texts, key=lambda text: text.size)
    number = replace(number, text=_CHANGE.sub("", number.text))
    others = [
        text
        for text in block.texts
        if text.box != number.box and text.text not in common and is_label(text.text)
    ]
    if kind_of_value(number.text) not in NUMBERS or not others:
        return None
    label = min(others, key=lambda text: abs(text.center_y - number.center_y))
    least = AS_LARGE if len(block.texts) == 2 else LARGER
    return (label, number) if number.size >= least * label.size else None


def _region(block: Block, pair: tuple[Text, Text] | None) -> Region | None:
    if pair is None or kind_of_value(pair[1].text) != COUNT or to_noun(pair[0].text) is None:
        return None
    name = Field("Name", (), block.box, read=False)
    return Region("tile", (name,), block.box, 0.5, caption=pair[0])
