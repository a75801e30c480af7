"""Parties of a record: somebody's name, phone and mail in lines below a label.

"Customer:" over "Azure Interior", a number and an address says who the customer is and how to reach
them: one thing that the record points at. Its name is no label of the number below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ghost_engine.inference.baseline.attributes import is_attribute
from ghost_engine.inference.baseline.controls import font_size
from ghost_engine.inference.baseline.labels import is_action, is_label, plain_label
from ghost_engine.inference.baseline.names import to_identifier
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import Text, union_box
from ghost_engine.inference.baseline.things import load_words, name_ends
from ghost_engine.inference.baseline.vocabulary import kind_of_value

CONFIDENCE = 0.85
MAX_LINES = 7
FEW = 2  # labels with values beside them; more are found without their party
# In font sizes:
INDENT = 6.0  # from the label's left to the lines', past a picture
FLUSH = 2.6  # between the beginnings of lines, with and without an icon
STEP = 2.6  # from line to line
BESIDE = 12.0  # from a label to its value

_CALLED = re.compile(r"(?:(?:phone|tel|telephone|mobile|fax)\S*\s*)?\+?[\d ()./-]{7,}", re.I)
_MAIL = re.compile(r"(?:e-?mail:?\s*)?\S+@\S+\.\w{2,}", re.I)
_PREFIX = re.compile(r"^(?:phone|tel|telephone|mobile|fax|e-?mail)\S*\s+", re.I)


@dataclass(frozen=True, slots=True)
class Party:
    """A label and the lines below it, the name first; `other` are pictures' letters beside."""

    label: Text
    lines: tuple[Text, ...]
    other: tuple[Text, ...] = ()

    @property
    def texts(self) -> tuple[Text, ...]:
        return (self.label, *self.lines, *self.other)


def find_parties(page: Page) -> tuple[tuple[Region, ...], Page]:
    """The parties of a page as one record, and the page without what tells them."""
    size = font_size(page.body)
    found: list[Party] = []
    for label in page.body:
        party = _party(label, page.body, size) if _may_head(label) else None
        if party is not None and not any(set(party.texts) & set(each.texts) for each in found):
            found.append(party)
    labels = {plain_label(party.label.text).lower() for party in found}
    if not found or len(labels) < len(found):
        return (), page  # the same label again: cards of a list
    beside = _pairs_beside(found, page.body, size)
    fields = (*(field for party in found for field in _fields(party)), *map(_field, beside))
    region = Region("detail", fields, union_box([field.box for field in fields]), CONFIDENCE)
    told = {text for party in found for text in party.texts} | {t for pair in beside for t in pair}
    body = tuple(text for text in page.body if text not in told)
    return (region,), replace(page, body=body)


def _may_head(text: Text) -> bool:
    """Whether a text is a label with a colon, or says what somebody is to the record."""
    if not is_label(text.text) or is_action(text.text):
        return False
    words = load_words()
    known = words.people | words.parties | words.accounts
    named = any(end in known for end in name_ends(to_identifier(plain_label(text.text), "")))
    return text.text.endswith(":") or named


def _party(label: Text, texts: Sequence[Text], size: float) -> Party | None:
    """The lines below a label, where one of them is a phone number or a mail address."""
    left = label.box[0] - 0.7 * size
    below = [
        text
        for text in texts
        if 0 < text.center_y - label.center_y < MAX_LINES * STEP * size
        and left <= text.box[0] < label.box[0] + INDENT * size
    ]
    reached = next((text for text in below if _reaches(text.text)), None)
    if reached is None:
        return None
    column = [text for text in below if abs(text.box[0] - reached.box[0]) < FLUSH * size]
    lines: list[Text] = []
    last = label
    for text in sorted(column, key=lambda text: text.center_y):
        if not 0.5 * size < text.center_y - last.center_y < STEP * size:
            break
        if text.text.endswith(":") or is_attribute(text.text):
            break
        lines.append(text)
        last = text
    if len(lines) < 2 or reached not in lines or not _is_name(lines[0]):
        return None
    other = [
        text
        for text in texts
        if label.center_y < text.center_y < last.box[3]
        and (text in below and text not in column or any(_goes_on(line, text) for line in lines))
    ]
    return Party(label, tuple(lines), tuple(other))


def _goes_on(line: Text, text: Text) -> bool:
    level = abs(line.center_y - text.center_y) < 0.4 * line.height
    return level and 0 < text.box[0] - line.box[2] < 2 * line.height


def _is_level(one: Text, other: Text, size: float) -> bool:
    return one is not other and abs(one.center_y - other.center_y) < 0.5 * size


def _reaches(text: str) -> bool:
    """Whether a text is a phone number or a mail address."""
    if kind_of_value(text) in ("phone", "email") or _MAIL.fullmatch(text):
        return True
    return bool(_CALLED.fullmatch(text)) and kind_of_value(text) in ("text", "code")


def _is_name(text: Text) -> bool:
    return kind_of_value(text.text) == "text" and not _reaches(text.text) and ":" not in text.text


def _fields(party: Party) -> Iterator[Field]:
    """Who it is, and how to reach them: "Customer", "Customer email"."""
    name = plain_label(party.label.text)
    yield Field(name, (party.lines[0].text,), union_box([party.label.box, party.lines[0].box]))
    address = []
    for line in party.lines[1:]:
        if not _reaches(line.text):
            address.append(line)
            continue
        what = "email" if "@" in line.text else "phone"
        yield Field(f"{name} {what}", (_PREFIX.sub("", line.text),), line.box)
    if any(re.search(r"\d", line.text) for line in address):
        said = ", ".join(line.text for line in address)
        yield Field(f"{name} address", (said,), union_box([line.box for line in address]))


def _pairs_beside(
    parties: Sequence[Party], texts: Sequence[Text], size: float
) -> list[tuple[Text, Text]]:
    """Labels set as those of the parties with one value beside: more of the same record."""
    model = parties[0].label.look.weight
    taken = {text for party in parties for text in party.texts}
    pairs = []
    for label in texts:
        level = [text for text in texts if _is_level(label, text, size)]
        flush = any(abs(label.box[0] - p.label.box[0]) < 0.7 * size for p in parties)
        if label in taken or len(level) != 1 or not flush or not is_label(label.text):
            continue
        if label.box[2] < level[0].box[0] and level[0] not in taken:
            pairs.append((label, level[0]))
    if len(pairs) > FEW:
        return []  # a record of its own
    return [
        (label, value)
        for label, value in pairs
        if label.look.weight > 0.85 * model > value.look.weight
        and value.box[0] - label.box[2] < BESIDE * size
        and not is_action(label.text)
    ]


def _field(pair: tuple[Text, Text]) -> Field:
    label, value = pair
    return Field(plain_label(label.text), (value.text,), union_box([label.box, value.box]))
