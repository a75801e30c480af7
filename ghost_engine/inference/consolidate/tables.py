"""Which tables of several screens are one.

Equal names meet (whatever their number and spelling), then synonyms whose columns do not speak
against it. A name that says nothing ("records") meets by columns alone. What is only alike is
offered as a conflict and kept apart: two tables made one by mistake are harder to see than two that
were not joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from ghost_engine.inference.consolidate.clusters import Clusters, Link
from ghost_engine.inference.consolidate.decisions import Decisions
from ghost_engine.inference.consolidate.sources import Source
from ghost_engine.sql.compare.names import Name, column_name, table_name
from ghost_engine.sql.compare.similarity import (
    SIMILAR,
    is_equivalent,
    is_same,
    name_similarity,
    table_name_similarity,
)
from ghost_engine.sql.nouns import is_plural
from ghost_engine.sql.schema import Table

APART = "keep apart"
MISSPELT = 0.9  # similarity of names that differ by a slip of the pen
ALIKE_SHARE, ALIKE_COLUMNS = 0.6, 3  # of telling columns, from which two tables look alike

_TELL_NOTHING = frozenset(
    column_name(name, "").meaning for name in ("id", "created_at", "updated_at", "deleted_at")
)
_NAMELESS = frozenset(
    "record data table entry list result row detail information thing value main form screen "
    "unknown".split()
)

Node = tuple[int, str]  # number of the source, qualified name


@dataclass(frozen=True)
class TableGroup:
    """Tables that are one. `key` is made of their names on the screens, so that it stays."""

    key: str
    namespace: str
    name: str
    members: tuple[tuple[Source, Table], ...]

    @property
    def qualified(self) -> str:
        return self.name if self.namespace == "public" else f"{self.namespace}.{self.name}"

    @property
    def sources(self) -> frozenset[int]:
        return frozenset(source.number for source, _ in self.members)

    @property
    def screens(self) -> tuple[int, ...]:
        return tuple(sorted(number for source, _ in self.members for number in source.screens))


@dataclass(frozen=True, slots=True)
class _Likeness:
    """Whether two tables are one by themselves, and how sure that is."""

    usual: bool
    weight: tuple[float, float]


def group_tables(sources: Sequence[Source], decisions: Decisions) -> list[TableGroup]:
    """Every table of every source, each in one group."""
    tables = {
        (source.number, table.qualified): (source, table)
        for source in sources
        for table in source.schema.tables
    }
    likenesses = _likenesses(tables)

    def apart(first: Node, second: Node) -> bool:
        return decisions.choice("table", _pair_key(first, second)) == APART

    clusters = Clusters([(node[0], node) for node in tables], apart)
    clusters.join(
        Link(*pair, likeness.weight, (*sorted((pair[0][1], pair[1][1])), str(sorted(pair))))
        for pair, likeness in likenesses.items()
        if likeness.usual or decisions.choice("table", _pair_key(*pair)) in (pair[0][1], pair[1][1])
    )
    habit = _habit(tables)
    named = {nodes: _name(nodes, tables, habit) for nodes in clusters.all()}
    chosen = _settle(clusters, likenesses, tables, named, decisions)
    taken: set[str] = set()
    groups = []
    for nodes in sorted(named, key=lambda each: (named[each], sorted(each))):
        groups.append(_group(nodes, chosen.get(nodes, named[nodes]), tables, taken))
        _locate(groups[-1], nodes, likenesses, decisions)
    return groups


def telling_columns(table: Table) -> frozenset[tuple[str, ...]]:
    """The meanings of a table's columns without those that every table has."""
    meanings = {column_name(column.name, table.name).meaning for column in table.columns}
    return frozenset(meanings - _TELL_NOTHING)


def _likenesses(
    tables: dict[Node, tuple[Source, Table]],
) -> dict[tuple[Node, Node], _Likeness]:
    found = {}
    for first, second in combinations(sorted(tables), 2):
        if first[0] != second[0]:
            likeness = _likeness(tables[first][1], tables[second][1])
            if likeness is not None:
                found[first, second] = likeness
    return found


def _likeness(first: Table, second: Table) -> _Likeness | None:
    ours, theirs = table_name(first.name), table_name(second.name)
    mine, yours = telling_columns(first), telling_columns(second)
    shared = len(mine & yours)
    share = 2 * shared / max(1, len(mine) + len(yours))
    alike = share >= ALIKE_SHARE and shared >= min(ALIKE_COLUMNS, len(mine), len(yours)) > 0
    disjoint = not shared and min(len(mine), len(yours)) > 1
    silent = _says_nothing(ours), _says_nothing(theirs)
    if first.namespace != second.namespace:
        return _Likeness(False, (0.0, share)) if alike and is_same(ours, theirs) else None
    if any(silent):
        within = is_same(ours, theirs) and shared == min(len(mine), len(yours)) > 0
        enough = within or (alike and shared >= ALIKE_COLUMNS)
        return _Likeness(True, (1.0, share)) if enough else None
    if is_same(ours, theirs):
        return _Likeness(True, (3.0 + (first.name == second.name) / 2, share))
    if is_equivalent(ours, theirs):
        return _Likeness(not disjoint, (2.0, share))
    if name_similarity(ours, theirs) >= MISSPELT and shared:
        return _Likeness(True, (1.0, share))
    named_alike = table_name_similarity(ours, theirs) >= SIMILAR
    if alike and shared >= ALIKE_COLUMNS and (named_alike or share == 1.0):
        return _Likeness(False, (0.0, share))
    return None


def _says_nothing(name: Name) -> bool:
    return set(name.words) <= _NAMELESS


def _pair_key(first: Node, second: Node) -> str:
    return "|".join(sorted({first[1], second[1]}))


def _habit(tables: dict[Node, tuple[Source, Table]]) -> bool:
    """Whether most tables have names in the plural."""
    plurals = [is_plural(table.name) for _, table in tables.values()]
    return plurals.count(True) >= plurals.count(False)


def _name(nodes: Iterable[Node], tables: dict[Node, tuple[Source, Table]], habit: bool) -> str:
    """The name most screens give; of equals one in the usual number, then the fullest table's."""
    names = [(node[1], tables[node][1]) for node in nodes]

    def rank(name: str) -> tuple[bool, int, bool, int, str]:
        own = [table for each, table in names if each == name]
        nothing = _says_nothing(table_name(own[0].name))
        unusual = is_plural(own[0].name) is not habit
        return nothing, -len(own), unusual, -max(len(table.columns) for table in own), name

    return min({name for name, _ in names}, key=rank)


def _settle(
    clusters: Clusters[Node],
    likenesses: dict[tuple[Node, Node], _Likeness],
    tables: dict[Node, tuple[Source, Table]],
    named: dict[tuple[Node, ...], str],
    decisions: Decisions,
) -> dict[tuple[Node, ...], str]:
    """The names chosen for clusters; every doubt about them is noted."""
    chosen: dict[tuple[Node, ...], str] = {}
    for pair, likeness in sorted(likenesses.items()):
        names = sorted({pair[0][1], pair[1][1]})
        joined = clusters.together(*pair)
        nameless = all(_says_nothing(table_name(tables[node][1].name)) for node in pair)
        kept_apart = decisions.choice("table", _pair_key(*pair)) == APART
        if (len(names) < 2 and not nameless) or not (
            joined or kept_apart or clusters.can_join(*pair)
        ):
            continue
        cluster = clusters.cluster(pair[0])
        usual = named[cluster] if joined and named[cluster] in names else names[0]
        options = {name: _screens(name, tables) for name in names} | {APART: ()}
        took = decisions.settle(
            "table", _pair_key(*pair), options, usual if likeness.usual else APART, _reason(pair)
        )
        if joined and took != APART and took != named[cluster]:
            chosen[cluster] = min(took, chosen.get(cluster, took))
    return chosen


def _screens(name: str, tables: dict[Node, tuple[Source, Table]]) -> list[int]:
    return [
        screen
        for (_, each), (source, _) in sorted(tables.items())
        if each == name
        for screen in source.screens
    ]


def _reason(pair: tuple[Node, Node]) -> str:
    first, second = sorted({pair[0][1], pair[1][1]})[0], sorted({pair[0][1], pair[1][1]})[-1]
    if first == second:
        return f"{first} says little; its columns are alike on several screens"
    return f"{first} and {second} may be one table"


def _group(
    nodes: tuple[Node, ...],
    name: str,
    tables: dict[Node, tuple[Source, Table]],
    taken: set[str],
) -> TableGroup:
    members = tuple(tables[node] for node in sorted(nodes))
    like = next(table for _, table in members if table.qualified == name)
    unique, number = name, 1
    while unique in taken:
        number += 1
        unique = f"{name}_{number}"
    taken.add(unique)
    bare = unique if like.namespace == "public" else unique.removeprefix(f"{like.namespace}.")
    key = "|".join(sorted({table.qualified for _, table in members}))
    return TableGroup(key if number == 1 else f"{key}#{number}", like.namespace, bare, members)


def _locate(
    group: TableGroup,
    nodes: tuple[Node, ...],
    likenesses: dict[tuple[Node, Node], _Likeness],
    decisions: Decisions,
) -> None:
    for pair in likenesses:
        if pair[0] in nodes:
            decisions.locate("table", _pair_key(*pair), group.qualified)
