"""What a field's label points at: another table's row, several of them, or their number.

The words are in `references.toml`. What the application itself lists (its navigation) is believed
before any word of a list, and values that are people's names before the label.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Literal

from ghost_engine.inference.baseline.names import to_identifier
from ghost_engine.inference.baseline.people import are_people
from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.texts import EMPTY
from ghost_engine.inference.baseline.vocabulary import kind_of_value
from ghost_engine.sql import nouns

ReferenceKind = Literal["one", "many", "count", "attribute"]

UNKNOWN = "record"  # what is not known by name may be people
ACCOUNT = "user"  # who else did it, when the application does not say
MAX_NAME_WORDS = 5  # longer values are sentences, not names of things
NEVER_NAMES = ("date", "timestamp", "time", "money", "percent", "decimal", "interval", "boolean")

_LIST = re.compile(r"\s*[,;·]\s*")
_BY = re.compile(r"(?:\w+ )?by")


@dataclass(frozen=True, slots=True)
class Words:
    """`references.toml`, nouns in snake_case."""

    people: frozenset[str]
    parted_names: frozenset[str]
    staff: tuple[str, ...]
    accounts: frozenset[str]
    things: frozenset[str]
    weak_things: frozenset[str]
    titled: frozenset[str]
    coded: frozenset[str]
    attributes: frozenset[str]
    self_references: dict[str, str]
    columns: dict[str, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """The table a field is shown for: its singular noun, and the nouns the application lists."""

    noun: str
    listed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reference:
    """`target` is a singular noun; `column` is the foreign key less its "_id".

    An "attribute" is a column `attribute` of the target, shown here.
    """

    kind: ReferenceKind
    target: str
    column: str
    reason: str
    attribute: str = ""


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
        things=frozenset(some("things")),
        weak_things=frozenset(some("weak_things")),
        titled=frozenset(some("titled")),
        coded=frozenset(some("coded")),
        attributes=frozenset(some("attributes")),
        self_references={
            key.replace(" ", "_"): column for key, column in found["self_references"].items()
        },
        columns={key.replace(" ", "_"): column for key, column in found["columns"].items()},
    )


def find_reference(field: Field, subject: Subject) -> Reference | None:
    """What `field` of `subject` points at, or None where it is a value of its own."""
    if not field.read:
        return _unlabelled(field, subject)
    name = to_identifier(field.said, "")
    values = [value for value in field.values if value and value != EMPTY]
    if not name or is_own_name(name, subject) or not _may_refer(field, values):
        return None
    itself = _self_reference(name, values, subject)
    if itself is not None:
        return itself
    if nouns.is_plural(name):
        return _several(name, values, subject)
    if _are_numbers(values):
        return None
    return (
        _attribute(name, subject)
        or _person(name, values, subject)
        or _thing(name, values, field, subject)
    )


def is_own_name(name: str, subject: Subject) -> bool:
    """Whether a label is what a row of the subject is called by."""
    bare = re.sub(r"_(?:name|title)$", "", name)
    return nouns.singular(bare) in (subject.noun, subject.noun.rpartition("_")[2])


def is_person_noun(noun: str) -> bool:
    """Whether rows of a table of that name are people."""
    words = load_words()
    return any(end in words.people for end in _ends(noun))


def name_columns(noun: str, values: Sequence[str]) -> tuple[str, ...]:
    """The columns by which a row of `noun` is called where `values` stand for it."""
    words = load_words()
    seen = [value for value in values if value and value != EMPTY]
    if are_people(seen) or (is_person_noun(noun) and not seen):
        parted = any(end in words.parted_names for end in _ends(noun))
        return ("first_name", "last_name") if parted else ("full_name",)
    if noun == ACCOUNT and all(" " not in value for value in seen):
        return ("username",)
    if _are_codes(seen):
        return ("code",) if any(end in words.coded for end in _ends(noun)) else ("number",)
    if seen and all(re.search(r"\.\w{3,4}$", value) and " " not in value for value in seen):
        return ("file_name",)
    return ("title",) if any(end in words.titled for end in _ends(noun)) else ("name",)


def _may_refer(field: Field, values: Sequence[str]) -> bool:
    """Whether the values can be names: no dates, amounts or sentences."""
    if field.control in ("checkbox", "textarea"):
        return False
    kinds = [kind_of_value(value) for value in values]
    if sum(kind in NEVER_NAMES for kind in kinds) > 0.4 * len(kinds):
        return False
    long = sum(len(value.split()) > MAX_NAME_WORDS for value in values)
    return long <= 0.3 * len(values)


def _self_reference(name: str, values: Sequence[str], subject: Subject) -> Reference | None:
    words = load_words()
    noun, last = subject.noun, subject.noun.rpartition("_")[2]
    people = is_person_noun(noun) or are_people(values)
    if name in ("reports_to", "manager", "supervisor") and (noun in words.staff or people):
        if noun in words.staff or is_person_noun(noun):
            return Reference("one", noun, "manager", f"the {name} of a {noun}")
    column = words.self_references.get(name)
    if name == "reports_to":
        column = "parent"
    if name in (f"parent_{noun}", f"parent_{last}"):
        column = "parent"
    return Reference("one", noun, column, "names a row of the same table") if column else None


def _several(name: str, values: Sequence[str], subject: Subject) -> Reference | None:
    """Many rows of another table, listed or counted: "Comments" over 0, 3, 1."""
    target = _known_end(nouns.singular(name), subject)
    if target is None or target == subject.noun or not values:
        return None
    if all(re.fullmatch(r"[\d,.]{1,6}", value) for value in values):
        return Reference("count", target, subject.noun, "counts rows that refer to this one")
    if sum(bool(_LIST.search(value)) for value in values) >= 0.3 * len(values):
        return Reference("many", target, target, "lists several by name")
    return None


def _attribute(name: str, subject: Subject) -> Reference | None:
    """What is shown of another row beside its name: "Customer email"."""
    words = load_words()
    parts = name.split("_")
    for cut in range(len(parts) - 1, 0, -1):
        noun, rest = "_".join(parts[:cut]), "_".join(parts[cut:])
        own = noun in (subject.noun, subject.noun.split("_")[0], subject.noun.rpartition("_")[2])
        known = noun in subject.listed or (
            noun in words.things | words.people and noun not in words.weak_things
        )
        if rest in words.attributes and known and not own:
            if rest in ("code", "number", "no") and noun not in subject.listed:
                return None
            plain = {"no": "number", "e_mail": "email"}.get(rest, rest)
            return Reference("attribute", noun, noun, f"the {rest} of a {noun}", plain)
    return None


def _person(name: str, values: Sequence[str], subject: Subject) -> Reference | None:
    """Someone: a person of their own kind, or an account of the application."""
    words = load_words()
    people = are_people(values)
    ends = _ends(name)
    column = words.columns.get(name, name)
    listed = next((end for end in ends if end in subject.listed), None)
    if listed and (people or listed in words.people):
        return Reference("one", listed, column, f"the application lists its {listed}s")
    if people and name.rpartition("_")[2] in ("name", "contact", "person"):
        return None  # a name written down, of somebody who has no row
    role = next((end for end in ends if end in words.people), None)
    general = name in words.accounts or _BY.fullmatch(name.replace("_", " ")) is not None
    if general and (people or not values or name in words.accounts):
        account = _account(subject, role)
        return Reference("one", account, column, f"a {account} by the label")
    if role is not None and role not in words.weak_things:
        return Reference("one", role, column, f"names a {role}")
    if people:
        account = _account(subject, None)
        return Reference("one", account, column, "the values are people")
    return None


def _unlabelled(field: Field, subject: Subject) -> Reference | None:
    """People shown without a label: one of those the application lists, else an account."""
    if not are_people(field.values):
        return None
    if field.label == "Name" and (is_person_noun(subject.noun) or subject.noun == UNKNOWN):
        return None  # the rows are people
    listed = sorted(noun for noun in subject.listed if is_person_noun(noun))
    target = next((noun for noun in listed if noun != subject.noun), None)
    if target is not None:
        return Reference("one", target, target, f"people, and the application lists {target}s")
    account = _account(subject, None)
    return Reference("one", account, account, "the values are people")


def _account(subject: Subject, role: str | None) -> str:
    """What the application calls those who use it."""
    words = load_words()
    listed = next((noun for noun in words.staff if noun in subject.listed), None)
    if listed is not None:
        return listed
    return subject.noun if subject.noun in words.staff else role or ACCOUNT


def _thing(name: str, values: Sequence[str], field: Field, subject: Subject) -> Reference | None:
    target = _known_end(nouns.singular(name), subject, chosen=field.control == "select")
    if target is None or target == subject.noun:
        return None
    return Reference("one", target, nouns.singular(name), f"names a {target} of its own")


def _known_end(name: str, subject: Subject, chosen: bool = False) -> str | None:
    """The longest end of a name that is another table, as far as can be told."""
    words = load_words()
    for end in _ends(name):
        if end in subject.listed:
            return end
        if end in words.things | words.people and (chosen or end not in words.weak_things):
            return end
    return None


def _ends(name: str) -> list[str]:
    """`pick_up_branch`, `up_branch`, `branch`."""
    parts = name.split("_")
    return ["_".join(parts[start:]) for start in range(len(parts))]


def _are_numbers(values: Sequence[str]) -> bool:
    kinds = [kind_of_value(value) for value in values]
    return bool(kinds) and all(kind in ("integer", "quantity") for kind in kinds)


def _are_codes(values: Sequence[str]) -> bool:
    """Whether values are made up of letters and digits as document numbers are: INV-0012."""
    codes = sum(
        bool(re.search(r"\d", value)) and not re.search(r"[a-z]{3}", value) and len(value) <= 20
        for value in values
    )
    return bool(values) and codes >= 0.7 * len(values)
