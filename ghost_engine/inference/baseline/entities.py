"""What each region of a page is about: the name of its table, and of the record it belongs to.

Everything that speaks of it (`clues`) gives weight to a noun; the heaviest wins. A table on the
page of one record holds what refers to that record, or its lines.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

from ghost_engine.inference.baseline.clues import (
    Clue,
    Reader,
    heading_of,
    is_single,
    page_clues,
    plainness,
    region_clues,
)
from ghost_engine.inference.baseline.language import Language
from ghost_engine.inference.baseline.names import plural, to_identifier
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Region
from ghost_engine.inference.baseline.tells import (
    parts_of,
    told_by_data,
    told_elsewhere,
    usual_noun,
)
from ghost_engine.inference.baseline.texts import Text
from ghost_engine.inference.baseline.things import ACCOUNT, load_words
from ghost_engine.sql.nouns import singular

UNKNOWN = "record"
MIN_WEIGHT = 0.35  # less is a guess that a table without a name is better than
LISTED = 0.4  # more for a noun the navigation lists
MIN_SHARED = 3  # labels of two tables
ALIKE = 0.8  # of their labels
MIN_NAME = 3  # words of a value that a title may tell
MAX_LABEL = 30  # letters of a label that may name a table
EVERYTHING = frozenset({"all", "any", "alle", "tous", "toutes", "todos", "todas"})
_NAMED = re.compile(r"_?name$|_(?:id|no|number|code)$")  # "Student name": who the line is about
NUMBERED = frozenset({"no", "nr", "number", "id", "line_no", "pos", "sr_no", "s_no", "code", "sku"})
LINES = frozenset({"item", "line", "line_item", "position", "row", "product", "entry"})

LISTS = ("table", "list", "cards", "board")
JOINED = frozenset({ACCOUNT, "member"})  # listed on a record: who takes part in it


@dataclass(frozen=True, slots=True)
class Entity:
    """`name` is a singular snake_case noun; `confidence` is 0 to 1."""

    name: str
    reason: str
    confidence: float

    @property
    def table(self) -> str:
        return plural(self.name)


@dataclass(frozen=True, slots=True)
class Named:
    """A region with its entity and, where it belongs to one record, that record's noun."""

    region: Region
    entity: Entity
    parent: str | None = None


def navigation_nouns(page: Page, language: Language = "en") -> frozenset[str]:
    """The singular nouns the navigation lists."""
    return Reader(page, language).listed()


def name_regions(
    page: Page, regions: Sequence[Region], language: Language = "en"
) -> tuple[Named, ...]:
    """The regions with their entities: the page's, or a table's own among several regions."""
    if not regions:
        return ()
    reader = Reader(page, language)
    first = regions[0]
    values = _short_values(regions)
    single = is_single(first) and not _is_filter(first)
    labels = {field.label for region in regions for field in region.fields}
    told = values | labels | (_tellers(page, first) if single else frozenset())
    page_says = page_clues(reader, first.box[1], told, listed=not single)
    clues = [
        *page_says,
        *told_elsewhere(reader, first.box[1]),
        *_own_clues(reader, regions),
        *told_by_data(reader, first),
        *_line_clues(reader, regions),
    ]
    asked = {field.label for each in regions if each.kind == "filter" for field in each.fields}
    parts = parts_of(reader)
    main = _heaviest([clue for clue in clues if clue.noun not in parts], reader)
    usual = usual_noun(first)
    if main.name == UNKNOWN and usual is not None:
        main = Entity(usual, f"what a {first.kind} usually shows", 0.5)
    named = [Named(first, main if single or len(regions) == 1 else _own(reader, first, main))]
    for place, region in enumerate(regions[1:], start=1):
        twin = next((known for known in named[:place] if _are_alike(known.region, region)), None)
        if twin is not None:
            named.append(replace(twin, region=region))
        elif (is_single(region) and region.kind != "table") or region.kind == "filter":
            named.append(Named(region, main))
        elif single and not _says_what(reader, region):
            continue
        elif single:
            entity = _related(reader, region, main)
            named.append(Named(region, entity, None if entity == main else main.name))
        else:
            named.append(Named(region, _own(reader, region, main, asked)))
    return _all_named(named)


def _all_named(named: Sequence[Named]) -> tuple[Named, ...]:
    """The regions; those nothing names are about what the page names elsewhere, and a filter about
    the list it is over."""
    listed = next((each for each in named if each.region.kind in LISTS), None)
    if listed is not None and listed.entity.name != UNKNOWN:
        named = [
            replace(each, entity=listed.entity) if each.region.kind == "filter" else each
            for each in named
        ]
    known = next((each.entity for each in named if each.entity.name != UNKNOWN), None)
    if known is None:
        return tuple(named)
    return tuple(
        replace(
            each,
            entity=known if each.entity.name == UNKNOWN else each.entity,
            parent=None if each.parent == UNKNOWN else each.parent,
        )
        for each in named
    )


def _are_alike(one: Region, other: Region) -> bool:
    """Whether two tables have the same columns: one list in parts, each under its own heading."""
    labels = {field.label.lower() for field in one.fields}
    shared = labels & {field.label.lower() for field in other.fields}
    most = max(len(one.fields), len(other.fields))
    tables = one.kind == other.kind == "table"
    return tables and len(shared) >= MIN_SHARED and len(shared) >= ALIKE * most


def _short_values(regions: Sequence[Region]) -> frozenset[str]:
    """Values that the data repeats: a state in a chip stands beside the title too."""
    return frozenset(
        value
        for region in regions
        if region.kind == "table"
        for field in region.fields
        for value in field.values
        if field.values.count(value) > 1
    )


def _tellers(page: Page, record: Region) -> frozenset[str]:
    """The texts that tell a name the record holds, alone or among others: no things."""
    names = [v.lower() for f in record.fields for v in f.values if len(v.split()) >= MIN_NAME]
    texts = (text.text for text in page.body)
    return frozenset(text for text in texts if any(name in text.lower() for name in names))


def _own_clues(reader: Reader, regions: Sequence[Region]) -> Iterable[Clue]:
    """The first region's own clues, where its caption may speak of the page."""
    return region_clues(reader, regions[0])


def _line_clues(reader: Reader, regions: Sequence[Region]) -> Iterable[Clue]:
    """What the lines below a record are lines of: "Order lines"."""
    for region in regions[1:]:
        found = _caption(reader, region) if is_single(regions[0]) else None
        owner, _, last = found[1].rpartition("_") if found else ("", "", "")
        if found and owner and last in LINES:
            yield Clue(owner, 0.8, f'the caption "{found[0].text}"')


def _heaviest(clues: Iterable[Clue], reader: Reader) -> Entity:
    weights: dict[str, float] = {}
    reasons: dict[str, Clue] = {}
    listed = reader.listed()
    for clue in clues:
        if clue.weight <= 0:
            continue
        weights.setdefault(clue.noun, LISTED if clue.noun in listed else 0.0)
        weights[clue.noun] += clue.weight
        if clue.noun not in reasons or reasons[clue.noun].weight < clue.weight:
            reasons[clue.noun] = clue
    for noun in [noun for noun in weights if "_" in noun]:
        owner, _, kind = noun.rpartition("_")
        if owner in listed and kind in weights:  # "Runs", beside "Flows", are flow runs
            weights[noun] += weights[kind]
        elif kind in listed and noun not in listed:  # "Unresolved issues" are issues
            weights[kind] = weights.get(kind, LISTED) + weights[noun]
            reasons.setdefault(kind, reasons[noun])
    if not weights or max(weights.values()) < MIN_WEIGHT:
        return Entity(UNKNOWN, "nothing on the page names it", 0.2)
    noun = min(weights, key=lambda noun: (-weights[noun], noun))
    confidence = round(min(0.95, 0.35 + 0.25 * weights[noun]), 2)
    return Entity(noun, reasons[noun].source, confidence)


def _caption(reader: Reader, region: Region) -> tuple[Text, str] | None:
    """A region's caption with its noun."""
    for text in (region.caption, heading_of(reader, region)):
        noun = reader.noun(text.text) if text is not None else None
        if text is not None and noun is not None:
            return text, noun
    return None


def _own(reader: Reader, region: Region, main: Entity, asked: Container[str] = ()) -> Entity:
    """A region's own entity by its caption, else the page's; what is `asked` by a filter over it
    is no caption."""
    found = _caption(reader, region) if region.kind != "filter" else None
    if (
        found is None
        or found[0].text.strip(" :*") in asked
        or (main.name != UNKNOWN and plainness(reader, found[0].text) < 1)
    ):
        return main  # nothing there, or the name of a part of the list
    return Entity(found[1], f'the caption "{found[0].text}"', 0.75)


def _says_what(reader: Reader, region: Region) -> bool:
    """Whether anything tells what is listed beside a record: a caption, or labels of its own."""
    return region.fields[0].read or _caption(reader, region) is not None


def _related(reader: Reader, region: Region, main: Entity) -> Entity:
    """What is listed on the page of one record: its lines, or what refers to it."""
    found = _caption(reader, region)
    sure = round(0.8 * main.confidence, 2)
    if found is None or found[1] == main.name:
        reason = f'lines headed "{region.fields[0].label}"'
        line = _line_noun(region)
        whole = line.startswith(f"{main.name}_")  # "Dag run ID" on the page of a dag
        return Entity(line if whole else f"{main.name}_{line}", reason, sure)
    text, noun = found
    reason = f'the caption "{text.text}"'
    if noun in LINES:
        return Entity(f"{main.name}_line", reason, sure)
    if noun in JOINED and region.kind == "table":  # accounts are no part of a record
        return Entity(f"{main.name}_{noun}", reason, sure)
    return Entity(noun, reason, 0.7)


def _line_noun(region: Region) -> str:
    """What a line without a heading is called: by its first label, unless that is a reference."""
    label = singular(_NAMED.sub("", to_identifier(region.fields[0].said, "line")) or "line")
    known = label in load_words().things or label in LINES | NUMBERED
    return "line" if known or len(label) > MAX_LABEL else label


def _is_filter(region: Region) -> bool:
    """Whether fields over a list choose what it shows: half of them say "All"."""
    values = [field.values[0].lower().split() for field in region.fields if field.values]
    chosen = sum(words[0] in EVERYTHING for words in values if words)
    return region.kind == "filter" or 2 * chosen >= len(region.fields) > 0
