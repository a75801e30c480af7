"""What speaks of a page's thing beside titles and navigation: counts, buttons, own headings.

"Over 1,000 places", "Add to cart" and "Your booking details" say what is shown where no title
does. Where nothing does, a calendar shows events and a board tasks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ghost_engine.inference.baseline.clues import Clue, Reader
from ghost_engine.inference.baseline.language import to_english
from ghost_engine.inference.baseline.marks import many_counted
from ghost_engine.inference.baseline.names import to_identifier
from ghost_engine.inference.baseline.regions import Region
from ghost_engine.inference.baseline.texts import median_size
from ghost_engine.inference.baseline.things import ACCOUNT
from ghost_engine.inference.baseline.title_nouns import to_noun
from ghost_engine.inference.baseline.vocabulary import kind_of_value, load_vocabulary
from ghost_engine.sql.nouns import is_plural

COUNTED, SAID, OWN, MYSELF = 1.3, 0.6, 0.6, 1.0  # weights
MADE, SETTINGS = 0.8, 3.0
LARGE = 1.2  # times the usual size is a title
KIND, EACH, PREFIX = 0.9, 2.5, 0.7
TOP = 0.3  # of the height
MIN_PREFIXED = 3  # labels that begin with the same word
LEDGER = frozenset({"payee", "debit", "credit", "deposit", "withdrawal", "payment", "memo"})
MIN_LEDGER = 2  # of these labels
USUAL = {"calendar": "event", "board": "task"}

NAMES = frozenset({"name", "full_name", "first_name", "username", "display_name"})
ADDRESSES = frozenset({"email", "mail"})
NAMING = frozenset({"name", "code", "number", "no", "title", "id"})

_ASKS = re.compile(r"^\W*(?:add|new)\b", re.IGNORECASE)
_MORE = re.compile(r"^\W*add another (.+)", re.IGNORECASE)
_SENDS = re.compile(
    r"\W*(?:create|save|update|register|submit) (?:new |a |an |the )?"
    r"(?!and |as |changes?$|settings$|preferences$|all$)(.+)",
    re.I,
)
_MAKES = re.compile(r"\W*(?:create|add|new|edit|update)(?: new| an?| the| this)* (.+)", re.I)
_KIND = re.compile(r"([^\W\d_]{3,}(?: [^\W\d_]{3,})?): [A-Z]\S.*")
_COUNT = re.compile(
    r"(?:showing |found |over |about |all |more than )?\d[\d.,]*\+? ((?:[a-z]+ )??[a-z]{3,})"
    r"(?: (?:in|for|near|found|available|within|total)\b.*)?",
    re.IGNORECASE,
)
_OWN_PAGE = re.compile(
    r"(?:my |your |edit |user |account |personal |profile )+"
    r"(?:settings|profile|account|details|information|preferences)",
    re.I,
)
_OWN_PART = re.compile(
    r"(?:my |your )?(?:account|profile|personal)(?: (?:details|information))?", re.I
)
_OWN = re.compile(r"(?:your|my) (\w+(?: \w+)?) (?:details|summary|information|overview)", re.I)


def told_elsewhere(reader: Reader, top: int) -> Iterator[Clue]:
    """What counts over the data, buttons and headings of one's own say."""
    tells, own_pages = load_vocabulary().tells, load_vocabulary().own_pages
    usual = median_size(reader.page.body)
    said: set[str] = set()
    often = many_counted(reader.page)
    for text in (*reader.page.body, *reader.page.navigation):
        plain = re.sub(r"^[\W_]+|[\W_]+$", "", text.text).lower()
        if plain in tells and plain not in said:
            said.add(plain)
            yield Clue(tells[plain], SAID, f'the button "{text.text}"')
        over = text.box[3] <= top + 4 and kind_of_value(text.text) != "quantity"
        count = _COUNT.fullmatch(text.text) if over else None
        counted = count[1].lower() if count else ""
        told = is_plural(counted) and counted not in often
        if told and (noun := reader.noun(counted)) is not None:
            yield Clue(noun, COUNTED, f'the count "{text.text}"')
        kind = _KIND.fullmatch(text.text) if text.center_y < TOP * reader.page.height else None
        if kind and (noun := reader.noun(kind[1])) in reader.listed() and noun is not None:
            yield Clue(noun, KIND, f'the kind in "{text.text}"')
        if plain in own_pages and text.size > LARGE * usual and text not in reader.page.framed:
            yield Clue(ACCOUNT, MYSELF, f'the title "{text.text}"')
        own = _OWN.fullmatch(text.text)
        if own and (noun := reader.noun(own[1])) is not None:
            yield Clue(noun, OWN, f'the heading "{text.text}"')


def told_by_data(reader: Reader, region: Region) -> Iterator[Clue]:
    """What the data says itself: each list of a board asks for one more of what it holds, and
    labels repeat the name of what they describe ("Item code", "Item name", "Item group")."""
    texts = reader.page.body
    asked = Counter(
        text.text for text in texts if text.box[1] > region.box[1] and _ASKS.match(text.text)
    )
    for said, times in asked.items():
        noun = reader.noun(said)
        if region.kind == "board" and times > 1 and noun is not None:
            yield Clue(noun, EACH, f'"{said}" in each list')
    yield from _made_by(reader, region)
    yield from _oneself(reader, region)
    named = {to_identifier(field.said, "") for field in region.fields}
    if region.kind == "table" and "date" in named and len(named & LEDGER) >= MIN_LEDGER:
        yield Clue("transaction", KIND, "a date with what was paid to whom")
    labels = [to_identifier(field.said, "").partition("_") for field in region.fields if field.read]
    if labels and labels[0][2]:
        first = labels[0][0]
        noun = to_noun(first)
        alike = {rest for start, _, rest in labels if start == first and rest}
        if noun is not None and len(alike) >= MIN_PREFIXED and alike & NAMING:
            yield Clue(noun, PREFIX, f'labels that begin with "{first}"')


def _oneself(reader: Reader, region: Region) -> Iterator[Clue]:
    """Who uses the application, where a page of settings asks for a name and an address."""
    labels = {to_identifier(field.said, "") for field in region.fields}
    if region.kind not in ("form", "detail") or not (labels & NAMES and labels & ADDRESSES):
        return
    usual = median_size(reader.page.body)
    titles = (text for text in reader.page.body if text.size > LARGE * usual)
    if region.caption is not None and _OWN_PART.fullmatch(region.caption.text):
        yield Clue(ACCOUNT, SETTINGS, f'the part "{region.caption.text}"')
        return
    for text in (*reader.page.active, *titles):
        if _OWN_PAGE.fullmatch(to_english(text.text, reader.language)):
            yield Clue(ACCOUNT, SETTINGS, f'the settings "{text.text}"')
            return


def _made_by(reader: Reader, region: Region) -> Iterator[Clue]:
    """What the title of a form says it makes, or the button at its end: "Save contact"."""
    if region.kind != "form":
        return
    x0, y0, _, y1 = region.box
    usual = median_size(reader.page.body)
    for text in reader.page.body:
        title = _MAKES.fullmatch(to_english(text.text, reader.language))
        if title and text.box[3] <= y0 + 4 and text.size > LARGE * usual:
            if (noun := reader.noun(title[1])) is not None:
                yield Clue(noun, MADE, f'the title "{text.text}"')
                break
    for text in reader.page.framed:
        made = _SENDS.fullmatch(to_english(text.text, reader.language))
        if made is None or text.box[1] < y1 - text.height or text.center_x < x0:
            continue
        if (noun := reader.noun(made[1])) is not None:
            yield Clue(noun, MADE, f'the button "{text.text}"')
            return


def parts_of(reader: Reader) -> frozenset[str]:
    """What a record has several of, as a form asks for another one: "Add another choice"."""
    texts = (*reader.page.body, *reader.page.navigation)
    more = (_MORE.match(text.text) for text in texts)
    nouns = (reader.noun(match[1]) for match in more if match is not None)
    return frozenset(noun for noun in nouns if noun is not None)


def usual_noun(region: Region) -> str | None:
    """What a region of its kind shows where nothing on the page says it."""
    return USUAL.get(region.kind)
