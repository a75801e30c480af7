"""Who made or changed something, and when, in one line: "By Ada Byron in News - Yesterday", "Added
by Alan Kay 6 days ago. Updated 1 day ago", "#12 opened on 3 May by Ada".

A line goes in, labels with their values come out; () where it says nothing of the kind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.blocks import Block
from ghost_engine.inference.baseline.texts import Text
from ghost_engine.inference.baseline.things import load_words
from ghost_engine.inference.baseline.vocabulary import kind_of_value

MAX_WORDS = 18
MOST = 0.5  # of the blocks of a list
MADE = frozenset(
    "created added made opened raised started posted written asked submitted reported".split()
)
CHANGED = frozenset("updated modified changed edited".split())
PAST = ("date", "timestamp")

_PARTS = re.compile(
    r"\s+[-–—|]+\s*|\s*[·•]\s*|[.,;]\s+(?=[A-Z][a-z]+ed\b|[Uu]pdated)|,?\s+and\s+(?=[a-z]+ed\b)"
)
_NAME = r"@?[^\W\d_][\w'’.-]*(?: [A-ZÀ-Þ][\w'’.-]*){0,2}"
_BY = re.compile(rf"\b[Bb]y ({_NAME})(?: in ([A-ZÀ-Þ][\w&'’]*(?: [A-ZÀ-Þ&][\w&'’]*)*))?")
_WHO = re.compile(r"[A-ZÀ-Þ][\w'’.-]*(?: [A-ZÀ-Þ][\w'’.-]*){1,2}")


def read_byline(line: str) -> tuple[tuple[str, str], ...]:
    """What a line says of who did something and when, each label once."""
    if len(line.split()) > MAX_WORDS:
        return ()
    said: dict[str, str] = {}
    told = False
    for part in _PARTS.split(line.strip().rstrip(".")):
        found = _read_part(part.strip())
        told = told or any(label for label, _ in found)
        for label, value in found:
            said.setdefault(label or "Created at", value)
    return tuple(said.items()) if told else ()


def _read_part(part: str) -> tuple[tuple[str, str], ...]:
    """What one part says; a moment alone has no label."""
    by = _BY.search(part)
    head, rest = (part[: by.start()], part[by.end() :]) if by else (part, "")
    words = head.split()
    place = next((n for n, word in enumerate(words) if word.lower() in load_words().deeds), None)
    verb = words[place].lower() if place is not None else ""
    when = _moment(rest) or _moment(" ".join(words[place + 1 :] if place is not None else words))
    if by is None and not verb:
        return (("", when),) if when else ()
    if (by and not verb and words) or (rest.strip() and not when) or (not by and not when):
        return ()  # what is said by the way in a sentence
    if verb and not when and place is not None and place + 1 < len(words):
        return ()
    subject = _WHO.fullmatch(" ".join(words[:place])) if place else None
    who = by[1] if by else subject[0] if subject else ""
    deed = "Created" if not verb or verb in MADE else "Updated" if verb in CHANGED else verb.title()
    said = [(f"{deed} by", who), (f"{deed} at", when), ("Category", (by and by[2]) or "")]
    return tuple((label, value) for label, value in said if value)


def _moment(text: str) -> str:
    """The date or time that a text is, without the words before it."""
    bare = re.sub(r"^(?:on|at|about|last)\s+", "", text.strip(" .,()"))
    return bare if bare and kind_of_value(bare) in PAST else ""


def with_signed(blocks: Sequence[Block]) -> list[Block]:
    """The blocks; where most say who made them and when, that in lines of their own, each with
    its label."""
    signed = [any(read_byline(text.text) for text in block.texts[1:]) for block in blocks]
    if sum(signed) < max(2, MOST * len(blocks)):
        return list(blocks)
    return [replace(block, texts=_apart(block.texts)) for block in blocks]


def _apart(texts: Sequence[Text]) -> tuple[Text, ...]:
    parted: list[Text] = list(texts[:1])
    for text in texts[1:]:
        said = [f"{label}: {value}" for label, value in read_byline(text.text)]
        x0, y0, x1, y1 = text.box
        step = (y1 - y0) / max(1, len(said))
        parted += [
            replace(text, text=line, box=(x0, int(y0 + n * step), x1, int(y0 + (n + 1) * step)))
            for n, line in enumerate(said)
        ] or [text]
    return tuple(parted)
