"""How alike two names are, from 0 to 1, and in which of three ways they meet.

"same": the strict keys are equal. "equivalent": the words are, once synonyms are resolved.
"similar": most of the words are shared, or one is a misspelling of the other.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from rapidfuzz import fuzz

from ghost_engine.sql.compare.names import Name
from ghost_engine.sql.compare.wordlist import load_wordlist

Tier = Literal["same", "equivalent", "similar", "columns"]

EQUIVALENT = 0.95
SIMILAR = 0.75  # below this, two names do not meet
SUFFIX = 0.85  # `accounts_project` and `projects`
LIGHT_WEIGHT = 0.4  # of a word that says little, such as "number"; others weigh 1
MISSPELT = 0.88  # share of letters two words must have in common, in order
MISSPELT_LENGTH = 5  # letters; shorter words are never taken for misspellings
MISSPELT_NAME = 0.9


def is_same(first: Name, second: Name) -> bool:
    """The same but for case, separators and number."""
    return first.key == second.key


def is_equivalent(first: Name, second: Name) -> bool:
    """The same words, in any order, once abbreviations and synonyms are resolved."""
    return first.meaning == second.meaning or first.own_meaning == second.own_meaning


def name_tier(first: Name, second: Name) -> Tier | None:
    """The way two names meet, or None."""
    if is_same(first, second):
        return "same"
    if is_equivalent(first, second):
        return "equivalent"
    return "similar" if name_similarity(first, second) >= SIMILAR else None


@lru_cache(maxsize=262_144)
def name_similarity(first: Name, second: Name) -> float:
    """0 (nothing in common) to 1 (same); symmetric."""
    if is_same(first, second):
        return 1.0
    if is_equivalent(first, second):
        return EQUIVALENT
    shared = _shared_words(first.words, second.words)
    if (first.own_words, second.own_words) != (first.words, second.words):
        shared = max(shared, _shared_words(first.own_words, second.own_words))
    return min(0.9, max(shared, _spelling(first.key, second.key)))


def table_name_similarity(first: Name, second: Name) -> float:
    """As `name_similarity`; a name that ends in all of the other is similar to it too."""
    shorter, longer = sorted((first.words, second.words), key=len)
    suffix = SUFFIX if longer[-len(shorter) :] == shorter else 0.0
    return max(name_similarity(first, second), suffix)


def _shared_words(first: tuple[str, ...], second: tuple[str, ...]) -> float:
    """Dice's coefficient of the words, weighted by how much they say."""
    left, common = list(second), 0.0
    for word in first:
        partner = next((other for other in left if _same_word(word, other)), None)
        if partner is not None:
            left.remove(partner)
            common += _weight(word) + _weight(partner)
    if not common:
        return 0.0
    return common / (sum(map(_weight, first)) + sum(map(_weight, second)))


def _weight(word: str) -> float:
    return LIGHT_WEIGHT if word in load_wordlist().light else 1.0


def _same_word(first: str, second: str) -> bool:
    if first == second:
        return True
    if min(len(first), len(second)) < MISSPELT_LENGTH:
        return False
    return _spelling(first, second, MISSPELT) > 0.0


def _spelling(first: str, second: str, least: float = MISSPELT_NAME) -> float:
    """Share of letters in common, or 0 below `least`, for other digits and for opposites."""
    shorter, longer = sorted((len(first), len(second)))
    if 2 * shorter < least * (shorter + longer):
        return 0.0  # too few letters, whichever they are
    share = fuzz.ratio(first, second, score_cutoff=100 * least) / 100
    if not share or _digits(first) != _digits(second) or _opposite(first, second):
        return 0.0
    return share


def _digits(word: str) -> str:
    return "".join(letter for letter in word if letter.isdigit())


def _opposite(first: str, second: str) -> bool:
    """`active` and `inactive`, `subscribed` and `unsubscribed`."""
    shorter, longer = sorted((first, second), key=len)
    ending = longer.removesuffix(shorter)
    return ending != longer and ending in load_wordlist().negations
