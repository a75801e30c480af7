"""What can be read, a line of text, and the JSON it travels in between processes and to disk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ghost_engine.errors import OcrError

if TYPE_CHECKING:
    from PIL import Image


class Readable(Protocol):
    """A picture to read, such as `ghost_engine.data.images.Picture`.

    `content_hash` names its content in the cache; `pixels` is RGB.
    """

    @property
    def content_hash(self) -> str: ...

    @property
    def pixels(self) -> Image.Image: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One run of text without large gaps.

    `box` is (x0, y0, x1, y1) in source pixels; `score` is the reader's confidence, 0 to 1.
    """

    text: str
    box: tuple[int, int, int, int]
    score: float


def dump_lines(lines: tuple[Line, ...]) -> bytes:
    """UTF-8 JSON: an array of [text, [x0, y0, x1, y1], score]."""
    rows = [[line.text, list(line.box), line.score] for line in lines]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()


def load_lines(data: bytes) -> tuple[Line, ...]:
    """The inverse of `dump_lines`.

    Raises:
        OcrError: these bytes are not of that form.
    """
    try:
        return tuple(
            Line(str(text), (int(x0), int(y0), int(x1), int(y1)), float(score))
            for text, (x0, y0, x1, y1), score in json.loads(data)
        )
    except (ValueError, TypeError) as error:
        raise OcrError("The text reader gave an answer that cannot be understood.") from error
