"""The queue: filters, orders, neighbours and counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest

from ghost_engine.data.records import Filters, NewExample, Sort, Verdict
from ghost_engine.data.store import Store

Make = Callable[..., NewExample]


@pytest.fixture
def shelf(store: Store, make_row: Make, runs: Verdict, fails: Verdict) -> Store:
    """Four examples: 1 and 3 run, 2 fails, 4 was never checked."""
    store.add_many(
        [
            make_row("1", "CREATE TABLE orders (id int);", domain="shop", app="till"),
            make_row("2", "CREATE TABLE Kunden (größe int);", "gemini", fails, ("fails",)),
            make_row("3", "CREATE TABLE a_b (c int);", domain="50% bank", problems=("generic",)),
            make_row("4", 'CREATE TABLE "x" (path text); -- a\\b', verdict=None, domain="shop"),
        ]
    )
    store.decide_many(Filters(ids=(3,)), "approved", reviewer="ana")
    store.mark_golden(3)
    store.set_problems({1: ["near_duplicate"], 3: ["near_duplicate"]}, among=["near_duplicate"])
    return store


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), {1, 2, 3, 4}),
        (Filters(statuses=("new",)), {1, 2, 4}),
        (Filters(statuses=("new", "approved")), {1, 2, 3, 4}),
        (Filters(providers=("gemini",)), {2}),
        (Filters(domains=("shop",), executes=True), {1}),
        (Filters(apps=("till",)), {1}),
        (Filters(executes=False), {2}),
        (Filters(executes="unknown"), {4}),
        (Filters(golden=True), {3}),
        (Filters(problems=("fails", "generic")), {2, 3}),
        (Filters(problems=("near_duplicate",), statuses=("new",)), {1}),
        (Filters(ids=(2, 4, 99)), {2, 4}),
        (Filters(ids=()), set()),
        (Filters(text="ORDERS"), {1}),
        (Filters(text="größe"), {2}),
        (Filters(text="a_b"), {3}),
        (Filters(text="50%"), {3}),
        (Filters(text="%"), {3}),
        (Filters(text="a\\b"), {4}),
        (Filters(text='"x"'), {4}),
        (Filters(text="sho"), {1, 4}),
        (Filters(text="id"), {1}),
        (Filters(text="no such thing"), set()),
    ],
)
def test_a_filter_finds_what_it_says(shelf: Store, filters: Filters, found: set[int]) -> None:
    page = shelf.queue(filters)
    assert {row.id for row in page.rows} == found and page.total == len(found)
    assert {example.id for example in shelf.iterate(filters)} == found


def test_a_row_of_the_queue_says_what_a_list_shows(shelf: Store) -> None:
    (row,) = shelf.queue(Filters(golden=True)).rows
    assert (row.status, row.version, row.domain, row.provider) == (
        "approved",
        2,
        "50% bank",
        "ollama",
    )
    assert (row.executes, row.tables, row.columns) == (True, 1, 2)
    assert (row.problems, row.path) == (("generic", "near_duplicate"), "screens/3.png")


@pytest.mark.parametrize("sort", get_args(Sort))
def test_pages_cover_everything_once_in_order(
    store: Store, make_row: Make, clock: Any, sort: Sort, runs: Verdict
) -> None:
    for number in range(23):
        store.add(make_row(str(number), verdict=replace(runs, columns=number % 5)))
        clock.pass_(seconds=number % 2)
    whole = [row.id for row in store.queue(sort=sort, size=100).rows]
    pages = [store.queue(sort=sort, number=number, size=5) for number in range(6)]
    assert [row.id for page in pages for row in page.rows] == whole and len(set(whole)) == 23
    assert {page.total for page in pages} == {23} and pages[5].rows == ()


@pytest.mark.parametrize("sort", get_args(Sort))
def test_next_and_previous_walk_the_queue_in_its_order(
    store: Store, make_row: Make, clock: Any, sort: Sort, runs: Verdict
) -> None:
    for number in range(9):
        store.add(make_row(str(number), verdict=replace(runs, columns=number % 3)))
        clock.pass_(seconds=number % 2)
    whole = [row.id for row in store.queue(sort=sort).rows]
    walked: list[int | None] = [None]
    while (here := store.next_example(walked[-1], sort=sort, wrap=False)) is not None:
        walked.append(here)
    assert walked[1:] == whole
    back = [store.previous_example(here, sort=sort) for here in whole]
    assert back == [None, *whole[:-1]]
    assert store.next_example(whole[-1], sort=sort) == whole[0]


def test_next_goes_on_from_an_example_that_left_the_filter(shelf: Store) -> None:
    waiting = Filters(statuses=("new",))
    order = [row.id for row in shelf.queue(waiting).rows]
    example = shelf.get(order[0])
    shelf.decide(
        example.id, version=example.version, sql=example.sql, decision="rejected", reviewer="ana"
    )
    assert shelf.next_example(example.id, waiting) == order[1]


def test_next_passes_over_what_others_hold_until_it_expires(shelf: Store, clock: Any) -> None:
    first, second = (row.id for row in shelf.queue().rows[:2])
    shelf.hold(first, "bob")
    assert shelf.next_example(None, reviewer="ana") == second
    assert shelf.next_example(None, reviewer="bob") == first
    clock.pass_(seconds=61)
    assert shelf.next_example(None, reviewer="ana") == first


def test_next_is_nobody_when_only_this_one_is_left(store: Store, make_row: Make) -> None:
    assert store.next_example(None) is None
    only = store.add(make_row("a")).example_id
    assert store.next_example(only) is None


def test_counts_add_up(shelf: Store) -> None:
    counts = shelf.counts()
    assert counts.total == 4 and counts.statuses == {"new": 3, "approved": 1}
    assert (counts.executes, counts.fails, counts.unchecked) == (2, 1, 1)
    assert counts.domains == {"shop": 2, "": 1, "50% bank": 1}
    assert counts.problems == {"fails": 1, "generic": 1, "near_duplicate": 2}
    assert counts.providers == {"ollama": 3, "gemini": 1}


def test_a_check_replaces_what_it_found_before_and_nothing_else(shelf: Store) -> None:
    shelf.set_problems({1: [], 3: ["twin"]}, among=["near_duplicate", "twin"])
    assert shelf.get(1).problems == () and shelf.get(3).problems == ("generic", "twin")


def test_many_ids_are_no_more_than_one_parameter(shelf: Store) -> None:
    assert shelf.queue(Filters(ids=tuple(range(100_000)))).total == 4
