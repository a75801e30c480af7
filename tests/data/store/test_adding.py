"""Imports: once and again, with pictures that come later, and with people's decisions kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ghost_engine.data.records import FROM_FILE, NewExample, NewSuggestion, Screenshot, Verdict
from ghost_engine.data.store import Store
from ghost_engine.errors import StoreError

Make = Callable[..., NewExample]
OTHER = "CREATE TABLE invoices (id int);"


def test_a_row_comes_back_as_it_was_added(store: Store, make_row: Make, runs: Verdict) -> None:
    reference = {"id": "orders", "columns": [{"table": "orders", "label": "Größe"}]}
    row = make_row("a", problems=("no_primary_key",), domain="shop", reference=reference)
    example = store.get(store.add(row).example_id)
    assert example.screenshot == row.screenshot
    assert (example.status, example.version, example.domain) == ("new", 1, "shop")
    assert example.sql == "CREATE TABLE orders (id int);" and example.verdict == runs
    assert example.problems == ("no_primary_key",) and example.reference == reference
    assert example.suggestion is not None and example.suggestion.provider == "ollama"
    assert store.picture(example.screenshot) == b"a"
    assert store.thumbnails([row.screenshot.key]) == {row.screenshot.key: b"small a"}


def test_the_same_rows_twice_change_nothing(store: Store, make_row: Make) -> None:
    rows = [make_row(f"screen {number}", domain="shop") for number in range(950)]
    assert store.add_many(rows)["added"] == 950
    before = list(store.iterate())
    assert store.add_many(reversed(rows)) == {"added": 0, "updated": 0, "unchanged": 950}
    assert list(store.iterate()) == before


def test_each_transaction_is_told_in_the_order_of_the_rows(store: Store, make_row: Make) -> None:
    told: list[int] = []
    rows = (make_row(str(number)) for number in range(401))
    store.add_many(rows, on_batch=lambda added: told.append(len(added)))
    assert told == [400, 1]


def test_a_second_text_is_one_more_suggestion_and_the_newest_is_shown(
    store: Store, make_row: Make
) -> None:
    first = store.add(make_row("a"))
    second = store.add(make_row("a", OTHER, "gemini"))
    assert (second.outcome, second.example_id) == ("updated", first.example_id)
    example = store.get(first.example_id)
    assert (example.sql, example.version) == (OTHER, 2)
    assert [draft.provider for draft in store.suggestions(example.id)] == ["ollama", "gemini"]


def test_one_screen_twice_in_an_import_is_one_example(store: Store, make_row: Make) -> None:
    rows = [make_row("a"), make_row("a", OTHER), make_row("a")]
    assert store.add_many(rows) == {"added": 1, "updated": 1, "unchanged": 1}
    assert store.add_many(rows) == {"added": 0, "updated": 0, "unchanged": 3}


def test_a_later_suggestion_leaves_a_decided_text_alone(store: Store, make_row: Make) -> None:
    example = store.get(store.add(make_row("a")).example_id)
    store.decide(example.id, version=1, sql="-- mine", decision="approved", reviewer="ana")
    assert store.suggest(example.id, NewSuggestion(OTHER, "gemini")).outcome == "updated"
    after = store.get(example.id)
    assert (after.sql, after.status, after.version) == ("-- mine", "approved", 2)
    assert after.suggestion is not None and after.suggestion.sql == OTHER


def test_sql_that_left_through_a_file_comes_back_as_known(store: Store, make_row: Make) -> None:
    example = store.get(store.add(make_row("a")).example_id)
    store.decide(example.id, version=1, sql="-- mine", decision="approved", reviewer="ana")
    for sql in ("-- mine", example.sql):
        assert store.add(make_row("a", sql, FROM_FILE)).outcome == "unchanged"


def test_gaps_are_filled_and_what_is_known_is_kept(store: Store, make_row: Make) -> None:
    row = make_row("a", domain="shop")
    store.add(row)
    licensed = replace(row.screenshot, licence="MIT", source="elsewhere")
    again = replace(row, screenshot=licensed, domain="bank", app="till", description="orders")
    added = store.add(again)
    example = store.get(added.example_id)
    assert added.outcome == "updated" and store.add(again).outcome == "unchanged"
    assert (example.domain, example.app, example.description) == ("shop", "till", "orders")
    assert (example.screenshot.licence, example.screenshot.source) == ("MIT", "tests")
    assert example.version == 1


def test_a_screenshot_waits_for_its_first_suggestion(store: Store, make_row: Make) -> None:
    example = store.get(store.add(make_row("a", None)).example_id)
    assert (example.sql, example.suggestion, example.verdict) == ("", None, None)
    store.suggest(example.id, NewSuggestion(OTHER, "baseline"))
    assert store.get(example.id).sql == OTHER


def test_a_missing_picture_that_is_found_is_the_same_example(store: Store, make_row: Make) -> None:
    found = make_row("a")
    lost = replace(found, screenshot=Screenshot.absent("screens/a.png"), picture=None)
    first = store.add(lost)
    with pytest.raises(StoreError, match=r"screens/a\.png was not found when it was imported"):
        store.picture(store.get(first.example_id).screenshot)
    second = store.add(found)
    assert (second.example_id, second.outcome) == (first.example_id, "updated")
    assert store.get(first.example_id).screenshot == found.screenshot
    assert store.add(lost).outcome == store.add(found).outcome == "unchanged"
    assert store.counts().total == 1


def test_another_text_at_the_same_lost_path_is_another_example(
    store: Store, make_row: Make
) -> None:
    lost = replace(
        make_row("a", OTHER), screenshot=Screenshot.absent("screens/a.png"), picture=None
    )
    assert store.add(lost).example_id != store.add(make_row("a")).example_id


def test_imported_as_approved_is_approved_once(store: Store, make_row: Make) -> None:
    row = make_row("a", approved_by="import")
    example = store.get(store.add(row).example_id)
    assert (example.status, example.version) == ("approved", 1)
    assert example.review is not None and example.review.reviewer == "import"
    assert store.add(row).outcome == "unchanged"


def test_an_import_as_approved_never_overrules_a_person(store: Store, make_row: Make) -> None:
    added = store.add(make_row("a"))
    store.decide(added.example_id, version=1, sql="-- no", decision="rejected", reviewer="ana")
    store.add(make_row("a", OTHER, approved_by="import"))
    assert store.get(added.example_id).status == "rejected"


def test_what_no_database_can_hold_is_replaced(store: Store, make_row: Make) -> None:
    row = make_row("a", "SELECT '\0';\ud800", domain="sh\0op")
    added = store.add(row)
    assert store.get(added.example_id).sql == "SELECT '\ufffd';\ufffd"
    assert store.add(row).outcome == "unchanged"


def test_a_picture_with_other_bytes_than_its_hash_says_is_refused(
    store: Store, make_row: Make
) -> None:
    row = replace(make_row("a"), picture=b"something else")
    with pytest.raises(StoreError, match="have another hash"):
        store.add_many([make_row("b"), row])
    assert store.counts().total == 0


def test_the_queue_begins_where_most_work_is(
    store: Store, make_row: Make, runs: Verdict, fails: Verdict
) -> None:
    store.add_many(
        [
            make_row("small", verdict=replace(runs, columns=3)),
            make_row("large", verdict=replace(runs, columns=30)),
            make_row("unchecked", verdict=None),
            make_row("fails", verdict=fails),
            make_row("disputed"),
            make_row("disputed", OTHER, "gemini"),
        ]
    )
    names = [row.path for row in store.queue().rows]
    order = ["fails", "unchecked", "disputed", "large", "small"]
    assert names == [f"screens/{name}.png" for name in order]
