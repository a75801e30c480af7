"""Several facts in one text: "4.97 (213)", "Lake view · 2 beds", "Nov 27 – Dec 2".

A text goes in, its facts come out, each with the part of the box it may stand in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ghost_engine.inference.baseline.labels import is_label, plain_label
from ghost_engine.inference.baseline.texts import Text
from ghost_engine.inference.baseline.things import load_words
from ghost_engine.inference.baseline.vocabulary import is_moment, kind_of_value
from ghost_engine.sql.nouns import singular

MAX_LABEL_WORDS = 3  # before a value in one text

_COLON = re.compile(r"([^\W\d_][^:]{1,28}): ?([^/\s].*)")
_DOT = re.compile(r"\s*[·•∙]\s*|\s+\|\s+")
_COUNTS = re.compile(r"\d+ [^\W\d_]{3,}(?:, \d+ [^\W\d_]{3,})+")
_RATED = re.compile(r"([0-5](?:[.,]\d{1,2})?)\W*\(([\d.,]+[kKmM]?)(?: [^\W\d_]+)?\)")
_RANGE = re.compile(r"(.*\S)\s*(?:-|–|—|\bto\b)\s*(.*\d.*)")


def split_facts(text: Text) -> tuple[Text, ...]:
    """The facts that dots part in a text, or commas several counts; the text itself where it is
    one moment or has none."""
    if _COUNTS.fullmatch(text.text):
        return tuple(_parts_of(text, text.text.split(", ")))
    pieces = [piece for piece in _DOT.split(text.text) if piece]
    if len(pieces) < 2 or kind_of_value(text.text) != "text" or is_moment(" ".join(pieces)):
        return (text,)
    return tuple(_parts_of(text, pieces))


def rated(text: str) -> tuple[str, str] | None:
    """A rating to five and how often it was given: "4.97 (213)"."""
    match = _RATED.fullmatch(text)
    return (match[1], match[2]) if match else None


def spanned(text: str) -> tuple[str, str] | None:
    """From which date to which: "Nov 27 – Dec 2", "Dec 4 – 9"."""
    match = _RANGE.fullmatch(text)
    if match is None or kind_of_value(match[1]) != "date":
        return None
    end = match[2] if kind_of_value(match[2]) == "date" else f"{match[1].split()[0]} {match[2]}"
    return (match[1], end) if kind_of_value(end) == "date" else None


def timed(text: str) -> tuple[str, str] | None:
    """From which time to which: "9:00am - 9:30am"."""
    match = _RANGE.fullmatch(text)
    if match is None or not kind_of_value(match[1]) == kind_of_value(match[2]) == "time":
        return None
    return match[1], match[2]


def label_and_value(text: Text) -> tuple[str, str] | None:
    """The label and the value of a text that holds both; a colon, or data after words."""
    if is_moment(text.text):
        return None
    colon = _COLON.fullmatch(text.text)
    if colon and is_label(colon[1]):
        return plain_label(colon[1]), colon[2]
    words = text.text.split()
    for cut in range(1, min(MAX_LABEL_WORDS + 1, len(words))):
        label, value = " ".join(words[:cut]), " ".join(words[cut:])
        kind = kind_of_value(value.rstrip(" ·,-"))
        if kind not in ("text", "quantity") and is_label(label) and not _is_called(label, kind):
            return plain_label(label), value
    return None


def _is_called(label: str, kind: str) -> bool:
    """Whether label and value are one name: "Studio 2", "Room B12"."""
    noun = singular(label.lower().replace(" ", "_"))
    return kind in ("integer", "code") and noun in load_words().things


def _parts_of(text: Text, pieces: list[str]) -> Iterator[Text]:
    x0, y0, x1, y1 = text.box
    letter = (x1 - x0) / max(1, len(text.text))
    for piece in pieces:
        start = x0 + int(letter * text.text.index(piece))
        yield replace(text, text=piece, box=(start, y0, start + int(letter * len(piece)), y1))
