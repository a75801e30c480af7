"""What on a page speaks of the thing it is about, each with how much it says.

A clue is a noun with a weight: the open navigation item, a title, a step of the breadcrumb, a
button that makes one, the search box, the heading right above the data, the labels themselves.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ghost_engine.inference.baseline.brands import brandness
from ghost_engine.inference.baseline.labels import is_action, is_label, plain_label
from ghost_engine.inference.baseline.language import Language, to_english
from ghost_engine.inference.baseline.marks import (
    find_marks,
    is_chosen,
    is_one_of_many,
    is_open_into,
)
from ghost_engine.inference.baseline.names import to_identifier
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.paths import path_steps
from ghost_engine.inference.baseline.people import is_person
from ghost_engine.inference.baseline.regions import Region
from ghost_engine.inference.baseline.texts import Text, median_height
from ghost_engine.inference.baseline.things import is_person_noun
from ghost_engine.inference.baseline.title_nouns import made_page, start_of, to_noun
from ghost_engine.inference.baseline.titles import largest_texts
from ghost_engine.inference.baseline.vocabulary import load_vocabulary
from ghost_engine.sql.nouns import is_plural, singular

TITLE_RANKS = (1.0, 0.6, 0.4)
AGAIN, ONCE = 0.9, 0.36  # weights of a record's heading that is said elsewhere too, or not
RECORD = 0.45  # of a title's weight where it may be the name of one record

_MAKE = re.compile(
    r"(?i)^\W*(?!.*\.$)(?:add|new|create|register|invite|edit|update|delete)(?:\s+(?:a|an|new))?\s"
)
_CREATE = re.compile(r"^\W*create\b", re.I)
_MADE = re.compile(r"^(?!upload|import|open|browse|start).*\b(?:create|edit|add|new)$", re.I)
_PARTS = frozenset({"child", "sub", "sibling", "parent", "another", "more"})
_ABOUT = re.compile(
    r"^\W*(?:about this|search|filter|find|manage|(?:view |show |see )?all|recent|latest"
    r"|back to)\b",
    re.I,
)
_ASKS = re.compile(r"^\W*(?:search|filter|find)\b", re.I)
_GOES = re.compile(r"^\W*(?:view|visit|open|go to|return to|back to)\b", re.I)
_SLUG = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)+")  # the name of one: "churn-forecast"
_COUNTED = re.compile(r"\s*\(\d[\d,.]*[kK]?\)$")  # "Metrics (3)"
_NUMBERED = re.compile(  # no year, which may end a name
    r"^([^\W\d_][^\d#]*?)\s*[#:]?\s*(?!(?:19|20)\d\d$)(?:[A-Z]{0,6}[-#]?\d[\w-]*)$"
)
_ASPECT = re.compile(r"^(.+)_(?:no|number|name|id|code|title|type|status|tag|owner)$")


@dataclass(frozen=True, slots=True)
class Clue:
    """`noun` is singular snake_case; `source` says where it stands."""

    noun: str
    weight: float
    source: str


@dataclass(frozen=True, slots=True)
class Reader:
    """A page with its language: every question about its nouns goes through here."""

    page: Page
    language: Language = "en"

    def noun(self, text: str) -> str | None:
        """The thing a text is about, singular and English."""
        said = to_english(text, self.language)
        noun = None if is_person(text) or _SLUG.fullmatch(text) else to_noun(said)
        return None if noun in load_vocabulary().tools and _MAKE.match(said) else noun

    def listed(self) -> frozenset[str]:
        """The nouns the navigation lists."""
        return frozenset(
            noun
            for text in self.page.navigation
            if not _ABOUT.match(text.text) and (noun := self.noun(text.text)) is not None
        )


def page_clues(
    reader: Reader, top: int, values: Collection[str] = (), listed: bool = True
) -> Iterator[Clue]:
    """What the page says about the data that starts at height `top`, pixels; `values` are in the
    data, and what is a value names no table; `listed` where the data is a list."""
    yield from _active(reader)
    yield from _titles(reader, top, values)
    yield from _breadcrumb(reader)
    for mark in find_marks(reader.page, top, values, listed):
        noun = reader.noun(mark.words)
        if noun is not None:
            yield Clue(noun, mark.weight, mark.source)
    yield from _actions(reader, listed)


def heading_of(reader: Reader, region: Region) -> Text | None:
    """The heading right above a region, inside its frame or over it."""
    height = median_height(reader.page.body)
    x0, y0, x1, _ = region.box
    above = [
        text
        for text in reader.page.body
        if -0.3 * height < y0 - text.box[3] < 6 * height
        and x0 - 3 * height < text.box[0] < (x0 + x1) / 2
        and reader.noun(text.text) is not None
        and not text.text.endswith((".", "…", "!", "?"))  # a sentence, or said in a search box
        and plainness(reader, text.text) == 1
        and not _ASKS.match(text.text)
        and not is_one_of_many(text, reader.page)
    ]
    if is_single(region) and region.kind != "table":
        return None
    return max(above, key=lambda text: (text.size >= 0.9 * height, text.box[3]), default=None)


def is_single(region: Region) -> bool:
    """Whether a region shows one record."""
    return region.kind in ("form", "detail") or (
        region.kind == "table" and all(len(field.values) <= 1 for field in region.fields)
    )


def region_clues(reader: Reader, region: Region) -> Iterator[Clue]:
    """What a region's caption and labels say."""
    caption = region.caption or heading_of(reader, region)
    if caption is not None and is_single(region) and not _speaks_of_all(reader, caption.text):
        noun = reader.noun(caption.text)
        values = {value for field in region.fields for value in field.values}
        if noun is not None and caption.text not in values:
            weight = AGAIN if _is_said_again(reader, caption, noun) else ONCE
            yield Clue(noun, weight, f'the heading "{caption.text}"')
        caption = None  # a section of the record, or a tab
    if caption is not None and (noun := reader.noun(caption.text)) is not None:
        weight = 1.3 if region.caption is not None else 0.8
        yield Clue(noun, weight * plainness(reader, caption.text), f'the caption "{caption.text}"')
    labels = [to_identifier(field.said, "") for field in region.fields]
    for label in (*labels[:2], *(label for label in labels[2:] if label.endswith("_owner"))):
        match = _ASPECT.fullmatch(label)
        noun = to_noun(match[1].replace("_", " ")) if match else None
        if noun is not None:
            yield Clue(noun, 0.35, f'the label "{label}"')
    if {"first_name", "last_name"} <= set(labels):
        people = [noun for noun in sorted(reader.listed()) if is_person_noun(noun)]
        if len(people) == 1:
            yield Clue(people[0], 0.5, f"someone's names, and the application lists {people[0]}s")


def _is_said_again(reader: Reader, heading: Text, noun: str) -> bool:
    """Whether a tab, a button, a subtitle or a path speaks of what a heading names."""
    others = (*reader.page.body, *reader.page.navigation)
    return any(text.box != heading.box and reader.noun(text.text) == noun for text in others)


def _active(reader: Reader) -> Iterator[Clue]:
    page = reader.page
    for order, active in enumerate(reversed(page.active)):
        noun = None if is_action(plain_label(active.text)) else reader.noun(active.text)
        if noun is not None and not is_chosen(active, page):
            open_tab = is_open_into(active, page)
            weight = (1.2 - 0.2 * order) * (
                1.0 if open_tab else brandness(page, active, reader.noun)
            )
            yield Clue(noun, weight, f'the open navigation item "{active.text}"')


def _titles(reader: Reader, top: int, values: Collection[str]) -> Iterator[Clue]:
    """The largest texts over the data; a plural or what one makes says more than a name."""
    page = reader.page
    above = [text for text in page.body if text.box[3] <= top + 4 and text.text not in values]
    bar = [text for text in page.navigation if text.box[2] > page.left and text.text not in values]
    bar = [text for text in bar if not (is_chosen(text, page) or _GOES.match(text.text))]
    titles = largest_texts([*above, *bar], page)
    titles.sort(key=lambda title: brandness(page, title, reader.noun) < 1)
    for title, rank in zip(titles, TITLE_RANKS, strict=False):
        source = f'the title "{title.text}"'
        numbered = _NUMBERED.fullmatch(title.text)
        noun = reader.noun(numbered[1] if numbered else title.text)
        weight = rank * brandness(page, title, reader.noun)
        if noun is not None:
            plain = 1.0 if numbered else plainness(reader, title.text)
            yield Clue(noun, weight * plain, source)
        else:
            known = _known_start(reader, title.text)
            if known is not None:
                yield Clue(known, weight, source)
        yield from _subtitle(reader, title, rank, values)
        yield from _eyebrow(reader, title, rank)
        start = start_of(title.text)
        if start and (shorter := reader.noun(start)) is not None:
            yield Clue(shorter, 0.8 * weight, source)


def _subtitle(reader: Reader, title: Text, rank: float, values: Collection[str]) -> Iterator[Clue]:
    """What kind of thing a title names, told in small right below it: "Tenancy"."""
    for text in (*reader.page.body, *reader.page.navigation):
        below = 0 <= text.box[1] - title.box[3] + 0.4 * title.height < 1.2 * title.height
        flush = abs(text.box[0] - title.box[0]) < title.height
        if (
            text is not title
            and text not in reader.page.framed  # a chip tells its state
            and text.text not in values
            and below
            and flush
            and text.size < 0.9 * title.size
        ):
            noun = reader.noun(text.text) if is_label(text.text) else None
            if noun is not None:
                yield Clue(noun, 0.6 * rank, f'the subtitle "{text.text}"')


def _eyebrow(reader: Reader, title: Text, rank: float) -> Iterator[Clue]:
    """What kind of thing a title names, told in small right above it, where the navigation lists
    such: "Public playlist"."""
    for text in reader.page.body:
        above = -0.4 * title.height < title.box[1] - text.box[3] < title.height
        flush = abs(text.box[0] - title.box[0]) < title.height
        if text is title or not (above and flush and text.size < 0.6 * title.size):
            continue
        last = text.text.split()[-1]
        if (noun := reader.noun(last)) is not None and noun in reader.listed():
            yield Clue(noun, 1.3 * rank, f'"{text.text}" over the title')


def _breadcrumb(reader: Reader) -> Iterator[Clue]:
    """The steps of a path near the top: a list says more than one of its records."""
    steps = path_steps(reader.page)
    for step in steps[: 1 if len(steps) == 2 else 3]:
        noun = reader.noun(step) if is_label(step) else None
        if noun is not None:
            numbered = step == steps[-2] and not is_label(steps[-1])  # one of such by its code
            plain = 1.0 if numbered else plainness(reader, step)
            yield Clue(noun, 0.8 * plain, f'the breadcrumb "{step}"')


def _actions(reader: Reader, listed: bool) -> Iterator[Clue]:
    """Buttons and boxes that speak of what the page holds: "New invoice", "Search orders"."""
    page = reader.page
    for text in (*page.body, *page.navigation):
        said = to_english(text.text, reader.language)
        make = _MAKE.match(said) or _MADE.search(said)
        noun = reader.noun(text.text) if make or _ABOUT.match(said) else None
        if make and (noun is None or noun in _PARTS):
            noun = made_page(said)
        if noun is None:
            continue
        upper = text.center_y < 0.5 * page.height
        if make:
            other = not listed and _CREATE.match(said)  # from one record one creates another
            weight = 0.8 if upper and not other else 0.3
            yield Clue(noun, weight, f'the button "{text.text}"')
        elif upper and not is_one_of_many(text, page):
            # a search box may say the application's own name
            yield Clue(noun, 0.6 * plainness(reader, text.text), f'"{text.text}"')


def plainness(reader: Reader, text: str) -> float:
    """How surely a title names a kind of thing and not one record of it."""
    said = to_english(_COUNTED.sub("", text), reader.language)
    noun = reader.noun(text)
    last = said.lower().split()[-1].strip(".…") if said.split() else ""
    several = last == "settings" or is_plural(re.sub(r"[^a-z]", "", last))
    if said.startswith("The ") and noun not in reader.listed():
        return RECORD  # "The Salt Lanterns"
    if _MAKE.match(said) or _MADE.search(said) or several or noun in reader.listed():
        return 1.0
    return 1.0 if said != _COUNTED.sub("", text) else RECORD


def _speaks_of_all(reader: Reader, text: str) -> bool:
    """Whether a heading names what one makes here, or what the navigation lists."""
    made = _MAKE.match(to_english(text, reader.language)) is not None
    return made or reader.noun(text) in reader.listed()


def _known_start(reader: Reader, text: str) -> str | None:
    """A navigation noun a longer title begins with: "Rack Comms closet" under "Racks"."""
    listed = reader.listed()
    words = to_identifier(to_english(text, reader.language), "").split("_")
    for length in (3, 2, 1):
        start = singular("_".join(words[:length]))
        if start in listed:
            return start
    return None
