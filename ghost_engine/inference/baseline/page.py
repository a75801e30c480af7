"""A page taken apart: the navigation at its edges, and the body with the data.

Texts and pixels go in, a `Page` comes out. A left sidebar and bars above and below are told apart
(`frame`); what else frames a page stays in its body.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from ghost_engine.inference.baseline.controls import Control
from ghost_engine.inference.baseline.frame import bottom_bar, sidebar_edge, top_bar
from ghost_engine.inference.baseline.labels import is_action, is_label
from ghost_engine.inference.baseline.pixels import pixels_of
from ghost_engine.inference.baseline.texts import (
    Colour,
    Text,
    median_size,
)
from ghost_engine.inference.protocol import Box

MAX_TABS, BOLD = 6, 1.2
USER = 6.0  # text heights between a bar's items and who is logged in
MAX_FRAMED = 2  # texts in the frame of a control; more are a row or a panel


@dataclass(frozen=True, slots=True)
class Page:
    """`body` and `navigation` together are all texts; `active` is the navigation
    items shown, outer first."""

    width: int
    height: int
    body: tuple[Text, ...]
    navigation: tuple[Text, ...] = ()
    active: tuple[Text, ...] = ()
    opened: tuple[Text, ...] = ()  # tabs over the data with a bar below them
    framed: frozenset[Text] = frozenset()  # texts in an input, a button or a chip
    left: int = 0  # where the body begins, pixels
    path: tuple[str, ...] = ()  # the words of the address it was opened at, outer first


def split_page(
    texts: Sequence[Text],
    controls: Sequence[Control],
    image: Image.Image,
    path: tuple[str, ...] = (),
) -> Page:
    """Separates navigation from body; what holds inputs is no navigation."""

    pixels = pixels_of(image)
    left = sidebar_edge(texts, controls, pixels)
    sidebar = [text for text in texts if text.box[2] <= left]
    rest = [text for text in texts if text.box[2] > left]
    bar = [
        *top_bar(rest, image.width, image.height),
        *bottom_bar(rest, image.width, image.height),
    ]
    framed = _framed(texts, controls)
    navigation = (*sidebar, *bar)
    return Page(
        width=image.width,
        height=image.height,
        body=tuple(text for text in rest if text not in bar),
        navigation=navigation,
        active=_active_items(sidebar, _ground, 8)
        or _active_items([*sidebar], _ink, 40)
        or _active_items([text for text in _without_user(bar) if text not in framed], _ink, 40)
        or _bold_item([text for text in bar if text.center_y > image.height / 2]),
        framed=framed,
        left=left,
        path=path,
    )


def _ground(text: Text) -> Colour:
    return text.look.ground


def _ink(text: Text) -> Colour:
    return text.look.ink


def _active_items(
    items: Sequence[Text], colour: Callable[[Text], Colour], apart: int
) -> tuple[Text, ...]:
    """The one or two items of usual size whose colour is more than `apart` from the usual."""
    items = [item for item in items if item.size < 1.2 * median_size(items)]
    if len(items) < 3:
        return ()
    usual = [statistics.median(colour(item)[part] for item in items) for part in range(3)]
    named = [
        item
        for item in items
        if max(abs(value - mid) for value, mid in zip(colour(item), usual, strict=True)) > apart
        and is_label(item.text)
        and not is_action(item.text)
    ]
    return tuple(named) if len(named) <= 2 else ()


def _without_user(bar: Sequence[Text]) -> list[Text]:
    """The items of a bar but for one far off at its right end: who is logged in."""
    items = sorted((text for text in bar if len(text.text) > 2), key=lambda text: text.box[2])
    if len(items) < 2:
        return items
    gap = items[-1].box[0] - max(text.box[2] for text in items[:-1])
    return items[:-1] if gap > USER * items[-1].height else items


def _bold_item(tabs: Sequence[Text]) -> tuple[Text, ...]:
    """The one tab of a bar at the foot that is set heavier than the others."""
    heavy = sorted(tabs, key=lambda text: -text.look.weight)
    if not 3 <= len(heavy) <= MAX_TABS or not is_label(heavy[0].text):
        return ()
    return (heavy[0],) if heavy[0].look.weight > BOLD * heavy[1].look.weight else ()


def _framed(texts: Sequence[Text], controls: Sequence[Control]) -> frozenset[Text]:
    held = [
        [text for text in texts if _fits(text, control.box)]
        for control in controls
        if control.shape in ("box", "button", "chip")
    ]
    return frozenset(text for inside in held if len(inside) <= MAX_FRAMED for text in inside)


def _fits(text: Text, box: Box) -> bool:
    x0, y0, x1, y1 = box
    inside = x0 <= text.box[0] and text.box[2] <= x1 and y0 <= text.center_y <= y1
    return inside and y1 - y0 < 2.6 * text.height
