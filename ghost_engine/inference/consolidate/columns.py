"""Which columns of one table, as several screens show it, are one.

Equal names and synonyms meet; a text that shows what a key refers to (`customer`) meets that key
(`customer_id`). What is merely alike is offered as a conflict, and both are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from ghost_engine.inference.consolidate.clusters import Clusters, Link, in_one_order
from ghost_engine.inference.consolidate.decisions import Decisions
from ghost_engine.inference.consolidate.sources import Source
from ghost_engine.inference.consolidate.stems import key_stem, shown_stem
from ghost_engine.inference.consolidate.tables import MISSPELT, TableGroup
from ghost_engine.sql.compare.names import column_name, table_name
from ghost_engine.sql.compare.similarity import SIMILAR, is_equivalent, is_same, name_similarity
from ghost_engine.sql.schema import Column, Table

BOTH = "keep both"

Node = tuple[int, str]  # number of the source, name


@dataclass(frozen=True)
class ColumnGroup:
    """Columns that are one, each with its table. `key` is made of their names on the screens."""

    key: str
    name: str
    members: tuple[tuple[Source, Table, Column], ...]

    @property
    def sources(self) -> frozenset[int]:
        return frozenset(source.number for source, _, _ in self.members)


@dataclass(frozen=True, slots=True)
class _Likeness:
    usual: bool
    weight: float


def group_columns(group: TableGroup, decisions: Decisions) -> list[ColumnGroup]:
    """Every column of the group's tables, each in one group, in the order of the screens."""
    found = {
        (source.number, column.name): (source, table, column)
        for source, table in group.members
        for column in table.columns
    }
    likenesses = _likenesses(found)

    def place(first: Node, second: Node) -> str:
        return f"{group.key}.{'|'.join(sorted({first[1], second[1]}))}"

    def apart(first: Node, second: Node) -> bool:
        return decisions.choice("column", place(first, second)) == BOTH

    clusters = Clusters([(node[0], node) for node in found], apart)
    clusters.join(
        Link(*pair, (likeness.weight,), (*sorted((pair[0][1], pair[1][1])), str(sorted(pair))))
        for pair, likeness in likenesses.items()
        if likeness.usual or decisions.choice("column", place(*pair)) in (pair[0][1], pair[1][1])
    )
    named = {nodes: _name(nodes, found) for nodes in clusters.all()}
    for pair, likeness in sorted(likenesses.items()):
        names = sorted({pair[0][1], pair[1][1]})
        joined = clusters.together(*pair)
        if len(names) < 2 or not (joined or apart(*pair) or clusters.can_join(*pair)):
            continue
        cluster = clusters.cluster(pair[0])
        first = named[cluster] if joined and named[cluster] in names else names[0]
        options = {name: _screens(name, found) for name in names} | {BOTH: ()}
        reason = f"{names[0]} and {names[1]} may be one column"
        usual = first if likeness.usual else BOTH
        took = decisions.settle("column", place(*pair), options, usual, reason)
        if joined and took in names:
            named[cluster] = took
        decisions.locate("column", place(*pair), group.qualified, named[cluster])
    return _ordered(group, named, found)


def _likenesses(
    found: dict[Node, tuple[Source, Table, Column]],
) -> dict[tuple[Node, Node], _Likeness]:
    likenesses = {}
    for first, second in combinations(sorted(found), 2):
        if first[0] != second[0]:
            likeness = _likeness(found[first], found[second])
            if likeness is not None:
                likenesses[first, second] = likeness
    return likenesses


def _likeness(
    first: tuple[Source, Table, Column], second: tuple[Source, Table, Column]
) -> _Likeness | None:
    (source, table, column), (other_source, other_table, other) = first, second
    ours, theirs = column_name(column.name, table.name), column_name(other.name, other_table.name)
    if is_same(ours, theirs):
        return _Likeness(True, 4.0 + (column.name == other.name) / 2)
    if is_equivalent(ours, theirs):
        return _Likeness(True, 3.0)
    if _shows_key(first, second) or _shows_key(second, first):
        return _Likeness(True, 2.0)
    keys = key_stem(column.name) or key_stem(other.name)
    if keys or source.family(column) != other_source.family(other):
        return None
    similarity = name_similarity(ours, theirs)
    if similarity >= MISSPELT:
        return _Likeness(True, 1.0)
    return _Likeness(False, 0.0) if similarity >= SIMILAR else None


def _shows_key(text: tuple[Source, Table, Column], key: tuple[Source, Table, Column]) -> bool:
    """Whether a text stands for what a key refers to: `customer` for `customer_id`."""
    source, table, column = text
    stem = key_stem(key[2].name)
    if stem is None or (key[2].name,) == key[1].primary_key or source.family(column) != "text":
        return False
    if any(column.name in each.columns for each in table.foreign_keys):
        return False
    return table_name(shown_stem(column.name)).words == table_name(stem).words


def _name(nodes: Iterable[Node], found: dict[Node, tuple[Source, Table, Column]]) -> str:
    """A key's name before a text's, then what most screens say, then what the fullest does."""
    nodes = list(nodes)

    def rank(name: str) -> tuple[bool, int, int, str]:
        own = [found[node] for node in nodes if node[1] == name]
        plain = not any(key_stem(name) or name in _referring(table) for _, table, _ in own)
        return plain, -len(own), -max(len(table.columns) for _, table, _ in own), name

    return min({name for _, name in nodes}, key=rank)


def _referring(table: Table) -> set[str]:
    return {name for key in table.foreign_keys for name in key.columns}


def _screens(name: str, found: dict[Node, tuple[Source, Table, Column]]) -> list[int]:
    return [
        screen
        for (_, each), (source, _, _) in sorted(found.items())
        if each == name
        for screen in source.screens
    ]


def _ordered(
    group: TableGroup,
    named: dict[tuple[Node, ...], str],
    found: dict[Node, tuple[Source, Table, Column]],
) -> list[ColumnGroup]:
    groups: dict[Node, ColumnGroup] = {}
    taken: set[str] = set()
    for nodes in sorted(named, key=lambda each: (-len(each), named[each], sorted(each))):
        name = _free(named[nodes], sorted(each for _, each in nodes), taken)
        taken.add(name)
        key = f"{group.key}.{'|'.join(sorted({each for _, each in nodes}))}"
        members = tuple(found[node] for node in sorted(nodes))
        made = ColumnGroup(key if name in {n for _, n in nodes} else f"{key}#{name}", name, members)
        groups |= dict.fromkeys(nodes, made)
    orders: list[Sequence[str]] = [
        [groups[source.number, column.name].name for column in table.columns]
        for source, table in group.members
    ]
    by_name = {each.name: each for each in groups.values()}
    return [by_name[name] for name in in_one_order(orders)]


def _free(name: str, others: Sequence[str], taken: set[str]) -> str:
    for candidate in (name, *others):
        if candidate not in taken:
            return candidate
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"
