"""Drafts, holds, guidelines, and how the day goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta, timezone
from typing import Any

import pytest

from ghost_engine.data.records import Filters, NewExample
from ghost_engine.data.store import Store
from ghost_engine.errors import StaleGuidelines, StoreError

Make = Callable[..., NewExample]


def test_a_draft_is_kept_however_old_its_version(store: Store, make_row: Make) -> None:
    example_id = store.add(make_row("a")).example_id
    store.decide(example_id, version=1, sql="-- b", decision="approved", reviewer="bob")
    store.save_draft(example_id, "ana", "-- first", 1)
    saved = store.save_draft(example_id, "ana", "-- second", 1)
    assert store.draft(example_id, "ana") == saved and saved.sql == "-- second"
    store.drop_draft(example_id, "ana")
    assert store.draft(example_id, "ana") is None


def test_a_draft_of_no_example_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="no example 3"):
        store.save_draft(3, "ana", "", 1)


def test_holds_show_who_else_is_there(store: Store, make_row: Make, clock: Any) -> None:
    first, second = (store.add(make_row(name)).example_id for name in "ab")
    assert store.hold(first, "ana") == ()
    clock.pass_(seconds=30)
    (other,) = store.hold(first, "bob")
    assert (other.reviewer, other.expires) == ("ana", clock.now + timedelta(seconds=30))
    store.hold(first, "ana")
    clock.pass_(seconds=45)
    assert [holder.reviewer for holder in store.holders([first, second])[first]] == ["ana", "bob"]
    store.hold(second, "ana")
    assert [holder.reviewer for holder in store.holders([first])[first]] == ["bob"]
    store.release("bob")
    assert set(store.holders([first, second])) == {second}
    clock.pass_(seconds=61)
    assert store.holders([second]) == {}


def test_guidelines_keep_every_version(store: Store) -> None:
    assert store.guidelines().version == 0 and store.guidelines().text == ""
    store.save_guidelines("Use plurals.", "ana", 0)
    store.save_guidelines("Use plurals, always.", "bob", 1)
    newest = store.guidelines()
    assert (newest.version, newest.text, newest.author) == (2, "Use plurals, always.", "bob")
    assert store.guidelines(1).text == "Use plurals."


def test_stale_guidelines_are_refused_with_both_texts(store: Store) -> None:
    store.save_guidelines("one", "ana", 0)
    with pytest.raises(StaleGuidelines, match="The guidelines were saved by ana") as told:
        store.save_guidelines("two", "bob", 0)
    assert (told.value.yours, told.value.theirs, told.value.version) == ("two", "one", 1)


def test_progress_measures_the_pace_without_its_pauses(
    store: Store, make_row: Make, clock: Any
) -> None:
    ids = [store.add(make_row(str(number))).example_id for number in range(10)]
    for place, example_id in enumerate(ids[:5]):
        clock.pass_(hours=1) if place == 3 else clock.pass_(seconds=30)
        store.decide(example_id, version=1, sql="", decision="approved", reviewer="ana")
    progress = store.progress("ana")
    assert (progress.decided_today, progress.left) == (5, 5)
    assert progress.per_hour == pytest.approx(120)
    assert progress.finish == clock.now + timedelta(minutes=2, seconds=30)
    nobody = store.progress("bob")
    assert (nobody.decided_today, nobody.per_hour, nobody.finish) == (0, None, None)


def test_a_day_begins_at_the_reviewers_midnight(store: Store, make_row: Make, clock: Any) -> None:
    example_id = store.add(make_row("a")).example_id
    store.decide(example_id, version=1, sql="", decision="rejected", reviewer="ana")
    clock.pass_(hours=2)  # 11:00 UTC is 01:00 the next day there
    assert store.progress("ana").decided_today == 1
    far_east = clock.now.astimezone(timezone(timedelta(hours=14)))
    assert store.progress("ana", far_east).decided_today == 0


def test_providers_are_scored_by_what_became_of_their_drafts(store: Store, make_row: Make) -> None:
    store.add_many(make_row(str(n), "abcd", "good" if n < 3 else "poor") for n in range(5))
    store.decide_many(Filters(ids=(1, 2)), "approved", reviewer="ana")
    for example_id, sql, decision in ((3, "abxy", "approved"), (4, "abcd", "rejected")):
        store.decide(example_id, version=1, sql=sql, decision=decision, reviewer="ana")  # type: ignore[arg-type]
    good, poor = store.progress("ana").providers
    assert (good.provider, good.decided, good.approved) == ("good", 3, 3)
    assert good.distance == pytest.approx(0.5 / 3) and good.accept_rate == 1
    assert (poor.decided, poor.accept_rate, poor.distance) == (1, 0, None)
