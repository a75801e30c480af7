"""Foreign keys that no screen shows alone: a column of one whose table another screen shows.

`customer_id` refers to customers; a text `customer` does if customers have names, and if the values
read from both screens do not speak against it. Names that only might mean it, and columns that only
hold the same values, are offered as conflicts and not drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ghost_engine.inference.consolidate.columns import ColumnGroup
from ghost_engine.inference.consolidate.expressions import mentioned
from ghost_engine.inference.consolidate.indexes import rename_in_keys
from ghost_engine.inference.consolidate.merging import Merging, list_of
from ghost_engine.inference.consolidate.outcome import Relation
from ghost_engine.inference.consolidate.shown import (
    count_called,
    look_alike,
    names_rows,
    row_names,
    shown_values,
)
from ghost_engine.inference.consolidate.stems import fit, key_stem, shown_stem
from ghost_engine.inference.consolidate.tables import TableGroup
from ghost_engine.sql.compare.families import type_family
from ghost_engine.sql.compare.names import column_name, table_name
from ghost_engine.sql.nouns import is_plural
from ghost_engine.sql.schema import Column, ForeignKey, Table

NO_REFERENCE = "no reference"
_KEY_FAMILIES = ("integer", "uuid", "text")
_SAY_NOTHING = frozenset("id code name number key slug title email type label value year".split())
_ALMOST_ALL = 0.9  # of a column's values, from which equal values alone are worth a question
_SOME = 3

Renamed = dict[tuple[str, str], str]  # (qualified table, column) -> its new name


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A column that `target.key` may be what a column means. `new_name` if it has to change."""

    target: str
    key: str
    usual: bool
    rank: tuple[int, int]
    reason: str
    new_name: str = ""

    @property
    def text(self) -> str:
        return f"{self.target} ({self.key})"


def draw_relations(
    merging: Merging, tables: Mapping[str, Table], enums: frozenset[str]
) -> tuple[dict[str, Table], tuple[Relation, ...], Renamed]:
    """The tables with the foreign keys found, those keys, and the columns that they renamed."""
    drawn = dict(tables)
    relations: list[Relation] = []
    renamed: Renamed = {}
    for group in merging.plan.tables:
        for columns in merging.plan.columns[group.qualified]:
            found = _candidates(merging, drawn, group, columns, enums)
            chosen = _settle(merging, group, columns, found) if found else None
            if chosen is None:
                continue
            table = drawn[group.qualified]
            name = chosen.new_name or columns.name
            drawn[group.qualified] = _with_key(table, columns.name, name, chosen, drawn)
            renamed[group.qualified, columns.name] = name
            relations.append(
                Relation(group.qualified, name, chosen.target, chosen.key, chosen.reason)
            )
            merging.decisions.locate("relation", columns.key, group.qualified, name)
    return drawn, tuple(relations), renamed


def _settle(
    merging: Merging, group: TableGroup, columns: ColumnGroup, found: list[_Candidate]
) -> _Candidate | None:
    found = sorted(found, key=lambda each: ([-part for part in each.rank], each.text))
    sure = [each for each in found if each.usual and each.rank == found[0].rank]
    usual = sure[0].text if len(sure) == 1 else NO_REFERENCE
    reason = sure[0].reason if len(sure) == 1 else found[0].reason
    screens = sorted({number for source, _, _ in columns.members for number in source.screens})
    options = {each.text: screens for each in found} | {NO_REFERENCE: []}
    taken = merging.decisions.settle("relation", columns.key, options, usual, reason)
    merging.decisions.locate("relation", columns.key, group.qualified, columns.name)
    return next((each for each in found if each.text == taken), None)


def _candidates(
    merging: Merging,
    tables: Mapping[str, Table],
    group: TableGroup,
    columns: ColumnGroup,
    enums: frozenset[str],
) -> list[_Candidate]:
    table = tables[group.qualified]
    column = table.column(columns.name)
    if column is None or not _may_refer(table, column, columns, enums):
        return []
    found = []
    for other in merging.plan.tables:
        if other is group or other.sources & columns.sources:
            continue  # who saw both on one screen has judged them
        target = tables[other.qualified]
        candidate = (
            _by_key(table, column, columns, other, target, enums)
            or _by_natural_key(table, column, other, target, enums)
            or _by_text(table, column, columns, other, target, enums)
        )
        if candidate is not None:
            found.append(candidate)
    return found


def _may_refer(table: Table, column: Column, columns: ColumnGroup, enums: frozenset[str]) -> bool:
    if column.generated or column.identity or column.default is not None:
        return False
    if any(column.name in key.columns for key in table.foreign_keys):
        return False
    stem = key_stem(column.name)
    if table.primary_key == (column.name,) and (not stem or fit(stem, table_name(table.name))):
        return False  # its own key, unless that says whose it is
    if stem and table.column(f"{stem}_type") is not None:
        return False  # one of several tables, as the type says
    kind = type_family(column.type, enums)
    listed = any(list_of(member) for member in columns.members)
    plain = column.type.removesuffix("[]").strip('"') not in enums
    return kind in _KEY_FAMILIES and plain and not listed


# -- three kinds of evidence -----------------------------------------------------------------------


def _by_key(
    table: Table,
    column: Column,
    columns: ColumnGroup,
    other: TableGroup,
    target: Table,
    enums: frozenset[str],
) -> _Candidate | None:
    """`customer_id`, where the other screen shows customers."""
    stem = key_stem(column.name)
    if stem is None or len(target.primary_key) != 1:
        return None
    fits = _fit(stem, other)
    key = target.column(target.primary_key[0])
    if not fits[0] or key is None or not _same_kind(column, columns, key, fits[0], enums):
        return None
    usual = fits[0] > 1 or _overlap(columns, other) > 1
    return _Candidate(
        other.qualified, key.name, usual, fits, f"{column.name} names a row of {other.qualified}"
    )


def _by_natural_key(
    table: Table, column: Column, other: TableGroup, target: Table, enums: frozenset[str]
) -> _Candidate | None:
    """`isbn` or `customer_number`, where the other screen's rows are told apart by it."""
    if any((column.name,) == unique.columns for unique in table.uniques):
        return None  # it tells apart the rows of its own table
    alone = {target.primary_key, *(unique.columns for unique in target.uniques)}
    for name in sorted(key[0] for key in alone if len(key) == 1):
        key = target.column(name)
        if key is None or type_family(key.type, enums) != type_family(column.type, enums):
            continue
        owner = table_name(target.name).words
        own = column_name(name, target.name).words
        telling = name not in _SAY_NOTHING and (name,) == target.primary_key
        named = column_name(column.name, table.name).own_words == owner + own
        equal = column.name == name and (telling or name.startswith("_".join(owner)))
        if own != ("id",) and (named or equal):
            reason = f"{column.name} is what rows of {other.qualified} are told apart by"
            return _Candidate(other.qualified, name, True, (3, len(owner)), reason)
    return None


def _by_text(
    table: Table,
    column: Column,
    columns: ColumnGroup,
    other: TableGroup,
    target: Table,
    enums: frozenset[str],
) -> _Candidate | None:
    """A text `customer`, where the other screen shows customers by their names."""
    if not _is_free_text(table, column, enums) or len(target.primary_key) != 1:
        return None
    key = target.column(target.primary_key[0])
    stem = shown_stem(column.name)
    if key is None or table_name(stem).words == table_name(table.name).words or is_plural(stem):
        return None  # `reviews` of a customer are many, or their count
    fits = _fit(stem, other)
    values, names = shown_values(columns), row_names(other)
    equal = len(values & names)
    common = count_called(values, names) if fits[0] == 3 else equal
    by_values = equal >= _SOME and equal >= _ALMOST_ALL * len(values)
    named = names_rows(target) if not values or not names else look_alike(values, names)
    if not by_values and not (fits[0] and (common or named)):
        return None
    usual = (fits[0] == 3) or (fits[0] == 2 and common > 0) or (fits[0] == 1 and common > 1)
    is_name = names_rows(replace(target, columns=(key,))) and type_family(key.type, enums) == "text"
    ending = "id" if key_stem(key.name) or is_name else key.name
    new_name = "" if is_name else f"{stem}_{ending}"
    if new_name and table.column(new_name) is not None:
        return None
    return _Candidate(
        other.qualified, key.name, usual, fits, _text_reason(column, other, common), new_name
    )


def _text_reason(column: Column, other: TableGroup, common: int) -> str:
    if common:
        count = "value" if common == 1 else "values"
        return f"{common} {count} of {column.name} are names in {other.qualified}"
    return f"{column.name} names a row of {other.qualified}"


def _is_free_text(table: Table, column: Column, enums: frozenset[str]) -> bool:
    """Whether a text may become a key: nothing else rests on it, and it names no row itself."""
    if type_family(column.type, enums) != "text" or column.default is not None:
        return False
    alone = {table.primary_key, *(unique.columns for unique in table.uniques)}
    spoken = any(mentioned(check.expression, {column.name: ""}) for check in table.checks)
    return (column.name,) not in alone and not spoken


def _same_kind(
    column: Column, columns: ColumnGroup, key: Column, fits: int, enums: frozenset[str]
) -> bool:
    """Whether a column can hold the key, or was only guessed to be of another type."""
    ours, theirs = type_family(column.type, enums), type_family(key.type, enums)
    if ours == theirs or ours == "integer":
        return True  # a key that is not on the screen is a number by habit
    return fits == 3 and theirs in _KEY_FAMILIES and not shown_values(columns)


def _fit(stem: str, group: TableGroup) -> tuple[int, int]:
    """How surely a stem names a table under any of its names, and in how many words."""
    names = [table_name(table.name) for _, table in group.members]
    return max((fit(stem, name), len(name.words)) for name in names)


def _overlap(columns: ColumnGroup, other: TableGroup) -> int:
    return len(shown_values(columns) & row_names(other))


# -- drawing ---------------------------------------------------------------------------------------


def _with_key(
    table: Table, old: str, new: str, chosen: _Candidate, tables: Mapping[str, Table]
) -> Table:
    key = tables[chosen.target].column(chosen.key)
    assert key is not None
    columns = tuple(
        replace(each, name=new, type=key.type if new != old else each.type)
        if each.name == old
        else each
        for each in table.columns
    )
    reference = ForeignKey("", (new,), chosen.target, (chosen.key,))
    keys = sorted((*table.foreign_keys, reference), key=lambda each: each.columns)
    table = replace(table, columns=columns, foreign_keys=tuple(keys))
    return rename_in_keys(table, {old: new}) if new != old else table
