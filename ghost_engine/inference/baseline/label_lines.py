"""Labels of several lines: which lines are one label, and what they say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.form_setting import Setting
from ghost_engine.inference.baseline.labels import MANY_WORDS, MAX_WORDS, is_label
from ghost_engine.inference.baseline.texts import Text, union_box

# In font sizes:
FLUSH = 0.5  # lines of one label begin or end alike
WRAPPED = 2.0  # between the middles of two lines of one label
LINE = 0.75  # between the lines of one label
CLOSE = 1.5  # of a line's height, from its middle to that of the next
SAME_SIZE, SAME_INK = 0.15, 40  # of the line's; levels


def joined(lines: Sequence[Text]) -> Text | None:
    """The label that lines make, if it is one."""
    whole = _join(lines)
    return whole if is_label(whole.text, MANY_WORDS if len(lines) > 1 else MAX_WORDS) else None


def with_wrapped(lines: Sequence[Text], setting: Setting) -> list[Text]:
    """The lines of a label, and those above and below that belong to it: labels begin with a
    capital, and where one is too long for its column its other lines do not."""
    whole = list(lines)
    others = [text for text in setting.texts if text not in whole]
    for text in sorted(others, key=lambda text: text.center_y):
        last = max(whole, key=lambda line: line.center_y)
        if text.center_y > last.center_y and wraps(last, text, setting.size):
            whole.append(text)
    for text in sorted(others, key=lambda text: -text.center_y):
        first = min(whole, key=lambda line: line.center_y)
        if text.center_y < first.center_y and wraps(text, first, setting.size):
            whole.append(text)
    return whole


def with_capitals(lines: list[Text], setting: Setting) -> list[Text]:
    """The lines of a label before a control, and the one right below that begins with a capital:
    set alike, as close as lines are, and with nothing level with it."""
    last = max(lines, key=lambda line: line.center_y)
    for text in setting.texts:
        step = text.center_y - last.center_y
        close = LINE * setting.size < step < CLOSE * last.height
        flush = abs(text.box[0] - last.box[0]) < FLUSH * setting.size
        alike = abs(text.size - last.size) < SAME_SIZE * last.size
        if close and flush and alike and text not in lines and not _is_level(text, setting):
            ink = zip(text.look.ink, last.look.ink, strict=True)
            if max(abs(a - b) for a, b in ink) < SAME_INK:
                return [*lines, text]
    return lines


def wraps(upper: Text, lower: Text, size: float) -> bool:
    """Whether a text goes on in the one right below it."""
    flush = min(abs(upper.box[0] - lower.box[0]), abs(upper.box[2] - lower.box[2])) < FLUSH * size
    close = 0 < lower.center_y - upper.center_y < WRAPPED * size
    ends = upper.text.endswith((":", "*", "."))
    return flush and close and lower.text[0].islower() and not ends and upper.text[0].isalpha()


def same_column(one: Text, other: Text, size: float) -> bool:
    flush = min(abs(one.box[0] - other.box[0]), abs(one.box[2] - other.box[2])) < 0.7 * size
    return flush and abs(one.center_y - other.center_y) < 2 * size


def _join(lines: Sequence[Text]) -> Text:
    ordered = sorted(lines, key=lambda text: text.box[1])
    text = " ".join(line.text for line in ordered)
    return replace(ordered[0], text=text, box=union_box([line.box for line in ordered]))


def _is_level(text: Text, setting: Setting) -> bool:
    """Whether anything stands right of a text, level with it."""
    fields = (c.box for c in setting.controls if c.shape in ("box", "checkbox", "toggle", "radio"))
    others = (other.box for other in setting.everything if other is not text)
    return any(
        box[0] > text.box[2] and box[1] < text.center_y < box[3] for box in (*fields, *others)
    )
