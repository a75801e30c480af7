"""What kinds of things tables hold, and what a row of them is called by.

The words are in `references.toml`, read here: people, accounts, things that others refer to.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from ghost_engine.inference.baseline.people import are_people
from ghost_engine.inference.baseline.texts import EMPTY

ACCOUNT = "user"  # who else did it, when the application does not say
MAX_CODE = 20  # letters
MIN_SHARED = 4  # values, to tell whether they repeat
SHARED = 0.7  # of the values are distinct at most, where they do
NUMBERED = 0.7  # of the values begin with the number of a row

_ROW = re.compile(r"(?:[^\W\d_]+ )?#\d+\b:? +\w")
_YEARS = re.compile(r"(?:19|20)\d\d(?:\s*[/–-]\s*\d{2,4})?")  # a season's name


@dataclass(frozen=True, slots=True)
class Words:
    """`references.toml`, nouns in snake_case."""

    people: frozenset[str]
    parted_names: frozenset[str]
    staff: tuple[str, ...]
    accounts: frozenset[str]
    deeds: frozenset[str]
    things: frozenset[str]
    weak_things: frozenset[str]
    shared_things: frozenset[str]
    general_things: frozenset[str]
    parties: frozenset[str]
    places: frozenset[str]
    marks: frozenset[str]
    record_marks: frozenset[str]
    counted: frozenset[str]
    measured: frozenset[str]
    titled: frozenset[str]
    coded: frozenset[str]
    attributes: frozenset[str]
    self_references: dict[str, str]
    columns: dict[str, str]


@lru_cache(maxsize=1)
def load_words() -> Words:
    """The words of this version."""
    folder = resources.files(__package__)
    found = tomllib.loads((folder / "references.toml").read_text("utf-8"))

    def some(key: str) -> list[str]:
        return [word.replace(" ", "_") for word in found[key]]

    return Words(
        people=frozenset(some("people")),
        parted_names=frozenset(some("parted_names")),
        staff=tuple(some("staff")),
        accounts=frozenset(some("accounts")),
        deeds=frozenset(some("deeds")),
        things=frozenset(some("things")),
        weak_things=frozenset(some("weak_things")),
        shared_things=frozenset(some("shared_things")),
        general_things=frozenset(some("general_things")),
        parties=frozenset(some("parties")),
        places=frozenset(some("places")),
        marks=frozenset(some("marks")),
        record_marks=frozenset(some("record_marks")),
        counted=frozenset(some("counted")),
        measured=frozenset(some("measured")),
        titled=frozenset(some("titled")),
        coded=frozenset(some("coded")),
        attributes=frozenset(some("attributes")),
        self_references={
            key.replace(" ", "_"): column for key, column in found["self_references"].items()
        },
        columns={key.replace(" ", "_"): column for key, column in found["columns"].items()},
    )


def is_person_noun(noun: str) -> bool:
    """Whether rows of a table of that name are people."""
    words = load_words()
    return any(end in words.people for end in name_ends(noun))


def name_columns(noun: str, values: Sequence[str]) -> tuple[str, ...]:
    """The columns by which a row of `noun` is called where `values` stand for it."""
    words = load_words()
    seen = [value for value in values if value and value != EMPTY]
    if noun == ACCOUNT and not seen:
        return ("name",)  # whatever it is: of those who use an application one name is shown
    if are_people(seen) or (is_person_noun(noun) and not seen):
        parted = any(end in words.parted_names for end in name_ends(noun))
        return ("first_name", "last_name") if parted else ("full_name",)
    if noun == ACCOUNT and all("@" in value[1:] for value in seen):
        return ("email",)
    if noun == ACCOUNT and all(" " not in value for value in seen):
        return ("username",)
    if are_codes(seen):
        return ("code",) if any(end in words.coded for end in name_ends(noun)) else ("number",)
    if seen and all(re.search(r"\.\w{3,4}$", value) and " " not in value for value in seen):
        return ("file_name",)
    return ("title",) if any(end in words.titled for end in name_ends(noun)) else ("name",)


def name_ends(name: str) -> list[str]:
    """`pick_up_branch`, `up_branch`, `branch`."""
    parts = name.split("_")
    return ["_".join(parts[start:]) for start in range(len(parts))]


def are_codes(values: Sequence[str]) -> bool:
    """Whether values are made up of letters and digits as document numbers are: INV-0012."""
    codes = sum(
        bool(re.search(r"\d", value))
        and not _YEARS.fullmatch(value)
        and not re.search(r"[a-z]{3}", value)
        and len(value) <= MAX_CODE
        for value in values
    )
    return bool(values) and codes >= 0.7 * len(values)


def are_numbered(values: Sequence[str]) -> bool:
    """Whether values say which rows they are: "Bug #13: Login page times out", "#16 Slow"."""
    return bool(values) and sum(bool(_ROW.match(value)) for value in values) > NUMBERED * len(
        values
    )


def are_shared(values: Sequence[str]) -> bool:
    """Whether rows share their values, as rows do that refer to the same things."""
    return len(values) >= MIN_SHARED and len(set(values)) <= SHARED * len(values)
