"""What a reference is, and which tables a name can stand for.

Subjects and names go in, the singular nouns of tables come out; which fields refer to them at all
is decided in `references`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ghost_engine.inference.baseline.things import ACCOUNT, load_words, name_ends

_WHO = re.compile(r"who(?:_.+)?|(?:.+_)?whom")
_ACCOUNT = re.compile(r"\S+|[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){1,3}")

ReferenceKind = Literal["one", "many", "count", "attribute"]


@dataclass(frozen=True, slots=True)
class Subject:
    """The table a field is shown for: its singular noun, the nouns the application lists, and the
    names of all fields shown with it."""

    noun: str
    listed: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


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


def account_of(subject: Subject, role: str | None) -> str:
    """What the application calls those who use it."""
    words = load_words()
    listed = next((noun for noun in words.staff if noun in subject.listed), None)
    if listed is not None:
        return listed
    return subject.noun if subject.noun in words.staff else role or ACCOUNT


def known_end(name: str, subject: Subject, chosen: bool = False) -> str | None:
    """The longest end of a name that is another table, as far as can be told."""
    words = load_words()
    for end in name_ends(name):
        if end in subject.listed:
            return end
        whole = end == name or end not in words.general_things
        known = end in words.things | words.people and (chosen or end not in words.weak_things)
        if known and whole:
            return end
    return None


def known_any(name: str) -> bool:
    """Whether a name ends as any known thing or mark does, however general."""
    words = load_words()
    return any(end in words.things | words.people | words.marks for end in name_ends(name))


def asks_who(name: str) -> bool:
    """Whether a label asks for somebody: "Who paid?", "For whom?"."""
    return _WHO.fullmatch(name) is not None


def did_it(name: str, values: Sequence[str]) -> bool:
    """Whether those who did something stand there, by how accounts are called: "li.wei", "Ewan
    Fraser", an address. What is sold or sent may be so by a company."""
    verb = name.removesuffix("_by").rpartition("_")[2]
    return verb in load_words().deeds and all(_ACCOUNT.fullmatch(value) for value in values)


def mark_of(name: str) -> str | None:
    """What rows are marked with, by the end of its name: tags."""
    last = name.rpartition("_")[2]
    return last if last in load_words().marks else None
