"""The store as a dataset: whole or absent, equal bytes each time, nothing new on the way back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.data.files.exporting import FORMS, Form, export
from ghost_engine.data.files.importing import import_file
from ghost_engine.data.pairs import read_pairs
from ghost_engine.data.records import Filters
from ghost_engine.data.store import Store
from ghost_engine.errors import FileError, StoreError
from ghost_engine.prompts import VERSION, VISION_INSTRUCTION, text_row, vision_row
from tests.data.files.pictures import png, write_png

SQL = "CREATE TABLE größen (id int);"
OWN = "Draw me a schema."


def fill(store: Store, folder: Path) -> None:
    """Two pictures, one of them described as a pair; one missing picture; one text."""
    write_png(folder / "shots" / "Bestell übersicht.png", 1)
    write_png(folder / "shots" / "b.png", 2)
    marks = {"columns": [{"table": "t", "column": "id", "class": "hidden"}], "theme": "dark"}
    rows: list[dict[str, Any]] = [
        vision_row("shots/Bestell übersicht.png", SQL, OWN),
        {"id": "pair", "image": "shots/b.png", "sql": "nonsense", "domain": "shop", **marks},
        vision_row("gone/c.png", SQL),
        {**text_row("A list of sizes.", SQL)},
    ]
    (folder / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    import_file(store, folder / "rows.jsonl")


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def load_rows(folder: Path, name: str) -> list[dict[str, Any]]:
    text = (folder / name).read_text("utf-8")
    if name.endswith(".json"):
        return list(json.loads(text))
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("form", FORMS)
def test_an_export_comes_back_without_a_change_and_goes_out_in_equal_bytes(
    store: Store, tmp_path: Path, form: Form
) -> None:
    fill(store, tmp_path / "in")
    before = list(store.iterate())
    written = export(store, tmp_path / "out", form=form).written
    first = files(tmp_path / "out")
    report = import_file(store, tmp_path / "out")
    assert (report.read, report.unchanged) == (written, written)
    assert list(store.iterate()) == before
    export(store, tmp_path / "out", form=form)
    assert files(tmp_path / "out") == first


def test_another_store_that_imported_it_exports_the_same_rows(
    new_store: Callable[[], Store], tmp_path: Path
) -> None:
    store, other = new_store(), new_store()
    fill(store, tmp_path / "in")
    for form in ("vision", "text"):
        export(store, tmp_path / form, form=form)
        import_file(other, tmp_path / form)
    for form, name in (("vision", "dataset_vision.json"), ("text", "dataset.json")):
        export(other, tmp_path / "again", form=form)
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / form / name).read_bytes()


def test_vision_rows_have_the_shape_and_instructions_of_their_own(
    store: Store, tmp_path: Path
) -> None:
    fill(store, tmp_path / "in")
    report = export(store, tmp_path / "out")
    assert (report.written, report.missing, report.own_instructions) == (3, 1, 1)
    assert report.left_out == {"of text alone": 1}
    rows = {
        row["messages"][0]["content"][0]["image"]: row
        for row in load_rows(tmp_path / "out", "dataset_vision.json")
    }
    name = "ui_screenshots/Bestell_bersicht.png"
    assert rows[name] == vision_row(name, SQL, OWN)
    assert rows["gone/c.png"] == vision_row("gone/c.png", SQL, VISION_INSTRUCTION)
    assert (tmp_path / "out" / name).read_bytes() == png(1)


def test_text_rows_are_those_without_a_picture(store: Store, tmp_path: Path) -> None:
    fill(store, tmp_path / "in")
    report = export(store, tmp_path / "out", form="text")
    assert load_rows(tmp_path / "out", "dataset.json") == [text_row("A list of sizes.", SQL)]
    assert report.left_out == {"with a picture": 3}


def test_pairs_keep_their_marks_and_can_be_evaluated(store: Store, tmp_path: Path) -> None:
    fill(store, tmp_path / "in")
    export(store, tmp_path / "out", form="pairs", skip_missing=True)
    pairs = {pair.id: pair for pair in read_pairs(tmp_path / "out" / "pairs.jsonl")}
    assert len(pairs) == 2
    pair = pairs["pair"]
    assert pair.columns is not None and pair.columns[0].visible == "hidden"
    assert (pair.domain, pair.theme, pair.sql) == ("shop", "dark", "nonsense")
    assert pair.image_path(tmp_path / "out").read_bytes() == png(2)


def test_the_hugging_face_form_is_an_image_folder(store: Store, tmp_path: Path) -> None:
    fill(store, tmp_path / "in")
    report = export(store, tmp_path / "out", form="hf")
    rows = load_rows(tmp_path / "out", "metadata.jsonl")
    assert report.written == len(rows) == 2
    assert report.left_out == {"of text alone": 1, "whose picture is missing": 1}
    for row in rows:
        assert set(row) == {"file_name", "sql", "instruction", "domain"}
        assert (tmp_path / "out" / row["file_name"]).is_file()


def test_the_manifest_counts_and_hashes_every_file(store: Store, tmp_path: Path) -> None:
    fill(store, tmp_path / "in")
    export(store, tmp_path / "out", filters=Filters(domains=("shop",)), split="train")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    listed = manifest.pop("files")
    found = files(tmp_path / "out")
    assert set(listed) == set(found) - {"manifest.json"} and len(listed) == 2
    for name, told in listed.items():
        data = found[name]
        assert told == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    assert (manifest["written"], manifest["prompt_version"]) == (1, VERSION)
    assert manifest["filters"]["domains"] == ["shop"] and manifest["split"] == "train"
    (example,) = store.iterate(Filters(domains=("shop",)))
    assert manifest["created"] == example.updated.isoformat()


def test_a_decision_goes_out_with_its_text_and_rejected_ones_stay(
    store: Store, tmp_path: Path
) -> None:
    fill(store, tmp_path / "in")
    for example in list(store.iterate(Filters(domains=("shop",)))):
        store.decide(
            example.id, version=example.version, sql=SQL, decision="approved", reviewer="ana"
        )
    assert export(store, tmp_path / "a", filters=Filters(statuses=("approved",))).written == 1
    assert SQL in (tmp_path / "a" / "dataset_vision.json").read_text("utf-8")
    assert import_file(store, tmp_path / "a").unchanged == 1
    (example,) = store.iterate(Filters(statuses=("approved",)))
    store.decide(example.id, version=example.version, sql=SQL, decision="rejected", reviewer="ana")
    report = export(store, tmp_path / "b")
    assert report.written == 2 and report.statuses == {"new": 2}
    assert export(store, tmp_path / "c", filters=Filters(statuses=("rejected",))).written == 1


def test_only_the_keys_of_a_split_are_written(store: Store, tmp_path: Path) -> None:
    fill(store, tmp_path / "in")
    kept = next(each.key for each in store.screenshots() if not each.missing)
    report = export(store, tmp_path / "out", keys=lambda key: key == kept, split="test")
    assert report.written == 1 and report.left_out == {}


def test_pictures_of_one_name_and_of_a_missing_ones_name_get_names_of_their_own(
    store: Store, tmp_path: Path
) -> None:
    for number, folder in enumerate(("one", "two", "three")):
        write_png(tmp_path / folder / "A.png", number)
        rows = [{"image": "A.png", "sql": f"-- {number}\n{SQL}"}]
        (tmp_path / folder / "d.json").write_text(json.dumps(rows))
        import_file(store, tmp_path / folder / "d.json")
    (tmp_path / "d.json").write_text(json.dumps([{"image": "lost/a.png", "sql": SQL}]))
    import_file(store, tmp_path / "d.json")
    export(store, tmp_path / "out")
    names = {path.name.lower() for path in (tmp_path / "out" / "ui_screenshots").iterdir()}
    assert len(names) == 3 and "a.png" not in names
    report = import_file(store, tmp_path / "out")
    assert (report.unchanged, report.missing) == (4, 1)


def test_an_export_replaces_an_earlier_one_and_nothing_else(store: Store, tmp_path: Path) -> None:
    fill(store, tmp_path / "in")
    out = tmp_path / "out"
    out.mkdir()
    export(store, out, form="vision")
    export(store, out, form="text")
    assert set(files(out)) == {"dataset.json", "manifest.json"}
    (out / "my notes.txt").write_text("mine")
    with pytest.raises(FileError, match="my notes.txt, which no export put there"):
        export(store, out)
    with pytest.raises(FileError, match="holds .*, which no export put there"):
        export(store, tmp_path / "in")
    with pytest.raises(FileError, match="names a file, and an export is a folder"):
        export(store, tmp_path / "data.json")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FileError, match="is in the way"):
        export(store, tmp_path / "file")
    assert (out / "my notes.txt").read_text() == "mine"


def test_what_fails_midway_leaves_the_earlier_export(store: Store, tmp_path: Path) -> None:
    fill(store, tmp_path / "in")
    export(store, tmp_path / "out", form="text")
    before = files(tmp_path / "out")
    damaged = next(each for each in store.screenshots() if not each.missing)
    store.picture_path(damaged).unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        export(store, tmp_path / "out")
    assert files(tmp_path / "out") == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_a_picture_damaged_in_the_store_is_not_exported(store: Store, tmp_path: Path) -> None:
    fill(store, tmp_path / "in")
    damaged = next(each for each in store.screenshots() if not each.missing)
    store.picture_path(damaged).write_bytes(png(99))
    with pytest.raises(StoreError, match="is damaged"):
        export(store, tmp_path / "out")


def test_an_export_of_nothing_is_refused_with_the_reason(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no example matches"):
        export(store, tmp_path / "out")
    fill(store, tmp_path / "in")
    with pytest.raises(FileError, match="Nothing to export"):
        export(store, tmp_path / "out", filters=Filters(statuses=("approved",)))
    with pytest.raises(FileError, match="1 whose picture is missing"):
        export(store, tmp_path / "out", keys=lambda key: "missing" in key, form="hf")
    assert not (tmp_path / "out").exists()
