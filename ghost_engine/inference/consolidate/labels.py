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
from ghost_engine.inference.consolidate.sources import Source, normalised
from ghost_engine.sql.compare.names import table_name
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


def united(lists: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """All labels once, in an order that fits every list as far as there is one."""
    lists = [tuple(each) for each in lists]
    spellings: dict[str, Counter[str]] = {}
    for labels in lists:
        own = Counter(normalised(label) for label in labels)
        for label in labels:
            key = normalised(label) if own[normalised(label)] == 1 else label
            spellings.setdefault(key, Counter())[label] += 1
    best = {key: _commonest(counts) for key, counts in spellings.items()}
    return tuple(
        dict.fromkeys(in_one_order([[_known(label, best) for label in labels] for labels in lists]))
    )


def respelled(label: str, labels: Iterable[str]) -> str | None:
    """The label among `labels` that this one is, however it is spelled."""
    known = list(labels)
    if label in known:
        return label
    return next((each for each in known if normalised(each) == normalised(label)), None)


def used_enums(
    joined: JoinedEnums, used: Mapping[str, Sequence[Sequence[str]]]
) -> tuple[Enum, ...]:
    """The types themselves.

    Args:
        used: lists of values that columns of a type have elsewhere; a type that is not in it is
            left out.
    """
    return tuple(
        Enum(name, united([*joined.lists[name], *used[name]]))
        for name in sorted(joined.lists)
        if name in used
    )


def _commonest(counts: Counter[str]) -> str:
    return min(counts, key=lambda each: (-counts[each], each))


def _known(label: str, best: Mapping[str, str]) -> str:
    return best.get(label, best.get(normalised(label), label))


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
        common = {normalised(each) for each in labels[first]} & {
            normalised(each) for each in labels[second]
        }
        if shared[first, second] or (named and common):
            weight = (float(named), float(shared[first, second]), float(len(common)))
            links.append(Link(first, second, weight, (str((first, second)),)))
    return links
