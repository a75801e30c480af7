"""Small words that name what a page holds: its address, a record's number, a count, the open tab.

A page goes in, the words come out with how much they say and where they stand; which noun they are
is for `clues`. Closed tabs, filters and chips stand in a line of their like and head nothing.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from ghost_engine.inference.baseline.labels import is_action, is_label
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.texts import Colour, Row, Text, group_rows, median_size
from ghost_engine.inference.baseline.vocabulary import kind_of_value
from ghost_engine.sql.nouns import is_plural

TOP = 0.25  # of the height: where a page says what it is
TABS = 0.4  # of the height: where its tabs are
MIN_TABS = 3
LARGE = 1.25  # times the usual size is a title
MAX_IN_LINE = 3  # texts on the line of a heading, set like it
SAME_INK = 30  # levels
OTHER_INK = 40
SAME_GROUND = 12
BOLDER = 1.25  # times the inked share of the others
APART = 4.0  # text heights between two of one line, at most
ADDRESS = (0.9, 0.6)  # weights of its last word, and of the one before
MAX_COUNTS = 2  # of one thing on a page

_TICKET = re.compile(r"([^\W\d_]{3,}(?: [^\W\d_]{3,})?) ?#\s?[\w-]*\d(?:\W*[—–-]\s.*)?")
_COUNT = re.compile(r"(?:^|\bof |\()\d[\d,.]* ([a-z]{3,}(?: [a-z]{3,})?)\)?$")


@dataclass(frozen=True, slots=True)
class Mark:
    """`words` with their weight; `source` says where they stand."""

    words: str
    weight: float
    source: str


def find_marks(page: Page, top: int, values: Collection[str], listed: bool) -> Iterator[Mark]:
    """The marks of a page; `values` are in its data, which starts at height `top` and is a list
    where it is `listed`."""
    yield from _address(page)
    yield from _numbers(page)
    yield from _counts(page, values)
    usual = median_size(page.body)
    titles = [text for text in page.body if text.size > LARGE * usual and text.box[3] <= top]
    for tab in _open_tabs(page, top, values):
        over = any(tab.box[3] < title.box[1] for title in titles)
        if listed or (over and is_plural(tab.text.lower())):  # others part one record
            yield Mark(tab.text, 0.9, f'the open tab "{tab.text}"')


def _address(page: Page) -> Iterator[Mark]:
    """The last words of the browser's address: "admin/orders/12/edit"; a plural says more."""
    for word, weight in zip(reversed(page.path), ADDRESS, strict=False):
        plain = weight if is_plural(word.split()[-1]) else 0.5 * weight
        yield Mark(word, plain, f'the address "{word}"')


def is_one_of_many(text: Text, page: Page) -> bool:
    """Whether a text stands in a line of others set like it: a closed tab, a filter, a chip."""
    row = [
        other
        for other in (*page.body, *page.navigation)
        if abs(other.center_y - text.center_y) < 0.4 * text.height
        and abs(other.size - text.size) < 0.1 * text.size
        and _distance(other.look.ink, text.look.ink) < SAME_INK
    ]
    row.sort(key=lambda other: other.box[0])
    return any(text in part and len(part) > MAX_IN_LINE for part in cut_row(row, APART))


def is_chosen(text: Text, page: Page) -> bool:
    """Whether a text is what a control is set to: "Order: Newest"."""
    return any(
        other.text.endswith(":")
        and abs(other.center_y - text.center_y) < 0.5 * text.height
        and 0 <= text.box[0] - other.box[2] < 2 * text.height
        for other in (*page.navigation, *page.body)
    )


def is_open_into(tab: Text, page: Page) -> bool:
    """Whether a tab of a bar has the ground of the page below, as the others have not."""
    others = [text.look.ground for text in page.navigation if text is not tab]
    apart = bool(others) and _distance(tab.look.ground, _median(others)) > OTHER_INK
    return apart and is_on_ground_of_page(tab, page)


def is_on_ground_of_page(text: Text, page: Page) -> bool:
    """Whether a text stands on the ground on which most of the page does."""
    grounds = [other.look.ground for other in page.body]
    return not grounds or _distance(text.look.ground, _median(grounds)) < SAME_GROUND


def cut_row(row: Sequence[Text], apart: float) -> list[Row]:
    """A row cut where its texts stand more than `apart` text heights apart, as tabs do not."""
    parts: list[list[Text]] = []
    for text in row:
        if not parts or text.box[0] - parts[-1][-1].box[2] > apart * text.height:
            parts.append([])
        parts[-1].append(text)
    return [tuple(part) for part in parts]


def _numbers(page: Page) -> Iterator[Mark]:
    """What the top of a page calls one record, in any size: "Ticket #48213"."""
    for text in (*page.navigation, *page.body):
        match = _TICKET.fullmatch(text.text) if text.center_y < TOP * page.height else None
        if match:
            yield Mark(match[1], 0.8, f'the number in "{text.text}"')
            return


def _counts(page: Page, values: Collection[str]) -> Iterator[Mark]:
    """What the page counts: "(5 issues)", "9 rules", "1-20 of 312 orders"."""
    found: dict[str, list[str]] = {}
    for text in page.body:
        told = text.text in values or kind_of_value(text.text) != "text"  # "3 nights", "5 hours"
        match = None if told else _COUNT.search(text.text)
        if match and is_plural(match[1].split()[-1]):
            found.setdefault(match[1], []).append(text.text)
    often = many_counted(page)
    for words, texts in found.items():
        if words not in often:
            yield Mark(words, 0.7, f'the count "{texts[0]}"')


def many_counted(page: Page) -> frozenset[str]:
    """What is counted again and again: what the rows of a list say, or a unit ("1,672 sats")."""
    counts = (_COUNT.search(text.text) for text in (*page.body, *page.navigation))
    times = Counter(count[1] for count in counts if count is not None)
    return frozenset(words for words, often in times.items() if often > MAX_COUNTS)


def _open_tabs(page: Page, top: int, values: Collection[str]) -> Iterator[Text]:
    """The one of several tabs over a list that is set unlike the others."""
    texts = [text for text in (*page.body, *page.navigation) if text.box[0] > page.left]
    upper = [text for text in texts if text.center_y < min(TABS * page.height, top)]
    opened = [text for text in page.opened if text in upper and not is_action(text.text)]
    yield from opened
    for row in group_rows(upper):
        for part in cut_row(row, APART):
            if any(text in part for text in opened):
                continue
            alike = all(abs(text.size - part[0].size) < 0.15 * part[0].size for text in part)
            told = sum(text.text in values for text in part)  # most of the data's header
            if len(part) < MIN_TABS or not alike or 2 * told >= len(part):
                continue
            if not all(is_label(text.text) for text in part):
                continue
            unlike = [text for text in part if _stands_out(text, part)]
            if len(unlike) == 1 and not is_action(unlike[0].text):
                yield unlike[0]


def _stands_out(text: Text, row: Sequence[Text]) -> bool:
    others = [other for other in row if other is not text]
    ink = min(_distance(other.look.ink, text.look.ink) for other in others)
    weight = max(other.look.weight for other in others)
    return ink > OTHER_INK or text.look.weight > BOLDER * weight > 0


def _median(colours: Sequence[Colour]) -> Colour:
    red, green, blue = (int(statistics.median_low(part)) for part in zip(*colours, strict=True))
    return red, green, blue


def _distance(one: Colour, other: Colour) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))
