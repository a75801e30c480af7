"""Names: from labels in any script to identifiers PostgreSQL takes, singular and plural."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

from ghost_engine.inference.baseline.vocabulary import load_vocabulary
from ghost_engine.sql import nouns

MAX_LENGTH = 63  # bytes; names here are ASCII
SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})

_SPELLED = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ł": "l"}
    | {"Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "þ": "th", "ı": "i", "&": " and ", "%": " percent "}
    | {"#": " number "}
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_EMAIL = re.compile(r"\be[- ]?mail(?: address)?\b", re.IGNORECASE)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


def to_identifier(label: str, fallback: str) -> str:
    """ASCII snake_case of at most 63 letters: "Größe (cm)" -> "grosse_cm".

    `fallback` is used when no Latin letter or digit is left; a name never starts with a digit.
    """
    label = _EMAIL.sub("email", label)  # one word wherever it is kept
    latin = unicodedata.normalize("NFKD", label.translate(_SPELLED)).encode("ascii", "ignore")
    words = re.findall(r"[a-z0-9]+", _CAMEL.sub(" ", latin.decode().replace("'", "")).lower())
    name = _shorten("_".join(words)) or fallback
    return _shorten(f"{fallback}_{name}") if name[:1].isdigit() else name


def make_unique(name: str, taken: Container[str]) -> str:
    """`name`, or `name_2`, `name_3`... within the length limit."""
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        ending = f"_{number}"
        candidate = name[: MAX_LENGTH - len(ending)] + ending
    return candidate


def quote_identifier(name: str) -> str:
    """The name as it may stand in a statement: quoted when reserved or unusual."""
    if _PLAIN.fullmatch(name) and name not in load_vocabulary().reserved:
        return name
    return '"' + name.replace('"', '""') + '"'


def plural(name: str) -> str:
    """The plural of a snake_case noun in singular."""
    return nouns.plural(name)[:MAX_LENGTH]


def _shorten(name: str) -> str:
    if len(name) <= MAX_LENGTH:
        return name
    return name[:MAX_LENGTH].rpartition("_")[0] or name[:MAX_LENGTH]
