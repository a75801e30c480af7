"""Texts kept on disk."""

from __future__ import annotations

import os
from pathlib import Path

from ghost_engine.ocr import Line
from ghost_engine.ocr.cache import LineCache

LINES = (Line("Größe 10 €", (1, 2, 30, 14), 0.9876), Line('"quoted"', (1, 20, 30, 34), 1.0))


def test_what_was_kept_comes_back_the_same(tmp_path: Path) -> None:
    cache = LineCache(tmp_path / "text", "v1")
    assert cache.get("a") is None
    cache.put("a", LINES)
    assert cache.get("a") == LINES


def test_another_version_of_the_reader_reads_again(tmp_path: Path) -> None:
    LineCache(tmp_path, "v1").put("a", LINES)
    assert LineCache(tmp_path, "v2").get("a") is None


def test_a_damaged_entry_counts_as_missing(tmp_path: Path) -> None:
    cache = LineCache(tmp_path, "v1")
    for damaged in (b"", b"[[", b'[["a"]]', b'{"a": 1}', b"\xff\xfe", b'[["a",[1,2,3,"x"],1]]'):
        (tmp_path / "a-v1.json").write_bytes(damaged)
        assert cache.get("a") is None


def test_the_longest_unused_leave_first(tmp_path: Path) -> None:
    cache = LineCache(tmp_path, "v1", max_entries=2)
    for age, name in ((300, "old"), (200, "used")):
        cache.put(name, LINES)
        os.utime(tmp_path / f"{name}-v1.json", (10**9 - age, 10**9 - age))
    cache.get("used")
    cache.put("new", LINES)
    assert cache.get("old") is None
    assert cache.get("used") == cache.get("new") == LINES


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("a file, not a folder")
    cache = LineCache(tmp_path / "text", "v1")
    cache.put("a", LINES)
    assert cache.get("a") is None
