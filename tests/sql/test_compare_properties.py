"""What must hold of the score whatever the schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghost_engine.sql.compare import Comparison, Visibility, compare
from ghost_engine.sql.schema import Column, Enum, ForeignKey, Schema, Table

TABLE_NAMES = (
    "customers", "orders", "order_items", "products", "categories", "people", "invoices",
    "app_users", "addresses", "user_roles", "roles", "statuses", "tags", "tag", "tblStock",
)  # fmt: skip
COLUMN_NAMES = (
    "name", "full_name", "email", "email_address", "qty", "quantity", "unit_price", "status",
    "created_at", "updated_at", "deleted_at", "is_active", "tag", "tags", "address1", "address2",
    "customer_name", "due_date", "customerId", "first_name", "last_name", "notes", "description",
)  # fmt: skip
TYPES = ("integer", "bigint", "text", "character varying(80)", "boolean", "date", "numeric(10,2)")
JUNK_TABLE = Table("zzqxw", (Column("vvkjh", "text"),))
JUNK_COLUMN = Column("zzqxw", "text")

relaxed = settings(deadline=None, max_examples=settings.default.max_examples // 4)


columns = st.lists(
    st.builds(Column, st.sampled_from(COLUMN_NAMES), st.sampled_from((*TYPES, "mood"))),
    max_size=6,
    unique_by=lambda column: column.name,
)


@st.composite
def tables(draw: st.DrawFn, name: str) -> Table:
    own = tuple(draw(columns))
    if draw(st.booleans()):
        return Table(name, own)
    return Table(name, (Column("id", "bigint", nullable=False), *own), primary_key=("id",))


@st.composite
def schemas(draw: st.DrawFn, most_tables: int = 5) -> Schema:
    """Tables with and without columns, keys and references, as a catalog could hold them."""
    names = draw(st.lists(st.sampled_from(TABLE_NAMES), max_size=most_tables, unique=True))
    made = [draw(tables(name)) for name in names]
    keyed = [table for table in made if table.primary_key]
    linked = []
    for table in made:
        targets = draw(st.lists(st.sampled_from(keyed), max_size=2)) if keyed else []
        for target in targets:
            table = _link(table, target, f"{target.name}_id")
        linked.append(table)
    return Schema(tuple(linked), enums=(Enum("mood", ("happy", "sad")),))


def damages(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Every single damage to something that is counted, with what it is."""
    yield "junk table", replace(schema, tables=(*schema.tables, JUNK_TABLE))
    for table in schema.tables:
        yield f"drop {table.name}", without_table(schema, table.name)
        junk = replace(table, columns=(*table.columns, JUNK_COLUMN))
        yield f"junk column in {table.name}", _with(schema, junk)
        if table.primary_key:
            yield f"drop the key of {table.name}", _with(schema, replace(table, primary_key=()))
        for key in table.foreign_keys:
            kept = tuple(other for other in table.foreign_keys if other != key)
            yield f"drop {key.name}", _with(schema, replace(table, foreign_keys=kept))
        for column in table.columns:
            yield f"drop {table.name}.{column.name}", without_column(schema, table, column.name)
            yield f"retype {table.name}.{column.name}", _retyped(schema, table, column)


def scores(found: Comparison) -> tuple[float, float]:
    return found.score, found.strict_score


@relaxed
@given(schemas())
def test_a_schema_is_exactly_itself(schema: Schema) -> None:
    comparison = compare(schema, schema)
    assert scores(comparison) == (1.0, 1.0) and comparison.exact
    assert all(match.predicted == match.reference for match in comparison.matches)


@relaxed
@given(schemas())
def test_every_single_damage_lowers_both_scores(schema: Schema) -> None:
    for damage, damaged in damages(schema):
        comparison = compare(damaged, schema)
        assert comparison.score < 1.0, damage
        assert comparison.strict_score < 1.0 and not comparison.exact, damage


@relaxed
@given(schemas(), st.data())
def test_damage_upon_damage_never_raises_a_score(schema: Schema, data: st.DataObject) -> None:
    damaged, before = schema, (1.0, 1.0)
    for _ in range(5):
        right = [result for what, result in damages(damaged) if not removes_junk(what, damaged)]
        damaged = data.draw(st.sampled_from(right))
        after = scores(compare(damaged, schema))
        assert after[0] <= before[0] and after[1] <= before[1]
        before = after


@relaxed
@given(schemas(), schemas())
def test_junk_never_raises_a_score(predicted: Schema, reference: Schema) -> None:
    before = scores(compare(predicted, reference))
    for damage, damaged in damages(predicted):
        if damage.startswith("junk"):
            after = scores(compare(damaged, reference))
            assert after[0] <= before[0] and after[1] <= before[1], damage


@relaxed
@given(schemas(), schemas())
def test_scores_lie_between_0_and_1_and_the_strict_one_is_the_lower(
    predicted: Schema, reference: Schema
) -> None:
    comparison = compare(predicted, reference)
    assert 0.0 <= comparison.strict_score <= comparison.score <= 1.0


@relaxed
@given(schemas(), schemas())
def test_prediction_and_reference_may_change_places(first: Schema, second: Schema) -> None:
    there, back = compare(first, second), compare(second, first)
    assert scores(there) == pytest.approx(scores(back))
    assert there.lenient.table.precision == back.lenient.table.recall
    assert len(there.matches) == len(back.matches)


@relaxed
@given(schemas(), schemas(), st.randoms(use_true_random=False))
def test_the_order_of_tables_and_columns_does_not_matter(
    predicted: Schema, reference: Schema, random: Random
) -> None:
    mixed = shuffled(predicted, random)
    assert scores(compare(mixed, reference)) == scores(compare(predicted, reference))


@relaxed
@given(schemas(), schemas())
def test_case_does_not_matter(predicted: Schema, reference: Schema) -> None:
    shouted, whispered = renamed(predicted, str.upper), renamed(predicted, str.lower)
    assert scores(compare(shouted, reference)) == scores(compare(whispered, reference))


@relaxed
@given(schemas())
def test_nothing_is_worth_nothing_against_something(schema: Schema) -> None:
    expected = 0.0 if schema.tables else 1.0
    assert scores(compare(Schema(), schema)) == (expected, expected)
    assert scores(compare(schema, Schema())) == (expected, expected)


@relaxed
@given(schemas(), st.data())
def test_hidden_columns_cost_nothing_absent_or_present(
    reference: Schema, data: st.DataObject
) -> None:
    marked = [(table.name, column.name) for table in reference.tables for column in table.columns]
    hidden = data.draw(st.sets(st.sampled_from(marked))) if marked else set()
    visibility = Visibility(
        {key: "hidden" for key in hidden}, {name: "visible" for name in reference.table_names}
    )
    assert compare(reference, reference, visibility).visible_score == 1.0
    for damage, damaged in (*damages(reference), ("", reference)):
        there = compare(damaged, reference, visibility).visible_score
        bare = compare(without_columns(damaged, hidden), reference, visibility).visible_score
        assert there == bare, damage


@relaxed
@given(schemas(), st.data())
def test_hidden_tables_cost_nothing_absent_or_present(
    reference: Schema, data: st.DataObject
) -> None:
    names = st.sets(st.sampled_from(reference.table_names)) if reference.tables else st.just(set())
    hidden = data.draw(names)
    visibility = Visibility({}, {name: "hidden" for name in hidden})
    assert compare(reference, reference, visibility).visible_score == 1.0
    bare = reference
    for name in hidden:
        bare = without_table(bare, name)
    assert compare(bare, reference, visibility).visible_score == 1.0


@relaxed
@given(schemas())
def test_without_anything_hidden_the_visible_score_is_the_score(reference: Schema) -> None:
    for _, damaged in damages(reference):
        comparison = compare(damaged, reference, Visibility({}))
        assert comparison.visible_score == comparison.score


def removes_junk(damage: str, schema: Schema) -> bool:
    """True for a drop that also takes something wrong away, which is half a repair."""
    if not damage.startswith("drop "):
        return False
    table = schema.table(damage.removeprefix("drop ").split(".")[0])
    junk = JUNK_COLUMN.name
    return "zzqxw" in damage or (table is not None and table.column(junk) is not None)


def shuffled(schema: Schema, random: Random) -> Schema:
    tables = [
        replace(table, columns=tuple(random.sample(table.columns, len(table.columns))))
        for table in schema.tables
    ]
    return replace(schema, tables=tuple(random.sample(tables, len(tables))))


def renamed(schema: Schema, rename: Callable[[str], str]) -> Schema:
    return replace(schema, tables=tuple(renamed_table(table, rename) for table in schema.tables))


def renamed_table(table: Table, rename: Callable[[str], str]) -> Table:
    return replace(
        table,
        name=rename(table.name),
        columns=tuple(replace(column, name=rename(column.name)) for column in table.columns),
        primary_key=tuple(map(rename, table.primary_key)),
        foreign_keys=tuple(
            replace(
                key,
                columns=tuple(map(rename, key.columns)),
                target=rename(key.target),
                target_columns=tuple(map(rename, key.target_columns)),
            )
            for key in table.foreign_keys
        ),
    )


def without_columns(schema: Schema, hidden: set[tuple[str, str]]) -> Schema:
    for table_name, column_name in sorted(hidden):
        table = schema.table(table_name)
        if table is not None and table.column(column_name) is not None:
            schema = without_column(schema, table, column_name)
    return schema


def _link(table: Table, target: Table, name: str) -> Table:
    if table.column(name):
        return table
    key = ForeignKey(f"{table.name}_{name}", (name,), target.name, target.primary_key)
    return replace(
        table,
        columns=(*table.columns, Column(name, "bigint")),
        foreign_keys=(*table.foreign_keys, key),
    )


def _with(schema: Schema, table: Table) -> Schema:
    made = tuple(table if other.name == table.name else other for other in schema.tables)
    return replace(schema, tables=made)


def without_table(schema: Schema, name: str) -> Schema:
    kept = tuple(
        replace(table, foreign_keys=tuple(key for key in table.foreign_keys if key.target != name))
        for table in schema.tables
        if table.name != name
    )
    return replace(schema, tables=kept)


def without_column(schema: Schema, table: Table, name: str) -> Schema:
    damaged = replace(
        table,
        columns=tuple(column for column in table.columns if column.name != name),
        primary_key=() if name in table.primary_key else table.primary_key,
        foreign_keys=tuple(key for key in table.foreign_keys if name not in key.columns),
    )
    made = _with(schema, damaged)
    return replace(made, tables=tuple(_not_pointing(other, table, name) for other in made.tables))


def _not_pointing(table: Table, target: Table, column: str) -> Table:
    """The table without the references to a column that is gone."""
    kept = tuple(
        key
        for key in table.foreign_keys
        if key.target != target.name or column not in key.target_columns
    )
    return replace(table, foreign_keys=kept)


def _retyped(schema: Schema, table: Table, column: Column) -> Schema:
    retyped = replace(column, type="uuid")
    made = tuple(retyped if other.name == column.name else other for other in table.columns)
    return _with(schema, replace(table, columns=made))
