"""Decisions: against the version that was seen, in bulk, and taken back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ghost_engine.data.records import Edit, Filters, NewExample, NewSuggestion, Verdict
from ghost_engine.data.store import Store
from ghost_engine.errors import StaleExample, StoreError

Make = Callable[..., NewExample]
BETTER = "CREATE TABLE orders (id int PRIMARY KEY);"


@pytest.fixture
def example_id(store: Store, make_row: Make) -> int:
    return store.add(make_row("a", problems=("no_primary_key",))).example_id


def approve(store: Store, example_id: int, sql: str = BETTER, **more: Any) -> Any:
    said = {"version": 1, "decision": "approved", "reviewer": "ana", **more}
    return store.decide(example_id, sql=sql, **said)


def test_a_decision_puts_its_text_in_force(store: Store, example_id: int, runs: Verdict) -> None:
    review = approve(store, example_id, seconds=7.5, note="key", verdict=runs, problems=["x"])
    example = store.get(example_id)
    assert (example.status, example.sql, example.version) == ("approved", BETTER, 2)
    assert example.review == review and example.verdict == runs and example.problems == ("x",)
    assert (review.seconds, review.note, review.reviewer) == (7.5, "key", "ana")
    assert review.distance == pytest.approx(12 / 41, abs=0.02)


def test_the_suggestion_is_never_changed(store: Store, example_id: int) -> None:
    before = store.suggestions(example_id)
    approve(store, example_id)
    assert store.suggestions(example_id) == before


def test_an_unchanged_text_keeps_its_verdict_and_a_changed_one_loses_it(
    store: Store, example_id: int, runs: Verdict
) -> None:
    same = approve(store, example_id, store.get(example_id).sql)
    assert (same.verdict, same.problems, same.distance) == (runs, ("no_primary_key",), 0.0)
    changed = approve(store, example_id, BETTER, version=2)
    assert (changed.verdict, changed.problems) == (None, ())
    assert store.queue(Filters(executes="unknown")).total == 1
    assert store.queue(Filters(problems=("no_primary_key",))).total == 0


def test_a_stale_save_is_refused_with_both_texts(store: Store, example_id: int, clock: Any) -> None:
    approve(store, example_id)
    saved = clock.now
    clock.pass_(minutes=5)
    with pytest.raises(StaleExample, match="was saved by ana at 2026-03-04 09:00:00 UTC") as told:
        approve(store, example_id, "-- theirs", reviewer="bob")
    stale = told.value
    assert (stale.yours, stale.theirs, stale.version) == ("-- theirs", BETTER, 2)
    assert (stale.example_id, stale.saved_by, stale.saved_at) == (example_id, "ana", saved)
    assert len(store.reviews(example_id)) == 1
    approve(store, example_id, "-- theirs", reviewer="bob", version=stale.version)
    assert store.get(example_id).sql == "-- theirs"


def test_a_new_draft_of_an_open_example_makes_a_save_stale(store: Store, example_id: int) -> None:
    store.suggest(example_id, NewSuggestion("-- other", "gemini"))
    with pytest.raises(StaleExample, match="was saved by gemini"):
        approve(store, example_id)


def test_the_very_same_save_twice_is_answered_twice(store: Store, example_id: int) -> None:
    assert approve(store, example_id) == approve(store, example_id)
    assert len(store.reviews(example_id)) == 1


def test_an_edit_changes_the_text_and_not_the_status(store: Store, example_id: int) -> None:
    approve(store, example_id, decision="edited")
    example = store.get(example_id)
    assert (example.status, example.sql, example.version) == ("new", BETTER, 2)


def test_a_decision_ends_its_reviewers_draft_and_no_other(store: Store, example_id: int) -> None:
    store.save_draft(example_id, "ana", "-- a", 1)
    store.save_draft(example_id, "bob", "-- b", 1)
    approve(store, example_id)
    assert store.draft(example_id, "ana") is None
    kept = store.draft(example_id, "bob")
    assert kept is not None and (kept.sql, kept.base_version) == ("-- b", 1)


@pytest.mark.parametrize("decision", ["maybe", "new", ""])
def test_a_word_that_is_no_decision_is_refused(
    store: Store, example_id: int, decision: str
) -> None:
    with pytest.raises(StoreError, match="is no decision"):
        approve(store, example_id, decision=decision)


def test_an_unknown_example_is_named(store: Store) -> None:
    with pytest.raises(StoreError, match="There is no example 7"):
        approve(store, 7)


def test_two_writers_at_once_never_lose_a_decision(store: Store, make_row: Make) -> None:
    ids = [store.add(make_row(str(number))).example_id for number in range(15)]
    accepted: list[tuple[int, str]] = []

    def write(reviewer: str) -> None:
        for example_id in ids:
            try:
                review = approve(store, example_id, f"-- {reviewer}", reviewer=reviewer)
                accepted.append((review.example_id, reviewer))
            except StaleExample:
                continue

    writers = [threading.Thread(target=write, args=(name,)) for name in ("ana", "bob", "eve")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(example_id for example_id, _ in accepted) == ids
    for example_id, reviewer in accepted:
        assert [review.reviewer for review in store.reviews(example_id)] == [reviewer]


def test_an_undo_brings_back_text_status_and_problems(
    store: Store, example_id: int, runs: Verdict
) -> None:
    before = store.get(example_id)
    review = approve(store, example_id)
    assert store.undo(reviewer="bob", review=review.id).count == 1
    after = store.get(example_id)
    same = replace(after, version=before.version, updated=before.updated)
    assert same == before and after.version == 3
    (kept,) = store.reviews(example_id)
    assert (kept.undone_by, kept.sql) == ("bob", BETTER)


def test_an_undo_goes_back_to_the_review_before(store: Store, example_id: int) -> None:
    approve(store, example_id)
    second = approve(store, example_id, "-- worse", version=2, decision="rejected")
    store.undo(reviewer="ana", review=second.id)
    example = store.get(example_id)
    assert (example.status, example.sql) == ("approved", BETTER)


def test_what_an_undo_would_take_back_is_known_after_a_restart(
    store: Store, make_row: Make, clock: Any
) -> None:
    ids = [store.add(make_row(name)).example_id for name in "abc"]
    first = approve(store, ids[0])
    clock.pass_(seconds=1)
    batch = store.decide_many(Filters(ids=tuple(ids[1:])), "rejected", reviewer="ana")
    assert store.last_review("bob") is None
    last = store.last_review("ana")
    assert last is not None and last.batch == batch.id
    store.undo(reviewer="ana", batch=batch.id)
    assert store.last_review("ana") == first


def test_an_undo_keeps_what_was_decided_since(store: Store, example_id: int) -> None:
    first = approve(store, example_id)
    approve(store, example_id, "-- mine", version=2, reviewer="bob")
    undone = store.undo(reviewer="ana", review=first.id)
    assert (undone.count, undone.kept) == (0, (example_id,))
    assert store.get(example_id).sql == "-- mine"
    with pytest.raises(StoreError, match="either a review or a batch"):
        store.undo(reviewer="ana")


def test_a_bulk_decision_takes_what_matches_and_can_be_taken_back(
    store: Store, make_row: Make
) -> None:
    store.add_many(make_row(str(n), domain="shop" if n % 3 else "bank") for n in range(600))
    before = list(store.iterate())
    batch = store.decide_many(Filters(domains=("shop",)), "approved", reviewer="ana", note="ok")
    assert batch.count == 400 and store.counts().statuses == {"approved": 400, "new": 200}
    example = next(store.iterate(Filters(statuses=("approved",))))
    assert example.review is not None and example.review.sql == example.suggestion.sql
    assert (example.version, example.review.batch, example.review.note) == (2, batch.id, "ok")
    assert example.verdict == example.suggestion.verdict
    assert store.decide_many(Filters(domains=("shop",)), "approved", reviewer="bob").count == 0
    assert store.undo(reviewer="ana", batch=batch.id).count == 400
    after = [replace(e, version=1, updated=e.created) for e in store.iterate()]
    assert after == before


def test_a_bulk_decision_keeps_edited_texts(store: Store, example_id: int, runs: Verdict) -> None:
    approve(store, example_id, decision="edited", verdict=runs)
    batch = store.decide_many(Filters(ids=(example_id,)), "approved", reviewer="ana")
    example = store.get(example_id)
    assert batch.count == 1 and example.sql == BETTER and example.verdict == runs
    assert example.review is not None and example.review.distance is not None
    assert example.review.distance > 0


def test_a_screenshot_without_sql_can_be_rejected_and_not_approved_in_bulk(
    store: Store, make_row: Make
) -> None:
    store.add(make_row("bare", None))
    assert store.decide_many(Filters(), "approved", reviewer="ana").count == 0
    assert store.decide_many(Filters(), "rejected", reviewer="ana").count == 1
    assert store.get(1).status == "rejected"
    with pytest.raises(StoreError, match="needs a status"):
        store.decide_many(Filters(), "edited", reviewer="ana")


def test_a_correction_of_many_leaves_those_that_moved_on(store: Store, make_row: Make) -> None:
    ids = [store.add(make_row(str(number))).example_id for number in range(3)]
    approve(store, ids[1], "-- mine")
    batch = store.edit_many([Edit(number, 1, BETTER) for number in ids], reviewer="ana")
    assert (batch.count, batch.stale) == (2, (ids[1],))
    assert [store.get(number).sql for number in ids] == [BETTER, "-- mine", BETTER]
    assert store.get(ids[0]).status == "new"
    store.undo(reviewer="ana", batch=batch.id)
    assert store.get(ids[0]).sql == store.get(ids[0]).suggestion.sql
