"""What people wrote or did below a record, one after the other, each under a line of who and when.

A page and its named regions go in; they come out with one table more where two such lines or more
begin together: "2 days ago · t.okafor", "Updated by Helen Marsh 1 day ago".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ghost_engine.inference.baseline.bylines import read_byline
from ghost_engine.inference.baseline.clues import is_single
from ghost_engine.inference.baseline.entities import UNKNOWN, Entity, Named
from ghost_engine.inference.baseline.names import to_identifier
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.people import is_person
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.subjects import COMMENT
from ghost_engine.inference.baseline.texts import Text, group_rows
from ghost_engine.inference.baseline.things import ACCOUNT
from ghost_engine.inference.baseline.title_nouns import to_noun
from ghost_engine.inference.baseline.vocabulary import kind_of_value

MIN_ENTRIES = 2
FLUSH, GAP = 1.5, 3.0  # text heights: between beginnings, and between two texts of one line
TOP = 8.0  # text heights from what the entries are called to the first

_PARTS = re.compile(r"\s*[·•|]\s*|\s+[-–—]\s+|,\s+")
_LOGIN = re.compile(r"@?(?=.{3})[a-z]+(?:[._-][a-z]+)*\d{0,4}")


def add_threads(page: Page, named: Sequence[Named]) -> tuple[Named, ...]:
    """The named regions and, below a record, what people wrote or did."""
    if not named or named[0].region.kind not in ("detail", "form"):
        return tuple(named)
    first = named[0]
    if not is_single(first.region) or first.entity.name in (COMMENT, UNKNOWN):
        return tuple(named)
    below = [text for text in page.body if text.center_y > first.region.box[1]]
    lines = _credits(below, [field.box for field in first.region.fields if field.read])
    if len(lines) < MIN_ENTRIES:
        return tuple(named)
    about = _called(lines[0], page)
    if any(each.entity.name == about.name for each in named):
        return tuple(named)
    box = lines[0].box
    fields = (
        Field("User", (), box, read=False, target=ACCOUNT),
        Field("Body", (), box, read=False),
        Field("Created at", (), box, read=False),
    )
    return (*named, Named(Region("table", fields, box, 0.6), about, first.entity.name))


def _credits(texts: Sequence[Text], told: Sequence[tuple[int, int, int, int]]) -> list[Text]:
    """The first texts of lines of who and when, those that begin together."""
    found: list[Text] = []
    for row in group_rows(texts):
        first = row[0]
        run = [text for text in row if text.box[0] - first.box[2] < GAP * first.height]
        taken = any(b[0] <= first.center_x <= b[2] and b[1] <= first.center_y <= b[3] for b in told)
        if not taken and _is_credit(" ".join(text.text for text in run)):
            found.append(first)
    alike = [
        [t for t in found if abs(t.box[0] - each.box[0]) < FLUSH * each.height] for each in found
    ]
    return max(alike, key=len, default=[])


def _is_credit(line: str) -> bool:
    """Whether a line says who and when, and no more."""
    said = {label.rpartition(" ")[2] for label, _ in read_byline(line)}
    if {"by", "at"} <= said:
        return True
    parts = [part for part in _PARTS.split(line) if part]
    if len(parts) > 3:
        return False
    for cut in range(1, len(parts)):
        for who, when in ((parts[:cut], parts[cut:]), (parts[cut:], parts[:cut])):
            if len(who) == 1 and kind_of_value(", ".join(when)) in ("timestamp", "date"):
                return is_person(who[0]) or _LOGIN.fullmatch(who[0]) is not None
    return False


def _called(line: Text, page: Page) -> Entity:
    """What the entries are called: by the nearest heading in the plural above them, or comments."""
    above = [
        text
        for text in page.body
        if 0 < line.center_y - text.center_y < TOP * line.height
        and abs(text.box[0] - line.box[0]) < FLUSH * 2 * line.height
    ]
    for text in sorted(above, key=lambda text: -text.center_y):
        noun = to_noun(text.text)
        if noun and re.search(r"[^s]s\b(?: \(?\d+\)?)?$", text.text):  # in the plural
            same = noun == to_identifier(text.text, "")  # "Follow ups": no noun by its last word
            noun = noun.removesuffix("s") if same else noun
            return Entity(noun, f'the heading "{text.text}"', 0.6)
    return Entity(COMMENT, f'"{line.text}"', 0.6)
