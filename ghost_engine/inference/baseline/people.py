"""Whether a text is a person's name: a given name of European languages with a family name."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib import import_module

LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pt_PT", "nl_NL", "pl_PL", "sv_SE")
MAX_WORDS = 4

_WORD = re.compile(r"(?:[A-ZÀ-ÞŁŚŻ][\w'’.-]*|de|da|di|von|van|der|den|del|la|le|dos|y)")


def is_person(text: str) -> bool:
    """Two to four capitalised words, one of the first two of them a known given name."""
    words = text.replace(",", " ").split()
    if not 2 <= len(words) <= MAX_WORDS or not all(_WORD.fullmatch(word) for word in words):
        return False
    return any(_plain(part) in given_names() for word in words[:2] for part in word.split("-"))


@lru_cache(maxsize=1)
def given_names() -> frozenset[str]:
    """Plain lower-case given names, from the lists that Faker carries."""
    names: set[str] = set()
    for locale in LOCALES:
        provider = import_module(f"faker.providers.person.{locale}").Provider
        for kind in ("first_names", "first_names_male", "first_names_female"):
            names.update(_plain(name) for name in getattr(provider, kind, ()))
    return frozenset(name for name in names if len(name) > 1)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower().strip(".")
