"""What rows are marked with where the application keeps a list of such marks: tags, labels.

A page and its named regions go in. What the navigation lists and the body speaks of again, as a
filter, a heading or chips on the rows, comes out as a field of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.clues import Reader, is_single
from ghost_engine.inference.baseline.entities import UNKNOWN, Named
from ghost_engine.inference.baseline.language import Language
from ghost_engine.inference.baseline.names import plural
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.texts import Text
from ghost_engine.inference.baseline.things import load_words
from ghost_engine.sql.nouns import singular

CHIPS = "Tags"  # what several chips on a row are called


def add_marks(page: Page, named: Sequence[Named], language: Language) -> tuple[Named, ...]:
    """The named regions, the first with the tags of its rows as references to those listed."""
    if not named or named[0].entity.name == UNKNOWN:
        return tuple(named)
    reader = Reader(page, language)
    first = named[0]
    words = load_words()
    marks = words.marks | words.record_marks if is_single(first.region) else words.marks
    for noun in sorted(marks & reader.listed()):
        if noun != first.entity.name:
            first = _marked(first, noun, page, reader)
    return (first, *named[1:])


def _marked(named: Named, noun: str, page: Page, reader: Reader) -> Named:
    fields = named.region.fields
    if any(singular(field.said.lower()) == noun and field.read for field in fields):
        return named  # told by its label
    label = plural(noun).capitalize()
    chips = next((field for field in fields if field.label == CHIPS and not field.read), None)
    if chips is not None:
        mark = replace(chips, label=label, target=noun)
        fields = tuple(mark if field is chips else field for field in fields)
    else:
        said = next((text for text in page.body if _says(text, noun, reader)), None)
        if said is None:
            return named
        fields = (*fields, Field(label, (), said.box, read=False, target=noun))
    return replace(named, region=replace(named.region, fields=fields))


def _says(text: Text, noun: str, reader: Reader) -> bool:
    """Whether a text is the plural of a noun and nothing else."""
    words = text.text.strip(" ▼▾⌄×+").lower()
    return words == plural(noun).replace("_", " ") and reader.noun(text.text) == noun
