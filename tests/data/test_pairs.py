"""The pairs format: read, checked, written again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ghost_engine.data.pairs import Pair, PairColumn, read_pairs, write_pairs
from ghost_engine.errors import FileError

FULL = {
    "id": "orders",
    "image": "images/orders.png",
    "sql": "CREATE TABLE orders (id int);",
    "domain": "shop",
    "tables": {"orders": "visible"},
    "columns": [
        {
            "table": "orders",
            "column": "id",
            "class": "hidden",
            "label": "Größe",
            "box": [1, 2, 3, 4],
        }
    ],
    "licence": "MIT",
}


def write_lines(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n", "utf-8")
    return path


def test_a_pair_is_read_with_its_marks(tmp_path: Path) -> None:
    (pair,) = read_pairs(write_lines(tmp_path / "pairs.jsonl", FULL))
    assert pair.domain == "shop" and pair.tables == {"orders": "visible"}
    assert pair.columns is not None
    assert pair.columns[0].visible == "hidden" and pair.columns[0].box == (1, 2, 3, 4)


def test_reading_and_writing_keep_every_key(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", FULL, {"id": "b", "image": "b.png", "sql": ""})
    assert write_pairs(tmp_path / "b.jsonl", read_pairs(source)) == 2
    written = [json.loads(line) for line in (tmp_path / "b.jsonl").read_text("utf-8").splitlines()]
    assert written[0] == FULL
    assert written[1] == {"id": "b", "image": "b.png", "sql": ""}


def test_a_pair_made_in_python_is_written_in_the_words_of_the_format(tmp_path: Path) -> None:
    column = PairColumn(table="t", column="id", visible="structural")
    write_pairs(tmp_path / "p.jsonl", [Pair(id="a", image="a.png", sql="", columns=(column,))])
    line = json.loads((tmp_path / "p.jsonl").read_text("utf-8"))
    assert line["columns"] == [{"table": "t", "column": "id", "class": "structural"}]


def test_a_limit_reads_the_first_pairs_only(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "p.jsonl", FULL, {**FULL, "id": "second"}, {"broken": True})
    assert [pair.id for pair in read_pairs(path, limit=2)] == ["orders", "second"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "a", "image": "a.png"}', "line 2: sql: Field required"),
        ('{"id": 7, "image": "a.png", "sql": ""}', "line 2: id: Input should be a valid string"),
        ("not json", "line 2: the line: Invalid JSON"),
        ('{"id": "orders", "image": "a.png", "sql": ""}', 'line 2: the id "orders" stands on line'),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps(FULL) + "\n" + line + "\n", "utf-8")
    with pytest.raises(FileError, match=message.replace("(", r"\(")):
        read_pairs(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"none\.jsonl does not exist"):
        read_pairs(tmp_path / "none.jsonl")


@pytest.mark.parametrize("image", ["../secret.png", "/etc/passwd", "images/../../secret.png"])
def test_a_picture_outside_the_folder_is_refused(tmp_path: Path, image: str) -> None:
    with pytest.raises(FileError, match="leaves the folder"):
        Pair(id="a", image=image, sql="").image_path(tmp_path)


def test_a_picture_below_the_folder_is_found(tmp_path: Path) -> None:
    pair = Pair(id="a", image="images/a.png", sql="")
    assert pair.image_path(tmp_path) == tmp_path / "images" / "a.png"


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be written"):
        write_pairs(tmp_path / "no folder" / "p.jsonl", [])
