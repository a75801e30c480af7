"""Which column of a table a text belongs to, given the labels above.

A text below one label is that label's; one that touches several, or none, goes where it stands
flush, or to the label on its left: cells begin below their label or end below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ghost_engine.inference.baseline.texts import Text, group_rows

Record = dict[int, list[Text]]  # column number -> its texts in one row of the table

FLUSH = 7  # pixels
USUAL_HEIGHT = 24  # pixels of a line of text; screens of twice the points have 40
MAX_AVATAR = 4.5  # text heights between a label's left and the name after a picture
MAX_STEP = 2.0  # text heights between two texts of one cell

_INITIALS = re.compile(r"[^\W\d_]{1,3}")


def place_texts(texts: Iterable[Text], header: Sequence[Text]) -> Record:
    """The texts of a line under the labels they stand below; others are left out."""
    cells: Record = {}
    for text in sorted(texts, key=lambda text: text.box[0]):
        column = _column(text, header, cells)
        if column is not None:
            cells.setdefault(column, []).append(text)
    return cells


def in_order(cell: Sequence[Text]) -> list[Text]:
    """The texts of a cell as they are read, without the letters in the picture before a name."""
    ordered = [text for row in group_rows(cell) for text in row]
    return [text for text in ordered if not _are_initials(text, ordered)]


def offset(text: Text, head: Text) -> float:
    """How far a text is from standing flush left, flush right or centred below a label, in pixels
    of letters of a usual size."""
    pixels = min(
        abs(text.box[0] - head.box[0]),
        abs(text.box[2] - head.box[2]),
        abs(text.center_x - head.center_x),
    )
    return pixels / max(1.0, head.height / USUAL_HEIGHT)


def _column(text: Text, header: Sequence[Text], cells: Record) -> int | None:
    below = [number for number, head in enumerate(header) if _shared(text, head) > 0]
    if len(below) == 1:
        return below[0]
    if below:
        return min(below, key=lambda number: offset(text, header[number]))
    left = max(
        (number for number, head in enumerate(header) if head.box[2] <= text.box[0]), default=None
    )
    right = (
        None if left is not None and left + 1 == len(header) else (left or 0) + (left is not None)
    )
    if right is not None and offset(text, header[right]) < FLUSH:
        return right
    if left is None:
        return None
    head = header[left]
    near = text.box[0] - head.box[0] < MAX_AVATAR * max(head.height, text.height)
    beside = left in cells and text.box[0] - cells[left][-1].box[2] < MAX_STEP * text.height
    return left if near or beside or right is not None else None


def _shared(one: Text, other: Text) -> int:
    return min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])


def _are_initials(text: Text, cell: Sequence[Text]) -> bool:
    """Whether a text stands left of all others of its cell and begins like one of them."""
    others = [other for other in cell if other is not text]
    if not others or not _INITIALS.fullmatch(text.text):
        return False
    before = all(text.box[2] <= other.box[0] + 2 for other in others)
    return before and any(text.text[0].upper() == other.text[0].upper() for other in others)
