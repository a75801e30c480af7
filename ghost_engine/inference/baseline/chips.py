"""Chips and avatars in repeated blocks: texts on a ground of their own.

A text on another ground than most of its block stands for itself: it labels nothing that stands to
its right. Two letters, or three capitals, are somebody's initials in an avatar; more are a chip.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from ghost_engine.inference.baseline.blocks import Block
from ghost_engine.inference.baseline.texts import Colour, Row, Text

OWN_GROUND = 24  # levels between a chip's ground and its block's
MAX_CHIPPED = 0.75  # of all texts; more are no chips

_INITIALS = re.compile(r"[^\W\d_]{1,2}|[A-ZÀ-Þ]{3}")


@dataclass(frozen=True, slots=True)
class Chipped:
    """A block without its chips and avatars, the chips by rows, and the letters of the avatars."""

    block: Block
    rows: tuple[Row, ...] = ()
    avatars: tuple[Text, ...] = ()


def part_chips(block: Block, ground: Colour) -> Chipped:
    """A block apart from its chips; a chip behind a plain text is left, for it may be the value of
    a label."""
    avatars = tuple(
        text for text in block.texts if is_tinted(text, ground) and _INITIALS.fullmatch(text.text)
    )
    named = [tuple(text for text in row if text not in avatars) for row in block.rows]
    chips = [tuple(takewhile(lambda text: is_tinted(text, ground), row)) for row in named]
    gone = {*avatars, *(text for row in chips for text in row)}
    rest = tuple(text for text in block.texts if text not in gone)
    if not rest:
        return Chipped(block)
    return Chipped(replace(block, texts=rest), tuple(row for row in chips if row), avatars)


def common_ground(blocks: Sequence[Block]) -> Colour | None:
    """The ground of most texts; None where there is none, so that nothing is told from it."""
    texts = [text for block in blocks for text in block.texts]
    counts = {
        colour: sum(not is_tinted(text, colour) for text in texts)
        for colour in {text.look.ground for text in texts}
    }
    usual = max(counts, key=lambda colour: (counts[colour], colour), default=None)
    return usual if usual is not None and counts[usual] > (1 - MAX_CHIPPED) * len(texts) else None


def is_tinted(text: Text, ground: Colour) -> bool:
    """Whether a text's ground is not `ground`."""
    return max(abs(a - b) for a, b in zip(text.look.ground, ground, strict=True)) > OWN_GROUND
