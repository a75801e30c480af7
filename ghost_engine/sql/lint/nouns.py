"""Singular and plural of table names, as far as that is certain."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

# inflect takes these for plurals, or has no opinion; they say nothing about a schema's habit.
_SAME = frozenset(
    "data news series species media metadata status address access process analytics settings "
    "stock staff equipment information inventory history feedback content audit info config "
    "logs stats sales details goods".split()
)


@lru_cache(maxsize=4096)
def singular(name: str) -> str:
    """The name with its last word in the singular: `order_lines` -> `order_line`."""
    head, joint, last = name.rpartition("_")
    return f"{head}{joint}{_singular_word(last)}"


def is_plural(name: str) -> bool | None:
    """Whether a table's last word is a plural; None where that cannot be told."""
    last = name.rpartition("_")[2]
    if last in _SAME or not last.isalpha() or not last.islower() or len(last) < 3:
        return None
    return _singular_word(last) != last


@lru_cache(maxsize=4096)
def _singular_word(word: str) -> str:
    if not word.isalpha() or word in _SAME or word.endswith(("ss", "us", "is")):
        return word
    found = _engine().singular_noun(word)
    return str(found) if found and _engine().plural_noun(found) == word else word


@lru_cache(maxsize=1)
def _engine() -> Any:
    import inflect

    return inflect.engine()
