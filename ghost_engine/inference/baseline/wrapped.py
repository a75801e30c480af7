"""Lines of one text: whether two are set alike, and whether the lower goes on from the upper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.blocks import Block
from ghost_engine.inference.baseline.texts import Row, Text, union_box
from ghost_engine.inference.baseline.vocabulary import kind_of_value

NEARLY_FULL = 0.6  # of the block's width: a line that long goes on below
NO_ROOM = 0.82  # of the block's width: a word that would reach so far goes on below


def looks_like(one: Text, other: Text) -> bool:
    """Whether two texts are set alike."""
    ink = max(abs(a - b) for a, b in zip(one.look.ink, other.look.ink, strict=True))
    return (
        abs(one.size - other.size) <= 0.09 * other.size + 0.5
        and ink <= 40
        and abs(one.look.weight - other.look.weight) <= 0.3 * max(other.look.weight, 0.01)
    )


def with_wrapped(rows: Sequence[Row], block: Block) -> list[Row]:
    """The rows, a first text that nearly fills the block joined with the one like it below."""
    whole: list[Row] = []
    inner = block.width
    for row in rows:
        if whole and len(row) == 1 and _goes_on(whole[-1], row[0], inner):
            first, *beside = whole[-1]
            whole[-1] = (joined((first, row[0])), *beside)
        else:
            whole.append(row)
    return whole


def _goes_on(row: Row, below: Text, width: int) -> bool:
    """Whether the line below is more of a line that had no room for its first word."""
    first = row[0]
    room = (row[1].box[0] if len(row) > 1 else first.box[0] + width) - first.box[0]
    word = len(below.text.split()[0]) / max(1, len(below.text)) * below.width
    full = first.width > NEARLY_FULL * min(room, width)
    return (
        (full or (len(row) == 1 and first.width + word > NO_ROOM * width))
        and abs(below.box[0] - first.box[0]) < 0.5 * below.height
        and below.box[1] - first.box[3] < 0.6 * below.height
        and (looks_like(below, first) or _may_be_alike(below, first))
        and kind_of_value(below.text) == kind_of_value(first.text) == "text"
    )


def _may_be_alike(one: Text, other: Text) -> bool:
    """Whether two texts may be set alike though few letters of one make its size look other."""
    ink = max(abs(a - b) for a, b in zip(one.look.ink, other.look.ink, strict=True))
    weight = abs(one.look.weight - other.look.weight)
    return (
        ink <= 40
        and abs(one.height - other.height) <= 0.2 * other.height
        and weight <= 0.35 * max(other.look.weight, 0.01)
    )


def joined(texts: Sequence[Text], by: str = " ") -> Text:
    text = by.join(text.text for text in texts)
    return replace(texts[0], text=text, box=union_box([text.box for text in texts]))
