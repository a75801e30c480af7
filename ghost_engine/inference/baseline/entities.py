"""What a page is about: the name of its table, from everything that says it.

The caption, the active navigation item, the title, the breadcrumb and the "New ..." button each
give weight to a noun; the heaviest wins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ghost_engine.inference.baseline.labels import is_action, is_label
from ghost_engine.inference.baseline.names import plural, to_identifier
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Region
from ghost_engine.inference.baseline.texts import Text, group_rows, median_size
from ghost_engine.inference.baseline.vocabulary import load_vocabulary
from ghost_engine.sql.nouns import singular

UNKNOWN = "record"
MAX_NOUN_WORDS = 3
MIN_TITLE_SCORE = 0.8
TITLE_WEIGHTS = (1.0, 0.6, 0.4)
MAX_TWINS = 3  # texts as tall as the title

_MAKE = re.compile(r"^\W*(?:add|new|create|register|invite)\s+(?:a\s+|an\s+|new\s+)?(.+)$", re.I)
_CRUMBS = re.compile(r"\s*[/›»>]\s*")


@dataclass(frozen=True, slots=True)
class Entity:
    """`name` is a singular snake_case noun; `confidence` is 0 to 1."""

    name: str
    reason: str
    confidence: float

    @property
    def table(self) -> str:
        return plural(self.name)


def name_entity(page: Page, top: int, caption: Text | None = None) -> Entity:
    """The noun of what starts at height `top` (pixels) of a page."""
    weights: dict[str, float] = {}
    reasons: dict[str, str] = {}
    known = navigation_nouns(page)
    for text, weight, source in _clues(page, top, caption):
        noun = to_noun(text)
        if noun is None:
            noun = _known_start(text, known)
        if noun is None:
            continue
        bonus = 0.5 if noun in known else 0.0
        weights[noun] = weights.get(noun, bonus) + weight
        reasons.setdefault(noun, f'{source} "{text}"')
    if not weights:
        return Entity(UNKNOWN, "nothing on the page names it", 0.2)
    noun = min(weights, key=lambda noun: (-weights[noun], noun))
    return Entity(noun, reasons[noun], round(min(0.95, 0.4 + 0.3 * weights[noun]), 2))


def navigation_nouns(page: Page) -> frozenset[str]:
    """The singular nouns the navigation lists."""
    return frozenset(noun for text in page.navigation if (noun := to_noun(text.text)))


def to_noun(text: str) -> str | None:
    """The thing a title is about, singular: "All Products (24)" -> "product"; None if unclear."""
    words = load_vocabulary()
    kept: list[str] = []
    for word in re.sub(r"\(.*|[:,|&].*| and .*", "", text).split():
        plain = word.strip(".…*•·+!?\"'").lower()
        if kept and (plain in words.title_ends or re.search(r"\d", plain)):
            break
        if plain and plain not in words.title_noise and plain not in words.title_ends:
            kept.append(plain)
    if not 1 <= len(kept) <= MAX_NOUN_WORDS or any(re.search(r"\d|@|://", word) for word in kept):
        return None
    if " ".join(kept) in words.chrome or not is_label(" ".join(kept)):
        return None
    noun = singular(to_identifier(" ".join(kept), ""))
    return noun if len(noun) > 1 and noun not in words.chrome else None


def _known_start(text: str, known: frozenset[str]) -> str | None:
    """A navigation noun a longer title begins with: "Rack Comms closet" under "Racks"."""
    words = to_identifier(text, "").split("_")
    for length in (3, 2, 1):
        start = singular("_".join(words[:length]))
        if start in known:
            return start
    return None


def _clues(page: Page, top: int, caption: Text | None) -> list[tuple[str, float, str]]:
    """(text, weight, what it is)."""
    clues: list[tuple[str, float, str]] = []
    if caption is not None:
        clues.append((caption.text, 1.6, "the caption"))
    for order, active in enumerate(reversed(page.active)):
        clues.append((active.text, 1.0 - 0.2 * order, "the open navigation item"))
    above = [text for text in page.body if text.box[3] <= top + 4]
    bar = [text for text in page.navigation if text.box[2] > page.left]
    for title, weight in zip(_titles([*above, *bar], page), TITLE_WEIGHTS, strict=False):
        clues.append((title.text, weight, "the title"))
        clues.extend((start, 0.8 * weight, "the title") for start in _shorter(title.text))
    for crumb in _breadcrumb([*page.navigation, *above], page):
        clues.append((crumb, 0.5, "the breadcrumb"))
    for text in page.body:
        made = _MAKE.match(text.text)
        if made and text.box[1] < 0.5 * page.height:
            clues.append((made.group(1), 0.7, "the button"))
    return clues


def _shorter(title: str) -> list[str]:
    """The noun before a name in a long title: "Distribution from A to B" -> "Distribution"."""
    ends = load_vocabulary().title_ends
    words = title.split()
    cut = next((n for n, word in enumerate(words) if n and word.lower() in ends), None)
    return [" ".join(words[:cut])] if cut and cut <= MAX_NOUN_WORDS and len(words) > 4 else []


def _titles(above: Sequence[Text], page: Page) -> list[Text]:
    """The largest texts over the data, largest first; of equals the upper."""
    usual = median_size(page.body)
    words = [
        text
        for text in above
        if re.search(r"[^\W\d_]{3}", text.text)
        and (text.size > 1.25 * usual or not is_action(text.text))
        and text not in page.framed
        and text.score > MIN_TITLE_SCORE
        and text.center_y < 0.5 * page.height
    ]
    words.sort(key=lambda text: 4 * text.center_y / page.height - text.size)
    return [text for text in words if text.size >= 1.5 * usual or not _has_twins(text, page)]


def _has_twins(text: Text, page: Page) -> bool:
    """Whether others are as large: a heading among headings."""
    alike = (other for other in page.body if abs(other.size - text.size) < 0.08 * text.size)
    return sum(1 for _ in alike) > MAX_TWINS


def _breadcrumb(texts: Sequence[Text], page: Page) -> list[str]:
    """The steps of a path near the top, without its first."""
    for row in group_rows(text for text in texts if text.center_y < 0.25 * page.height):
        joined = " ".join(text.text for text in row if not text.is_empty_mark)
        steps = [step for step in _CRUMBS.split(joined) if step]
        if len(steps) >= 2 and steps[0].lower() == "home":
            return [step for step in steps[1:] if is_label(step)]
        if len(steps) >= 2 and all(len(step.split()) <= 3 for step in steps):
            return [step for step in steps[:-1] if is_label(step)]
    return []


def region_entities(page: Page, regions: Sequence[Region]) -> list[Entity]:
    """The entity of each region: its own where its caption names one, else the page's."""
    top = min((region.box[1] for region in regions), default=0)
    main = name_entity(page, top)
    named = []
    for number, region in enumerate(regions):
        own = to_noun(region.caption.text) if region.caption else None
        if own is None:
            named.append(main)
        elif number == 0 and len(regions) == 1:
            named.append(name_entity(page, region.box[1], region.caption))
        else:
            named.append(Entity(own, f'the caption "{region.caption.text}"', 0.75))  # type: ignore[union-attr]
    return named
