"""The evidence of every screen under the joined schema's names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ghost_engine.inference.consolidate.ddl import short_type
from ghost_engine.inference.consolidate.outcome import Place, Screen
from ghost_engine.inference.protocol import Evidence
from ghost_engine.sql.schema import Schema


def collect_evidence(
    screens: Sequence[Screen], places: Sequence[Place], schema: Schema
) -> tuple[Evidence, ...]:
    """What each screen shows, screen by screen; `image` is the screen's number.

    A column without evidence of its own, as models' columns are, gets one that names its screen.
    """
    if len(screens) == 1:
        return tuple(replace(each, image=0) for each in screens[0].columns)
    types = {
        (table.qualified, column.name): short_type(column.type)
        for table in schema.tables
        for column in table.columns
    }
    by_screen: dict[int, list[Place]] = {}
    for place in places:
        by_screen.setdefault(place.image, []).append(place)
    return tuple(
        each
        for number, screen in enumerate(screens)
        for each in _of_screen(number, screen, by_screen.get(number, []), types)
    )


def _of_screen(
    number: int, screen: Screen, places: Sequence[Place], types: dict[tuple[str, str], str]
) -> Iterator[Evidence]:
    told: set[tuple[str, str]] = set()
    homes = {(place.table.rpartition(".")[2], place.column): place for place in places}
    homes |= {(place.table, place.column): place for place in places}
    for each in screen.columns:
        place = homes.get((each.table, each.column))
        if place is not None:
            told.add((place.table, place.column))
            yield _moved(each, place, types, number)
    for place in places:
        if (place.table, place.column) not in told:
            reason = f"in the schema of {screen.name}"
            yield _moved(Evidence("", "", "", reason), place, types, number)


def _moved(
    evidence: Evidence, place: Place, types: dict[tuple[str, str], str], number: int
) -> Evidence:
    table, column = place.joined_table, place.joined_column
    kind = types.get((table, column), evidence.type)
    return replace(evidence, table=table, column=column, type=kind, image=number)
