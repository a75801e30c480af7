"""Lines that run over from one column into the next, cut where the ink leaves a wide gap.

A text reader joins what stands close together, such as a right-aligned label and the left-aligned
one after it. Texts with their looks go in; more and shorter texts come out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PIL import Image

from ghost_engine.inference.baseline.looks import measure_looks
from ghost_engine.inference.baseline.steps import largest_channel
from ghost_engine.inference.baseline.texts import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]  # (height, width, 3), RGB

WIDE = 0.85  # of the font size; the space between words is about a third of it
MIN_CONTRAST = 40  # grey levels between ink and ground

Gap = tuple[int, int]  # first and last empty column, pixels from the text's left


def split_at_gaps(texts: Iterable[Text], image: Image.Image) -> tuple[Text, ...]:
    """The texts, those with a wide gap in two or more."""
    import numpy as np

    pixels = np.asarray(image)
    split = [_split(text, pixels) for text in texts]
    return tuple(
        part for parts in split for part in (_inked(parts, image) if len(parts) > 1 else parts)
    )


def _inked(parts: Sequence[Text], image: Image.Image) -> tuple[Text, ...]:
    """The parts of one text in their own colours: a label before a link is not set like it."""
    own = measure_looks(parts, image)
    return tuple(
        replace(part, look=replace(part.look, ink=each.look.ink))
        for part, each in zip(parts, own, strict=True)
    )


def _split(text: Text, pixels: Pixels) -> tuple[Text, ...]:
    if " " not in text.text or text.size < 4:
        return (text,)
    gaps = _gaps(text, pixels)
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


def _gaps(text: Text, pixels: Pixels) -> list[Gap]:
    """The runs of empty columns between letters that are too wide for a space."""
    import numpy as np

    x0, y0, x1, y1 = text.box
    area = pixels[y0:y1, x0:x1].astype(np.int16)
    if area.size == 0:
        return []
    far = largest_channel(np.abs(area - np.array(text.look.ground, np.int16)))
    inked = np.flatnonzero((far > max(MIN_CONTRAST, 0.35 * float(far.max()))).any(axis=0))
    if len(inked) < 2:
        return []
    steps = np.diff(inked)
    return [
        (int(inked[n]) + 1, int(inked[n + 1]))
        for n in np.flatnonzero(steps > WIDE * text.size)
        if inked[n] > 0.3 * text.size and inked[n + 1] < x1 - x0 - 0.3 * text.size
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
