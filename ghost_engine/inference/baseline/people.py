"""Whether a text is a person's name, by its form and a list of given names.

`first_names.txt` holds given names of the languages the synthetic pairs are drawn in, without
accents. It knows European names best; a name it does not know is no person by its form alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

ENOUGH = 0.6  # of the values

_TITLE = re.compile(r"^(?:(?:dr|prof|mr|mrs|ms|miss|mx|herr|frau|m|mme|sr|sra)\b\.?\s*)+", re.I)
_PARTICLES = frozenset(
    "de da di du del della der den la le van von zu zur y e bin al el ter".split()
)
_PART = re.compile(r"[^\W\d_]+(?:['’\-.][^\W\d_]*)*")


def are_people(values: Sequence[str]) -> bool:
    """Whether most of the values are names of people."""
    return bool(values) and sum(map(is_person, values)) >= ENOUGH * len(values)


@lru_cache(maxsize=4096)
def is_person(value: str) -> bool:
    """ "Dr. Ann Lee", "Lee, Ann" and "AL Ann Lee", as an avatar is read; not "Ann" or "ann lee"."""
    parts = _without_initials(_TITLE.sub("", value.strip()).split())
    if len(parts) == 2 and parts[0].endswith(","):
        parts = [parts[1], parts[0].rstrip(",")]
    proper = [part for part in parts if part.lower() not in _PARTICLES]
    if not 2 <= len(proper) <= 4 or len(parts) > 5:
        return False
    if not all(_PART.fullmatch(part) and part[0].isupper() for part in proper):
        return False
    return _fold(re.split(r"[\-.]", parts[0])[0]) in _first_names()


def _without_initials(parts: list[str]) -> list[str]:
    """The parts without the initials an avatar shows before the name."""
    first = parts[0] if parts else ""
    if len(parts) >= 3 and 1 <= len(first) <= 3 and first.isupper():
        letters = "".join(part[0] for part in parts[1:]).upper()
        return parts[1:] if letters.startswith(first[0]) else parts
    return parts


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return plain.encode("ascii", "ignore").decode().lower()


@lru_cache(maxsize=1)
def _first_names() -> frozenset[str]:
    folder = resources.files(__package__)
    return frozenset((folder / "first_names.txt").read_text("utf-8").split())
