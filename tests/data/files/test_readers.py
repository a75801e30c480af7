"""Every form of a dataset comes out as the same rows."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from ghost_engine.data.files.jsontext import MAX_ROW_CHARACTERS
from ghost_engine.data.files.readers import open_dataset, read_rows, rows_of
from ghost_engine.data.files.rows import Row, Skipped
from ghost_engine.errors import FileError
from ghost_engine.prompts import text_row, vision_row
from tests.data.files.pictures import png, write_png

SQL = "CREATE TABLE t (id int);"
PAIR = {"id": "a", "image": "a.png", "sql": SQL}


def write(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value), "utf-8")
    return path


def write_lines(path: Path, *lines: object) -> Path:
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text("\n".join(texts) + "\n", "utf-8", errors="surrogateescape")
    return path


def only(path: Path, image_root: Path | None = None) -> Row:
    (row,) = read_rows(path, image_root)
    assert isinstance(row, Row)
    return row


def skipped(path: Path) -> list[tuple[int, str]]:
    return [(item.line, item.reason) for item in read_rows(path) if isinstance(item, Skipped)]


def refusal(path: Path) -> FileError:
    with pytest.raises(FileError) as caught:
        list(read_rows(path))
    assert caught.value.hint
    return caught.value


# -- forms -----------------------------------------------------------------------------------------


def test_a_vision_row_is_read(tmp_path: Path) -> None:
    write_png(tmp_path / "ui" / "a.png")
    row = only(write(tmp_path / "any.name", [vision_row("ui/a.png", SQL, "Do it.")]))
    assert (row.image, row.sql, row.instruction) == ("ui/a.png", SQL, "Do it.")
    assert row.image_path == tmp_path / "ui" / "a.png" and not row.image_missing


def test_a_system_turn_a_plain_question_and_a_list_of_images_are_understood(
    tmp_path: Path,
) -> None:
    turns = [
        {"role": "system", "content": "You are a DBA."},
        {"role": "user", "content": "<image>Do it."},
        {"role": "assistant", "content": [{"type": "text", "text": SQL}]},
    ]
    row = only(write(tmp_path / "d.json", [{"messages": turns, "images": ["a.png"]}]))
    assert (row.image, row.sql, row.instruction) == ("a.png", SQL, "Do it.")


def test_a_text_row_has_no_picture(tmp_path: Path) -> None:
    row = only(write(tmp_path / "dataset.json", [text_row("A list of orders.", SQL, "Do it.")]))
    assert row.image is None and not row.image_missing
    assert (row.description, row.sql, row.instruction) == ("A list of orders.", SQL, "Do it.")


def test_a_pair_keeps_its_marks_and_unknown_keys(tmp_path: Path) -> None:
    marks = {
        "tables": {"t": "visible"},
        "columns": [{"table": "t", "column": "id", "class": "structural"}],
    }
    row = only(
        write_lines(tmp_path / "p", {**PAIR, **marks, "domain": "shop", "licence": {"name": "MIT"}})
    )
    assert row.columns is not None and row.columns[0].visible == "structural"
    assert (row.id, row.tables, row.domain) == ("a", {"t": "visible"}, "shop")
    assert row.extra == {"licence": {"name": "MIT"}}


def test_the_flat_form_is_read_from_an_array_and_from_lines(tmp_path: Path) -> None:
    flat = {"image_path": "a.png", "instruction": "Do.", "output": SQL, "size_kb": 25.8}
    in_array = only(write(tmp_path / "a", [flat]))
    in_lines = only(write_lines(tmp_path / "b", flat))
    assert in_array == in_lines
    assert (in_array.image, in_array.sql, in_array.extra) == ("a.png", SQL, {"size_kb": 25.8})


def test_forms_may_be_mixed_in_one_file(tmp_path: Path) -> None:
    rows = list(
        read_rows(write(tmp_path / "d", [PAIR, vision_row("b.png", SQL), text_row("c", SQL)]))
    )
    assert [row.image for row in rows if isinstance(row, Row)] == ["a.png", "b.png", None]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_csv_is_read_whatever_its_delimiter(tmp_path: Path, delimiter: str) -> None:
    table = f'Image{delimiter}SQL{delimiter}note\r\na.png{delimiter}"CREATE TABLE ""t"" (\n'
    table += f'  id int, b int;)"{delimiter}x\r\n\r\nb.png{delimiter}{delimiter}\r\n'
    (tmp_path / "t").write_text("\ufeff" + table, "utf-8", newline="")
    first, second = read_rows(tmp_path / "t")
    assert isinstance(first, Row) and isinstance(second, Row)
    assert first.sql == 'CREATE TABLE "t" (\n  id int, b int;)' and first.extra == {"note": "x"}
    assert (first.line, second.line, second.image, second.sql) == (2, 5, "b.png", "")


def test_a_folder_of_pictures_is_read_in_order_with_the_sql_beside(tmp_path: Path) -> None:
    for name in ("b.png", "a.PNG", "deep/c.webp"):
        write_png(tmp_path / name)
    (tmp_path / "b.sql").write_text(SQL)
    (tmp_path / "notes.txt").write_text("no picture")
    rows = [row for row in read_rows(tmp_path) if isinstance(row, Row)]
    assert [(row.image, row.sql) for row in rows] == [
        ("a.PNG", ""),
        ("b.png", SQL),
        ("deep/c.webp", ""),
    ]
    assert rows[2].image_path == tmp_path / "deep" / "c.webp"


def test_sql_beside_a_picture_that_is_a_link_outwards_or_huge_is_passed_over(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "in"
    for name in ("a.png", "b.png", "c.png"):
        write_png(folder / name)
    (tmp_path / "secret").write_text("secret")
    (folder / "a.sql").symlink_to(tmp_path / "secret")
    (folder / "b.sql").write_text("x" * 300_000)
    assert skipped(folder) == [
        (1, "a.sql is a link that leaves its folder"),
        (2, "b.sql is larger than 256 KB"),
    ]


def huggingface_table() -> pyarrow.Table:
    pictures = [{"bytes": png(1), "path": "one.png"}, {"bytes": None, "path": "two.png"}]
    return pyarrow.table({"image": pictures, "sql": [SQL, SQL], "score": [0.5, float("nan")]})


def check_huggingface(path: Path, folder: Path) -> None:
    write_png(folder / "two.png", 2)
    first, second = read_rows(path)
    assert isinstance(first, Row) and isinstance(second, Row)
    assert (first.image, first.image_bytes, first.sql) == ("one.png", png(1), SQL)
    assert (second.image, second.image_path) == ("two.png", folder / "two.png")
    assert (first.extra, second.extra) == ({"score": 0.5}, {})


def test_a_parquet_file_is_read_as_a_file_and_as_a_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    parquet.write_table(huggingface_table(), tmp_path / "data" / "train-0.parquet")
    check_huggingface(tmp_path / "data" / "train-0.parquet", tmp_path / "data")
    check_huggingface(tmp_path, tmp_path)


@pytest.mark.parametrize("form", ["new_stream", "new_file"])
def test_both_arrow_forms_are_read(tmp_path: Path, form: str) -> None:
    table = huggingface_table()
    path = tmp_path / "data-00000-of-00001.arrow"
    with getattr(pyarrow.ipc, form)(str(path), table.schema) as writer:
        writer.write_table(table)
    (tmp_path / "state.json").write_text("{}")
    check_huggingface(tmp_path, tmp_path)


def test_a_damaged_parquet_file_is_named(tmp_path: Path) -> None:
    parquet.write_table(huggingface_table(), tmp_path / "d.parquet")
    data = bytearray((tmp_path / "d.parquet").read_bytes())
    data[len(data) // 2 :] = b"\0" * (len(data) - len(data) // 2)
    (tmp_path / "d.parquet").write_bytes(data)
    assert "d.parquet cannot be read as Parquet" in refusal(tmp_path / "d.parquet").message


def test_an_exported_folder_is_read_through_its_dataset_file(tmp_path: Path) -> None:
    write_png(tmp_path / "ui_screenshots" / "a.png")
    write(tmp_path / "dataset_vision.json", [vision_row("ui_screenshots/a.png", SQL)])
    assert only(tmp_path).image_path == tmp_path / "ui_screenshots" / "a.png"
    write(tmp_path / "dataset.json", [])
    assert "holds dataset_vision.json, dataset.json" in refusal(tmp_path).message


# -- broken files ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"  \n\n", "is empty"),
        (b"[]", "holds no rows"),
        (b"image,sql\n", "holds no rows"),
        (b"\xff\xfe[\0]\0", "UTF-16"),
        (b"PK\x03\x04", "archive"),
        (b"\x89PNG\r\n\x1a\n\0\0", "binary"),
        (b"# A title\n", 'begins "# A title"'),
        (b"name,price\na,1\n", 'begins "name,price"'),
        (b"[1, 2]", "line 1: It is a number, not an object"),
        (b'{"data": [1]}', 'nor "image" nor "sql" or "output" (keys: data)'),
        (b'{\n  "data": [\n', "line 1: the JSON is broken"),
        (b'[\n{"sql": "x"\n', "line 3: the JSON is broken: Expecting ',' delimiter"),
        (b'[\n\n{"sql" "x"}]', "line 3: the JSON is broken: Expecting ':' delimiter"),
        (b"[" * 100_000, "line 1: the JSON is broken: nested too deep"),
        (b'{"a":' * 100_000, "line 1: the JSON is broken: nested too deep"),
    ],
)
def test_a_file_that_is_no_dataset_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "file").write_bytes(content)
    assert said in refusal(tmp_path / "file").message


def test_missing_files_pipes_and_unreadable_roots_are_named(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "none").message
    os.mkfifo(tmp_path / "pipe")
    assert "neither a file nor a folder" in refusal(tmp_path / "pipe").message
    path = write_lines(tmp_path / "p", PAIR)
    with pytest.raises(FileError, match="--image-root .* is no folder"):
        list(read_rows(path, tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    assert "holds no rows (a folder of pictures)" in refusal(tmp_path / "empty").message


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"image": "b.png", "sql": NaN}', "NaN is not JSON"),
        ('{"image": "b.png", "x": 1e999}', "the number 1e999 is too large"),
        ('{"image": "b.png", "x": ' + "9" * 5000 + "}", "a number has 5000 digits"),
        ('{"image": "b.png", "image": "c.png"}', 'the key "image" comes twice'),
        ('{"image": "b.png", "sql": 7}', '"sql" is a number, not a text'),
        ('{"image": ["b.png"], "sql": ""}', "Its picture is a list, not a path"),
        ('{"sql": "\\u0000"}', "It holds a NUL character"),
        ('{"sql": "\\ud800"}', "It holds half a character (\\ud800)"),
        ('{"sql": "gr\udcfc\udcdf"}', "It is not UTF-8 text (byte 0xfc)"),
        ('{"sql": "x"} {"sql": "y"}', "something follows the JSON at column 13"),
        ('{"sql": "x"', "the JSON is broken: Expecting ',' delimiter"),
        ('{"image": "x", "tables": {"t": "seen"}}', "Tables.t: Input should be 'visible'"),
        ('{"sql": "x", "y": ' + "[" * 50 + "]" * 50 + "}", "It is nested more than 20 levels deep"),
        ('{"output": "x"}', "It has neither a picture nor a description"),
        ('{"image": null, "sql": null}', 'It has neither "messages" nor "image" nor "sql"'),
        ('{"messages": [{"role": "user"}]}', "(roles: user)"),
        ('{"messages": "hello"}', '"messages" is not a list'),
    ],
)
def test_a_bad_row_is_passed_over_with_its_line_and_reason(
    tmp_path: Path, line: str, reason: str
) -> None:
    in_lines = write_lines(tmp_path / "lines", PAIR, line, PAIR)
    ((number, said),) = skipped(in_lines)
    assert number == 2 and reason in said
    assert len(list(read_rows(in_lines))) == 3


def test_a_bad_row_in_an_array_does_not_end_it(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "d", "[", json.dumps(PAIR), ', {"sql": NaN},', PAIR, "]")
    assert skipped(path) == [(3, "NaN is not JSON")]
    assert [item.line for item in read_rows(path)] == [2, 3, 4]


def test_an_array_that_breaks_off_says_where_and_that_nothing_followed(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "d", "[", json.dumps(PAIR) + ",", '{"sql": "x"', "}, oops]")
    items = list(read_rows(path))
    assert isinstance(items[0], Row)
    assert items[-1] == Skipped(4, "the JSON is broken: Expecting value", last=True)


def test_an_array_longer_than_a_chunk_is_read_whole(tmp_path: Path) -> None:
    rows = [
        {"image": "x" * (number * 997 % 400 + 1), "sql": SQL * 20, "n": number}
        for number in range(400)
    ]
    path = tmp_path / "d"
    path.write_text(json.dumps(rows, indent=1), "utf-8")
    read = [
        (row.line, row.extra["n"], row.image) for row in read_rows(path) if isinstance(row, Row)
    ]
    assert read == [(2 + 5 * row["n"], row["n"], row["image"]) for row in rows]


def test_an_endless_row_is_refused_and_memory_stays_small(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "d", PAIR, '{"sql": "' + "x" * (MAX_ROW_CHARACTERS + 5), PAIR)
    assert skipped(path) == [(2, "the line is longer than 8,000,000 characters")]
    path.write_text(json.dumps([PAIR])[:-1] + ', {"sql": "' + "x" * (MAX_ROW_CHARACTERS * 3))
    assert "never ends" in skipped(path)[0][1]


def test_a_csv_record_that_does_not_fit_is_passed_over(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "t", "image,sql", "a.png,x", "b.png,x,y", 'c.png,"x" y', "d.png,")
    assert skipped(path) == [
        (3, "it has 3 cells, and the header names 2"),
        (4, "the record is broken: ',' expected after '\"'"),
    ]
    path = write_lines(tmp_path / "t", "image,sql", "a.png,x", 'b.png,"never closed', "c.png,x")
    assert skipped(path) == [(3, "the record is broken: unexpected end of data")]


def test_reading_is_lazy_and_tells_how_far_it_is(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "p", *[{**PAIR, "id": f"{n}" * 40} for n in range(9)] * 4000)
    dataset = open_dataset(path)
    rows = rows_of(dataset)
    next(rows)
    assert 0 < dataset.share_read() < 0.1
    for _ in rows:
        pass
    assert dataset.share_read() == 1.0
