"""Sample rows: read off the screen where they fit, made up elsewhere, stored by PostgreSQL."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ghost_engine.errors import QueryError
from ghost_engine.sql.samples import Samples, TableSample, sample_rows

SHOP = """
CREATE TYPE order_status AS ENUM ('open', 'paid');
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL,
    email text NOT NULL UNIQUE CHECK (email LIKE '%@%')
);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers,
    status order_status NOT NULL,
    total numeric(8,2) CHECK (total > 0),
    placed_on date
);
"""


def table(samples: Samples, name: str) -> TableSample:
    found = samples.table(name)
    assert found is not None
    return found


def column(sample: TableSample, name: str) -> list[str | None]:
    return [row[sample.columns.index(name)] for row in sample.rows]


def fill_one(script: str, **values: list[str]) -> TableSample:
    """The only table of a script, filled with texts by column."""
    name = script.split()[2]
    return sample_rows(script, {(name, key): texts for key, texts in values.items()}).tables[-1]


def test_every_table_gets_rows_and_keys_point_at_them() -> None:
    samples = sample_rows(SHOP)

    customers, orders = table(samples, "customers"), table(samples, "orders")
    assert len(customers.rows) == len(orders.rows) == 6
    assert set(column(orders, "customer_id")) <= set(column(customers, "id"))
    assert customers.faked == 18 and customers.read == 0


def test_the_same_seed_gives_the_same_rows() -> None:
    assert sample_rows(SHOP, seed=3) == sample_rows(SHOP, seed=3)
    assert sample_rows(SHOP, seed=3) != sample_rows(SHOP, seed=4)


def test_texts_off_the_screen_become_typed_values_of_one_row() -> None:
    samples = sample_rows(
        SHOP,
        {
            ("orders", "total"): ["$1,234.50", "€ 9,90", "$7"],
            ("orders", "placed_on"): ["12 Mar 2024", "Jan 5, 2025", "2 days ago"],
            ("orders", "status"): ["Paid", "OPEN", "paid"],
        },
    )

    orders = table(samples, "orders")
    assert column(orders, "total")[:3] == ["1234.50", "9.90", "7.00"]
    assert column(orders, "placed_on")[:3] == ["2024-03-12", "2025-01-05", "2025-06-28"]
    assert column(orders, "status")[:3] == ["paid", "open", "paid"]
    assert orders.read == 9 and orders.from_screen[0] == (False, False, True, True, True)


def test_a_text_that_does_not_fit_is_counted_and_replaced() -> None:
    orders = table(sample_rows(SHOP, {("orders", "total"): ["soon", "-5", "3"]}), "orders")

    assert len(orders.rows) == 6
    assert orders.read == 1 and orders.unfit == 2
    assert all(float(total or 1) > 0 for total in column(orders, "total"))


def test_a_name_in_a_key_column_becomes_the_parents_name() -> None:
    samples = sample_rows(SHOP, {("orders", "customer_id"): ["Ann Lee", "Bob Ray", "Ann Lee"]})

    customers, orders = table(samples, "customers"), table(samples, "orders")
    names = dict(zip(column(customers, "id"), column(customers, "full_name"), strict=True))
    assert [names[key] for key in column(orders, "customer_id")[:3]] == [
        "Ann Lee",
        "Bob Ray",
        "Ann Lee",
    ]


def test_a_dash_in_a_key_column_is_null() -> None:
    script = SHOP.replace("customer_id bigint NOT NULL", "customer_id bigint")

    samples = sample_rows(script, {("orders", "customer_id"): ["Ann Lee", "—", "Ann Lee"]})

    assert column(table(samples, "orders"), "customer_id")[:3] == ["1", None, "1"]


def test_day_and_month_are_told_apart_by_the_whole_column() -> None:
    sample = fill_one("CREATE TABLE t (d date)", d=["02.03.2024", "05.22.2024"])

    assert column(sample, "d")[:2] == ["2024-02-03", "2024-05-22"]


def test_tables_and_columns_are_found_whatever_their_case() -> None:
    orders = table(sample_rows(SHOP, {("Orders", "Total"): ["12"]}), "orders")

    assert column(orders, "total")[0] == "12.00"


def test_a_repeated_text_in_a_unique_column_stands_once() -> None:
    sample = fill_one("CREATE TABLE t (email text UNIQUE)", email=["a@b.c", "a@b.c"])

    assert column(sample, "email").count("a@b.c") == 1 and len(sample.rows) == 6


def test_a_dash_is_null_where_null_may_stand() -> None:
    sample = fill_one("CREATE TABLE t (a text, b text NOT NULL)", a=["—"], b=["-"])

    assert column(sample, "a")[0] is None and column(sample, "b")[0] not in (None, "-")


def test_ids_read_off_the_screen_are_kept() -> None:
    sample = fill_one(
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY)", id=["#12", "#1"]
    )

    assert column(sample, "id")[:2] == ["12", "1"] and len(sample.rows) == 6


def test_more_rows_on_the_screen_make_more_rows() -> None:
    sample = fill_one("CREATE TABLE t (n int)", n=[str(n) for n in range(80)])

    assert len(sample.rows) == 50 and sample.read == 50


def test_self_references_make_a_tree() -> None:
    sample = fill_one("CREATE TABLE t (id int PRIMARY KEY, parent_id int REFERENCES t)")

    parents = column(sample, "parent_id")
    assert parents[0] is None and set(parents[1:]) <= set(column(sample, "id"))


def test_tables_that_refer_to_each_other_are_filled() -> None:
    samples = sample_rows(
        "CREATE TABLE a (id int PRIMARY KEY, b_id int NOT NULL);"
        "CREATE TABLE b (id int PRIMARY KEY, a_id int NOT NULL REFERENCES a);"
        "ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b;"
    )

    a, b = table(samples, "a"), table(samples, "b")
    assert len(a.rows) == len(b.rows) == 6
    assert set(column(a, "b_id")) <= set(column(b, "id"))
    assert set(column(b, "a_id")) <= set(column(a, "id"))


def test_keys_of_two_columns_agree() -> None:
    samples = sample_rows(
        "CREATE TABLE p (x int, y text, PRIMARY KEY (x, y));"
        "CREATE TABLE c (x int, y text, FOREIGN KEY (x, y) REFERENCES p);"
    )

    assert set(table(samples, "c").rows) <= set(table(samples, "p").rows)


def test_junction_tables_get_different_pairs() -> None:
    samples = sample_rows(
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY);"
        "CREATE TABLE ab (a_id int REFERENCES a, b_id int REFERENCES b, PRIMARY KEY (a_id, b_id));"
    )

    assert len(set(table(samples, "ab").rows)) == 6


def test_one_to_one_children_get_a_parent_each() -> None:
    samples = sample_rows(
        "CREATE TABLE a (id int PRIMARY KEY);"
        "CREATE TABLE b (id int PRIMARY KEY, a_id int NOT NULL UNIQUE REFERENCES a);"
    )

    assert len(table(samples, "b").rows) == 6


@pytest.mark.parametrize(
    "definition",
    [
        "smallint CHECK (x BETWEEN 3 AND 4)",
        "text CHECK (x IN ('it''s', 'b'))",
        "varchar(3) NOT NULL",
        "char(2) NOT NULL",
        "text CHECK (char_length(x) >= 30)",
        "numeric(2,2)",
        "numeric(3)",
        "integer CHECK (x > 100000)",
        "text CHECK (x ~ '^[A-Z][0-9]{2}$')",
        "text CHECK (x = 'a' OR x = 'b')",
        "timestamptz",
        "timestamp(0)",
        "date CHECK (x > '2020-01-01')",
        "time",
        "timetz",
        "interval",
        "uuid",
        "inet",
        "cidr",
        "macaddr",
        "json",
        "jsonb",
        "bytea",
        "boolean",
        "money",
        "real",
        "text[]",
        "int[]",
        "numeric(5,1)[]",
        "int4range",
        "tstzrange",
        "daterange",
        "point",
        "bit(5)",
        "bit varying(5)",
        "tsvector",
        "hstore",
        "citext",
        "ltree",
        "vector(3)",
        "mood",
        "mood[]",
        "positive",
        "mail",
        "name",
    ],
)
def test_columns_of_this_type_are_filled(definition: str) -> None:
    script = (
        "CREATE TYPE mood AS ENUM ('good', 'bad');"
        "CREATE DOMAIN positive AS int CHECK (VALUE > 0);"
        "CREATE DOMAIN mail AS text CHECK (VALUE ~ '^[^@]+@[^@]+$');"
        f"CREATE TABLE t (x {definition});"
    )

    sample = sample_rows(script).tables[0]

    assert len(sample.rows) == 6 and None not in column(sample, "x"), sample


def test_a_later_date_follows_an_earlier_one() -> None:
    script = (
        "CREATE TABLE t (opened date, closed date, low int, high int,"
        " CHECK (closed >= opened), CHECK (high > low))"
    )

    sample = sample_rows(script, rows=20).tables[0]

    assert len(sample.rows) == 20


def test_generated_columns_are_left_to_the_server() -> None:
    sample = fill_one("CREATE TABLE t (n int, m int GENERATED ALWAYS AS (n * 2) STORED)", n=["4"])

    assert column(sample, "m")[0] == "8"


def test_a_table_that_takes_no_row_stays_empty_and_says_so() -> None:
    sample = fill_one("CREATE TABLE t (n int NOT NULL CHECK (n <> n))")

    assert sample.rows == () and sample.refused == 6


def test_rows_of_the_script_itself_are_shown_and_not_added_to() -> None:
    sample = fill_one("CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (7, 'x')")

    assert sample.rows == (("7", "x"),) and sample.from_script


def test_names_with_percent_signs_and_quotes_are_filled() -> None:
    sample = sample_rows('CREATE TABLE "a%s""b" ("100%% x" int, "y\'z" text)').tables[0]

    assert len(sample.rows) == 6


def test_tables_in_other_schemas_are_filled() -> None:
    samples = sample_rows(
        "CREATE SCHEMA crm; CREATE TABLE crm.p (id int PRIMARY KEY);"
        "CREATE TABLE q (p_id int NOT NULL REFERENCES crm.p);"
    )

    assert len(table(samples, "crm.p").rows) == len(table(samples, "q").rows) == 6


def test_a_table_without_columns_has_empty_rows() -> None:
    assert sample_rows("CREATE TABLE t ()").tables[0].rows == ((),) * 6


def test_a_script_that_does_not_run_is_an_error_with_its_reason() -> None:
    with pytest.raises(QueryError, match='type "nope" does not exist'):
        sample_rows("CREATE TABLE t (x nope)")


def test_a_refused_script_never_reaches_the_server() -> None:
    with pytest.raises(QueryError, match="not run here"):
        sample_rows("CREATE TABLE t (x int); COPY t FROM PROGRAM 'id'")


def test_hostile_texts_are_only_texts() -> None:
    evil = "'); DROP TABLE t; --"

    sample = fill_one("CREATE TABLE t (a text, b jsonb)", a=[evil, "x\0y"], b=[evil, '{"a": 1}'])

    assert column(sample, "a")[:2] == [evil, "xy"] and column(sample, "b")[1] == '{"a": 1}'


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from([("customers", "email"), ("orders", "customer_id"), ("orders", "total")])
        | st.tuples(st.text(max_size=5), st.text(max_size=5)),
        st.lists(st.text(max_size=12) | st.from_regex(r"[$€]?[0-9.,]{1,6}", fullmatch=True)),
        max_size=4,
    )
)
def test_whatever_was_read_every_table_gets_its_rows(
    values: dict[tuple[str, str], list[str]],
) -> None:
    samples = sample_rows(SHOP, values)

    for sample in samples.tables:
        assert 6 <= len(sample.rows) + sample.refused <= 50
        assert sample.read + sample.faked == len(sample.rows) * len(sample.columns)
