"""Foreign keys across screens: drawn where the evidence says so, and nowhere else."""

from __future__ import annotations

import pytest

from ghost_engine.inference.consolidate import choose, consolidate
from tests.inference.consolidate.made import column_type, conflict, references, screen

CUSTOMERS = "CREATE TABLE customers (id uuid PRIMARY KEY, name text NOT NULL, phone text)"


def test_a_key_without_its_table_finds_it_on_the_other_screen() -> None:
    joined = consolidate(
        [screen("CREATE TABLE orders (id int PRIMARY KEY, customer_id bigint)"), screen(CUSTOMERS)]
    )
    assert joined.report.valid
    assert references(joined) == {("orders", "customer_id", "customers")}
    assert column_type(joined, "orders", "customer_id") == "uuid"
    (relation,) = joined.relations
    assert (relation.table, relation.column) == ("orders", "customer_id")
    assert (relation.target, relation.target_column) == ("customers", "id")
    without = choose(joined, conflict(joined, "relation"), "no reference")
    assert references(without) == set() and without.relations == ()


@pytest.mark.parametrize(
    "column",
    ["customer_id int", "billing_customer_id bigint", '"customerId" int', "client_id bigint"],
)
def test_roles_spellings_and_synonyms_are_understood(column: str) -> None:
    orders = screen(f"CREATE TABLE orders (id int PRIMARY KEY, {column})")
    assert len(references(consolidate([orders, screen(CUSTOMERS)]))) == 1


@pytest.mark.parametrize(
    "column",
    [
        "supplier_id bigint",
        "customer_count int",
        "customer_id boolean",
        "customer_id bigint, customer_type text",
        "customer text CHECK (customer IN ('new', 'old'))",
        "customer date",
        "customers_note text",
        "customer_key text",
        "customers text",
        "stripe_customer_id uuid",
        "backup_customer_id text",
    ],
)
def test_what_means_something_else_is_left_alone(column: str) -> None:
    orders = screen(f"CREATE TABLE orders (id int PRIMARY KEY, {column})")
    assert references(consolidate([orders, screen(CUSTOMERS)])) == set()


def test_a_text_becomes_a_key_to_the_table_of_that_name() -> None:
    orders = (
        "CREATE TABLE orders (id int PRIMARY KEY, customer text NOT NULL, UNIQUE (customer, id));"
    )
    orders += "CREATE INDEX ON orders (customer)"
    joined = consolidate([screen(orders), screen(CUSTOMERS)])
    assert joined.report.valid and joined.notes == ()
    assert references(joined) == {("orders", "customer_id", "customers")}
    places = {(p.table, p.column): (p.joined_table, p.joined_column) for p in joined.places}
    assert places["orders", "customer"] == ("orders", "customer_id")
    kept = choose(joined, conflict(joined, "relation"), "no reference")
    assert column_type(kept, "orders", "customer") == "text"


def test_values_that_look_quite_different_speak_against_a_text() -> None:
    orders = "CREATE TABLE orders (id int PRIMARY KEY, customer text)"
    amounts = screen(orders, orders__customer=["3 of 8", "5 of 9"])
    people = screen(CUSTOMERS, customers__name=["Ann Lee", "Bob Ray"])
    assert references(consolidate([amounts, people])) == set()
    others = screen(orders, orders__customer=["Cy Young", "Di Ott"])
    assert len(references(consolidate([others, people]))) == 1


def test_a_role_needs_a_shared_value() -> None:
    orders = "CREATE TABLE orders (id int PRIMARY KEY, billing_customer text)"
    people = screen(CUSTOMERS, customers__name=["Ann Lee", "Bob Ray"])
    unsure = consolidate([screen(orders, orders__billing_customer=["Cy Young"]), people])
    assert references(unsure) == set()
    assert conflict(unsure, "relation").options == ("customers (id)", "no reference")
    sure = consolidate([screen(orders, orders__billing_customer=["ann lee"]), people])
    assert references(sure) == {("orders", "billing_customer_id", "customers")}


def test_first_and_last_names_of_a_row_are_one_name() -> None:
    shifts = "CREATE TABLE shifts (id int PRIMARY KEY, home_worker text)"
    workers = "CREATE TABLE workers (id int PRIMARY KEY, first_name text, last_name text)"
    names = screen(workers, workers__first_name=["Ann", "Bob"], workers__last_name=["Lee", "Ray"])
    joined = consolidate([screen(shifts, shifts__home_worker=["Bob Ray"]), names])
    assert references(joined) == {("shifts", "home_worker_id", "workers")}


def test_equal_values_alone_are_only_a_question() -> None:
    pages = "CREATE TABLE pages (id int PRIMARY KEY, owner text)"
    people = screen(CUSTOMERS, customers__name=["Ann Lee", "Bob Ray", "Cy Young"])
    joined = consolidate([screen(pages, pages__owner=["Ann Lee", "Bob Ray", "Cy Young"]), people])
    assert references(joined) == set()
    drawn = choose(joined, conflict(joined, "relation"), "customers (id)")
    assert references(drawn) == {("pages", "owner_id", "customers")}


def test_a_natural_key_is_found_by_its_name() -> None:
    loans = "CREATE TABLE loans (id int PRIMARY KEY, isbn varchar(20), member_number text)"
    books = "CREATE TABLE books (isbn text PRIMARY KEY, title text)"
    members = "CREATE TABLE members (id int PRIMARY KEY, number text UNIQUE, name text)"
    joined = consolidate([screen(loans), screen(books), screen(members)])
    assert joined.report.valid
    assert references(joined) == {
        ("loans", "isbn", "books"),
        ("loans", "member_number", "members"),
    }


def test_who_saw_both_tables_on_one_screen_is_believed() -> None:
    both = "CREATE TABLE orders (id int PRIMARY KEY, customer_id bigint);" + CUSTOMERS
    other = "CREATE TABLE notes (id int PRIMARY KEY, body text)"
    assert references(consolidate([screen(both), screen(other)])) == set()


def test_two_tables_that_fit_as_well_leave_the_choice_open() -> None:
    orders = screen("CREATE TABLE orders (id int PRIMARY KEY, room_id bigint)")
    rooms = screen("CREATE TABLE lecture_rooms (id bigint PRIMARY KEY, name text)")
    halls = screen("CREATE TABLE meeting_rooms (id bigint PRIMARY KEY, seats int)")
    joined = consolidate([orders, rooms, halls])
    assert references(joined) == set()
    assert conflict(joined, "relation").options == (
        "lecture_rooms (id)",
        "meeting_rooms (id)",
        "no reference",
    )


def test_screens_that_disagree_about_a_reference_are_asked_about() -> None:
    people = "CREATE TABLE people (id int PRIMARY KEY, name text);"
    firms = "CREATE TABLE companies (id int PRIMARY KEY, title text);"
    first = people + "CREATE TABLE deals (id int PRIMARY KEY, owner_id int REFERENCES people (id))"
    second = (
        firms + "CREATE TABLE deals (id int PRIMARY KEY, owner_id int REFERENCES companies (id))"
    )
    joined = consolidate([screen(first), screen(second)])
    found = conflict(joined, "reference")
    assert found.options == ("companies (id)", "people (id)")
    chosen = choose(joined, found, "people (id)")
    assert references(chosen) == {("deals", "owner_id", "people")}


def test_a_circle_of_references_runs() -> None:
    teams = "CREATE TABLE teams (id int PRIMARY KEY, name text, lead_employee_id int)"
    staff = "CREATE TABLE employees (id int PRIMARY KEY, name text, team_id int)"
    joined = consolidate([screen(teams), screen(staff)])
    assert joined.report.valid and joined.notes == ()
    assert references(joined) == {
        ("teams", "lead_employee_id", "employees"),
        ("employees", "team_id", "teams"),
    }
