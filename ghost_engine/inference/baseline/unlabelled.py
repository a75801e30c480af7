"""What stands on cards, boards and calendars without a label, told once the table's name is known.

Fields that only their values named ("Subtitle", "Person", "Date") and a noun go in; fields come out
under the name such a thing usually has beside such rows: the other table it is a row of, a closed
set known by its values, a due date. What nothing tells is left out while two other fields remain.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources

from ghost_engine.inference.baseline.people import are_people
from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.things import is_person_noun, load_words, name_ends
from ghost_engine.inference.baseline.vocabulary import kind_of_value

MOST = 0.8  # of the values in one closed set
SOME = 0.25  # of the values end as companies do
MAX_WORDS = 5  # of a name; more is a sentence
MAX_STATES = 4
SHORT = 2  # words of what is a row of another table
MIN_LANES = 3
LEFT = 2  # fields that remain where others are left out

WORDS_ONLY = ("Subtitle", "Category")  # names that say nothing but the place
STATES = ("Status",)
MOMENTS = ("Date", "Created at", "Starts on", "Starts at")
SAYING_NOTHING = (*WORDS_ONLY, "Count", "Value", "Quantity")

# A sentence or the end of one; not what was cut: "Casper, Mayer a...".
_SENTENCE = re.compile(r"(?:(?:\S+\s+){3,}|[a-zà-ÿ])\S.*[^.][.!?]")
_LETTERS = re.compile(r"[A-ZÀ-Þ]{2,4}|[a-zà-ÿ]{1,3}")  # somebody's initials, a unit
_SAID = re.compile(r"[^\W\d_]|\d{2}")  # more than one digit beside marks
_TRAIL = re.compile(r"[\s.,…]+$")


@dataclass(frozen=True, slots=True)
class Knowledge:
    """`unlabelled.toml`, nouns in snake_case."""

    belongs: dict[str, tuple[str, ...]]
    choices: dict[str, frozenset[str]]
    moments: dict[str, str]  # noun -> word
    says: dict[str, str]  # noun -> word
    people: frozenset[str]
    nameless: frozenset[str]
    priced: frozenset[str]
    staged: frozenset[str]
    organizations: tuple[str, ...]
    organization_ends: frozenset[str]
    states: frozenset[str]


@lru_cache(maxsize=1)
def load_knowledge() -> Knowledge:
    """The knowledge of this version."""
    folder = resources.files(__package__)
    found = tomllib.loads((folder / "unlabelled.toml").read_text("utf-8"))
    words = found["words"]
    return Knowledge(
        belongs={_snake(noun): tuple(map(_snake, all)) for noun, all in found["belongs"].items()},
        choices={name: frozenset(values) for name, values in found["choices"].items()},
        moments={_snake(noun): word for word, all in found["moments"].items() for noun in all},
        says={_snake(noun): word for word, all in found["says"].items() for noun in all},
        people=frozenset(map(_snake, words["people"])),
        nameless=frozenset(map(_snake, words["nameless"])),
        priced=frozenset(map(_snake, words["priced"])),
        staged=frozenset(map(_snake, words["staged"])),
        organizations=tuple(map(_snake, words["organizations"])),
        organization_ends=frozenset(words["organization_ends"]),
        states=frozenset(words["states"]),
    )


def name_unlabelled(
    fields: Sequence[Field], noun: str, listed: frozenset[str]
) -> tuple[Field, ...]:
    """The fields of a row of `noun`, those without a label named; `listed` is what the application
    lists in its navigation."""
    taken = {noun, *(_snake(field.said.lower()) for field in fields if field.read)}
    named: list[Field] = []
    for field in fields:
        known = field if field.read else _named(field, fields, noun, listed, taken)
        taken.add(_snake(known.label.lower()))
        named.append(known)
    told = tuple(_told(_once(named)))
    parent = next(iter(_usual(noun)), None)
    if parent is None or parent not in listed or not told or not _is_missing(parent, told):
        return told
    return (*told, _reference(replace(told[0], values=(), read=False), parent))


def _is_missing(parent: str, fields: Sequence[Field]) -> bool:
    """Whether no field is the row of `parent`; people stand on a row, what it is part of may not:
    the tasks of a project are shown under its name."""
    said = any(parent in (field.target, _snake(field.said.lower())) for field in fields)
    return not said and not _is_person(parent)


def _named(
    field: Field, fields: Sequence[Field], noun: str, listed: frozenset[str], taken: set[str]
) -> Field:
    choice = _closed_set(field.values)
    if field.label in STATES or (choice and field.label in WORDS_ONLY):
        return _state(field, fields, noun, listed, taken, choice)
    if field.label in MOMENTS:
        return _moment(field, noun, taken)
    said = next((end for end in name_ends(noun) if end in load_knowledge().says), None)
    if said is not None and field.label == "Subtitle" and not are_people(field.values):
        return replace(field, label=load_knowledge().says[said].capitalize())
    if field.label == "Amount" and any(end in load_knowledge().priced for end in name_ends(noun)):
        return replace(field, label="Price")
    if field.label == "Name" and not _stands_for_another(field, noun):
        return field
    if field.label in (*WORDS_ONLY, "Person", "Name") or _is_second_number(field, fields):
        if field.label == "Subtitle" and not _may_come_again(field.values):
            return field
        target = _other(field.values, noun, listed, taken)
        return field if target is None else _reference(field, target)
    return field


def _may_come_again(values: Sequence[str]) -> bool:
    """Whether one value may stand on several rows: some do, or they are of a word or two."""
    short = sum(len(value.split()) <= SHORT for value in values)
    return len(set(values)) < len(values) or 2 * short >= len(values)


def _stands_for_another(field: Field, noun: str) -> bool:
    """Whether what a row is headed by is the name of something else: a loan has none."""
    if are_people(field.values):
        return not is_person_noun(noun)
    return any(end in load_knowledge().nameless for end in name_ends(noun))


def _is_second_number(field: Field, fields: Sequence[Field]) -> bool:
    """A document's number behind the name or number of the row itself."""
    before = fields[: fields.index(field)]
    return field.label == "Number" and any(other.label == "Name" for other in before)


def _reference(field: Field, target: str) -> Field:
    return replace(field, label=target.replace("_", " ").capitalize(), target=target)


def _other(values: Sequence[str], noun: str, listed: frozenset[str], taken: set[str]) -> str | None:
    """The table whose rows are shown: of those that fit, one the application lists, else the
    likeliest."""
    people = are_people(values)
    if not people and not _are_names(values):
        return None
    usual = [other for other in _usual(noun) or _parents(listed) if other not in taken]
    fits = [other for other in usual if _is_person(other) == people]
    companies = not people and _are_companies(values)
    if companies:
        known = load_knowledge().organizations
        fits = [other for other in (*usual, *known) if other in known and other not in taken]
    elif people:
        roles = load_words().accounts
        fits = [o for o in fits if o in listed or is_person_noun(o) or o not in roles]
    best = next((other for other in fits if other in listed), None)
    return best or next(iter(fits), None)


def _is_person(noun: str) -> bool:
    return is_person_noun(noun) or noun in load_knowledge().people or noun in load_words().accounts


def _usual(noun: str) -> tuple[str, ...]:
    """What rows of a noun usually belong to, by the longest end of it that is known."""
    belongs = load_knowledge().belongs
    return next((belongs[end] for end in name_ends(noun) if end in belongs), ())


def _parents(listed: frozenset[str]) -> tuple[str, ...]:
    """Of the nouns that are listed, those that other rows belong to, the commonest first."""
    belongs = load_knowledge().belongs
    often = Counter(other for others in belongs.values() for other in others)
    return tuple(sorted(listed & often.keys(), key=lambda other: (-often[other], other)))


def _are_names(values: Sequence[str]) -> bool:
    """Whether values may name things: short, with letters, not one of them a sentence."""
    short = sum(
        len(value.split()) <= MAX_WORDS and not _SENTENCE.fullmatch(value) for value in values
    )
    plain = sum(
        bool(_SAID.search(value))
        and kind_of_value(value) in ("text", "code", "integer")
        and not _LETTERS.fullmatch(value)
        for value in values
    )
    return bool(values) and short >= MOST * len(values) and plain >= MOST * len(values)


def _are_companies(values: Sequence[str]) -> bool:
    ends = load_knowledge().organization_ends
    words = (_TRAIL.sub("", value).lower().split() for value in values)
    return sum(bool(word) and word[-1] in ends for word in words) >= SOME * len(values)


def _closed_set(values: Sequence[str]) -> str | None:
    """The set that values are of, where they say it plainly."""
    seen = {value.strip().lower() for value in values}
    if len(seen) < 2:
        return None
    for name, members in load_knowledge().choices.items():
        if len(seen & members) >= MOST * len(seen) and not seen <= load_knowledge().states:
            return name
    return None


def _state(
    field: Field,
    fields: Sequence[Field],
    noun: str,
    listed: frozenset[str],
    taken: set[str],
    choice: str | None,
) -> Field:
    """A closed set: known by its values, the stage of a deal, the state, or a row of something."""
    knowledge = load_knowledge()
    seen = [value.lower() for value in field.values]
    if choice is not None and choice not in taken:
        return replace(field, label=choice.capitalize())
    states = any(_is_state(value) for value in seen)
    lanes = field is fields[-1] and len(set(seen)) == len(seen)
    if lanes and noun in knowledge.staged:
        return _reference(field, "stage")
    others = [other for other in fields if other.label in STATES and other is not field]
    if lanes and not states and len(seen) >= MIN_LANES:
        target = _other(field.values, noun, listed, taken)
        return field if target is None else _reference(field, target)
    if states or lanes or (not others and len(set(seen)) < MOST * len(seen)):
        return field
    if len(set(seen)) <= MAX_STATES and len(set(seen)) < len(seen):
        return replace(field, label="Type")
    target = _other(field.values, noun, listed, taken)
    return replace(field, label="Type") if target is None else _reference(field, target)


def _is_state(value: str) -> bool:
    """Whether a value, or one of its words, says how far something is."""
    states = load_knowledge().states
    return value in states or any(word in states for word in value.split())


def _moment(field: Field, noun: str, taken: set[str]) -> Field:
    """A date by what such things usually have a date for."""
    moments = load_knowledge().moments
    word = next((moments[end] for end in name_ends(noun) if end in moments), None)
    if word is None:
        return field
    timed = any(":" in value for value in field.values)
    label = f"{word.capitalize()} {'at' if timed else 'on'}"
    return field if _snake(label.lower()) in taken else replace(field, label=label)


def _told(fields: Sequence[Field]) -> Iterator[Field]:
    """The fields but for those that say nothing, while enough others remain."""
    telling = [field for field in fields if field.read or not _says_nothing(field)]
    for field in fields:
        if field in telling or len(telling) < LEFT:
            yield field


def _says_nothing(field: Field) -> bool:
    return field.label in SAYING_NOTHING and not field.target


def _once(fields: Sequence[Field]) -> tuple[Field, ...]:
    """Each label once; the first keeps it."""
    kept: dict[str, Field] = {}
    for field in fields:
        kept.setdefault(field.label.lower(), field)
    return tuple(kept.values())


def _snake(words: str) -> str:
    return words.strip().replace(" ", "_")
