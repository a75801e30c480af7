"""What a block is called by, where a number or a moment stands at its top.

Parts go in and come out. "#148", "Mon, 24 Nov" or "9:00am - 9:30am" over a line of words name no
thing: the line that is set largest and heaviest does. Buttons in a block are no part of it.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ghost_engine.inference.baseline.blocks import Block
from ghost_engine.inference.baseline.labels import is_action
from ghost_engine.inference.baseline.people import are_people
from ghost_engine.inference.baseline.texts import Text
from ghost_engine.inference.baseline.vocabulary import is_moment, kind_of_value

if TYPE_CHECKING:
    from ghost_engine.inference.baseline.slots import Part

MOST = 0.6  # of the blocks
WORDS = ("below", "text")
AS_HEAVY = 0.75  # of what stands at the top: a remark below it is lighter
MUCH = 1.5  # times as heavy as what stands at the top
MIN_BUTTONS = 2
MIN_LETTERS = 3
LONG = 20  # letters; longer is no better a name

_REFERENCE = re.compile(r"(?:\S+ ){0,2}\(?#(?:[^\W\d_]+-)?\d+\)?")
_LETTER = re.compile(r"[^\W\d_]")


def put_names_first(blocks: Sequence[tuple[Part, ...]]) -> list[tuple[Part, ...]]:
    """The parts of each block; where tops are numbers or moments, the name is the title."""
    tops = [_kind_at_top(parts) for parts in blocks]
    names = [_name(parts) if top else None for parts, top in zip(blocks, tops, strict=True)]
    found = [
        (_title(parts), name) for parts, name in zip(blocks, names, strict=True) if name is not None
    ]
    people = are_people([name.text.text for _, name in found])  # whose it is, not what it is
    if len(found) < max(2, MOST * len(blocks)) or people or not _are_as_heavy(found):
        return list(blocks)
    return [
        parts if name is None or top is None else _swapped(parts, top, name)
        for parts, top, name in zip(blocks, tops, names, strict=True)
    ]


def without_buttons(block: Block) -> Block:
    """The block but for its rows of buttons."""
    gone = {
        text
        for row in block.rows
        if len(row) >= MIN_BUTTONS and all(is_action(text.text) for text in row)
        for text in row
    }
    rest = tuple(text for text in block.texts if text not in gone)
    return replace(block, texts=rest) if rest else block


def _kind_at_top(parts: Sequence[Part]) -> str | None:
    """The role of what stands at a block's top where that names nothing."""
    top = next((part.text.text for part in parts if part.role == "title"), None)
    if top is None:
        return None
    kind = kind_of_value(top)
    if kind in ("code", "date", "time", "timestamp"):
        return kind
    if _REFERENCE.fullmatch(top):
        return "code"
    return "date" if is_moment(top) and re.search(r"\d", top) else None


def _title(parts: Sequence[Part]) -> Part:
    return next(part for part in parts if part.role == "title")


def _name(parts: Sequence[Part]) -> Part | None:
    """The part that names a block: of its lines of words the heaviest that is not short."""
    most = MUCH * _heaviness(_title(parts).text)  # what looks heavier is a chip or a mark
    lines = [
        part
        for part in parts
        if part.role in WORDS and len(_LETTER.findall(part.text.text)) >= MIN_LETTERS
    ]
    return max(
        lines,
        key=lambda part: min(most, _heaviness(part.text)) * min(LONG, len(part.text.text)),
        default=None,
    )


def _are_as_heavy(found: Sequence[tuple[Part, Part]]) -> bool:
    """Whether names are set about as heavily as what stands at the top; a remark is lighter."""
    tops, names = zip(*found, strict=True)
    usual = statistics.median(_heaviness(top.text) for top in tops)
    return statistics.median(_heaviness(name.text) for name in names) >= AS_HEAVY * usual


def _heaviness(text: Text) -> float:
    return text.look.size * text.look.weight


def _swapped(parts: Sequence[Part], top: str, name: Part) -> tuple[Part, ...]:
    """The parts, the old title by its kind and before the name."""
    old = _title(parts)
    rest = (part for part in parts if part is not name and part is not old)
    return (replace(old, role=top), replace(name, role="title"), *rest)
