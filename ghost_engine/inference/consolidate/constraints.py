"""Keys, references, uniques, checks and indexes of a joined table, from all its screens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ghost_engine.inference.baseline.names import quote_identifier
from ghost_engine.inference.consolidate.ddl import literal
from ghost_engine.inference.consolidate.expressions import listed_values, mentioned
from ghost_engine.inference.consolidate.labels import united
from ghost_engine.inference.consolidate.merging import Member, Merging, list_of
from ghost_engine.inference.consolidate.sources import Source, is_blank, spelling
from ghost_engine.inference.consolidate.tables import TableGroup
from ghost_engine.sql.compare.families import type_family
from ghost_engine.sql.schema import Check, ForeignKey, Table, Unique


def add_keys(merging: Merging, group: TableGroup, table: Table) -> Table:
    """The table with its primary key and uniques; a key that another won over stays unique."""
    keys = Counter(key for each in _renamed(merging, group) if (key := each.primary_key))
    primary = _primary_key(merging, group, keys)
    uniques: dict[frozenset[str], Unique] = {}
    for key in sorted(keys):
        uniques.setdefault(frozenset(key), Unique("", key))
    for each in _renamed(merging, group):
        for unique in each.uniques:
            uniques.setdefault(frozenset(unique.columns), Unique("", unique.columns))
    uniques.pop(frozenset(primary), None)
    needed = {name for key in keys for name in key}
    columns = tuple(
        replace(column, nullable=column.nullable and column.name not in needed)
        for column in table.columns
    )
    ordered = sorted(uniques.values(), key=lambda unique: unique.columns)
    return replace(table, columns=columns, primary_key=primary, uniques=tuple(ordered))


def add_references(merging: Merging, group: TableGroup, table: Table) -> Table:
    """The table with the foreign keys that its screens show."""
    found: dict[tuple[str, ...], list[tuple[ForeignKey, Source]]] = {}
    for source, own in group.members:
        for key in own.foreign_keys:
            moved = _moved(merging, source, own, key)
            if moved is not None:
                found.setdefault(moved.columns, []).append((moved, source))
    kept = (_reference(merging, group, found[columns]) for columns in sorted(found))
    return replace(table, foreign_keys=tuple(each for each in kept if each is not None))


def add_checks(merging: Merging, group: TableGroup, table: Table, enums: frozenset[str]) -> Table:
    """The table with its checks: lists of values united, all others kept."""
    checks: dict[str, Check] = {}
    for columns in merging.plan.columns[group.qualified]:
        values = _values(merging, group, columns.name, columns.members)
        column = table.column(columns.name)
        if values and column is not None and type_family(column.type) == "text":
            listed = f"ARRAY[{', '.join(f'{literal(each)}::text' for each in values)}]"
            text = f"CHECK ({quote_identifier(columns.name)} = ANY ({listed}))"
            checks[text] = Check("", text)
    for source, own in group.members:
        names = merging.plan.names(source, own)
        for check in own.checks:
            if listed_values(check.expression):
                continue
            if not _still_fits(
                source, own, table, mentioned(check.expression, names), names, enums
            ):
                merging.notes.append(f"{table.qualified}: left out {check.expression}")
                continue
            text = merging.plan.moved(source, own, check.expression)
            checks.setdefault(text, Check("", text))
    return replace(table, checks=tuple(checks[text] for text in sorted(checks)))


# -- keys ------------------------------------------------------------------------------------------


def _renamed(merging: Merging, group: TableGroup) -> Iterator[Table]:
    """The members with their keys under the new names."""
    for source, own in group.members:
        names = merging.plan.names(source, own)
        yield replace(
            own,
            primary_key=tuple(names[name] for name in own.primary_key),
            uniques=tuple(
                Unique(each.name, tuple(names[name] for name in each.columns))
                for each in own.uniques
                if each.columns
            ),
        )


def _primary_key(
    merging: Merging, group: TableGroup, keys: Counter[tuple[str, ...]]
) -> tuple[str, ...]:
    if not keys:
        return ()
    used = Counter(_aims(merging, group))
    made = {
        merging.plan.names(source, own)[column.name]
        for source, own in group.members
        for column in own.columns
        if column.identity or (column.default or "").startswith(("nextval(", "gen_random_uuid"))
    }

    def rank(key: tuple[str, ...]) -> tuple[int, bool, int, int, tuple[str, ...]]:
        return -used[frozenset(key)], not set(key) <= made, len(key), -keys[key], key

    spoken: dict[frozenset[str], tuple[str, ...]] = {}
    for key in sorted(keys, key=rank):
        spoken.setdefault(frozenset(key), key)
    options = {", ".join(key): _key_screens(merging, group, key) for key in spoken.values()}
    usual = ", ".join(next(iter(spoken.values())))
    reason = "the screens' schemas have different keys; the others stay unique"
    taken = merging.decisions.settle("key", group.key, options, usual, reason)
    merging.decisions.locate("key", group.key, group.qualified)
    return next(key for key in spoken.values() if ", ".join(key) == taken)


def _aims(merging: Merging, group: TableGroup) -> Iterator[frozenset[str]]:
    """What the references to this table point at, one a reference."""
    for source, own in group.members:
        names = merging.plan.names(source, own)
        for table in source.schema.tables:
            for key in table.foreign_keys:
                if key.target == own.qualified:
                    yield frozenset(names[name] for name in key.target_columns)


def _key_screens(merging: Merging, group: TableGroup, key: tuple[str, ...]) -> list[int]:
    return [
        number
        for (source, own), moved in zip(group.members, _renamed(merging, group), strict=True)
        if set(moved.primary_key) == set(key)
        for number in source.screens
    ]


# -- references ------------------------------------------------------------------------------------


def _moved(merging: Merging, source: Source, own: Table, key: ForeignKey) -> ForeignKey | None:
    """A source's foreign key in the joined schema's names."""
    target, aimed = merging.plan.home(source, key.target), source.schema.table(key.target)
    if target is None or aimed is None:
        return None
    names, theirs = merging.plan.names(source, own), merging.plan.names(source, aimed)
    pairs = sorted(zip(key.columns, key.target_columns, strict=True), key=lambda p: names[p[0]])
    return replace(
        key,
        name="",
        columns=tuple(names[one] for one, _ in pairs),
        target=target,
        target_columns=tuple(theirs[other] for _, other in pairs),
    )


def _reference(
    merging: Merging, group: TableGroup, found: list[tuple[ForeignKey, Source]]
) -> ForeignKey | None:
    """One foreign key from all that stand on the same columns."""
    targets: dict[str, list[tuple[ForeignKey, Source]]] = {}
    for key, source in found:
        targets.setdefault(f"{key.target} ({', '.join(key.target_columns)})", []).append(
            (key, source)
        )
    place = f"{group.key}.{'|'.join(found[0][0].columns)}"
    usual = min(targets, key=lambda each: (-len(targets[each]), each))
    options = {each: _screens(targets[each]) for each in sorted(targets)}
    reason = "the screens' schemas refer to different tables or columns"
    taken = merging.decisions.settle("reference", place, options, usual, reason)
    column = ", ".join(found[0][0].columns)
    merging.decisions.locate("reference", place, group.qualified, column)
    keys = targets[taken]
    return replace(
        keys[0][0],
        on_delete=_action(merging, group, place, keys, "delete"),
        on_update=_action(merging, group, place, keys, "update"),
    )


def _action(
    merging: Merging,
    group: TableGroup,
    place: str,
    keys: list[tuple[ForeignKey, Source]],
    event: str,
) -> str:
    """What happens on an event: what most say who say anything."""
    said: dict[str, list[tuple[ForeignKey, Source]]] = {}
    for key, source in keys:
        said.setdefault(key.on_delete if event == "delete" else key.on_update, []).append(
            (key, source)
        )
    usual = min(said, key=lambda each: (each == "NO ACTION", -len(said[each]), each))
    options = {f"on {event}: {each.lower()}": _screens(said[each]) for each in sorted(said)}
    taken = merging.decisions.settle(
        "reference", f"{place}.{event}", options, f"on {event}: {usual.lower()}",
        f"the screens' schemas differ in what happens on {event}",
    )  # fmt: skip
    column = ", ".join(keys[0][0].columns)
    merging.decisions.locate("reference", f"{place}.{event}", group.qualified, column)
    return taken.partition(": ")[2].upper()


def _screens(keys: Iterable[tuple[ForeignKey, Source]]) -> list[int]:
    return [number for _, source in keys for number in source.screens]


# -- checks ----------------------------------------------------------------------------------------


def _values(
    merging: Merging, group: TableGroup, column: str, members: Iterable[Member]
) -> tuple[str, ...]:
    """The list that a text column is held to: all screens' values, or none if one shows others."""
    members = list(members)
    lists = [values for member in members if (values := list_of(member))]
    if not lists:
        return ()
    enums = merging.plan.enums
    lists += [
        labels
        for source, _, own in members
        if (name := enums.find(source, own.type)) is not None
        for labels in enums.lists[name]
    ]
    known = united(lists)
    allowed = {spelling(each) for each in known}
    for source, table, own in members:
        if list_of((source, table, own)):
            continue
        for shown in (value for values in source.values(table, own.name) for value in values):
            if not is_blank(shown) and spelling(shown) not in allowed:
                name = f"{group.qualified}.{column}"
                merging.notes.append(f'{name} is held to no list: a screen shows "{shown}"')
                return ()
    return known


def _still_fits(
    source: Source,
    own: Table,
    table: Table,
    spoken: Iterable[str],
    names: Mapping[str, str],
    enums: frozenset[str],
) -> bool:
    """Whether all columns a check speaks of still hold the same kind of thing."""
    numbers = {"integer", "number"}
    for name in spoken:
        before, after = own.column(name), table.column(names[name])
        assert before is not None and after is not None
        families = {source.family(before), type_family(after.type, enums)}
        if len(families) > 1 and not families <= numbers:
            return False
    return True
