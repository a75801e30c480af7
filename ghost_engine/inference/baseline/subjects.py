"""What a page of one record says of it outside of its fields: its title, and what people wrote.

A page and its named regions go in; they come out with the record's name among its fields and, where
people comment on it, with their comments beside it. Where no region was found, a large title under
an open list is a record still.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.clues import is_single
from ghost_engine.inference.baseline.entities import UNKNOWN, Entity, Named
from ghost_engine.inference.baseline.names import to_identifier
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import Text, median_size
from ghost_engine.inference.baseline.things import ACCOUNT
from ghost_engine.inference.baseline.title_nouns import to_noun
from ghost_engine.inference.baseline.titles import largest_texts
from ghost_engine.inference.baseline.vocabulary import load_vocabulary
from ghost_engine.sql.nouns import is_plural

LARGE = 1.25  # times the usual size
MIN_CONFIDENCE = 0.6  # of what a page without regions is about
COMMENT = "comment"
MAX_SECTIONS = 4
FOLLOWERS = ("watcher", "follower", "subscriber", "collaborator", "reviewer", "approver", "voter")
CALLED = frozenset(
    {"name", "title", "subject", "summary", "full_name", "first_name", "number", "headline", "code"}
)

_COUNTED = re.compile(r"([A-Z][^\W\d_]+(?: [^\W\d_]+)?) ?\(\d+\)")
_NUMBER = re.compile(r"\s*#\d+$")


def title_region(page: Page) -> tuple[Region, ...]:
    """The record a page without regions shows: its title alone, if one is set large."""
    title = _title(page, page.height, "")
    if title is None:
        return ()
    return (Region("detail", (_name(title),), title.box, 0.5),)


def is_told(named: Named) -> bool:
    """Whether what a page without regions is about is known well enough."""
    return named.entity.name != UNKNOWN and named.entity.confidence >= MIN_CONFIDENCE


def add_subjects(page: Page, named: Sequence[Named]) -> tuple[Named, ...]:
    """The named regions with the title of the record shown, and the comments on it."""
    if not named or named[0].region.kind not in ("detail", "form"):
        return tuple(named)
    first = named[0]
    titled = [_with_title(page, first), *named[1:]]
    known = {each.entity.name for each in named}
    more = (*_comments(page, first.entity), *_sections(page, first.entity))
    return (*titled, *(each for each in more if each.entity.name not in known))


def _with_title(page: Page, named: Named) -> Named:
    region = named.region
    labels = {to_identifier(field.said, "") for field in region.fields}
    own = {f"{named.entity.name}_{word}" for word in CALLED} | CALLED
    if region.kind != "detail" or not is_single(region) or labels & own:
        return named
    title = _title(page, region.box[3], named.entity.name)
    values = {value for field in region.fields for value in field.values}
    if title is None or title.text in values:
        return named
    return replace(named, region=replace(region, fields=(_name(title), *region.fields)))


def _title(page: Page, bottom: int, noun: str) -> Text | None:
    """The largest text, where it is not the name of a kind of thing but of one of them."""
    above = [text for text in page.body if text.box[3] <= bottom]
    largest = max(largest_texts(above, page), key=lambda text: text.size, default=None)
    if largest is None or largest.size < LARGE * median_size(page.body):
        return None
    kind = to_noun(largest.text)
    several = is_plural(to_identifier(largest.text, "")) is True and len(largest.text.split()) < 3
    return None if several or (kind is not None and kind == noun) else largest


def _name(title: Text) -> Field:
    return Field("Name", (_NUMBER.sub("", title.text),), title.box, read=False)


def _comments(page: Page, entity: Entity) -> tuple[Named, ...]:
    """What people wrote under a record: where a box asks for it, or a line says who did."""
    said = next((text for text in page.body if _is_remark(text.text)), None)
    if said is None or entity.name in (COMMENT, UNKNOWN):
        return ()
    fields = (
        Field("User", (), said.box, read=False, target=ACCOUNT),
        Field("Body", (), said.box, read=False),
        Field("Created at", (), said.box, read=False),
    )
    about = Entity(COMMENT, f'"{said.text}"', 0.6)
    return (Named(Region("table", fields, said.box, 0.6), about, entity.name),)


def _sections(page: Page, entity: Entity) -> tuple[Named, ...]:
    """What else belongs to a record, by headings that count it: "Watchers (2)"."""
    found: dict[str, Named] = {}
    for text in page.body:
        match = _COUNTED.fullmatch(text.text)
        noun = to_noun(match[1]) if match and is_plural(match[1].lower().split()[-1]) else None
        if match and noun and noun != entity.name and entity.name != UNKNOWN:
            about = Entity(noun, f'the heading "{text.text}"', 0.6)
            name = Field("Name", (), text.box, read=False)
            if noun in FOLLOWERS:  # they have accounts
                name = Field("User", (), text.box, read=False, target=ACCOUNT)
            found[noun] = Named(Region("table", (name,), text.box, 0.5), about, entity.name)
    return tuple(found.values())[:MAX_SECTIONS]


def _is_remark(text: str) -> bool:
    words = load_vocabulary()
    said = re.sub(r"[\W_]+", " ", text.lower()).strip()
    return said.startswith(words.remarks) or f" {said} ".find(" commented ") >= 0
