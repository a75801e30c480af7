"""Lines as they were read, cleaned into the texts a page is made of.

Icons come out of a text reader as stray letters, symbols and Chinese characters: they are dropped
or cut off here. What is left keeps its place in source pixels.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ghost_engine.inference.protocol import Box
from ghost_engine.ocr import Line

MIN_SCORE = 0.6
MIN_VERTICAL = 4  # letters; shorter ones may be taller than wide
EMPTY = "—"  # how an interface shows that there is no value

_DASHES = re.compile(r"[一—–−_-]{1,3}|n/a|none|not set|\(none\)", re.IGNORECASE)
_IDEOGRAPHS = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]")
_STARRED = re.compile(r"\*\s*(?=[^\W\d_])")
_LEADING_ICON = re.compile(
    r"^(?:[^\w#$€£¥₹(+\-.\"'<@/&]+\s*|[O口QV□](?=[A-Z][a-z]{2})|[Q9]\s*(?=Search|Filter|Find))"
)
_TRAILING_ICON = re.compile(r"(?:\s+[vV^~↑↓+×xX]|[\s↑↓▲▼▾▴◆⌄^~…☐☑☒□■]+)$")
_ICON_RUN = re.compile(r"^[\u2e80-\u9fff①-⑳]+\s*|\s*[\u2e80-\u9fff①-⑳]+$")


Colour = tuple[int, int, int]  # red, green, blue, 0 to 255


@dataclass(frozen=True, slots=True)
class Look:
    """How a text is set: font size in pixels, the inked share of its height, its colours."""

    size: float = 0.0
    weight: float = 0.0
    ink: Colour = (0, 0, 0)
    ground: Colour = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Text:
    """One text and its box (x0, y0, x1, y1) in source pixels."""

    text: str
    box: Box
    score: float = 1.0
    look: Look = Look()
    signed: bool = False  # a sign stood behind it, as help does behind labels

    @property
    def size(self) -> float:
        """The font size, pixels."""
        return self.look.size

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]

    @property
    def width(self) -> int:
        return self.box[2] - self.box[0]

    @property
    def center_x(self) -> float:
        return (self.box[0] + self.box[2]) / 2

    @property
    def center_y(self) -> float:
        return (self.box[1] + self.box[3]) / 2

    @property
    def is_empty_mark(self) -> bool:
        return self.text == EMPTY


Row = tuple[Text, ...]
Thing = TypeVar("Thing")


def clean_texts(lines: Iterable[Line]) -> tuple[Text, ...]:
    """The texts that can mean something, top to bottom."""
    lines = tuple(lines)
    latin = not _mostly_ideographs(lines)
    cleaned = (_clean(line, latin) for line in lines)
    return tuple(text for text in cleaned if text is not None)


def group_rows(texts: Iterable[Text]) -> tuple[Row, ...]:
    """Texts on one baseline, rows top to bottom, each left to right."""
    rows: list[list[Text]] = []
    for text in sorted(texts, key=lambda text: (text.center_y, text.box[0])):
        if rows and _same_row(rows[-1], text):
            rows[-1].append(text)
        else:
            rows.append([text])
    return tuple(tuple(sorted(row, key=lambda text: text.box[0])) for row in rows)


def chains(things: Iterable[Thing], follows: Callable[[Thing, Thing], bool]) -> list[list[Thing]]:
    """The things in chains of which each one `follows` the last."""
    found: list[list[Thing]] = []
    for thing in things:
        home = next((chain for chain in found if follows(chain[-1], thing)), None)
        if home is None:
            found.append([thing])
        else:
            home.append(thing)
    return found


def union_box(boxes: Sequence[Box]) -> Box:
    """The smallest box around all of `boxes` (at least one)."""
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return (min(x0), min(y0), max(x1), max(y1))


def median_height(texts: Iterable[Text]) -> float:
    """The usual text height, pixels; 16 where there is no text."""
    heights = [text.height for text in texts]
    return float(statistics.median(heights)) if heights else 16.0


def median_size(texts: Iterable[Text]) -> float:
    """The usual font size, pixels."""
    sizes = [text.size for text in texts]
    return float(statistics.median(sizes)) if sizes else 0.0


def _same_row(row: list[Text], text: Text) -> bool:
    center = sum(other.center_y for other in row) / len(row)
    height = sorted(other.height for other in row)[len(row) // 2]
    return abs(text.center_y - center) < 0.5 * min(text.height, height)


def _mostly_ideographs(lines: Sequence[Line]) -> bool:
    letters = "".join(line.text for line in lines)
    return len(_IDEOGRAPHS.findall(letters)) > 0.3 * max(1, len(letters))


def _clean(line: Line, latin: bool) -> Text | None:
    star = _STARRED.match(line.text)  # the mark of a label: behind it, where most forms have it
    text = " ".join(line.text[star.end() if star else 0 :].split())
    if _DASHES.fullmatch(text):
        return Text(EMPTY, line.box, line.score)
    if latin:
        text = _ICON_RUN.sub("", text)
    text = _TRAILING_ICON.sub("", _LEADING_ICON.sub("", text)).strip()
    if line.score < MIN_SCORE or not re.search(r"\w", text):
        return None
    if len(text) >= MIN_VERTICAL and line.box[3] - line.box[1] > 1.5 * (line.box[2] - line.box[0]):
        return None  # set sideways
    if len(text) == 1 and not text.isdigit() and line.score < 0.94:
        return None
    if star is None:
        return Text(text, line.box, line.score)
    x0, y0, x1, y1 = line.box
    left = x0 + round((x1 - x0) * star.end() / len(line.text))
    return Text(f"{text} *", (left, y0, x1, y1), line.score)
