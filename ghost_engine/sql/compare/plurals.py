"""Singulars of English words, for names to be compared whatever their number."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_SHORT_PLURAL = re.compile(r"(?:id|pc|vm|db|ip|po)s")  # too short for the general rule


@lru_cache(maxsize=65_536)
def singular(word: str) -> str:
    """The singular of one lower-case word; one that is no plural comes back as it is.

    Repeated until nothing changes, so that a word wrongly taken for a plural ("alias") and its
    real plural end alike.
    """
    seen = {word}
    while True:
        word = _one_step(word)
        if word in seen:
            return word
        seen.add(word)


def _one_step(word: str) -> str:
    if _SHORT_PLURAL.fullmatch(word):
        return word[:-1]
    if len(word) < 4 or word.endswith(("ss", "us", "is")) or not word.isascii():
        return word
    return str(_inflector().singular_noun(word) or word)


@lru_cache(maxsize=1)
def _inflector() -> Any:
    import inflect  # slow to import

    return inflect.engine()
