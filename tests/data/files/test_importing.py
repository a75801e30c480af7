"""Datasets into the store: once, whole, and with a reason for every row that did not come in."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.data.files import importing
from ghost_engine.data.files.importing import ImportProgress, ImportReport, import_file
from ghost_engine.data.records import Example
from ghost_engine.data.store import Store
from ghost_engine.errors import Cancelled, FileError
from ghost_engine.prompts import vision_row
from tests.data.files.pictures import png, write_png

RUNS = "CREATE TABLE orders (id int PRIMARY KEY);"
FAILS = "CREATE TABLE orders (id int AUTO_INCREMENT);"


def write_pairs(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return path


def dataset(folder: Path, count: int = 3) -> Path:
    """Pairs whose pictures lie beside them; every third one fails."""
    for number in range(count):
        write_png(folder / "ui" / f"{number}.png", number)
    return write_pairs(
        folder / "pairs.jsonl",
        *(
            {"image": f"ui/{n}.png", "sql": f"-- {n}\n{RUNS if n % 3 else FAILS}", "id": f"p{n}"}
            for n in range(count)
        ),
    )


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.added, report.updated, report.unchanged, len(report.skipped)


def only(store: Store) -> Example:
    (example,) = store.iterate()
    return example


def contents(store: Store) -> list[tuple[object, ...]]:
    """All that an import decides of the store, without ids and times."""
    return [
        (
            example.screenshot,
            example.status,
            example.domain,
            example.description,
            example.reference,
            [(each.sql, each.verdict, each.provider) for each in store.suggestions(example.id)],
        )
        for example in store.iterate()
    ]


def test_a_row_becomes_an_example_with_picture_thumbnail_and_verdict(
    store: Store, tmp_path: Path
) -> None:
    write_png(tmp_path / "ui" / "a.png", 7)
    row = {"id": "a", "image": "ui/a.png", "sql": RUNS, "domain": "shop", "provider": "ollama"}
    path = write_pairs(tmp_path / "p", {**row, "source": "me", "licence": "MIT", "tables": {}})
    report = import_file(store, path)
    assert counts(report) == (1, 0, 0, 0) and (report.runs, report.fails) == (1, 0)
    example = only(store)
    assert (example.sql, example.status, example.domain) == (RUNS, "new", "shop")
    assert example.suggestion is not None and example.suggestion.provider == "ollama"
    assert example.verdict is not None and example.verdict.executes and example.verdict.tables == 1
    assert example.reference == {"id": "a", "tables": {}}
    shot = example.screenshot
    assert (shot.width, shot.height, shot.path, shot.source) == (64, 40, "ui/a.png", "me")
    assert len(shot.perceptual_hash) == 64 and shot.licence == "MIT"
    assert store.picture(shot) == png(7)
    assert store.thumbnails([shot.key])[shot.key][8:12] == b"WEBP"


def test_importing_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    path = dataset(tmp_path, 5)
    assert counts(import_file(store, path)) == (5, 0, 0, 0)
    before = list(store.iterate())
    report = import_file(store, path)
    assert counts(report) == (0, 0, 5, 0)
    assert list(store.iterate()) == before


def test_what_is_known_is_neither_decoded_nor_judged_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = dataset(tmp_path)
    import_file(store, path)
    monkeypatch.setattr("ghost_engine.data.files.preparing.intake", None)
    monkeypatch.setattr(importing.Judge, "verdict", None)
    assert counts(import_file(store, path)) == (0, 0, 3, 0)
    assert counts(import_file(store, path, status="approved")) == (0, 2, 1, 0)


def test_a_missing_picture_is_marked_and_found_later(store: Store, tmp_path: Path) -> None:
    path = write_pairs(tmp_path / "p", {"image": "ui/a.png", "sql": RUNS})
    report = import_file(store, path)
    assert counts(report) == (1, 0, 0, 0) and report.missing == 1
    assert only(store).screenshot.missing
    write_png(tmp_path / "elsewhere" / "a.png")
    found = import_file(store, path, image_root=tmp_path / "elsewhere")
    assert counts(found) == (0, 1, 0, 0) and found.missing == 0
    example = only(store)
    assert not example.screenshot.missing and example.screenshot.width == 64
    assert counts(import_file(store, path)) == (0, 0, 1, 0)


def test_only_what_runs_is_approved(store: Store, tmp_path: Path) -> None:
    report = import_file(store, dataset(tmp_path, 3), status="approved")
    assert (report.runs, report.fails, report.not_approved) == (2, 1, 1)
    statuses = {example.sql[-16:]: example.status for example in store.iterate()}
    assert statuses == {RUNS[-16:]: "approved", FAILS[-16:]: "new"}


def test_a_decision_is_never_undone_by_an_import(store: Store, tmp_path: Path) -> None:
    path = dataset(tmp_path, 1)
    import_file(store, path)
    example = only(store)
    store.decide(example.id, version=example.version, sql=RUNS, decision="rejected", reviewer="ana")
    assert counts(import_file(store, path, status="approved")) == (0, 0, 1, 0)
    other = write_pairs(tmp_path / "other.jsonl", {"image": "ui/0.png", "sql": "-- other\n" + RUNS})
    assert counts(import_file(store, other, status="approved")) == (0, 1, 0, 0)
    assert (only(store).status, only(store).sql) == ("rejected", RUNS)


def test_every_broken_row_has_its_reason_and_stops_no_other(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_png(folder / "good.png")
    write_png(tmp_path / "outside.png")
    (folder / "broken.png").write_bytes(png()[:60])
    (folder / "text.png").write_text("I am text")
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    (folder / "folder.png").mkdir()
    os.mkfifo(folder / "pipe.png")
    (folder / "huge.png").touch()
    os.truncate(folder / "huge.png", 10**11)
    names = ["../x.png", "/etc/passwd", "link.png", "broken.png", "text.png", "folder.png"]
    names += ["pipe.png", "huge.png", "good.png"]
    path = write_pairs(folder / "p", *({"image": name, "sql": RUNS} for name in names))
    report = import_file(store, path)
    assert counts(report) == (1, 0, 0, 8)
    reasons = [each.reason for each in report.skipped]
    expected = ["leaves its folder", "is absolute", "a link that leaves", "is damaged", "is text"]
    expected += ["is a folder", "is a pipe", "the limit is 10 MB"]
    assert all(said in reason for said, reason in zip(expected, reasons, strict=True)), reasons
    assert [each.line for each in report.skipped] == list(range(1, 9))


def test_a_file_that_breaks_off_brings_what_stands_before(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    rows = [vision_row(f"{name}.png", RUNS) for name in "ab"]
    path.write_text(json.dumps(rows)[:-40])
    report = import_file(store, path)
    assert report.added == 1 and not report.complete
    assert "broken" in report.skipped[0].reason


def test_nothing_enters_the_store_from_a_file_that_is_no_dataset(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "x").write_text("hello")
    with pytest.raises(FileError):
        import_file(store, tmp_path / "x")
    assert list(store.iterate()) == []


def test_pictures_without_sql_come_in_without_a_suggestion(store: Store, tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", 1)
    write_png(tmp_path / "b.png", 2)
    (tmp_path / "b.sql").write_text(RUNS)
    assert counts(import_file(store, tmp_path)) == (2, 0, 0, 0)
    drafted = {example.screenshot.path: example.suggestion for example in store.iterate()}
    assert drafted["a.png"] is None and drafted["b.png"] is not None


def test_a_second_text_for_a_picture_is_a_second_suggestion(store: Store, tmp_path: Path) -> None:
    write_png(tmp_path / "a.png")
    path = write_pairs(
        tmp_path / "p",
        {"image": "a.png", "sql": RUNS},
        {"image": "a.png", "sql": FAILS, "provider": "gemini"},
    )
    assert counts(import_file(store, path)) == (1, 1, 0, 0)
    assert [each.sql for each in store.suggestions(only(store).id)] == [RUNS, FAILS]


def test_an_import_can_be_stopped_and_gone_on_with(
    new_store: Callable[[], Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH_ROWS", 4)
    path, store, other = dataset(tmp_path, 10), new_store(), new_store()
    told: list[ImportProgress] = []
    with pytest.raises(Cancelled, match="stopped after 4 rows"):
        import_file(store, path, progress=told.append, cancelled=lambda: bool(told))
    assert len(list(store.iterate())) == 4
    assert counts(import_file(store, path, progress=told.append)) == (6, 0, 4, 0)
    assert [each.read for each in told] == [4, 4, 8, 10] and told[-1].share == 1.0
    import_file(other, path)
    assert contents(store) == contents(other)


def test_large_pictures_are_held_a_few_at_a_time(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = dataset(tmp_path, 6)
    monkeypatch.setattr(importing, "BATCH_BYTES", 2 * (tmp_path / "ui" / "0.png").stat().st_size)
    told: list[int] = []
    import_file(store, path, progress=lambda now: told.append(now.read))
    assert len(told) >= 2 and told[-1] == 6


def test_the_time_left_is_told_once_there_is_a_pace() -> None:
    assert ImportProgress(10, 0, 0.25, 30.0).seconds_left == 90.0
    assert ImportProgress(10, 0, 0.0, 30.0).seconds_left is None


def test_each_text_is_judged_once(store: Store, tmp_path: Path) -> None:
    for number in range(8):
        write_png(tmp_path / f"{number}.png", number)
    path = write_pairs(tmp_path / "p", *({"image": f"{n}.png", "sql": RUNS} for n in range(8)))
    work = importing._Import(store, "")
    with importing.ThreadPoolExecutor(4) as threads:
        work.take(list(importing.rows_of(importing.open_dataset(path))), threads)
    assert work.judge.asked == 1 and work.runs == 8


def test_moving_the_dataset_changes_nothing(store: Store, tmp_path: Path) -> None:
    import_file(store, dataset(tmp_path / "here"))
    shutil.move(tmp_path / "here", tmp_path / "there")
    assert counts(import_file(store, tmp_path / "there" / "pairs.jsonl")) == (0, 0, 3, 0)
