"""Enumerated types of several screens as one: which belong together, and all their labels.

Types of one name that share a label, or that one column has, are one type. A label keeps its place
in the screens' orders; spellings that differ in case or separators alone are one label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from ghost_engine.inference.baseline.names import quote_identifier
from ghost_engine.inference.consolidate.clusters import Clusters, Link, in_one_order
from ghost_engine.inference.consolidate.columns import ColumnGroup
from ghost_engine.inference.consolidate.ddl import literal
from ghost_engine.inference.consolidate.sources import Source, spelling
from ghost_engine.sql.compare.names import table_name
from ghost_engine.sql.lexer import tokenize
from ghost_engine.sql.render.defaults import string_value
from ghost_engine.sql.schema import Enum

Node = tuple[int, str]  # number of the source, the type's name


@dataclass(frozen=True)
class JoinedEnums:
    """`of` maps each source's type to the joined one's name; `lists` holds the labels of each."""

    of: Mapping[Node, str]
    lists: Mapping[str, tuple[tuple[str, ...], ...]]

    def find(self, source: Source, type_text: str) -> str | None:
        """The joined type that a column's type has become, or None if it is no enum."""
        bare = type_text.removesuffix("[]").rpartition(".")[2].strip('"').replace('""', '"')
        return self.of.get((source.number, bare))

    def type_text(self, source: Source, type_text: str) -> str:
        """A column's type in the joined schema."""
        name = self.find(source, type_text)
        if name is None:
            return type_text.removeprefix("extensions.")
        return quote_identifier(name) + ("[]" if type_text.endswith("[]") else "")

    def recast(self, source: Source, expression: str) -> str:
        """An expression with labels and types as they are called in the joined schema."""
        parts, position = [], 0
        tokens = list(tokenize(expression))
        for index in range(1, len(tokens) - 1):
            before, cast, kind = tokens[index - 1 : index + 2]
            name = self.of.get((source.number, kind.name)) if cast.text == "::" else None
            if name is None:
                continue
            parts.append(expression[position : before.start])
            label = string_value(before.text) if before.kind == "string" else ""
            known = respelled(label, united(self.lists[name])) if label else None
            parts.append(literal(known) if known else before.text)
            parts.append(f"::{quote_identifier(name)}")
            position = kind.end
        return "".join(parts) + expression[position:]


def join_enums(sources: Sequence[Source], columns: Iterable[ColumnGroup]) -> JoinedEnums:
    """All enums of all sources, those that belong together under one name."""
    labels: dict[Node, tuple[str, ...]] = {
        (source.number, enum.name): enum.labels
        for source in sources
        for enum in source.schema.enums
    }
    clusters = Clusters([(node[0], node) for node in labels], lambda *_: False)
    clusters.join(_links(labels, columns))
    of: dict[Node, str] = {}
    lists: dict[str, tuple[tuple[str, ...], ...]] = {}
    for nodes in sorted(clusters.all(), key=sorted):
        counts = Counter(name for _, name in nodes)
        name = unique = _commonest(counts)
        number = 1
        while unique in lists:
            number += 1
            unique = f"{name}_{number}"
        lists[unique] = tuple(labels[node] for node in sorted(nodes))
        of |= dict.fromkeys(nodes, unique)
    return JoinedEnums(of, lists)


def united(lists: Iterable[Sequence[str]], more: Iterable[Sequence[str]] = ()) -> tuple[str, ...]:
    """All labels once, in an order that fits every list as far as there is one.

    Args:
        more: lists whose labels are spelled as in `lists` where they have them.
    """
    best: dict[str, str] = {}
    for group in (list(lists), list(more)):
        counts: dict[str, Counter[str]] = {}
        for key, label in (pair for labels in group for pair in _spellings(labels)):
            counts.setdefault(key, Counter())[label] += 1
        best = {key: _commonest(counts[key]) for key in counts} | best
    found = [[best[key] for key, _ in _spellings(labels)] for labels in (*lists, *more)]
    return tuple(in_one_order(found))


def respelled(label: str, labels: Iterable[str]) -> str | None:
    """The label among `labels` that this one is, however it is spelled."""
    known = list(labels)
    if label in known:
        return label
    return next((each for each in known if spelling(each) == spelling(label)), None)


def _spellings(labels: Sequence[str]) -> list[tuple[str, str]]:
    """Each label with what it is compared by: itself, where one list tells two spellings apart."""
    counts = Counter(map(spelling, labels))
    return [(spelling(each) if counts[spelling(each)] == 1 else each, each) for each in labels]


def used_enums(
    joined: JoinedEnums, used: Mapping[str, Sequence[Sequence[str]]]
) -> tuple[Enum, ...]:
    """The types themselves.

    Args:
        used: lists of values that columns of a type have elsewhere; a type that is not in it is
            left out.
    """
    return tuple(
        Enum(name, united(joined.lists[name], used[name]))
        for name in sorted(joined.lists)
        if name in used
    )


def _commonest(counts: Counter[str]) -> str:
    """What is said most often; of equals what is all small letters."""
    return min(counts, key=lambda each: (-counts[each], each != each.lower(), each))


def _links(
    labels: Mapping[Node, tuple[str, ...]], columns: Iterable[ColumnGroup]
) -> list[Link[Node]]:
    shared: Counter[tuple[Node, Node]] = Counter()
    for group in columns:
        nodes = sorted(
            (source.number, name)
            for source, _, column in group.members
            for name in [column.type.removesuffix("[]").rpartition(".")[2].strip('"')]
            if (source.number, name) in labels
        )
        shared.update(combinations(nodes, 2))
    links = []
    for first, second in combinations(sorted(labels), 2):
        named = table_name(first[1]).key == table_name(second[1]).key
        common = {spelling(each) for each in labels[first]} & {
            spelling(each) for each in labels[second]
        }
        if shared[first, second] or (named and common):
            weight = (float(named), float(shared[first, second]), float(len(common)))
            links.append(Link(first, second, weight, (str((first, second)),)))
    return links
