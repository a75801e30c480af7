"""English nouns in names: singular and plural of the last word of a snake_case name.

Three needs, one reading: `singular` is generous, for naming things; `sure_singular` answers only
where the plural leads back, for advice; `root` brings any two numbers of a word together, for
comparing. What is no plural comes back as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

# inflect takes these for plurals, or has no opinion; they say nothing about a schema's habit.
_SAME = frozenset(
    "data news series species media metadata status address access process analytics settings "
    "stock staff equipment information inventory history feedback content audit info config "
    "logs stats sales details goods".split()
)
_IRREGULAR = {"do": "dos", "todo": "todos"}  # a list of to-dos
_SHORT_PLURAL = re.compile(r"(?:id|pc|vm|db|ip|po)s")  # too short for the general rule


def singular(name: str) -> str:
    """`product_categories` -> `product_category`."""
    head, joint, last = name.rpartition("_")
    return f"{head}{joint}{_singular_word(last)}"


def sure_singular(name: str) -> str:
    """Like `singular`, but only where the word is certainly a plural."""
    head, joint, last = name.rpartition("_")
    return f"{head}{joint}{_sure_word(last)}"


def is_plural(name: str) -> bool | None:
    """Whether a table's last word is a plural; None where that cannot be told."""
    last = name.rpartition("_")[2]
    if last in _SAME or not last.isalpha() or not last.islower() or len(last) < 3:
        return None
    if last in _IRREGULAR.values():
        return True
    if len(last) == 3 and last.endswith("s") and not _SHORT_PLURAL.fullmatch(last):
        return None  # "gas" and "follow_ups" end alike
    return _sure_word(last) != last


def plural(name: str) -> str:
    """The plural of a name in the singular: `product_category` -> `product_categories`."""
    head, joint, last = name.rpartition("_")
    return f"{head}{joint}{_plural_word(last)}"


@lru_cache(maxsize=65_536)
def root(word: str) -> str:
    """The singular of one lower-case word, until nothing changes any more.

    So a word wrongly taken for a plural ("alias") and its real plural end alike.
    """
    seen = {word}
    while True:
        word = _singular_word(word)
        if word in seen:
            return word
        seen.add(word)


@lru_cache(maxsize=65_536)
def _singular_word(word: str) -> str:
    if _SHORT_PLURAL.fullmatch(word) or word in _IRREGULAR.values():
        return word[:-1]
    if len(word) < 4 or word.endswith(("ss", "us", "is")) or not word.isascii():
        return word
    return str(_inflector().singular_noun(word) or word)


@lru_cache(maxsize=4096)
def _sure_word(word: str) -> str:
    if not word.isalpha() or word in _SAME:
        return word
    found = _singular_word(word)
    return found if _plural_word(found) == word else word


@lru_cache(maxsize=4096)
def _plural_word(word: str) -> str:
    if not word or word[-1].isdigit():
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    return re.sub(r"[^a-z0-9]", "", str(_inflector().plural_noun(word))) or word


@lru_cache(maxsize=1)
def _inflector() -> Any:
    with _without_type_checks():
        import inflect

        return inflect.engine()


@contextmanager
def _without_type_checks() -> Iterator[None]:
    """inflect has typeguard wrap its methods, which parses inflect anew for each: 1.5 seconds."""
    import typeguard

    checked = typeguard.typechecked
    typeguard.typechecked = lambda target: target  # type: ignore[assignment]
    try:
        yield
    finally:
        typeguard.typechecked = checked
