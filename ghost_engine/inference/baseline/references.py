"""What a field's label points at: another table's row, several of them, or their number.

The words are in `references.toml`. What the application itself lists (its navigation) is believed
before any word of a list, and values that are people's names before the label.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ghost_engine.inference.baseline.names import plural, to_identifier
from ghost_engine.inference.baseline.people import are_people
from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.targets import (
    Reference,
    Subject,
    account_of,
    asks_who,
    did_it,
    known_any,
    known_end,
    mark_of,
)
from ghost_engine.inference.baseline.texts import EMPTY
from ghost_engine.inference.baseline.things import (
    ACCOUNT,
    are_numbered,
    are_shared,
    is_person_noun,
    load_words,
    name_ends,
)
from ghost_engine.inference.baseline.vocabulary import kind_of_value
from ghost_engine.sql import nouns

OF_AN_ACCOUNT = ("username", "name", "full_name", "first_name", "last_name", "email")
PROPERTIES = ("id", "type", "status", "date", "time", "at", "on", "by")  # of a row's own
ALWAYS_SEVERAL = ("term", "condition")  # the terms of payment are one agreement
PLACE = "location"
UNKNOWN = "record"  # what is not known by name may be people
MAX_NAME_WORDS = 5  # longer values are sentences, not names of things
CONTACTS = ("contact", "primary_contact", "main_contact")
NEVER_NAMES = ("date", "timestamp", "time", "money", "percent", "decimal", "interval", "boolean")

_AFTER = re.compile(r"_(?:needed|required|requested|booked|used|chosen|assigned|affected)$")
_OF = re.compile(r"_(?:from|for|of|in|with)_.*")  # "note from customer" is a note
_LIST = re.compile(r"\s*[,;·]\s*")
_DOMAIN = re.compile(r"(?:[\w*-]+\.)+(?:com|org|net|io|dev|local|lan|example|[a-z]{2})")
_BY = re.compile(r"(?:\w+ ){0,2}by")


def find_reference(field: Field, subject: Subject) -> Reference | None:
    """What `field` of `subject` points at, or None where it is a value of its own."""
    if not field.read:
        return _unlabelled(field, subject)
    name = to_identifier(field.said, "")
    values = [value for value in field.values if value and value != EMPTY]
    if subject.noun.endswith("_user") and name in OF_AN_ACCOUNT:
        return Reference("attribute", ACCOUNT, ACCOUNT, "who is listed", name)
    if not name or is_own_name(name, subject):
        return None
    if _are_marks(name) and not _are_numbers(values):
        mark = nouns.singular(name)
        return Reference("many", mark, mark, "what rows are marked with")
    counted = name.removesuffix("_count")
    if counted != name and _are_numbers(values):  # "5 answers" on each row
        return _several(counted, values, subject)
    if not _may_refer(field, values):
        return _beside(name, subject)
    itself = _self_reference(name, values, subject)
    if itself is not None:
        return itself
    beside = _beside(name, subject)
    if beside is not None:
        return beside
    several = field.control == "several"
    if nouns.is_plural(name) or several or (field.english and _are_numbers(values)):
        asked = several or (field.control in ("input", "select") and not values)
        return _several(name, values, subject, asked)
    shown = _attribute(name, subject)
    if shown is not None or _are_numbers(values) or _is_written_down(name, values, subject):
        return shown
    head = _OF.sub("", name)
    return _person(head, values, subject) or _thing(head, values, field, subject)


def _are_marks(name: str) -> bool:
    """Whether a label says that several words mark a row: "Tags"."""
    return nouns.is_plural(name) is True and nouns.singular(name) in load_words().marks


def is_own_name(name: str, subject: Subject) -> bool:
    """Whether a label is what a row of the subject is called by."""
    bare = re.sub(r"_(?:name|title)$", "", name)
    return nouns.singular(bare) in (subject.noun, subject.noun.rpartition("_")[2])


def _may_refer(field: Field, values: Sequence[str]) -> bool:
    """Whether the values can be names: no dates, amounts or sentences."""
    if field.control in ("checkbox", "textarea", "day", "moment"):
        return False
    if values and sum(bool(_DOMAIN.fullmatch(value)) for value in values) > 0.4 * len(values):
        return False
    if are_numbered(values):
        return True
    kinds = [kind_of_value(value) for value in values]
    if sum(kind in NEVER_NAMES for kind in kinds) > 0.4 * len(kinds):
        return False
    listed = nouns.is_plural(to_identifier(field.said, "")) and field.control == "none"
    names = [part for value in values for part in (_LIST.split(value) if listed else [value])]
    long = sum(len(name.split()) > MAX_NAME_WORDS for name in names)
    return long <= 0.3 * len(names)


def _is_written_down(name: str, values: Sequence[str], subject: Subject) -> bool:
    """Whether a label asks for the name of somebody who has no row: "Contact person", or the
    "Contact" of an organisation."""
    ending = name.rpartition("_")[2]
    if name in ("user_name", "display_name"):
        return True
    if ending == "contact" and are_people(values):
        return name not in CONTACTS or _is_party(subject.noun)
    return ending == "person" != name or (ending == "name" and are_people(values))


def _is_party(noun: str) -> bool:
    """Whether rows are organisations or people: they have a contact rather than point at one."""
    return is_person_noun(noun) or any(end in load_words().parties for end in name_ends(noun))


def _self_reference(name: str, values: Sequence[str], subject: Subject) -> Reference | None:
    words = load_words()
    noun, last = subject.noun, subject.noun.rpartition("_")[2]
    people = is_person_noun(noun) or are_people(values)
    if name in ("reports_to", "manager", "supervisor") and (noun in words.staff or people):
        if noun in words.staff or is_person_noun(noun):
            return Reference("one", noun, "manager", f"the {name} of a {noun}")
    column = words.self_references.get(name)
    if name == "parent" and is_person_noun(noun):
        return None  # somebody's mother or father
    if name == "reports_to":
        column = "parent"
    if name in (f"parent_{noun}", f"parent_{last}"):
        column = "parent"
    return Reference("one", noun, column, "names a row of the same table") if column else None


def _several(
    name: str, values: Sequence[str], subject: Subject, asked: bool = False
) -> Reference | None:
    """Many rows of another table, listed or counted: "Comments" over 0, 3, 1; or `asked` for by an
    empty input: "Device roles"."""
    single = nouns.singular(name)
    if single == subject.noun or single.rpartition("_")[2] in ALWAYS_SEVERAL:
        return None
    if _are_numbers(values):
        words = load_words()
        listed = single in subject.listed and single not in words.measured
        counted = listed or single in words.counted
        target = single if counted else None
    elif single in load_words().accounts:
        account = account_of(subject, None)
        return Reference("many", account, single, f"several {account}s by the label")
    else:
        seen = bool(values)
        target = known_end(single, subject, asked or seen) or (mark_of(single) if seen else None)
    if target is None and asked and known_any(single):
        target = mark_of(single) or single
    if target is None and (are_people(values) or asks_who(name)):
        target = account_of(subject, None)
    if target is None or target == subject.noun:
        return None
    if _are_numbers(values):
        return Reference("count", target, subject.noun, "counts rows that refer to this one")
    return Reference("many", target, target, "lists several by name")


def _beside(name: str, subject: Subject) -> Reference | None:
    """What is shown of another row beside its name: "Coach licence level" beside "Coach"."""
    for other in sorted(subject.names, key=len, reverse=True):
        rest = name.removeprefix(f"{other}_")
        if rest == name or is_own_name(other, subject) or not _is_target(other, subject):
            continue
        if other in ("name", "title") or rest.split("_")[0] in PROPERTIES:
            continue
        target = _target(other, subject)
        return Reference("attribute", target, other, f"stands beside {other}", _plain(rest))
    return None


def _is_target(name: str, subject: Subject) -> bool:
    """Whether a name alone would be believed to point at something."""
    words = load_words()
    return name in words.accounts or known_end(name, subject, chosen=True) is not None


def _target(name: str, subject: Subject) -> str:
    words = load_words()
    if name in words.accounts:
        return account_of(subject, None)
    return known_end(name, subject, chosen=True) or nouns.singular(name)


def _attribute(name: str, subject: Subject) -> Reference | None:
    """What is shown of another row instead of its name: "Customer email"."""
    words = load_words()
    parts = name.split("_")
    for cut in range(len(parts) - 1, 0, -1):
        noun, rest = "_".join(parts[:cut]), "_".join(parts[cut:])
        own = noun in (subject.noun, subject.noun.split("_")[0], subject.noun.rpartition("_")[2])
        known = noun in subject.listed or (
            noun in words.things | words.people
            and noun not in words.weak_things
            and (rest == "name" or f"{noun}_name" in subject.names)
        )
        if rest in words.attributes and known and not own:
            if rest in ("code", "number", "no") and noun not in subject.listed:
                return None
            if rest == "name":
                return Reference("one", noun, noun, f"the name of a {noun}")
            return Reference("attribute", noun, noun, f"the {rest} of a {noun}", _plain(rest))
    return None


def _plain(attribute: str) -> str:
    return {"no": "number"}.get(attribute, attribute)


def _person(name: str, values: Sequence[str], subject: Subject) -> Reference | None:
    """Someone: a person of their own kind, or an account of the application."""
    words = load_words()
    people = are_people(values)
    ends = name_ends(name)
    column = words.columns.get(name, name)
    listed = next((end for end in ends if end in subject.listed), None)
    if listed and (people or listed in words.people):
        return Reference("one", listed, column, f"the application lists its {listed}s")
    role = next((end for end in ends if end in words.people), None)
    general = name in words.accounts or _BY.fullmatch(name.replace("_", " ")) is not None
    general = general and (people or not values or name in words.accounts or did_it(name, values))
    if general or asks_who(name):
        account = account_of(subject, role)
        return Reference("one", account, column, f"a {account} by the label")
    if role is not None and (people or role not in words.weak_things):
        return Reference("one", role, column, f"names a {role}")
    if people:
        account = account_of(subject, None)
        return Reference("one", account, column, "the values are people")
    return None


def _unlabelled(field: Field, subject: Subject) -> Reference | None:
    """What has no label: a thing the application lists; people, one of those it lists, else an
    account."""
    if field.target:
        column = to_identifier(field.label, field.target)
        if column == plural(field.target):
            return Reference("many", field.target, field.target, "what rows are marked with")
        return Reference("one", field.target, column, f"what a {subject.noun} belongs to")
    named = to_identifier(field.label, "")
    if named in subject.listed and named != subject.noun:
        return Reference("one", named, named, f"a {named}, and the application lists them")
    if not are_people(field.values):
        return None
    if field.label == "Name" and (is_person_noun(subject.noun) or subject.noun == UNKNOWN):
        return None  # the rows are people
    listed = sorted(noun for noun in subject.listed if is_person_noun(noun))
    target = next((noun for noun in listed if noun != subject.noun), None)
    if target is not None:
        return Reference("one", target, target, f"people, and the application lists {target}s")
    account = account_of(subject, None)
    return Reference("one", account, account, "the values are people")


def _thing(name: str, values: Sequence[str], field: Field, subject: Subject) -> Reference | None:
    shared = are_shared(values) and not is_person_noun(subject.noun)
    chosen = field.control == "select" and (not values or name in load_words().shared_things)
    chosen = chosen or (shared and name in load_words().shared_things)
    chosen = chosen or any(f"{name}_{more}" in subject.names for more in load_words().attributes)
    column = nouns.singular(_AFTER.sub("", name))
    if name in ("from", "to") and {"from", "to"} <= subject.names and values:
        return Reference("one", PLACE, f"{name}_{PLACE}", "where something goes from and to")
    place = PLACE if name in load_words().places else None
    target = place or known_end(column, subject, chosen)
    if target is None and are_numbered(values):
        target = column
    if target is None or target == subject.noun:
        return None
    return Reference("one", target, column, f"names a {target} of its own")


def _are_numbers(values: Sequence[str]) -> bool:
    kinds = [kind_of_value(value) for value in values]
    return bool(kinds) and all(kind in ("integer", "quantity") for kind in kinds)
