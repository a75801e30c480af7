"""A dialog over a dimmed page: what is asked in it comes first, what lies behind is half hidden.

A dialog is a card away from the page's edges that is brighter than everything around it: the veil
over the page dims its grounds in a light theme, its texts in a dark one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PIL import Image

from ghost_engine.inference.baseline.controls import Control, font_size, holds, stacks
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.texts import Text
from ghost_engine.inference.protocol import Box

MIN_TEXTS = 3
MIN_HEIGHT = 6.0  # font sizes
MAX_SHARE = 0.9  # of the page's width and height
VEILED = 0.86  # the brightness of what is behind, as a share of the dialog's, at most
BRIGHTEST = 99.5  # percentile
CUT = 8  # pixels from the dialog's edge, within which a text may be cut off


def find_dialog(
    image: Image.Image, controls: Sequence[Control], texts: Sequence[Text]
) -> Box | None:
    """The box of the dialog on top, or None."""
    size = font_size(texts)
    surfaces = [control for control in controls if control.shape in ("panel", "box")]
    found = [
        box
        for box in (*(surface.box for surface in surfaces), *stacks(surfaces))
        if _may_be(box, image, size)
        and sum(holds(box, text.box) for text in texts) >= MIN_TEXTS
        and _is_over_veil(image, box, texts)
    ]
    return max(found, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]), default=None)


def _may_be(box: Box, image: Image.Image, size: float) -> bool:
    x0, y0, x1, y1 = box
    inside = x0 > 0.01 * image.width and x1 < 0.99 * image.width and y0 > 2 and y1 < image.height
    large = y1 - y0 > MIN_HEIGHT * size and x1 - x0 > 0.12 * image.width
    whole = x1 - x0 > MAX_SHARE * image.width and y1 - y0 > MAX_SHARE * image.height
    return inside and large and not whole


def _is_over_veil(image: Image.Image, box: Box, texts: Sequence[Text]) -> bool:
    """Whether what is outside is dimmer: the texts on a dark ground, else all there is."""
    import numpy as np

    inside = [_brightness(text) for text in texts if holds(box, text.box)]
    outside = [_brightness(text) for text in texts if not holds(box, text.box)]
    if len(outside) < MIN_TEXTS:
        return False
    if _is_dark(texts, box):
        return bool(np.percentile(outside, 90) < VEILED * np.percentile(inside, 75))
    grey = np.asarray(image.convert("L"))
    x0, y0, x1, y1 = box
    within = np.percentile(grey[y0:y1:2, x0:x1:2], BRIGHTEST)
    around = grey[::2, ::2].copy()
    around[max(0, y0 - 3) // 2 : (y1 + 4) // 2, max(0, x0 - 3) // 2 : (x1 + 4) // 2] = 0
    return bool(np.percentile(around, BRIGHTEST) < VEILED * within)


def _brightness(text: Text) -> float:
    """Of a text or its ground, whichever is brighter, 0 to 255."""
    return max(sum(text.look.ink), sum(text.look.ground)) / 3


def _is_dark(texts: Sequence[Text], box: Box) -> bool:
    """Whether most texts of the dialog are brighter than their ground."""
    held = [text for text in texts if holds(box, text.box)]
    bright = sum(sum(text.look.ink) > sum(text.look.ground) for text in held)
    return bright > 0.5 * len(held)


def part_dialog(page: Page, dialog: Box) -> tuple[Page, Page]:
    """(the dialog as a page of its own, the page behind it without what the dialog cuts off)."""
    inside = tuple(text for text in page.body if holds(dialog, text.box, 4))
    behind = tuple(text for text in page.body if not _touches(text, dialog))
    return replace(page, body=inside, left=0), replace(page, body=behind)


def _touches(text: Text, dialog: Box) -> bool:
    x0, y0, x1, y1 = text.box
    across = x1 > dialog[0] - CUT and x0 < dialog[2] + CUT
    return across and y1 > dialog[1] and y0 < dialog[3]
