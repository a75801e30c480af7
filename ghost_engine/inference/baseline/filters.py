"""Forms over a list ask what to list: their fields are its columns, unless they only seek.

What a filter names in the plural and a column in the singular is chosen among rows of another
table: "Session types" over a column "Session type". States are chosen as well, but listed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.clues import Reader
from ghost_engine.inference.baseline.language import Language
from ghost_engine.inference.baseline.names import to_identifier
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import Text
from ghost_engine.inference.baseline.things import load_words
from ghost_engine.sql.nouns import is_plural, singular

MIN_LIST = 3  # records
SOUGHT = ("keyword", "keywords", "search", "query", "find", "contains")
RANGES = ("from", "to", "until", "since", "after", "before", "min", "max")
ROWS = ("table", "list", "cards", "board")
OWN = frozenset({"state", "status", "type", "kind", "date", "name", "title", "result", "value"})

_CHOOSES = re.compile(r"^\W*(?:all|any|every|filter(?: by)?|select|choose)\s+", re.I)
_BY = re.compile(r"by (\S.*)", re.I)


def as_facets(record: Region) -> Region:
    """A filter, where all labels say by what to filter a list: "By status" over its states."""
    labels = [_BY.fullmatch(field.label) for field in record.fields]
    if record.kind not in ("detail", "list") or not labels or not all(labels):
        return record
    fields = tuple(
        replace(field, label=label[1].capitalize(), values=())
        for field, label in zip(record.fields, labels, strict=True)
        if label
    )
    return replace(record, kind="filter", fields=fields)


def as_filter(region: Region, regions: Sequence[Region]) -> Region:
    """A form beside a list asks what to list where it is mostly empty, or names the list's own
    columns: its fields are the list's."""
    filled = sum(bool(field.values) for field in region.fields)
    labels = {field.label.lower() for field in region.fields}
    lists = [
        other
        for other in regions
        if other.kind == "table"
        and all(field.control == "none" for field in other.fields)
        and (
            max(len(field.values) for field in other.fields) >= MIN_LIST
            or _adds_to(labels, region, other)
        )
    ]
    columns = {field.label.lower() for other in lists for field in other.fields}
    own = sum(field.label.lower() in columns for field in region.fields)
    asks = filled < 0.6 * len(region.fields) or 2 * own >= len(region.fields)
    if region.kind != "form" or not lists or not asks:
        return region
    fields = region.fields
    if not any(_adds_to(labels, region, other) for other in lists):
        told = (field for field in fields if field.label.lower() in columns or not _seeks(field))
        fields = tuple(told) or fields
    return replace(region, kind="filter", fields=fields)


def _seeks(field: Field) -> bool:
    """Whether an input of a filter is no column: an empty one takes words to look for, others an
    end of a range."""
    words = re.findall(r"[^\W\d_]+", field.said.lower()) or [""]
    empty = field.control == "input" and not field.values
    return empty or words[0] in SOUGHT or words[-1] in RANGES


def _adds_to(labels: set[str], form: Region, table: Region) -> bool:
    """Whether a form over a short list asks for what its rows hold: the next of them."""
    shared_labels = sum(field.label.lower() in labels for field in table.fields)
    below = form.box[3] <= table.box[1]
    return below and 2 * shared_labels >= len(labels) and any(f.values for f in table.fields)


def filtered_nouns(page: Page, regions: Sequence[Region], language: Language) -> frozenset[str]:
    """The singular nouns of columns whose rows a filter over them lists."""
    reader = Reader(page, language)
    found: set[str] = set()
    for region in regions:
        if region.kind not in ROWS:
            continue
        columns = {singular(to_identifier(field.said, "")) for field in region.fields if field.read}
        above = [text for text in page.body if text.box[3] <= region.box[1]]
        own = OWN | load_words().marks  # tags may be words of the row
        found |= {noun for text in above if (noun := _chosen(text, reader)) in columns - own}
    return frozenset(found)


def _chosen(text: Text, reader: Reader) -> str | None:
    """What a filter lets choose among, singular."""
    words = _CHOOSES.sub("", text.text).strip(" ▼▾⌄×+:…")
    if not words or not is_plural(words.lower().split()[-1]):
        return None
    return reader.noun(words)
