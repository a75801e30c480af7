"""The record a page stands in, by the path over it: "Projects / Website" over a list of issues.

A page and its named regions go in. Where a step names known things in the plural, the next names
one of them and the page is about something else, that is what it belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.clues import Reader, is_single
from ghost_engine.inference.baseline.entities import UNKNOWN, Entity, Named
from ghost_engine.inference.baseline.labels import is_action, is_label
from ghost_engine.inference.baseline.language import Language
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.paths import find_paths
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import union_box
from ghost_engine.inference.baseline.things import is_person_noun, load_words
from ghost_engine.sql.nouns import is_plural

CONFIDENCE = 0.6


def add_trail(page: Page, named: Sequence[Named], language: Language) -> tuple[Named, ...]:
    """The named regions with the record they stand in, and its table."""
    if not named or named[0].entity.name == UNKNOWN or named[0].parent:
        return tuple(named)
    reader, first = Reader(page, language), named[0]
    for row, steps in find_paths(page):
        found = _owner(steps, first, reader)
        if found is None:
            continue
        noun, name = found
        if any(each.entity.name == noun for each in named):
            return tuple(named)
        box = union_box([text.box for text in row])
        field = Field("Name", (name,), box, read=False)
        about = Entity(noun, f'the path "{" / ".join(steps)}"', CONFIDENCE)
        owner = Named(Region("detail", (field,), box, CONFIDENCE), about)
        return (replace(first, parent=noun), *named[1:], owner)
    return tuple(named)


def _owner(steps: Sequence[str], shown: Named, reader: Reader) -> tuple[str, str] | None:
    """The noun and the name of what the record or list shown stands in."""
    last = len(steps) - (2 if is_single(shown.region) else 1)
    for step, name in zip(steps[:last], steps[1 : last + 1], strict=True):
        noun = reader.noun(step)
        if noun is None or not is_label(step) or not is_plural(step.lower().split()[-1]):
            continue
        known = noun in load_words().things or noun in reader.listed() or is_person_noun(noun)
        about = shown.entity.name
        ends = about.endswith(f"_{noun}") or noun.endswith(f"_{about}")
        if known and noun != about and not ends and _is_name(name, about, reader):
            return noun, name
    return None


def _is_name(step: str, about: str, reader: Reader) -> bool:
    """Whether a step is called like one record: no list, no button, nothing of the page itself."""
    words = step.lower().split()
    listing = is_plural(re.sub(r"[^a-z]", "", words[-1])) and len(words) < 3
    noun = reader.noun(step)
    return not (listing or is_action(step) or noun in reader.listed() | {about})
