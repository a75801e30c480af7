"""Lines that run over from one column into the next, cut where the ink leaves a wide gap.

A text reader joins what stands close together, such as a right-aligned label and the left-aligned
one after it. A narrower gap is enough where other lines begin right of it, above and below: there
a column begins. Texts with their looks go in; more and shorter texts come out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING

from PIL import Image

from ghost_engine.inference.baseline.looks import measure_looks
from ghost_engine.inference.baseline.pixels import pixels_of
from ghost_engine.inference.baseline.steps import largest_channel
from ghost_engine.inference.baseline.texts import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]  # (height, width, 3), RGB

WIDE = 0.85  # of the font size; the space between words is about a third of it
NARROW = 0.6  # of the font size, where a column begins
LETTER = 0.2  # of the font size, about the space between letters
WIDER = 1.4  # times the other gaps of a line
MIN_BEGIN = 2  # other texts that begin where a column does
BEGIN = 2  # pixels between the beginnings of a column's letters
NEAR = 20.0  # font sizes up and down, between the texts of a column
MIN_CONTRAST = 40  # grey levels between ink and ground
MISPLACED = 2.5  # letters between a gap and the space it is taken for
SLIM = frozenset(".,:;'|!()[]iljItfr ")  # letters about half as wide as others

Gap = tuple[int, int]  # first and last empty column, pixels from the text's left


def split_at_gaps(texts: Iterable[Text], image: Image.Image) -> tuple[Text, ...]:
    """The texts, those with a wide gap in two or more."""

    pixels = pixels_of(image)
    parts = [part for text in texts for part in _coloured(_split(text, pixels), image)]
    inked = [_inked(text, pixels) for text in parts]
    begins = [
        (text.box[0] + int(ink[0]), text)
        for text, ink in zip(parts, inked, strict=True)
        if len(ink)
    ]
    return tuple(
        piece
        for text, ink in zip(parts, inked, strict=True)
        for piece in _coloured(_at_columns(text, ink, begins), image)
    )


def _coloured(parts: Sequence[Text], image: Image.Image) -> Sequence[Text]:
    """The parts of one text in their own colours: a label before a link is not set like it."""
    if len(parts) == 1:
        return parts
    own = measure_looks(parts, image)
    return [
        replace(part, look=replace(part.look, ink=each.look.ink))
        for part, each in zip(parts, own, strict=True)
    ]


def _split(text: Text, pixels: Pixels) -> tuple[Text, ...]:
    if " " not in text.text or text.size < 4:
        return (text,)
    gaps = _gaps(text, _inked(text, pixels), WIDE)
    if not gaps:
        return (text,)
    cuts = _cuts(text, gaps)
    if len(set(cuts)) < len(gaps):
        return (text,)
    words = text.text.split()
    starts, ends = [0, *cuts], [*cuts, len(words)]
    x0, y0, x1, y1 = text.box
    lefts = [x0, *(x0 + last for _, last in gaps)]
    rights = [*(x0 + first for first, _ in gaps), x1]
    return tuple(
        replace(text, text=" ".join(words[start:end]), box=(left, y0, right, y1))
        for start, end, left, right in zip(starts, ends, lefts, rights, strict=True)
    )


def _at_columns(
    text: Text, inked: NDArray[np.intp], begins: Sequence[tuple[int, Text]]
) -> list[Text]:
    """A text cut at the gaps that columns begin after."""
    gaps = _gaps(text, inked, NARROW) if text.size >= 4 else []
    if not _are_apart(gaps, _gaps(text, inked, LETTER)):
        return [text]
    gaps = [gap for gap in gaps if _begins_column(text, text.box[0] + gap[1], begins)]
    pieces: list[Text] = []
    rest = text
    for first, last in reversed(gaps):
        x0, y0, x1, y1 = rest.box
        cut = _letter(rest, (first, last))
        left, right = rest.text[:cut].strip(), rest.text[cut:].strip()
        word = rest.text[cut - 1 : cut + 1]
        if not (left and right) or (" " not in word and not word.isdecimal()):
            continue  # an icon, rather than letters, stands before it
        pieces.append(replace(rest, text=right, box=(x0 + last, y0, x1, y1)))
        rest = replace(rest, text=left, box=(x0, y0, x0 + first, y1))
    return [rest, *reversed(pieces)]


def _are_apart(wide: Sequence[Gap], gaps: Sequence[Gap]) -> bool:
    """Whether some gaps of a line are wider than the spaces between its words."""
    if not wide:
        return False
    spaces = [last - first for first, last in gaps if (first, last) not in wide]
    return min(last - first for first, last in wide) > WIDER * max(spaces, default=0)


def _begins_column(text: Text, x: int, begins: Sequence[tuple[int, Text]]) -> bool:
    """Whether other texts above or below begin at `x`."""
    found = [
        other
        for begin, other in begins
        if abs(begin - x) <= BEGIN
        and other is not text
        and 0.8 * text.size < abs(other.center_y - text.center_y) < NEAR * text.size
    ]
    return len(found) >= MIN_BEGIN


def _letter(text: Text, gap: Gap) -> int:
    """Before which letter a gap falls: between two words if one ends near it."""
    widths = [0.5 if letter in SLIM else 1.0 for letter in text.text]
    ends = list(accumulate(widths))
    place = gap[0] / max(1, text.width - (gap[1] - gap[0])) * ends[-1]
    spaces = [number for number, letter in enumerate(text.text) if letter == " "]
    near = min(spaces, key=lambda number: abs(ends[number] - place), default=None)
    if near is not None and abs(ends[near] - place) < MISPLACED:
        return near
    return 1 + min(range(len(ends)), key=lambda number: abs(ends[number] - place))


def _inked(text: Text, pixels: Pixels) -> NDArray[np.intp]:
    """The columns that hold ink, pixels from the text's left."""
    import numpy as np

    x0, y0, x1, y1 = text.box
    area = pixels[y0:y1, x0:x1].astype(np.int16)
    if area.size == 0:
        return np.zeros(0, np.intp)
    far = largest_channel(np.abs(area - np.array(text.look.ground, np.int16)))
    return np.flatnonzero((far > max(MIN_CONTRAST, 0.35 * float(far.max()))).any(axis=0))


def _gaps(text: Text, inked: NDArray[np.intp], wide: float) -> list[Gap]:
    """The runs of empty columns between letters that are too wide for a space."""
    import numpy as np

    if len(inked) < 2:
        return []
    steps = np.diff(inked)
    return [
        (int(inked[n]) + 1, int(inked[n + 1]))
        for n in np.flatnonzero(steps > wide * text.size)
        if inked[n] > 0.3 * text.size and inked[n + 1] < text.width - 0.3 * text.size
    ]


def _cuts(text: Text, gaps: Sequence[Gap]) -> list[int]:
    """Before which word each gap falls, letters taken as equally wide."""
    words = text.text.split()
    empty = sum(last - first for first, last in gaps)
    letters = max(1, len(text.text) - len(gaps))
    step = max(1.0, (text.width - empty) / letters)
    cuts, passed = [], 0
    for first, last in gaps:
        place = (first - passed) / step
        passed += last - first
        lengths = [len(" ".join(words[:number])) for number in range(1, len(words))]
        cuts.append(1 + min(range(len(lengths)), key=lambda n: abs(lengths[n] - place)))
    return cuts
