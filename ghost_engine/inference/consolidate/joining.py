"""`consolidate`: the schemas of several screens as one, judged; `choose`: the same, decided anew.

What comes out does not depend on the order of the screens (but for their numbers), every column of
every screen is in it, and one screen alone, or the same one twice, comes out as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ghost_engine.errors import EngineError
from ghost_engine.inference.baseline.names import quote_identifier
from ghost_engine.inference.consolidate.alignment import align_types
from ghost_engine.inference.consolidate.columns import group_columns
from ghost_engine.inference.consolidate.constraints import (
    add_checks,
    add_keys,
    add_references,
)
from ghost_engine.inference.consolidate.decisions import Decisions
from ghost_engine.inference.consolidate.evidence import collect_evidence
from ghost_engine.inference.consolidate.extras import read_extras
from ghost_engine.inference.consolidate.indexes import add_indexes
from ghost_engine.inference.consolidate.labels import join_enums, used_enums
from ghost_engine.inference.consolidate.mending import Script, judge
from ghost_engine.inference.consolidate.merging import Merging, Plan, Where, merge_columns
from ghost_engine.inference.consolidate.outcome import Conflict, Consolidated, Place, Screen
from ghost_engine.inference.consolidate.relations import Renamed, draw_relations
from ghost_engine.inference.consolidate.sources import Source, read_sources
from ghost_engine.inference.consolidate.tables import group_tables
from ghost_engine.sql import Report, check
from ghost_engine.sql.schema import Enum, Schema, Table


def consolidate(
    screens: Sequence[Screen], choices: Mapping[str, str] | None = None
) -> Consolidated:
    """One schema for all screens.

    Screens whose SQL does not run are left out and named in `notes`, unless none does: then their
    scripts stand one after the other, and the report says what is wrong with them.

    Args:
        choices: conflict key -> the option to take, of earlier consolidations of these screens.

    Raises:
        EngineError: there is no screen.
        SandboxError: no PostgreSQL can be had to judge the schema.
    """
    if not screens:
        raise EngineError("There is no screen to join.", "Give the schema of at least one screen.")
    sources = read_sources(screens)
    if len(sources) < 2:
        return _as_it_is(screens, sources, dict(choices or {}))
    return _join(screens, sources, dict(choices or {}))


def choose(consolidated: Consolidated, conflict: Conflict, option: str) -> Consolidated:
    """The schema with another way out of one conflict; earlier choices stay.

    Raises:
        EngineError: the schema has no such conflict, or the conflict no such option.
    """
    known = next((each for each in consolidated.conflicts if each.key == conflict.key), None)
    if known is None:
        raise EngineError(
            f"This schema has no conflict {conflict.key}.", "Take one of its `conflicts`."
        )
    if option not in known.options:
        raise EngineError(
            f'"{option}" is no way out of {conflict.key}.',
            f"Choose one of: {', '.join(known.options)}.",
        )
    choices = dict(consolidated.choices) | {conflict.key: option}
    return consolidate(consolidated.screens, choices)


def _as_it_is(
    screens: Sequence[Screen], sources: Sequence[Source], choices: Mapping[str, str]
) -> Consolidated:
    """One schema, however many screens have it; or none that runs."""
    if sources:
        first = next(
            screen.report
            for screen in screens
            if screen.report.sql == sources[0].sql and screen.report.valid
        )
    else:
        first = screens[0].report if len(screens) == 1 else _all_scripts(screens)
    places = tuple(
        Place(number, table.qualified, column.name, table.qualified, column.name)
        for source in sources
        for number in source.screens
        for table in source.schema.tables
        for column in table.columns
    )
    return Consolidated(
        sql=first.sql,
        report=first,
        columns=collect_evidence(screens, places, first.schema),
        places=places,
        notes=_left_out(screens, sources),
        screens=tuple(screens),
        choices=tuple(sorted(choices.items())),
    )


def _all_scripts(screens: Sequence[Screen]) -> Report:
    texts = {screen.report.sql.strip().rstrip(";") for screen in screens}
    return check("".join(f"{text};\n\n" for text in sorted(texts) if text))


def _join(
    screens: Sequence[Screen], sources: Sequence[Source], choices: Mapping[str, str]
) -> Consolidated:
    decisions = Decisions(choices)
    merging = Merging(_plan(sources, decisions), decisions)
    enums = frozenset(merging.plan.enums.lists)
    tables, relations, renamed = draw_relations(merging, _merged(merging, enums), enums)
    tables = align_types(tables, enums)
    schema = Schema(tuple(tables.values()), _enums(merging, sources, tables))
    before, behind, notes = read_extras(sources, schema)
    report, left_out = judge(Script(schema, before, behind))
    places = _places(merging.plan, sources, renamed)
    return Consolidated(
        sql=report.sql,
        report=report,
        columns=collect_evidence(screens, places, report.schema),
        conflicts=decisions.conflicts,
        relations=relations,
        places=places,
        notes=(*_left_out(screens, sources), *sorted({*merging.notes, *notes}), *left_out),
        screens=tuple(screens),
        choices=tuple(sorted(choices.items())),
    )


def _plan(sources: Sequence[Source], decisions: Decisions) -> Plan:
    groups = tuple(group_tables(sources, decisions))
    columns = {group.qualified: tuple(group_columns(group, decisions)) for group in groups}
    places: dict[Where, tuple[str, str]] = {
        (source.number, table.qualified, column.name): (name, each.name)
        for name, own in columns.items()
        for each in own
        for source, table, column in each.members
    }
    enums = join_enums(sources, [each for own in columns.values() for each in own])
    return Plan(groups, columns, enums, places)


def _merged(merging: Merging, enums: frozenset[str]) -> dict[str, Table]:
    """Every table with all that its screens show."""
    tables: dict[str, Table] = {}
    taken = {group.name for group in merging.plan.tables}
    for group in merging.plan.tables:
        table = add_keys(merging, group, merge_columns(merging, group))
        table = add_checks(merging, group, add_references(merging, group, table), enums)
        tables[group.qualified] = add_indexes(merging, group, table, taken)
    return tables


def _enums(
    merging: Merging, sources: Sequence[Source], tables: Mapping[str, Table]
) -> tuple[Enum, ...]:
    """The types that columns have, and those that no screen's columns have either."""
    enums = merging.plan.enums
    had = {
        enums.find(source, column.type)
        for source in sources
        for table in source.schema.tables
        for column in table.columns
    }
    types = {
        column.type.removesuffix("[]") for table in tables.values() for column in table.columns
    }
    kept = [name for name in enums.lists if name not in had or quote_identifier(name) in types]
    return used_enums(enums, {name: merging.labels.get(name, []) for name in kept})


def _places(plan: Plan, sources: Sequence[Source], renamed: Renamed) -> tuple[Place, ...]:
    return tuple(
        Place(number, table.qualified, column.name, home, renamed.get((home, name), name))
        for source in sources
        for number in source.screens
        for table in source.schema.tables
        for column in table.columns
        for home, name in [plan.places[source.number, table.qualified, column.name]]
    )


def _left_out(screens: Sequence[Screen], sources: Sequence[Source]) -> tuple[str, ...]:
    """Which screens have no part in the schema."""
    if not sources:
        return ()
    used = {number for source in sources for number in source.screens}
    return tuple(
        f"{screen.name} is left out: "
        + ("its SQL does not run" if not screen.report.valid else "it has no table")
        for number, screen in enumerate(screens)
        if number not in used
    )
