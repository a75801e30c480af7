"""Interface words of other languages in English, so that names come out as schemas have them.

`translations.toml` knows German, French and Spanish words of business in general. What it does not
know stays as it is; values are never translated.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Literal

from ghost_engine.sql import nouns

Language = Literal["en", "de", "fr", "es"]
FOREIGN: tuple[Language, ...] = ("de", "fr", "es")

MIN_SHARE = 0.04  # of a page's short texts that must be words of a language and not English
MIN_WORDS = 4
MIN_PART = 3  # letters of a part of a compound

_LINKS = ("", "s", "es", "n", "en", "e")  # between the parts of a German compound
_ENDINGS = {
    "de": ("", "en", "n", "e", "er", "s", "es"),
    "fr": ("", "s", "x", "e", "es"),
    "es": ("", "s", "es"),
}
_OF = {"fr": ("de", "du", "des", "d"), "es": ("de", "del")}
_SPELLED = str.maketrans({"ß": "ss", "œ": "oe", "æ": "ae", "’": "'", "º": "o", "°": "o"})


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Folded words and phrases of one language with their English ones."""

    words: dict[str, str]
    silent: frozenset[str]


@lru_cache(maxsize=1)
def load_lexicons() -> dict[Language, Lexicon]:
    """The lexicon of each foreign language."""
    folder = resources.files(__package__)
    found = tomllib.loads((folder / "translations.toml").read_text("utf-8"))
    return {language: _lexicon(found[language]) for language in FOREIGN}


def detect_language(texts: Iterable[str]) -> Language:
    """The language most short texts of a page are in; English unless another is plain."""
    short = {" ".join(_fold(text)) for text in texts if len(text) <= 40}
    own = [text for text in short if nouns.singular(text) not in _english() and len(text) > 2]
    scores = {
        language: sum(_is_known(text.split(), language) for text in own) for language in FOREIGN
    }
    best = max(FOREIGN, key=lambda language: scores[language])
    enough = scores[best] >= max(MIN_WORDS, MIN_SHARE * len(short))
    return best if enough else "en"


@lru_cache(maxsize=4096)
def to_english(label: str, language: Language) -> str:
    """ "Rechnungsnr." -> "invoice number"; the label itself where nothing of it is known."""
    if language == "en":
        return label
    words = _fold(label)
    whole = _translate(words, language)
    if whole is not None:
        return whole
    of = _OF.get(language, ())
    cut = next((n for n, word in enumerate(words) if n and word in of), None)
    if cut is not None and cut + 1 < len(words):
        head, rest = words[:cut], words[cut + 1 :]
        return f"{_by_word(rest, language)} {_by_word(head, language)}"
    known = any(_translate([word], language) is not None for word in words)
    return _by_word(words, language) if known else label


def _is_known(words: list[str], language: Language) -> bool:
    """Whether a text is a word or phrase of the language, small words left out."""
    silent = load_lexicons()[language].silent
    telling = [word for word in words if word not in silent]
    return _translate(words, language) is not None or _translate(telling, language) is not None


def _by_word(words: list[str], language: Language) -> str:
    """Longest known phrases first, what is unknown as it is, small words left out."""
    lexicon = load_lexicons()[language]
    said: list[str] = []
    position = 0
    while position < len(words):
        for length in range(min(4, len(words) - position), 0, -1):
            found = _translate(words[position : position + length], language)
            if found is not None:
                said.append(found)
                break
        else:
            length = 1
            if words[position] not in lexicon.silent and words[position] not in _OF.get(
                language, ()
            ):
                said.append(words[position])
        position += length
    return " ".join(said)


def _translate(words: list[str], language: Language) -> str | None:
    """A known word or phrase in any number, or a compound of two; else None."""
    lexicon = load_lexicons()[language].words
    phrase = " ".join(words)
    if phrase in lexicon:
        return lexicon[phrase]
    if len(words) != 1 or len(phrase) < MIN_PART:
        return None
    found = _word(phrase, language)
    return found if found is not None or language != "de" else _compound(phrase)


def _word(word: str, language: Language) -> str | None:
    lexicon = load_lexicons()[language].words
    for ending in _ENDINGS[language]:
        stem = word.removesuffix(ending) if ending else word
        if stem in lexicon and len(stem) >= MIN_PART:
            return lexicon[stem]
    return None


def _compound(word: str) -> str | None:
    """Two German nouns written as one: "rechnungsnummer" -> "invoice number"."""
    lexicon = load_lexicons()["de"].words
    for cut in range(len(word) - 2, MIN_PART - 1, -1):
        last = _word(word[cut:], "de") or (lexicon.get(word[cut:]) if word[cut:] == "nr" else None)
        if last is None:
            continue
        for link in _LINKS:
            if word[:cut].endswith(link):
                first = lexicon.get(word[:cut].removesuffix(link) if link else word[:cut])
                if first is not None:
                    return f"{first} {last}"
    return None


def _fold(text: str) -> list[str]:
    """Lower-case words without accents: "Größe (cm)" -> grosse, cm."""
    plain = unicodedata.normalize("NFKD", text.translate(_SPELLED).lower())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.findall(r"[^\W_]+", letters)


def _lexicon(entry: dict[str, str]) -> Lexicon:
    pairs = (line.split(" = ") for line in entry["words"].strip().splitlines())
    words = {foreign.strip(): english.strip() for foreign, english in pairs}
    return Lexicon(words, frozenset(entry["silent"].split()))


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    """What the English sides say: words that prove nothing, such as "ticket" and "status"."""
    return frozenset(
        nouns.singular(english)
        for lexicon in load_lexicons().values()
        for english in lexicon.words.values()
    ) | {"mail", "e mail"}
