"""The words that count as the same name, read from `synonyms.toml` beside this file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from ghost_engine.sql.nouns import root


@dataclass(frozen=True, slots=True)
class Wordlist:
    """Lower case, singular. `phrases` maps a phrase, as words, to the phrase that stands for it."""

    abbreviations: dict[str, tuple[str, ...]]
    phrases: dict[tuple[str, ...], tuple[str, ...]]
    longest_phrase: int  # words
    silent: frozenset[str]
    light: frozenset[str]
    table_starts: frozenset[str]
    table_ends: frozenset[str]
    moments: frozenset[str]
    negations: tuple[str, ...]


@lru_cache(maxsize=1)
def load_wordlist() -> Wordlist:
    """The words of this version."""
    text = (resources.files(__package__) / "synonyms.toml").read_text("utf-8")
    content = tomllib.loads(text)
    words = content["words"]
    phrases = _phrases(content["phrases"]["groups"])
    return Wordlist(
        abbreviations={short: _words(long) for short, long in content["abbreviations"].items()},
        phrases=phrases,
        longest_phrase=max(map(len, phrases)),
        silent=frozenset(map(root, words["silent"])),
        light=frozenset(map(root, words["light"])),
        table_starts=frozenset(map(root, words["table_starts"])),
        table_ends=frozenset(map(root, words["table_ends"])),
        moments=frozenset(map(root, words["moments"])),
        negations=tuple(words["negations"]),
    )


def _phrases(groups: list[list[str]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    return {_words(phrase): _words(group[0]) for group in groups for phrase in group}


def _words(phrase: str) -> tuple[str, ...]:
    return tuple(map(root, phrase.split()))
