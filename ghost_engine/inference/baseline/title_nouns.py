"""The thing a title is about: words in, a singular noun out, or None where they name no thing."""

from __future__ import annotations

import re
from functools import lru_cache

from ghost_engine.inference.baseline.labels import is_label
from ghost_engine.inference.baseline.names import to_identifier
from ghost_engine.inference.baseline.vocabulary import load_vocabulary
from ghost_engine.sql.nouns import is_plural, singular

MAX_NOUN_WORDS = 3
MIN_NOUN_LETTERS = 3  # two are somebody's initials
COMMON = frozenset({"page", "form", "view", "entry", "board", "table"})

_SITE = re.compile(r"\S+\.(?:com|org|net|io|app|co|dev|ai|de|fr|es|uk|eu)")
_DOING = re.compile(r"(?:\w+['’]s |my )?[a-z]{3,}ing list", re.I)

# What is done with the thing, before its name: "List of systems", "Create - Index", "Send a file".
_BEFORE = re.compile(
    r"^(?:(?:list|overview|table|index) of (?:all )?"
    r"|(?:create|add|edit|new|update|view|manage|modify)\s+[-–—]\s+"
    r"|[A-Z]?[a-z]+ (?:a|an|another) (?=[a-z]))",
    re.IGNORECASE,
)
_DONE = re.compile(r"[a-z]{3,}ed")
_NAME_OF = re.compile(r"[A-Z]\w*[^\Ws] of (?:the )?[A-Z]\w*")  # "Bank of America"
_MADE_PAGE = re.compile(r"(?:add|new|create|edit) ([a-z]{3,} (?:page|entry|list|view|form))", re.I)


@lru_cache(maxsize=4096)
def to_noun(text: str) -> str | None:
    """The thing a title is about, singular: "All Products (24)" -> "product"; None if unclear."""
    words = load_vocabulary()
    kept: list[str] = []
    text = _BEFORE.sub("", text)
    if _NAME_OF.fullmatch(text):
        return None
    made = _MADE_PAGE.fullmatch(text)
    if made and made[1].lower().split()[0] not in words.title_noise:  # a page may be what is made
        return singular(to_identifier(made[1], ""))
    for place, word in enumerate(re.sub(r"[(\[].*|[:,|&].*| and .*", "", text).split()):
        plain = word.strip(".…*•·+!?\"'").lower()
        if place and (plain in words.title_ends or (kept and re.search(r"\d", plain))):
            break
        if kept and plain == "settings":
            kept.append(plain)
            break
        if kept and _DONE.fullmatch(plain) and is_plural(kept[-1]):
            break  # "Items ordered"
        if plain and plain not in words.title_noise and plain not in words.title_ends:
            kept.append(plain)
    most = MAX_NOUN_WORDS + _is_named_in_full(text)
    if not 1 <= len(kept) <= most or any(re.search(r"\d|@|://", word) for word in kept):
        return None
    said = " ".join(kept)
    if said in words.chrome or not is_label(said) or _is_no_thing(text, said):
        return None
    noun = singular(to_identifier(" ".join(kept), ""))
    framed = noun in words.chrome and said not in words.plural_things
    return noun if len(noun) >= MIN_NOUN_LETTERS and not framed else None


def _is_named_in_full(text: str) -> bool:
    """Whether every word has a capital, the last in the plural: "Load Balancer Pool Members"."""
    words = text.split()
    capital = all(word[:1].isupper() for word in words)
    return capital and bool(words) and is_plural(words[-1].lower()) is True


def start_of(title: str) -> str | None:
    """The noun before a name in a long title: "Distribution from A to B" -> "Distribution"."""
    ends = load_vocabulary().title_ends
    words = title.split()
    cut = next((n for n, word in enumerate(words) if n and word.lower() in ends), None)
    return " ".join(words[:cut]) if cut and cut <= MAX_NOUN_WORDS and len(words) > 4 else None


def made_page(said: str) -> str | None:
    """What a button makes whose noun is else too common to say anything: "Add child page"."""
    last = singular(to_identifier(said.split()[-1], ""))
    return last if last in COMMON else None


def _is_no_thing(text: str, said: str) -> bool:
    """Whether words name a time ("November 2026"), a web site, a view ("Gallery"), or what one
    does with a list ("Reading list")."""
    words = load_vocabulary()
    if said in words.views:
        return True
    timed = said in words.time_words or said in words.month_names or said in words.weekdays
    return timed or bool(_SITE.fullmatch(said) or _DOING.fullmatch(text.strip()))
