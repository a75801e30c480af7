"""What a draft defines: its tables and their columns, its types, and names that are still free."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ghost_engine.sql.lexer import Token
from ghost_engine.sql.repair.draft import Draft, Part
from ghost_engine.sql.repair.pieces import Table, read_table
from ghost_engine.sql.repair.spans import name_end

_FOREIGN_MARKS = re.compile(
    r"\bAUTO_INCREMENT\b|\bENGINE\s*=|`|\bIDENTITY\s*\(|\[dbo\]|\bdbo\.|\bGETDATE\b|\bNVARCHAR\b"
    r"|\bUNSIGNED\b|\bTINYINT\b|\bDATETIME2?\b|\bUNIQUEIDENTIFIER\b|^\s*GO\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_MAKES = re.compile(r"CREATE (?:OR REPLACE )?(?:\w+ )?(?:TYPE|DOMAIN|TABLE|VIEW|SEQUENCE|INDEX) ")
_TYPES = re.compile(r"CREATE (?:TYPE|DOMAIN) ")


@dataclass
class Names:
    """Names by their last part, as the catalog would store them.

    `tables` maps a table to its columns in order; `relations` holds every table, view, index,
    sequence and type, for finding a free name; `foreign` = the script shows marks of another
    database.
    """

    tables: dict[str, list[str]] = field(default_factory=dict)
    types: set[str] = field(default_factory=set)
    relations: set[str] = field(default_factory=set)
    schemas: set[str] = field(default_factory=set)  # that tables are made in
    foreign: bool = False

    def free(self, wanted: str) -> str:
        """`wanted`, or with a number behind it when it is taken; taken from now on."""
        name, number = wanted, 2
        while name.lower() in self.relations:
            name, number = f"{wanted}_{number}", number + 1
        self.relations.add(name.lower())
        return name


def read_names(draft: Draft, script: str = "") -> Names:
    """What `draft` defines; `script` is the text as given, searched for other databases' marks."""
    names = Names(foreign=bool(_FOREIGN_MARKS.search(script)))
    for part in draft.parts:
        table = read_table(part.tokens)
        if table is not None:
            columns = names.tables.setdefault(table.name, [])
            columns += [table.item_name(item) for item in table.columns]
            if table.name_last > table.name_first + 1:
                names.schemas.add(table.tokens[table.name_last - 3].name)
        made = made_name(part)
        if made:
            names.relations.add(made.lower())
        if made and _TYPES.match(part.words + " "):
            names.types.add(made)
    return names


def made_name(part: Part) -> str | None:
    """The last part of the name that a CREATE statement makes, or None."""
    match = _MAKES.match(part.words + " ")
    if not match:
        return None
    at = match.group().count(" ")
    keys = [token.key for token in part.tokens[at : at + 3]]
    at += 3 if keys == ["IF", "NOT", "EXISTS"] else 0
    at += keys[:1] == ["CONCURRENTLY"]
    last = name_end(part.tokens, at)
    if last == at or part.tokens[at].key == "ON":
        return None
    return part.tokens[last - 1].name


def closest(name: str, known: Iterable[str]) -> str | None:
    """The one known name that `name` must mean: case, plural, underscores or one letter apart.

    None when nothing, or more than one, comes as close.
    """
    candidates = sorted(set(known) - {name})
    for alike in (_same_letters, _same_number, _one_letter):
        found = [other for other in candidates if alike(name, other)]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())


def _singular(name: str) -> str:
    plain = _plain(name)
    for ending, single in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("s", "")):
        if plain.endswith(ending) and not plain.endswith("ss"):
            return plain[: -len(ending)] + single
    return plain


def _same_letters(one: str, other: str) -> bool:
    return bool(_plain(one)) and _plain(one) == _plain(other)


def _same_number(one: str, other: str) -> bool:
    return bool(_plain(one)) and _singular(one) == _singular(other)


def _one_letter(one: str, other: str) -> bool:
    """One letter too many, too few, wrong, or two swapped; only in names of five or more."""
    first, second = _plain(one), _plain(other)
    if min(len(first), len(second)) < 5 or abs(len(first) - len(second)) > 1:
        return False
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    a, b = first[start:], second[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or _swapped(a, b)


def _swapped(one: str, other: str) -> bool:
    return len(one) > 1 and len(other) > 1 and one[:2] == other[1::-1] and one[2:] == other[2:]


def references(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """The spans of the table names behind every REFERENCES."""
    spans = []
    for index, token in enumerate(tokens):
        if token.kind == "word" and token.key == "REFERENCES":
            last = name_end(tokens, index + 1)
            if last > index + 1:
                spans.append((index + 1, last))
    return spans


def same_table(one: Table, other: Table) -> bool:
    """True if both say the same, token for token, bare words in any case."""
    return [t.key for t in one.tokens[one.open :]] == [t.key for t in other.tokens[other.open :]]
