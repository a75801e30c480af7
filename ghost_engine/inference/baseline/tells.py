"""What speaks of a page's thing beside titles and navigation: counts, buttons, own headings.

"Over 1,000 places", "Add to cart" and "Your booking details" say what is shown where no title
does. Where nothing does, a calendar shows events and a board tasks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ghost_engine.inference.baseline.clues import Clue, Reader
from ghost_engine.inference.baseline.regions import Region
from ghost_engine.inference.baseline.vocabulary import kind_of_value, load_vocabulary
from ghost_engine.sql.nouns import is_plural

COUNTED, SAID, OWN = 1.3, 0.6, 0.6  # weights
USUAL = {"calendar": "event", "board": "task"}

_COUNT = re.compile(
    r"(?:showing |over |about |all |more than )?\d[\d.,]*\+? ((?:[a-z]+ )?[a-z]{3,})"
    r"(?: (?:in|for|near|found|available|within|total)\b.*)?",
    re.IGNORECASE,
)
_OWN = re.compile(r"(?:your|my) (\w+(?: \w+)?) (?:details|summary|information|overview)", re.I)


def told_elsewhere(reader: Reader, top: int) -> Iterator[Clue]:
    """What counts over the data, buttons and headings of one's own say."""
    tells = load_vocabulary().tells
    said: set[str] = set()
    for text in (*reader.page.body, *reader.page.navigation):
        plain = re.sub(r"^[\W_]+|[\W_]+$", "", text.text).lower()
        if plain in tells and plain not in said:
            said.add(plain)
            yield Clue(tells[plain], SAID, f'the button "{text.text}"')
        over = text.box[3] <= top + 4 and kind_of_value(text.text) != "quantity"
        count = _COUNT.fullmatch(text.text) if over else None
        if count and is_plural(count[1].lower()) and (noun := reader.noun(count[1])) is not None:
            yield Clue(noun, COUNTED, f'the count "{text.text}"')
        own = _OWN.fullmatch(text.text)
        if own and (noun := reader.noun(own[1])) is not None:
            yield Clue(noun, OWN, f'the heading "{text.text}"')


def usual_noun(region: Region) -> str | None:
    """What a region of its kind shows where nothing on the page says it."""
    return USUAL.get(region.kind)
