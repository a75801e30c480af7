"""The largest texts over the data of a page, which may be its title.

Texts and their page go in, the texts that are large or stand where titles do come out; what they
say about the page is for `clues`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ghost_engine.inference.baseline.labels import is_action
from ghost_engine.inference.baseline.marks import is_one_of_many
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.texts import Text, median_size

MIN_TITLE_SCORE = 0.8
TOP = 0.08  # of the height: where a small page has its title, in any size
MAX_TWINS = 3  # texts as tall as the title


def largest_texts(above: Sequence[Text], page: Page) -> list[Text]:
    """The largest texts over the data, largest first; of equals the upper."""
    usual = median_size(page.body)
    words = [
        text
        for text in above
        if re.search(r"[^\W\d_]{3}|\d{3}", text.text)
        and (text.size > 1.25 * usual or not is_action(text.text))
        and (text not in page.framed or text.size > 1.4 * usual)
        and not _is_in_menu(text, page)
        and (text.size > 1.25 * usual or not is_one_of_many(text, page))
        and text.score > MIN_TITLE_SCORE
        and text.center_y < 0.5 * page.height
    ]
    words.sort(key=lambda text: 4 * text.center_y / page.height - text.size)
    return [
        text
        for text in words
        if text.size >= 1.5 * usual
        or text.center_y < TOP * page.height
        or not _has_twins(text, page)
    ]


def _is_in_menu(text: Text, page: Page) -> bool:
    """Whether a text stands in a bar beside others as large: what one can go to."""
    if text not in page.navigation:
        return False
    row = (
        other
        for other in page.navigation
        if abs(other.center_y - text.center_y) < 0.5 * text.height
        and abs(other.size - text.size) < 0.25 * text.size
    )
    return sum(1 for _ in row) > MAX_TWINS


def _has_twins(text: Text, page: Page) -> bool:
    """Whether others are as large: a heading among headings."""
    alike = (other for other in page.body if abs(other.size - text.size) < 0.08 * text.size)
    return sum(1 for _ in alike) > MAX_TWINS
