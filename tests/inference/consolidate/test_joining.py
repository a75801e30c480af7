"""Several screens of one application as one schema."""

from __future__ import annotations

import pytest

from ghost_engine.errors import EngineError
from ghost_engine.inference.consolidate import Screen, choose, consolidate
from ghost_engine.inference.protocol import Evidence
from ghost_engine.sql import check
from tests.inference.consolidate.made import column_type, conflict, references, screen

ORDERS = """
CREATE TYPE order_status AS ENUM ('open', 'paid');
CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number text NOT NULL UNIQUE,
    customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    status order_status NOT NULL DEFAULT 'open',
    total numeric(8,2) CHECK (total >= 0)
);
CREATE INDEX orders_status_idx ON orders (status) WHERE status = 'open';
COMMENT ON COLUMN orders.total IS 'With tax';
"""
CLIENTS = """
CREATE TABLE clients (
    id integer PRIMARY KEY, name varchar(80), email text UNIQUE, city varchar(40)
);
"""


def test_one_screen_comes_out_as_it_is() -> None:
    evidence = Evidence("orders", "total", "numeric(8,2)", label="Total", box=(1, 2, 3, 4))
    alone = Screen("orders.png", check(ORDERS), (evidence,))
    joined = consolidate([alone])
    assert joined.sql == alone.report.sql
    assert joined.report is alone.report
    assert joined.columns == (evidence,)
    assert joined.conflicts == joined.relations == joined.notes == ()


def test_the_same_screen_twice_changes_nothing() -> None:
    one, other = screen(ORDERS), screen(CLIENTS)
    assert consolidate([one, one]).sql == one.report.sql
    twice, once = consolidate([one, other, one]), consolidate([one, other])
    assert twice.report.schema == once.report.schema
    assert twice.sql == once.sql
    assert [each.key for each in twice.conflicts] == [each.key for each in once.conflicts]


def test_two_names_of_one_table_are_joined_and_the_choice_is_listed() -> None:
    joined = consolidate([screen(ORDERS), screen(CLIENTS)])
    assert joined.report.valid
    assert joined.report.schema.table_names == ("clients", "orders")
    found = conflict(joined, "table")
    assert found.options == ("clients", "customers", "keep apart")
    assert found.screens == ((1,), (0,), ())
    assert column_type(joined, "clients", "id") == "bigint"
    assert references(joined) == {("orders", "customer_id", "clients")}


def test_another_name_can_be_chosen() -> None:
    joined = consolidate([screen(ORDERS), screen(CLIENTS)])
    renamed = choose(joined, conflict(joined, "table"), "customers")
    assert renamed.report.valid
    assert references(renamed) == {("orders", "customer_id", "customers")}
    assert conflict(renamed, "table").chosen == "customers"


def test_tables_can_be_kept_apart_and_joined_again() -> None:
    joined = consolidate([screen(ORDERS), screen(CLIENTS)])
    apart = choose(joined, conflict(joined, "table"), "keep apart")
    assert apart.report.schema.table_names == ("clients", "customers", "orders")
    again = choose(apart, conflict(apart, "table"), "clients")
    assert again.sql == joined.sql


def test_choices_add_up() -> None:
    joined = consolidate([screen(ORDERS), screen(CLIENTS)])
    named = choose(joined, conflict(joined, "table"), "customers")
    kinds = [each for each in named.conflicts if each.kind == "type" and each.column == "name"]
    both = choose(named, kinds[0], "varchar(80)")
    assert column_type(both, "customers", "name") == "character varying(80)"


def test_what_cannot_be_chosen_is_refused() -> None:
    joined = consolidate([screen(ORDERS), screen(CLIENTS)])
    with pytest.raises(EngineError, match='"people" is no way out'):
        choose(joined, conflict(joined, "table"), "people")
    with pytest.raises(EngineError, match="no conflict"):
        choose(consolidate([screen(ORDERS)]), conflict(joined, "table"), "customers")


def test_everything_a_screen_knows_is_kept() -> None:
    joined = consolidate(
        [screen(ORDERS), screen("CREATE TABLE notes (id int PRIMARY KEY, body text)")]
    )
    orders = joined.report.schema.table("orders")
    assert orders is not None
    assert orders.primary_key == ("id",)
    assert [unique.columns for unique in orders.uniques] == [("number",)]
    assert [each.expression for each in orders.checks] == ["CHECK ((total >= (0)::numeric))"]
    assert "WHERE (status = 'open'::order_status)" in orders.indexes[0].definition
    total, status = orders.column("total"), orders.column("status")
    assert total is not None and total.comment == "With tax"
    assert status is not None and status.default == "'open'::order_status" and not status.nullable
    assert orders.foreign_keys[0].on_delete == "CASCADE"


def test_types_are_widened_and_the_doubt_is_listed() -> None:
    joined = consolidate(
        [
            screen("CREATE TABLE items (id int PRIMARY KEY, price numeric(6,2), seen date)"),
            screen("CREATE TABLE items (id int PRIMARY KEY, price integer, seen timestamptz)"),
        ]
    )
    assert column_type(joined, "items", "price") == "numeric(12,2)"
    assert column_type(joined, "items", "seen") == "timestamp with time zone"
    kinds = {each.column: each for each in joined.conflicts if each.kind == "type"}
    assert kinds["price"].options == ("integer", "numeric(6,2)", "numeric(12,2)")
    assert column_type(choose(joined, kinds["price"], "integer"), "items", "price") == "integer"


def test_labels_of_an_enum_are_united_in_their_order() -> None:
    first = "CREATE TYPE state AS ENUM ('new', 'done'); CREATE TABLE jobs (id int, state state)"
    second = "CREATE TYPE state AS ENUM ('new', 'In progress', 'done', 'lost');"
    second += "CREATE TABLE jobs (id int, state state DEFAULT 'In progress')"
    third = "CREATE TYPE job_state AS ENUM ('in_progress', 'done');"
    third += "CREATE TABLE jobs (id int, state job_state, boss text)"
    joined = consolidate([screen(first), screen(second), screen(third)])
    assert joined.report.valid
    (enum,) = joined.report.schema.enums
    assert enum.name == "state"
    assert enum.labels == ("new", "in_progress", "done", "lost")
    assert "DEFAULT 'in_progress'" in joined.sql


def test_labels_that_differ_in_a_sign_stay_two() -> None:
    first = "CREATE TYPE blood AS ENUM ('A+', 'B+'); CREATE TABLE donors (id int, blood blood)"
    second = "CREATE TYPE blood AS ENUM ('A-', 'B+'); CREATE TABLE donors (id int, blood blood)"
    (enum,) = consolidate([screen(first), screen(second)]).report.schema.enums
    assert set(enum.labels) == {"A+", "A-", "B+"}


def test_types_of_one_name_and_other_labels_stay_two() -> None:
    first = (
        "CREATE TYPE status AS ENUM ('open', 'shut'); CREATE TABLE doors (id int, status status)"
    )
    second = (
        "CREATE TYPE status AS ENUM ('paid', 'due'); CREATE TABLE bills (id int, status status)"
    )
    joined = consolidate([screen(first), screen(second)])
    assert joined.report.valid
    assert {enum.labels for enum in joined.report.schema.enums} == {
        ("open", "shut"),
        ("paid", "due"),
    }


def test_lists_of_values_are_united() -> None:
    joined = consolidate(
        [
            screen("CREATE TABLE jobs (id int, kind text CHECK (kind IN ('a', 'b')))"),
            screen("CREATE TABLE jobs (id int, kind varchar(9) CHECK (kind IN ('b', 'c')), x int)"),
        ]
    )
    assert "CHECK (kind IN ('a', 'b', 'c'))" in joined.sql


def test_a_list_gives_way_to_a_value_that_it_lacks() -> None:
    listed = "CREATE TYPE kind AS ENUM ('a', 'b'); CREATE TABLE jobs (id int, kind kind)"
    plain = "CREATE TABLE jobs (id int, kind text, boss text)"
    fits = consolidate([screen(listed), screen(plain, jobs__kind=["A", "b"])])
    assert column_type(fits, "jobs", "kind") == "kind"
    strange = consolidate([screen(listed), screen(plain, jobs__kind=["A", "zzz"])])
    assert column_type(strange, "jobs", "kind") == "text"
    assert 'shows "zzz"' in conflict(strange, "type").reason


def test_a_key_that_another_wins_over_stays_unique() -> None:
    joined = consolidate(
        [
            screen(
                "CREATE TABLE items (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int)"
            ),
            screen("CREATE TABLE items (sku text PRIMARY KEY, b int)"),
        ]
    )
    items = joined.report.schema.table("items")
    assert items is not None
    assert items.primary_key == ("id",)
    assert [unique.columns for unique in items.uniques] == [("sku",)]
    chosen = choose(joined, conflict(joined, "key"), "sku").report.schema.table("items")
    assert chosen is not None and chosen.primary_key == ("sku",)


def test_a_key_made_by_the_database_keeps_being_made() -> None:
    joined = consolidate(
        [
            screen("CREATE TABLE tickets (ticket_id serial PRIMARY KEY, a int)"),
            screen("CREATE TABLE tickets (id uuid PRIMARY KEY DEFAULT uuid_generate_v4(), b int);"),
        ]
    )
    tickets = joined.report.schema.table("tickets")
    assert tickets is not None
    (key,) = [column for column in tickets.columns if column.name in tickets.primary_key]
    assert (key.type, key.identity) == ("integer", "by default")
    (kinds,) = [each for each in joined.conflicts if each.kind == "type"]
    assert "DEFAULT gen_random_uuid()" in choose(joined, kinds, "uuid").sql


def test_tables_are_named_in_the_number_of_the_others() -> None:
    other = "CREATE TABLE {} (id int PRIMARY KEY, name text)"
    plural = [screen(other.format(name)) for name in ("ticket", "tickets", "agents", "teams")]
    singular = [screen(other.format(name)) for name in ("ticket", "tickets", "agent", "team")]
    assert "tickets" in consolidate(plural).report.schema.table_names
    assert "ticket" in consolidate(singular).report.schema.table_names


def test_empty_cells_make_a_column_optional() -> None:
    strict = "CREATE TABLE people (id int PRIMARY KEY, phone text NOT NULL)"
    loose = "CREATE TABLE people (id int PRIMARY KEY, phone text)"
    kept = consolidate([screen(strict), screen(loose)])
    assert conflict(kept, "required").chosen == "required"
    blank = consolidate([screen(strict), screen(loose, people__phone=["555", "—"])])
    assert conflict(blank, "required").chosen == "may be empty"


def test_columns_under_synonyms_are_one_and_lookalikes_are_asked_about() -> None:
    first = "CREATE TABLE goods (id int PRIMARY KEY, qty int CHECK (qty > 0), reference text)"
    second = "CREATE TABLE goods (id int PRIMARY KEY, quantity int, reference_code text)"
    joined = consolidate([screen(first), screen(second)])
    goods = joined.report.schema.table("goods")
    assert goods is not None
    assert {column.name for column in goods.columns} == {
        "id",
        "qty",
        "reference",
        "reference_code",
    }
    chosen = {each.key: each.chosen for each in joined.conflicts}
    assert chosen["column:goods.qty|quantity"] == "qty"
    (asked,) = [each for each in joined.conflicts if each.chosen == "keep both"]
    one = choose(joined, asked, "reference").report.schema.table("goods")
    assert one is not None and {column.name for column in one.columns} == {"id", "qty", "reference"}


def test_a_renamed_column_takes_its_checks_and_indexes_along() -> None:
    first = "CREATE TABLE goods (id int PRIMARY KEY, qty int CHECK (qty > 0));"
    first += "CREATE INDEX goods_qty ON goods (abs(qty)) WHERE qty > 5"
    joined = consolidate(
        [screen(first), screen("CREATE TABLE goods (id int PRIMARY KEY, quantity int, b int)")]
    )
    key = next(each for each in joined.conflicts if each.kind == "column")
    renamed = choose(joined, key, "quantity")
    assert renamed.report.valid and renamed.notes == ()
    assert "CHECK (quantity > 0)" in renamed.sql
    assert "(abs(quantity)) WHERE (quantity > 5)" in renamed.sql


def test_evidence_of_every_screen_is_kept_under_the_new_names() -> None:
    first = screen("CREATE TABLE goods (id int PRIMARY KEY, qty int)", goods__qty=["4"])
    second = screen("CREATE TABLE goods (id int PRIMARY KEY, quantity int, b int)", "two.png")
    joined = consolidate([first, second])
    shown = {(each.image, each.column, each.values) for each in joined.columns}
    assert (0, "quantity", ("4",)) in shown
    assert (1, "quantity", ()) in shown  # a model's column, which nobody read
    assert {each.reason for each in joined.columns if each.image} == {"in the schema of two.png"}
    assert all(each.label == "Qty" for each in joined.columns if each.values)


def test_a_screen_that_does_not_run_is_left_out_by_name() -> None:
    broken = Screen("broken.png", check("CREATE TABLE t (id nonsense)"))
    joined = consolidate([screen(ORDERS), broken])
    assert joined.sql == check(ORDERS).sql
    assert joined.notes == ("broken.png is left out: its SQL does not run",)
    both = consolidate([broken, Screen("two.png", check("CREATE TABLE u (id rubbish)"))])
    assert not both.report.valid and len(both.report.errors) == 2
    with pytest.raises(EngineError, match="no screen"):
        consolidate([])


def test_domains_and_views_are_taken_over() -> None:
    first = "CREATE DOMAIN plate AS text CHECK (VALUE <> ''); CREATE TABLE cars (plate plate);"
    first += "CREATE VIEW plates AS SELECT plate FROM cars"
    joined = consolidate(
        [
            screen(first),
            screen("CREATE TABLE cars (plate plate_, seats int)".replace("plate_", "text")),
        ]
    )
    assert joined.report.valid
    assert "CREATE DOMAIN plate" in joined.sql
    assert [view.name for view in joined.report.schema.views] == ["plates"]


def test_a_view_that_no_longer_runs_is_left_out_and_told() -> None:
    view = "CREATE TABLE clients (id int, name text, phone text);"
    view += "CREATE VIEW names AS SELECT name FROM clients"
    other = screen("CREATE TABLE customers (id int, name text, phone text, city text, zip text)")
    joined = consolidate([screen(view), other])
    table = conflict(joined, "table")
    renamed = choose(joined, table, "customers")
    assert renamed.report.valid
    assert any("CREATE VIEW names" in note for note in renamed.notes)


def test_tables_of_silent_names_meet_only_by_their_columns() -> None:
    one = "CREATE TABLE records (id int PRIMARY KEY, name text, price int)"
    other = "CREATE TABLE records (id int PRIMARY KEY, opened date, weight int)"
    more = "CREATE TABLE records (id int PRIMARY KEY, name text, price int, stock int)"
    assert len(consolidate([screen(one), screen(other)]).report.schema.tables) == 2
    assert len(consolidate([screen(one), screen(more)]).report.schema.tables) == 1
