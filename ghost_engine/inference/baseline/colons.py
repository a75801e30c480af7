"""Labels told by their colons: which texts of a card are labels, and labels of two lines as one.

Where as many texts end in a colon as are values, nothing else on the card is a label; a line
without a colon right above one that has it is the first line of the same label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.labels import is_label
from ghost_engine.inference.baseline.texts import Text, union_box

MIN_LABELS = 4
SHARE = 0.35  # of the texts of a card
FLUSH, LINE = 0.7, 1.9  # font sizes: between the beginnings, and middles, of two lines


def colon_labels(texts: Sequence[Text]) -> frozenset[Text]:
    """The labels of a card that sets a colon behind each; none where it does not."""
    labels = [text for text in texts if _ends_in_colon(text)]
    enough = len(labels) >= max(MIN_LABELS, SHARE * len(texts))
    return frozenset(labels) if enough else frozenset()


def join_labels(texts: Sequence[Text]) -> list[Text]:
    """The texts, both lines of a label as one where the card's labels end in colons."""
    labels = colon_labels(texts)
    joined: dict[Text, Text] = {}
    for label in labels:
        first = next((text for text in texts if _goes_on(text, label)), None)
        if first is not None and first not in joined.values():
            joined[label] = first
    gone = set(joined.values())
    return [
        _whole(joined[text], text) if text in joined else text for text in texts if text not in gone
    ]


def _goes_on(first: Text, label: Text) -> bool:
    """Whether `label` is the second line of what `first` begins."""
    step = label.center_y - first.center_y
    return (
        not first.text.endswith(":")
        and is_label(first.text)
        and 0 < step < LINE * max(first.size, label.size)
        and abs(first.box[0] - label.box[0]) < FLUSH * label.size
        and first.look.weight > 0.6 * label.look.weight
    )


def _whole(first: Text, second: Text) -> Text:
    box = union_box([first.box, second.box])
    return replace(second, text=f"{first.text} {second.text}", box=box)


def _ends_in_colon(text: Text) -> bool:
    return text.text.endswith(":") and len(text.text) > 2 and not text.text[0].isdigit()
