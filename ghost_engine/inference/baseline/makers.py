"""What a page offers to make beside the rows it shows: "Create sprint" over issues.

A page and its named regions go in. Over a list, what is made and heads groups of it ("Sprint 24",
the lanes of a board) is what each row belongs to; on one record, what one adds belongs to that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.clues import Reader, is_single
from ghost_engine.inference.baseline.entities import UNKNOWN, Entity, Named
from ghost_engine.inference.baseline.language import Language, to_english
from ghost_engine.inference.baseline.names import to_identifier
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.subjects import COMMENT
from ghost_engine.inference.baseline.texts import Text
from ghost_engine.sql.nouns import singular

MAX_WORDS = 3  # of what is made; more is a sentence
SORTS = ("category", "folder")  # what rows are sorted into wherever it can be made
MAX_HEADING = 6  # words
MAX_LEVEL = 2  # buttons beside one; more make kinds of the same rows

_MAKES = re.compile(r"^\W*(?:add|create|new) (?:(?:a|an|new|another) )*(?!to\b|as\b)(\D+)$", re.I)
_ANOTHER = re.compile(r"^\W*add another\b", re.I)
_ADDS = re.compile(r"^\W*add\b", re.I)


def add_made(page: Page, named: Sequence[Named], language: Language) -> tuple[Named, ...]:
    """The named regions with what else the page makes: as what rows belong to, or as rows of the
    record shown."""
    if not named or named[0].entity.name == UNKNOWN:
        return tuple(named)
    first = named[0]
    known = {each.entity.name for each in named}
    known |= {singular(to_identifier(field.said, "")) for field in first.region.fields}
    values = {value for each in named for field in each.region.fields for value in field.values}
    made = [
        (noun, text)
        for noun, text in _made(page, language)
        if not _is_known(noun, known) and text.text not in values
    ]
    if is_single(first.region):
        rows = (_row(noun, text, first) for noun, text in made if _ADDS.match(text.text))
        return (*named, *rows)
    for noun, text in made:
        first = _grouped(first, noun, text, page)
    return (first, *named[1:])


def _made(page: Page, language: Language) -> Iterator[tuple[str, Text]]:
    """Each noun that one button makes, with the button; one in each lane makes what a board
    shows."""
    reader = Reader(page, language)
    said: set[str] = set()
    bar = (text for text in page.navigation if _ANOTHER.match(text.text))
    for text in (*page.body, *bar):
        match = _MAKES.match(to_english(text.text, language))
        words = match[1].split() if match else []
        noun = reader.noun(match[1]) if match and len(words) <= MAX_WORDS else None
        if noun is None or noun in said or noun == COMMENT or reader.noun(text.text) is None:
            continue
        said.add(noun)
        others = [other for other in page.body if other is not text and _MAKES.match(other.text)]
        level = sum(_are_level(text, other) for other in others)
        if level < MAX_LEVEL and all(other.text != text.text for other in others):
            yield noun, text


def _are_level(text: Text, other: Text) -> bool:
    """Whether two buttons stand side by side."""
    return abs(text.center_y - other.center_y) < 0.5 * text.height


def _is_known(noun: str, known: set[str]) -> bool:
    """Whether a noun is one of those known, or the end of one: an "alert rule" is a rule."""
    ends = {name.rpartition("_")[2] for name in known}
    return noun in known or noun in ends or noun.rpartition("_")[2] in known


def _row(noun: str, text: Text, record: Named) -> Named:
    about = Entity(noun, f'the button "{text.text}"', 0.6)
    region = Region("table", (Field("Name", (), text.box, read=False),), text.box, 0.5)
    return Named(region, about, record.entity.name)


def _grouped(named: Named, noun: str, text: Text, page: Page) -> Named:
    """A list with what its rows are grouped by: the lanes of a board, else what headings name."""
    region = named.region
    label = noun.replace("_", " ").capitalize()
    lanes = region.kind == "board" and region.fields[-1].label == "Status"
    if lanes and text.box[3] < region.box[1]:
        return named  # over the board stands what makes its rows
    if lanes:
        lane = replace(region.fields[-1], label=label, target=noun)
        return replace(named, region=replace(region, fields=(*region.fields[:-1], lane)))
    heading = next((other for other in page.body if _heads(other, noun)), None)
    if heading is None and noun.rpartition("_")[2] not in SORTS:
        return named
    heading = heading or text
    field = Field(label, (), heading.box, read=False, target=noun)
    return replace(named, region=replace(region, fields=(*region.fields, field)))


def _heads(text: Text, noun: str) -> bool:
    """Whether a text is the name of one of those: "Ground floor", "Sprint 24"."""
    words = text.text.split()
    named = re.search(rf"\b{noun.replace('_', ' ')}\b", text.text, re.IGNORECASE)
    if named is None or not 2 <= len(words) <= MAX_HEADING or _MAKES.match(text.text):
        return False
    return words[0][:1].isupper() and not text.text.endswith(".")
