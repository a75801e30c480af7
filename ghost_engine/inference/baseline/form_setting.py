"""What a form is read from: its texts, controls and panels, and the usual sizes among them."""

from __future__ import annotations

from dataclasses import dataclass

from ghost_engine.inference.baseline.controls import Control
from ghost_engine.inference.baseline.texts import Text

LEFT = 16.0  # font sizes from a label's end to its control


@dataclass(frozen=True, slots=True)
class Setting:
    """What labels are looked for among: `texts` outside of all inputs and `everything` there is,
    the `controls`, the panels that part a page, the usual font `size` in pixels; `left` is how far
    from its control a label may end, in font sizes; `written` is the font size in the `inputs`."""

    everything: tuple[Text, ...]
    texts: tuple[Text, ...]
    controls: tuple[Control, ...]
    panels: tuple[Control, ...]
    size: float
    left: float = LEFT
    inputs: tuple[Control, ...] = ()
    written: float = 0.0
