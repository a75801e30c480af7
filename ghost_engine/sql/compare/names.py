"""Names as the comparison reads them: a strict key, and the words behind it.

`customerIDs`, `CUSTOMER_ID` and `customer_id` have one strict key. The words go further: they have
abbreviations spelled out, synonyms replaced and the table's own name taken off the front. What two
different lists of words are worth to each other is `similarity`'s business.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ghost_engine.sql.compare.wordlist import load_wordlist
from ghost_engine.sql.nouns import root

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATORS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Name:
    """One name. Equal `key`: the same but for case, separators and number.

    Equal `words`: the same once abbreviations and synonyms are resolved; the order of the words
    does not matter. `own_words` still hold a column's table in front of it.
    """

    raw: str
    key: str
    words: tuple[str, ...]
    own_words: tuple[str, ...]
    meaning: tuple[str, ...]  # `words`, sorted
    own_meaning: tuple[str, ...]  # `own_words`, sorted


@lru_cache(maxsize=65_536)
def table_name(raw: str) -> Name:
    """A table's name: `tbl_customer_list` has the words (customer,)."""
    said = _resolve_phrases(_table_words(raw))
    return _name(raw, said, said)


@lru_cache(maxsize=65_536)
def column_name(raw: str, table: str) -> Name:
    """A column's name: `product_name` of table `products` has the words (name,)."""
    spelled = _spell_out(_split(raw))
    words = _strip_owner(spelled, _table_words(table))
    return _name(raw, _resolve_column(words), _resolve_column(spelled))


def _name(raw: str, words: tuple[str, ...], own_words: tuple[str, ...]) -> Name:
    meaning, own_meaning = tuple(sorted(words)), tuple(sorted(own_words))
    return Name(raw, _key(_split(raw)), words, own_words, meaning, own_meaning)


def _split(raw: str) -> tuple[str, ...]:
    """Lower-case words: "customerID" -> ("customer", "id"); a name of signs is one word."""
    plain = unicodedata.normalize("NFKC", raw)
    spaced = _SEPARATORS.sub(" ", _CAMEL.sub(" ", plain)).casefold()
    return tuple(spaced.split()) or (plain,)


def _key(parts: Sequence[str]) -> str:
    """Letters and digits only, so that `userName`, `user_name` and `USERNAME` agree."""
    return root("".join((*parts[:-1], root(parts[-1]))))


def _spell_out(parts: Sequence[str]) -> tuple[str, ...]:
    """Singular words, abbreviations expanded, silent words dropped."""
    known = load_wordlist()
    words: list[str] = []
    for part in parts:
        word = root(part)
        words.extend(known.abbreviations.get(part) or known.abbreviations.get(word, (word,)))
    return tuple(word for word in words if word not in known.silent) or tuple(words)


@lru_cache(maxsize=65_536)
def _table_words(raw: str) -> tuple[str, ...]:
    """A table's words without a leading `tbl` or a closing `list`."""
    known, words = load_wordlist(), _spell_out(_split(raw))
    while len(words) > 1 and words[0] in known.table_starts:
        words = words[1:]
    while len(words) > 1 and words[-1] in known.table_ends:
        words = words[:-1]
    return words


def _strip_owner(words: tuple[str, ...], owner: tuple[str, ...]) -> tuple[str, ...]:
    """Take the table's own name, or its last word, off the front of a column's name."""
    if words[: len(owner)] == owner and len(words) > len(owner):
        return words[len(owner) :]
    if words[:1] == owner[-1:] and words[1:] not in ((), ("id",)):
        return words[1:]  # `user_roles.role_id` points at a role and is no id of its own
    return words


def _resolve_column(words: tuple[str, ...]) -> tuple[str, ...]:
    if len(words) > 1 and words[-1] in load_wordlist().moments:
        words = (*words[:-1], "date")
    return _resolve_phrases(words)


def _resolve_phrases(words: tuple[str, ...]) -> tuple[str, ...]:
    """Replace each longest known phrase by the one that stands for it, left to right."""
    known = load_wordlist()
    resolved: list[str] = []
    position = 0
    while position < len(words):
        longest = min(known.longest_phrase, len(words) - position)
        for length in range(longest, 0, -1):
            phrase = words[position : position + length]
            if phrase in known.phrases or length == 1:
                resolved.extend(known.phrases.get(phrase, phrase))
                position += length
                break
    return tuple(resolved)
