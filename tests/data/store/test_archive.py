"""Backup and restore: lossless between both databases, byte-stable, and careful."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ghost_engine.data.records import Edit, Filters, NewExample, NewSuggestion, Screenshot, Verdict
from ghost_engine.data.store import Store, open_store
from ghost_engine.errors import StoreError

Make = Callable[..., NewExample]


@pytest.fixture
def full(store: Store, make_row: Make, fails: Verdict) -> Store:
    """A store with something in every table that is kept."""
    store.add_many(make_row(f"screen {n}", f"-- {n}", domain="größe") for n in range(30))
    store.add(make_row("lost", verdict=fails, problems=("fails",), reference={"id": "x"}))
    store.add(NewExample(Screenshot.absent("gone.png"), NewSuggestion("", cost_usd=0.1 + 0.2)))
    batch = store.decide_many(Filters(ids=(1, 2, 3)), "approved", reviewer="ana", note="all")
    store.edit_many([Edit(5, 1, "-- better")], reviewer="bob")
    store.undo(reviewer="ana", batch=batch.id)
    store.decide(6, version=1, sql="-- six", decision="rejected", reviewer="ana", seconds=2.5)
    store.save_draft(7, "ana", "-- dra\0ft", 1)
    store.hold(7, "ana")
    store.save_guidelines("Use plurals.", "ana", 0)
    store.mark_golden(6)
    store.set_problems({4: ["near_duplicate"]}, among=["near_duplicate"])
    return store


def everything(store: Store) -> list[object]:
    examples = list(store.iterate())
    history = [(store.suggestions(e.id), store.reviews(e.id)) for e in examples]
    small = store.thumbnails([e.screenshot.key for e in examples])
    seen = [store.picture(e.screenshot) for e in examples if not e.screenshot.missing]
    desk = [store.draft(7, "ana"), store.guidelines(), store.counts()]
    return [examples, history, small, seen, *desk]


def test_a_restored_store_is_the_same_store(
    full: Store, new_store: Callable[[], Store], tmp_path: Path
) -> None:
    written = full.backup(tmp_path / "backup.zip")
    other = new_store()
    assert other.restore(tmp_path / "backup.zip") == written
    assert everything(other) == everything(full)
    assert written.pictures == 31 and written.rows["example"] == 32 and written.lost == ()
    assert other.holders([7]) == {}


def test_a_backup_goes_from_either_database_to_the_other_byte_for_byte(
    full: Store, tmp_path: Path
) -> None:
    full.backup(tmp_path / "first.zip")
    with open_store(tmp_path / "other") as plain:
        plain.restore(tmp_path / "first.zip")
        plain.backup(tmp_path / "second.zip")
    full.backup(tmp_path / "third.zip")
    first = (tmp_path / "first.zip").read_bytes()
    assert first == (tmp_path / "second.zip").read_bytes() == (tmp_path / "third.zip").read_bytes()


def test_a_restored_store_goes_on_counting(
    full: Store, new_store: Callable[[], Store], make_row: Make, tmp_path: Path
) -> None:
    full.backup(tmp_path / "backup.zip")
    other = new_store()
    other.restore(tmp_path / "backup.zip")
    assert other.add(make_row("new")).example_id == full.add(make_row("new")).example_id
    example = other.get(1)
    other.decide(1, version=example.version, sql="-- n", decision="rejected", reviewer="eve")


def test_a_store_in_use_is_replaced_only_when_asked(
    full: Store, new_store: Callable[[], Store], make_row: Make, tmp_path: Path
) -> None:
    full.backup(tmp_path / "backup.zip")
    other = new_store()
    other.add(make_row("mine"))
    with pytest.raises(StoreError, match="not empty"):
        other.restore(tmp_path / "backup.zip")
    assert other.counts().total == 1
    other.restore(tmp_path / "backup.zip", replace=True)
    assert everything(other) == everything(full)


def test_a_picture_that_is_gone_is_named(full: Store, tmp_path: Path) -> None:
    shot = full.get(1).screenshot
    full.picture_path(shot).unlink()
    assert full.backup(tmp_path / "backup.zip").lost == (shot.key,)
    with pytest.raises(StoreError, match="Import it again"):
        full.picture(shot)


def rewritten(source: Path, target: Path, name: str, data: bytes) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.namelist():
            new.writestr(member, data if member == name else old.read(member))
    return target


def test_a_damaged_archive_changes_nothing(
    full: Store, new_store: Callable[[], Store], tmp_path: Path
) -> None:
    good = tmp_path / "good.zip"
    full.backup(good)
    table = rewritten(good, tmp_path / "table.zip", "tables/review.jsonl", b"")
    other = new_store()
    with pytest.raises(StoreError, match=r"review\.jsonl has another hash"):
        other.restore(table)
    shot = full.get(1).screenshot
    name = f"pictures/{shot.key[:2]}/{shot.key}.png"
    with pytest.raises(StoreError, match="have another hash"):
        other.restore(rewritten(good, tmp_path / "picture.zip", name, b"evil"))
    (tmp_path / "half.zip").write_bytes(good.read_bytes()[:2000])
    for path, said in (("half.zip", "cannot be restored"), ("none.zip", "No such file")):
        with pytest.raises(StoreError, match=said):
            other.restore(tmp_path / path)
    assert other.counts().total == 0


def test_an_archive_of_another_version_is_refused(full: Store, tmp_path: Path) -> None:
    full.backup(tmp_path / "a.zip")
    manifest = json.loads(zipfile.ZipFile(tmp_path / "a.zip").read("manifest.json"))
    data = json.dumps({**manifest, "revision": "9999"}).encode()
    newer = rewritten(tmp_path / "a.zip", tmp_path / "b.zip", "manifest.json", data)
    with pytest.raises(StoreError, match="at step 9999"):
        full.restore(newer, replace=True)


def test_a_backup_that_fails_leaves_the_old_file(full: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        full.backup(tmp_path / "no folder" / "backup.zip")
    assert list(tmp_path.glob(".backup*")) == []
