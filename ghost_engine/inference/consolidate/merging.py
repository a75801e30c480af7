"""One table from what several screens show of it: columns, keys, checks, indexes, comments.

Nothing a screen has is lost but what contradicts another: such a doubt is settled by `Decisions`,
and what was given up without a choice is told in a note.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ghost_engine.inference.baseline.names import quote_identifier
from ghost_engine.inference.consolidate.columns import ColumnGroup
from ghost_engine.inference.consolidate.ddl import literal, short_type
from ghost_engine.inference.consolidate.decisions import Decisions
from ghost_engine.inference.consolidate.expressions import listed_values, rename, sequence_of
from ghost_engine.inference.consolidate.labels import JoinedEnums, respelled, united
from ghost_engine.inference.consolidate.sources import Source, is_blank, spelling
from ghost_engine.inference.consolidate.tables import TableGroup
from ghost_engine.inference.consolidate.widening import TEXT, widest
from ghost_engine.sql.compare.families import type_family
from ghost_engine.sql.render.defaults import read_default
from ghost_engine.sql.schema import Column, Table

REQUIRED, EMPTY = "required", "may be empty"
NO_DEFAULT = "no default"
_SAME_DEFAULT = {"now": "now()", "uuid": "gen_random_uuid()"}
_INTEGERS = ("smallint", "integer", "bigint")

Member = tuple[Source, Table, Column]
Where = tuple[int, str, str]  # number of the source, qualified table, column


@dataclass(frozen=True)
class Plan:
    """Which tables and columns are one, and where each column of each source has gone."""

    tables: tuple[TableGroup, ...]
    columns: Mapping[str, tuple[ColumnGroup, ...]]  # by the group's qualified name
    enums: JoinedEnums
    places: Mapping[Where, tuple[str, str]]

    def names(self, source: Source, table: Table) -> dict[str, str]:
        """The new names of a source's columns."""
        return {
            column.name: self.places[source.number, table.qualified, column.name][1]
            for column in table.columns
        }

    def moved(self, source: Source, table: Table, expression: str) -> str:
        """A source's expression in the joined schema's names and labels."""
        return self.enums.recast(source, rename(expression, self.names(source, table)))

    def home(self, source: Source, table: str) -> str | None:
        """What has become of a source's table."""
        for group in self.tables:
            if any(each is source and own.qualified == table for each, own in group.members):
                return group.qualified
        return None


@dataclass
class Merging:
    """What comes up while tables are merged: labels that types gain, and notes."""

    plan: Plan
    decisions: Decisions
    labels: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def merge_columns(merging: Merging, group: TableGroup) -> Table:
    """The group's table with its columns alone; keys and the rest are `constraints`' business."""
    columns = merging.plan.columns[group.qualified]
    comment = _comment(table.comment for _, table in group.members)
    merged = tuple(_column(merging, group, each) for each in columns)
    return Table(group.name, merged, comment=comment, namespace=group.namespace)


def referring(member: Member) -> bool:
    """Whether a column is part of a foreign key."""
    return any(member[2].name in key.columns for key in member[1].foreign_keys)


def _column(merging: Merging, group: TableGroup, columns: ColumnGroup) -> Column:
    members = columns.members
    chosen = _type(merging, group, columns)
    fitting = [member for member in members if _fits(merging.plan, member, chosen)]
    generated = _generated(merging, fitting)
    identity = None
    if generated is None and chosen in _INTEGERS and not any(map(referring, members)):
        identity = _identity(fitting)
    default = None
    if generated is None and identity is None:
        default = _default(merging, group, columns, fitting, chosen)
    return Column(
        name=columns.name,
        type=chosen,
        nullable=_nullable(merging, group, columns),
        default=default,
        identity=identity,
        generated=generated,
        comment=_comment(column.comment for _, _, column in members),
    )


# -- types -----------------------------------------------------------------------------------------


def _type(merging: Merging, group: TableGroup, columns: ColumnGroup) -> str:
    enums = merging.plan.enums
    keys = [member for member in columns.members if referring(member)]
    members = keys or list(columns.members)
    types: dict[str, list[Member]] = {}
    for member in members:
        types.setdefault(enums.type_text(member[0], member[2].type), []).append(member)
    if len(types) == 1 or keys:  # a key takes the type of what it refers to, later
        chosen = min(types, key=lambda each: (-len(types[each]), each))
    else:
        usual, reason = _usual_type(merging, columns, types)
        spoken = {short_type(each): _screens(own) for each, own in sorted(types.items())}
        taken = merging.decisions.settle(
            "type", columns.key, {**spoken, short_type(usual): spoken.get(short_type(usual), ())},
            short_type(usual), reason,
        )  # fmt: skip
        chosen = next((each for each in (*types, usual) if short_type(each) == taken), usual)
        merging.decisions.locate("type", columns.key, group.qualified, columns.name)
    name = next(
        (enums.find(s, c.type) for s, _, c in members if enums.type_text(s, c.type) == chosen), None
    )
    if name is not None:
        gained = merging.labels.setdefault(name, [])
        gained += [values for member in members if (values := list_of(member))]
    return chosen


def _usual_type(
    merging: Merging, columns: ColumnGroup, types: Mapping[str, list[Member]]
) -> tuple[str, str]:
    enums = merging.plan.enums
    named = {enums.find(s, c.type) for own in types.values() for s, _, c in own} - {None}
    if not named:
        wide = widest(types)
        made = {each for each, own in types.items() if any(map(_is_made, own))}
        if made and wide not in types and not _shown(columns.members):
            best = min(made, key=lambda each: (-len(types[each]), each))
            return best, "the database makes the values, and no screen shows any"
        return wide, "the type that holds the values of all screens"
    plain = [m for own in types.values() for m in own if enums.find(m[0], m[2].type) is None]
    texts = all(member[0].family(member[2]) == "text" for member in plain)
    if len(named) > 1 or not texts:
        return TEXT, "no other type holds the values of all screens"
    known = {
        spelling(label) for each in named for labels in enums.lists[str(each)] for label in labels
    }
    strange = [value for value in _shown(plain) if spelling(value) not in known]
    if strange:
        return TEXT, f'a screen shows "{strange[0]}", which the list does not have'
    listed = next(each for each in types if enums.find(types[each][0][0], types[each][0][2].type))
    return listed, "no screen shows a value that the list does not have"


def _is_made(member: Member) -> bool:
    """Whether a column is a key whose values nobody enters."""
    _, table, column = member
    drawn = (column.default or "").startswith("nextval(")
    made = column.identity or drawn or read_default(column).meaning == "uuid"
    return bool(made) and table.primary_key == (column.name,)


def _shown(members: Iterable[Member]) -> list[str]:
    """The values that the screens show in text columns without a list."""
    return sorted(
        {
            value
            for source, table, column in members
            if not list_of((source, table, column))
            for values in source.values(table, column.name)
            for value in values
            if not is_blank(value)
        }
    )


def list_of(member: Member) -> tuple[str, ...]:
    """The values a CHECK holds a column to, or ()."""
    for check in member[1].checks:
        listed = listed_values(check.expression)
        if listed is not None and listed[0] == member[2].name:
            return listed[1]
    return ()


def _fits(plan: Plan, member: Member, chosen: str) -> bool:
    """Whether what a member says of its values can be said of the joined column's too."""
    own = plan.enums.type_text(member[0], member[2].type)
    names = frozenset(plan.enums.lists)
    numbers = ("integer", "number")
    ours, theirs = type_family(own, names), type_family(chosen, names)
    return ours == theirs or (ours in numbers and theirs in numbers)


# -- clauses ---------------------------------------------------------------------------------------


def _identity(members: Iterable[Member]) -> str | None:
    found = []
    for source, _, column in members:
        drawn = sequence_of(column.default or "")
        if column.identity:
            found.append(column.identity)
        elif drawn is not None and is_serial(source, drawn):
            found.append("by default")
    return min(found, default=None)


def is_serial(source: Source, sequence: str) -> bool:
    """Whether a sequence came with a serial column, not with a statement of its own."""
    return f"create sequence {sequence}".casefold() not in " ".join(source.sql.split()).casefold()


def _generated(merging: Merging, members: list[Member]) -> str | None:
    found = sorted(
        merging.plan.moved(source, table, column.generated)
        for source, table, column in members
        if column.generated is not None
    )
    return found[0] if len(found) == len(members) and found else None


def _default(
    merging: Merging, group: TableGroup, columns: ColumnGroup, members: list[Member], chosen: str
) -> str | None:
    labels = _labels_of(merging, members, chosen)
    found: dict[str, list[Member]] = {}
    for member in members:
        default = read_default(member[2])
        if default.meaning == "literal":
            text = respelled(default.text, labels) if labels else default.text
            if text is not None:
                found.setdefault(literal(text), []).append(member)
        elif default.meaning not in ("nothing", "sequence") or sequence_of(member[2].default or ""):
            text = _SAME_DEFAULT.get(default.meaning, str(member[2].default))
            found.setdefault(text, []).append(member)
    if not found:
        return None
    usual = min(found, key=lambda each: (-len(found[each]), each))
    if len(found) == 1:
        return usual
    options = {each: _screens(own) for each, own in sorted(found.items())} | {NO_DEFAULT: ()}
    reason = "the screens' schemas have different defaults"
    taken = merging.decisions.settle("default", columns.key, options, usual, reason)
    merging.decisions.locate("default", columns.key, group.qualified, columns.name)
    return None if taken == NO_DEFAULT else taken


def _labels_of(merging: Merging, members: Iterable[Member], chosen: str) -> tuple[str, ...]:
    enums = merging.plan.enums
    for source, _, column in members:
        name = enums.find(source, column.type)
        if name is not None and quote_identifier(name) == chosen:
            return united(enums.lists[name], merging.labels.get(name, ()))
    return ()


def _nullable(merging: Merging, group: TableGroup, columns: ColumnGroup) -> bool:
    members = columns.members
    strict = [member for member in members if not member[2].nullable]
    loose = [member for member in members if member[2].nullable]
    if not strict or not loose:
        return not strict
    if any(column.name in table.primary_key for _, table, column in members):
        return False
    blank = any(
        is_blank(value)
        for source, table, column in members
        for values in source.values(table, column.name)
        for value in values
    )
    options = {REQUIRED: _screens(strict), EMPTY: _screens(loose)}
    reason = "a screen shows it empty" if blank else "no screen shows it empty"
    usual = EMPTY if blank else REQUIRED
    taken = merging.decisions.settle("required", columns.key, options, usual, reason)
    merging.decisions.locate("required", columns.key, group.qualified, columns.name)
    return taken == EMPTY


def _comment(comments: Iterable[str | None]) -> str | None:
    """All that is said, each thing once."""
    said = sorted({each for each in comments if each}, key=lambda each: (-len(each), each))
    kept: list[str] = []
    for each in said:
        if not any(each in other for other in kept):
            kept.append(each)
    return "; ".join(kept) or None


def _screens(members: Iterable[Member]) -> list[int]:
    return [number for source, _, _ in members for number in source.screens]
