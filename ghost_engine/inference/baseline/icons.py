"""Icons beside a text, cut off its box: a text reader takes the help sign behind a label, or the
link before it, for a letter of that text.

What stands at either end, apart from the letters, about as wide as high and solid or in a colour of
its own is an icon. This goes before looks are measured: icons are higher than letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from PIL import Image

from ghost_engine.inference.baseline.looks import measure_looks
from ghost_engine.inference.baseline.pixels import pixels_of
from ghost_engine.inference.baseline.steps import largest_channel
from ghost_engine.inference.baseline.texts import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.int16]  # (height, width, 3), RGB

MIN_CONTRAST = 40  # grey levels between ink and ground
MIN_COLOUR = 48  # levels between the inks of an icon and of letters
ALL_INK = 0.85  # of a row: no letters
SOLID = 0.62  # of a sign's box that is ink: no letter
MIN_GAP = 0.12  # of the text's height, between an icon and the letters
# Of a round sign's width, from its middle:
RIM, OUTSIDE = 0.36, 0.58
CORE = 0.2
SQUARE = (0.6, 1.6)  # an icon's width by its height
HIGH = 0.85  # of the letters' height
BEHIND = 1.6  # of the text's height, in which a sign may stand behind its box
MIN_REST = 0.6  # of the text's height, that letters take

_SAID = re.compile(r"\*$|^[1-9]")  # a mark or a number in a colour of its own; a round sign is a 0


def measure_letters(texts: Iterable[Text], image: Image.Image) -> tuple[Text, ...]:
    """The texts with the looks of their letters alone, their boxes without the icons behind them;
    an icon before a text stays in its box, for such texts begin where others do."""
    texts = tuple(texts)
    measured = measure_looks(without_icons(texts, image), image)
    return tuple(
        replace(bare, box=(text.box[0], *bare.box[1:]))
        for text, bare in zip(texts, measured, strict=True)
    )


def without_icons(texts: Iterable[Text], image: Image.Image) -> tuple[Text, ...]:
    """The texts, their boxes without icons, and without the letter an icon was read as."""

    pixels = pixels_of(image)
    return tuple(_without(text, pixels) for text in texts)


def _without(text: Text, pixels: NDArray[np.uint8]) -> Text:
    import numpy as np

    x0, y0, x1, y1 = text.box
    area = pixels[y0:y1, x0 : x1 + round(BEHIND * text.height)].astype(np.int16)
    if area.size == 0 or len(text.text) < 3:
        return text
    ground = np.median(area[:, : x1 - x0].reshape(-1, 3), axis=0)
    far = largest_channel(np.abs(area - ground))
    inked = far > max(MIN_CONTRAST, 0.35 * float(far.max()))
    inked[inked.mean(axis=1) > ALL_INK] = False  # the edge of what is above or below
    least = max(2, round(MIN_GAP * text.height))
    marks = _parts(inked, least)
    parts = [part for part in marks if part[0] < x1 - x0]
    behind = [part for part in marks if part[0] >= x1 - x0]
    if parts and len(behind) == 1 and behind[0][1] < inked.shape[1]:
        text = replace(text, signed=_is_icon(behind[0], parts, inked, area))
    if len(parts) < 2:
        return text
    words = text.text.split()
    first = len(words[0]) > 2 and _is_icon(parts[0], parts[1:], inked, area)
    last = not _SAID.search(words[-1]) and _is_icon(parts[-1], parts[:-1], inked, area)
    kept = parts[first : len(parts) - last]
    if not (first or last) or not kept or kept[-1][1] - kept[0][0] < MIN_REST * text.height:
        return text
    left = x0 + kept[0][0] - 2 if first else x0
    right = x0 + kept[-1][1] + 2 if last else x1
    said = _words(text.text, first, last)
    return replace(text, text=said, box=(left, y0, right, y1), signed=text.signed or last)


def _words(text: str, first: bool, last: bool) -> str:
    """The text without single signs that stand where an icon does."""
    words = text.split()
    if first and len(words) > 1 and len(words[0]) == 1:
        words = words[1:]
    if last and len(words) > 1 and len(words[-1]) == 1:
        words = words[:-1]
    return " ".join(words)


def _parts(inked: NDArray[np.bool_], least: int) -> list[tuple[int, int]]:
    """The runs of inked columns that at least so many empty ones part."""
    import numpy as np

    columns = np.flatnonzero(inked.any(axis=0))
    if not len(columns):
        return []
    breaks = np.flatnonzero(np.diff(columns) > least)
    starts = [columns[0], *columns[breaks + 1]]
    ends = [*columns[breaks], columns[-1]]
    return [(int(a), int(b) + 1) for a, b in zip(starts, ends, strict=True)]


def _is_icon(
    part: tuple[int, int],
    rest: list[tuple[int, int]],
    inked: NDArray[np.bool_],
    area: Pixels,
) -> bool:
    """Whether a part at the end of a text is a square sign in a colour of its own."""
    import numpy as np

    own = inked[:, part[0] : part[1]]
    rows = np.flatnonzero(own.any(axis=1))
    width, height = part[1] - part[0], int(rows[-1] - rows[0]) + 1
    other = slice(rest[0][0], rest[-1][1])
    letters_high = np.count_nonzero(inked[:, other].any(axis=1))
    if height < HIGH * letters_high or not SQUARE[0] <= width / height <= SQUARE[1]:
        return False
    ink = np.median(area[:, part[0] : part[1]][own], axis=0)
    letters = np.median(area[:, other][inked[:, other]], axis=0)
    sign = own[rows[0] : rows[-1] + 1]
    solid = bool(sign.mean() > SOLID)
    return solid or _is_ringed(sign) or float(np.abs(ink - letters).max()) > MIN_COLOUR


def _is_ringed(sign: NDArray[np.bool_]) -> bool:
    """Whether a sign is drawn in a circle, as "?" and "i" are: no letter is."""
    import numpy as np

    height, width = sign.shape
    if abs(height - width) > 0.15 * height:
        return False
    y, x = np.ogrid[:height, :width]
    far = np.hypot((y + 0.5) / height - 0.5, (x + 0.5) / width - 0.5)
    angle = np.arctan2(y + 0.5 - height / 2, x + 0.5 - width / 2)
    ring = {int(turn) for turn in np.round(12 * angle[sign & (far > RIM)] / np.pi) % 24}
    return len(ring) == 24 and bool(sign[far < CORE].any()) and not sign[far > OUTSIDE].any()
