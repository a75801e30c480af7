"""Whether a text is an application's own name, which names no table.

A page and a text go in; what share of a title's weight the text keeps comes out.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ghost_engine.inference.baseline.marks import is_on_ground_of_page
from ghost_engine.inference.baseline.names import to_identifier
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.texts import Text, median_size
from ghost_engine.inference.baseline.things import load_words
from ghost_engine.sql.nouns import is_plural

BRAND = 0.35  # of a weight where the text may be the application's name
LARGE = 1.25  # times the usual size is a title
BAND = 0.2  # of the height: where a page has its header

_NUMBERED = re.compile(r"\D+\d[\w-]*")


def brandness(page: Page, text: Text, noun_of: Callable[[str], str | None]) -> float:
    """Less for the first text of a page with navigation, and for a title in a header of a colour of
    its own over another title on the page."""
    texts = (*page.navigation, *page.body)
    said = [other for other in texts if re.search(r"[^\W\d_]{3}", other.text)] or texts
    first = min(said, key=lambda other: other.box[0] + 2 * other.box[1])
    over = _is_over_another(page, text)
    if (text is not first or not page.navigation) and not over:
        return 1.0
    if _NUMBERED.fullmatch(text.text):
        return 1.0
    noun = noun_of(text.text)
    if noun in load_words().things and is_plural(to_identifier(text.text, "")):
        return 1.0
    again = sum(noun_of(other.text) == noun for other in texts if other is not text)
    return 1.0 if again else BRAND if text in page.body else 0.0


def _is_over_another(page: Page, text: Text) -> bool:
    """Whether a text is in a coloured header, and the page below has a title of its own."""
    if text.box[3] > BAND * page.height or is_on_ground_of_page(text, page):
        return False
    usual = median_size(page.body)
    return any(
        other.size > LARGE * usual
        and 0 < other.box[1] - text.box[3] < BAND * page.height
        and other not in page.framed
        and is_on_ground_of_page(other, page)
        for other in page.body
    )
