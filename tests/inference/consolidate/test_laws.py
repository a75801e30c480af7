"""What holds of any screens: nothing is lost, the result runs, and their order does not matter."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ghost_engine.inference.consolidate import Consolidated, Screen, choose, consolidate
from ghost_engine.inference.consolidate.widening import widest
from ghost_engine.sql.compare import compare
from tests.inference.consolidate.made import screen

TABLES = ("customers", "clients", "customer", "orders", "order_items", "items", "records", "Data")
COLUMNS = (
    *("id", "customer_id", "customer", "client_name", "name", "qty", "quantity", "sku", "status"),
    *("order_id", "item_id", "phone", "phone_number", "created_at", "created_on", "customerId"),
    "order",
)
TYPES = ("integer", "bigint", "numeric(8,2)", "text", "varchar(30)", "uuid", "date", "timestamptz",
    "boolean", "status", "text[]", "jsonb")  # fmt: skip
CLAUSES = ("", "", "NOT NULL", "UNIQUE", "DEFAULT NULL")
LABELS = ("open", "Open", "paid", "in_progress", "In progress", "lost")
VALUES = ("Ann Lee", "Bob Ray", "open", "12", "—", "CL-1")


@some.composite
def scripts(draw: some.DrawFn) -> str:
    """A small schema: a few tables, sometimes with references among them."""
    labels = draw(some.lists(some.sampled_from(LABELS), min_size=1, max_size=4, unique=True))
    lines = ["CREATE TYPE status AS ENUM ({});".format(", ".join(f"'{each}'" for each in labels))]
    keyed: list[tuple[str, str, str]] = []
    for table in draw(some.lists(some.sampled_from(TABLES), min_size=1, max_size=3, unique=True)):
        names = draw(some.lists(some.sampled_from(COLUMNS), min_size=1, max_size=5, unique=True))
        parts = []
        for number, name in enumerate(names):
            kind = draw(some.sampled_from(TYPES))
            clause = draw(some.sampled_from(CLAUSES))
            if kind == "jsonb" and clause == "UNIQUE":
                clause = ""
            target = draw(some.sampled_from(keyed)) if keyed and draw(some.booleans()) else None
            if number == 0 and draw(some.booleans()):
                clause = "PRIMARY KEY"
                keyed.append((table, name, kind))
            elif target and target[0] != table:
                kind, clause = target[2], f'REFERENCES "{target[0]}" ("{target[1]}")'
            parts.append(f'"{name}" {kind} {clause}')
        lines.append(f'CREATE TABLE "{table}" ({", ".join(parts)});')
        if draw(some.booleans()):
            lines.append(f'CREATE INDEX ON "{table}" ("{names[-1]}");')
    return "\n".join(lines)


@some.composite
def applications(draw: some.DrawFn) -> list[Screen]:
    """Two or three screens, some with values that were read."""
    made = []
    for number, sql in enumerate(draw(some.lists(scripts(), min_size=2, max_size=3))):
        judged = screen(sql, f"{number}.png")
        values = {
            f"{table.name}__{column.name}": draw(some.lists(some.sampled_from(VALUES), max_size=3))
            for table in judged.report.schema.tables
            for column in table.columns
            if draw(some.integers(0, 3)) == 0
        }
        made.append(screen(sql, f"{number}.png", **values))
    return made


def lost(joined: Consolidated) -> list[tuple[str, str]]:
    """Columns of the screens that the joined schema lacks."""
    placed = {(each.image, each.table, each.column): each for each in joined.places}
    schema, missing = joined.report.schema, []
    for image, each in enumerate(joined.screens):
        for table in each.report.schema.tables:
            for column in table.columns:
                place = placed[image, table.qualified, column.name]
                home = schema.table(place.joined_table)
                if home is None or home.column(place.joined_column) is None:
                    missing.append((table.qualified, column.name))
    return missing


def merged(joined: Consolidated) -> list[tuple[int, str, str]]:
    """Places that two columns of one screen share; there must be none."""
    places = [(each.image, each.joined_table, each.joined_column) for each in joined.places]
    return [place for place in places if places.count(place) > 1]


@given(applications(), some.randoms(use_true_random=False))
@settings(max_examples=settings.default.max_examples // 12)  # a dozen judgements each
def test_no_screen_loses_a_column_and_the_order_does_not_matter(
    screens: list[Screen], chance: object
) -> None:
    joined = consolidate(screens)
    assert joined.report.valid, (joined.sql, joined.report.errors)
    assert lost(joined) == [] and merged(joined) == []
    other = consolidate([screens[-1], *screens[:-1], screens[0]])
    assert other.sql == joined.sql
    assert [(each.key, each.options, each.chosen) for each in other.conflicts] == [
        (each.key, each.options, each.chosen) for each in joined.conflicts
    ]
    assert other.relations == joined.relations
    for conflict in joined.conflicts[:3]:
        for option in conflict.options:
            chosen = choose(joined, conflict, option)
            assert chosen.report.valid, (chosen.sql, chosen.report.errors)
            assert lost(chosen) == [] and merged(chosen) == []
            assert (conflict.key, option) in [(c.key, c.chosen) for c in chosen.conflicts]


@given(some.lists(some.sampled_from(TYPES[:9]), min_size=1, max_size=4))
def test_the_widest_type_depends_on_no_order(types: Sequence[str]) -> None:
    assert widest(types) == widest(list(reversed(types))) == widest([*types, *types])


@pytest.mark.parametrize(
    ("types", "wide"),
    [
        (("smallint", "bigint"), "bigint"),
        (("integer", "numeric(6,2)"), "numeric(12,2)"),
        (("numeric(6,2)", "numeric(5,4)"), "numeric(8,4)"),
        (("integer", "double precision"), "numeric"),
        (("date", "timestamp with time zone"), "timestamp with time zone"),
        (("character varying(20)", "character varying(80)"), "character varying(80)"),
        (("character varying(20)", "text"), "text"),
        (("json", "jsonb"), "jsonb"),
        (("date", "integer"), "text"),
        (("text[]", "text"), "text[]"),
    ],
)
def test_types_are_widened_as_a_person_would(types: tuple[str, str], wide: str) -> None:
    assert widest(types) == wide


def test_a_screen_and_a_part_of_it_are_the_screen() -> None:
    whole = screen("CREATE TABLE a (id int PRIMARY KEY, x text, y int CHECK (y > 0) DEFAULT 3);")
    part = screen("CREATE TABLE a (id int PRIMARY KEY, y int CHECK (y > 0) DEFAULT 3);")
    joined = consolidate([part, whole])
    assert compare(joined.report.schema, whole.report.schema).exact
    assert joined.conflicts == ()
