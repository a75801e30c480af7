"""Tags and notes: kept whole, whoever writes at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ghost_engine.errors import JobError
from ghost_engine.jobs.folder import RunFolder
from ghost_engine.jobs.notes import add_note, change_tags, read_notes, remove_note


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def test_a_run_that_nobody_wrote_about_has_no_notes(folder: RunFolder) -> None:
    assert read_notes(folder).tags == () and read_notes(folder).notes == ()


def test_tags_are_kept_once_and_in_order(folder: RunFolder) -> None:
    change_tags(folder, ["best so  far", "t4"])
    change_tags(folder, ["t4", "demo", "  "], remove=["best so far"])
    assert read_notes(folder).tags == ("t4", "demo")


def test_a_note_says_who_wrote_it_and_when(folder: RunFolder) -> None:
    add_note(folder, "  Overfits after step 40.\nTry dropout. ", by="ana")
    (note,) = read_notes(folder).notes
    assert note.text == "Overfits after step 40.\nTry dropout." and note.by == "ana"
    assert note.time is not None and note.time.tzinfo is not None


def test_a_note_that_was_removed_is_gone_and_the_others_stay(folder: RunFolder) -> None:
    add_note(folder, "one")
    first, second = add_note(folder, "two").notes
    assert remove_note(folder, first.id).notes == (second,)
    assert remove_note(folder, first.id).notes == (second,)


def test_people_who_write_at_once_lose_nothing(folder: RunFolder) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: add_note(folder, f"note {number}"), range(24)))
        list(pool.map(lambda number: change_tags(folder, [f"tag {number}"]), range(24)))
    said = read_notes(folder)
    assert {note.text for note in said.notes} == {f"note {number}" for number in range(24)}
    assert len(said.tags) == 24


@pytest.mark.parametrize("text", ["", "  \n", "x" * 4001])
def test_an_empty_or_endless_note_is_refused(folder: RunFolder, text: str) -> None:
    with pytest.raises(JobError):
        add_note(folder, text)
    assert not folder.notes.exists()


def test_a_long_tag_is_refused(folder: RunFolder) -> None:
    with pytest.raises(JobError, match="too long"):
        change_tags(folder, ["x" * 41])


@pytest.mark.parametrize("text", ["", "{", "[]", '{"tags": 3, "notes": [1, {"id": 2}]}'])
def test_a_damaged_file_is_no_notes(folder: RunFolder, text: str) -> None:
    folder.notes.write_text(text)
    assert read_notes(folder).tags == () and read_notes(folder).notes == ()
    assert len(add_note(folder, "new").notes) == 1
