"""What the filters over a list tell of its columns: one chooses among rows of another table.

A page and its regions go in; the nouns come out that a filter names in the plural and a column in
the singular: "Session types" over a column "Session type". States are chosen as well, but listed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ghost_engine.inference.baseline.clues import Reader
from ghost_engine.inference.baseline.language import Language
from ghost_engine.inference.baseline.names import to_identifier
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Region
from ghost_engine.inference.baseline.texts import Text
from ghost_engine.inference.baseline.things import load_words
from ghost_engine.sql.nouns import is_plural, singular

ROWS = ("table", "list", "cards", "board")
OWN = frozenset({"state", "status", "type", "kind", "date", "name", "title", "result", "value"})

_CHOOSES = re.compile(r"^\W*(?:all|any|every|filter(?: by)?|select|choose)\s+", re.I)


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
