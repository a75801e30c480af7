"""Whether a text reads like a label, a control or page chrome."""

from __future__ import annotations

import re

from ghost_engine.inference.baseline.texts import EMPTY
from ghost_engine.inference.baseline.vocabulary import kind_of_value, load_vocabulary

MAX_WORDS = 6
MAX_LETTERS = 40
MANY_WORDS = 12  # of a label that wraps, or says what a checkbox stands for
NEVER_LABELS = ("date", "timestamp", "time", "email", "url", "money", "percent")

_REQUIRED = re.compile(r"\s*(?:\*|\(required\))\s*:?$", re.IGNORECASE)
_OPTIONAL = re.compile(r"[\s(–-]*\b(?:optional|facultatif|opcional)\)?\s*:?$", re.IGNORECASE)
_SIDE_NOTE = re.compile(r"\s*\((?:[^)]*)\)?\s*$")
_SENTENCE = re.compile(r"[^\W\d_]{4,}[.,;!]$|[.?!] \S|\.\.\.$|…$")
_MOMENT = re.compile(r"start(?:s|ed)? (?:date|time|day|month|year|at|on)(?: .*)?")  # no button
_ASKS = re.compile(
    r"(?:choose|select|pick|enter)(?: an?| the| your)? ((?!all\b|file)[^\W\d_][\w ]{2,})",
    re.IGNORECASE,
)
_SHORTENED = re.compile(r"(?:nr|no|num|núm|qty|tel|str|max|min)\.(?=\s|$)", re.IGNORECASE)
_FILE = re.compile(r".*\w\.[a-z]\w{1,4}")
_DATA = re.compile(r"\d{3,}|@|[$€£¥]|://|^\d|[A-Za-z]\d{2}|\d{1,2}:\d\d")


def is_label(text: str, most: int = MAX_WORDS) -> bool:
    """At `most` a few words that name something: no amounts, dates, addresses or controls."""
    text = _SIDE_NOTE.sub("", text) or text
    letters = MAX_LETTERS * most / MAX_WORDS
    if text == EMPTY or len(text) > letters or len(text.split()) > most:
        return False
    if not text[0].isalnum() and text[0] not in "#(":
        return False
    if (
        _SENTENCE.search(_SHORTENED.sub("", text))
        or _DATA.search(text)
        or _FILE.fullmatch(text)
        or kind_of_value(text) in NEVER_LABELS
    ):
        return False
    return len(re.findall(r"[^\W\d_]", text)) >= 2


def label_start(text: str) -> str | None:
    """The label a longer text begins with: "Title 1-4 of 4 in all" -> "Title"; else None."""
    words: list[str] = []
    for word in text.split():
        if not word[0].isalpha() or not is_label(" ".join([*words, word])):
            break
        words.append(word)
    return " ".join(words) if 1 <= len(words) <= 3 else None


def is_action(text: str) -> bool:
    """A button or link of the page: "Save", "+ Add item", "Search..."."""
    plain = re.sub(r"^[\W_]+|[\W_]+$", "", text).lower()
    if _MOMENT.fullmatch(plain):
        return False
    words = load_vocabulary()
    return plain in words.actions or f"{plain} ".startswith(words.action_starts)


def asked_for(text: str) -> str:
    """What a label asks to choose or to type in: "Choose unit" -> "Unit"; else the label itself."""
    match = _ASKS.fullmatch(text)
    return match[1][0].upper() + match[1][1:] if match else text


def is_required(label: str) -> bool:
    """Whether the label carries the mark of a field that must be filled."""
    return _REQUIRED.search(label) is not None


def is_mark(text: str) -> bool:
    """Whether a text only says of a label that nothing need be filled in."""
    return not _OPTIONAL.sub("", text)


def plain_label(label: str) -> str:
    """The label without its mark, colon and side note: "Price *:" -> "Price"."""
    plain = _SIDE_NOTE.sub("", _OPTIONAL.sub("", _REQUIRED.sub("", label))) or label
    return plain.strip(" :*•·") or label
