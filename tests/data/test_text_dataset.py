"""The text dataset that is shipped: built from its sources, judged, varied."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest

from ghost_engine.prompts import TEXT_INSTRUCTION
from ghost_engine.sql import check
from ghost_engine.sql.compare import compare
from ghost_engine.sql.lint import advise
from ghost_engine.sql.report import Report

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "data" / "text_examples"
DATASET = ROOT / "data" / "dataset.json"
GOOD = "-- A list of tags.\n\nCREATE TABLE tags (\n    name text PRIMARY KEY\n);\n"


def build(source: Path, out: Path) -> subprocess.CompletedProcess[str]:
    script = ROOT / "scripts" / "build_text_dataset.py"
    command = [sys.executable, str(script), "--source", str(source), "--out", str(out)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    loaded: list[dict[str, str]] = json.loads(DATASET.read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module")
def reports(rows: list[dict[str, str]]) -> list[Report]:
    return [check(row["output"]) for row in rows]


def test_there_are_enough_examples_of_one_form(rows: list[dict[str, str]]) -> None:
    assert len(rows) >= 60
    assert all(set(row) == {"instruction", "input", "output"} for row in rows)
    assert {row["instruction"] for row in rows} == {TEXT_INSTRUCTION}


def test_every_answer_runs_and_holds_two_to_nine_tables(reports: list[Report]) -> None:
    assert [report.errors for report in reports if not report.valid] == []
    assert all(2 <= len(report.schema.tables) <= 9 for report in reports)


def test_every_table_has_a_primary_key_and_nearly_every_answer_a_foreign_key(
    reports: list[Report],
) -> None:
    schemas = [report.schema for report in reports]
    assert all(table.primary_key for schema in schemas for table in schema.tables)
    related = [schema for schema in schemas if any(table.foreign_keys for table in schema.tables)]
    assert len(related) >= 0.9 * len(schemas)


def test_no_two_descriptions_or_answers_are_alike(
    rows: list[dict[str, str]], reports: list[Report]
) -> None:
    assert len({" ".join(row["input"].casefold().split()) for row in rows}) == len(rows)
    pairs = combinations((report.schema for report in reports), 2)
    assert max(compare(one, other).score for one, other in pairs) < 0.5  # 0.28 as shipped


def test_the_answers_draw_no_advice(rows: list[dict[str, str]], reports: list[Report]) -> None:
    advice = [
        (each.rule, each.table)
        for row, report in zip(rows, reports, strict=True)
        for each in advise(row["output"], report.schema)
    ]
    assert advice == []


def test_names_are_snake_case_and_keywords_upper_case(
    rows: list[dict[str, str]], reports: list[Report]
) -> None:
    names = [
        name
        for report in reports
        for table in report.schema.tables
        for name in (table.name, *(column.name for column in table.columns))
    ]
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9_]*", name)] == []
    small = re.compile(r"\b(?:create|table|not null|primary key|references|check)\b[ (;]")
    assert [row["input"] for row in rows if small.search(row["output"])] == []


def test_the_file_is_what_the_script_builds(tmp_path: Path) -> None:
    made = build(SOURCES, tmp_path / "dataset.json")
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "dataset.json").read_bytes() == DATASET.read_bytes()
    assert json.loads(made.stdout)["examples"] == len(list(SOURCES.glob("*.sql")))


def test_the_leading_comment_is_the_description_and_the_rest_the_answer(tmp_path: Path) -> None:
    answer = "CREATE TABLE tags (\n    name text PRIMARY KEY -- short\n);"
    (tmp_path / "tags.sql").write_text(f"-- Tags:\n--\n--   name\n\n{answer}\n", "utf-8")
    assert build(tmp_path, tmp_path / "out.json").returncode == 0
    (row,) = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert row["input"] == "Tags:\n\n  name"
    assert row["output"] == answer


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("-- Tags.\n\nCREATE TABLE tags (name text PRIMARY KEY;", "bad: line 3: "),
        ("-- Tags.\n\nCREATE TABLE tags (name text);", "bad: tags has no primary key"),
        ("CREATE TABLE labels (name text PRIMARY KEY);", "bad: no description"),
        ("-- A  list\n-- of tags.\n\nCREATE TABLE a (id int PRIMARY KEY);", "the same description"),
        ("-- Labels.\n\nCREATE TABLE tags (name text PRIMARY KEY);", "the same schema"),
        ("-- Nothing.\n", "There is no SQL statement to run"),
    ],
)
def test_a_bad_example_is_named_and_nothing_is_written(
    tmp_path: Path, text: str, fault: str
) -> None:
    (tmp_path / "a_good.sql").write_text(GOOD, "utf-8")
    (tmp_path / "bad.sql").write_text(text, "utf-8")
    made = build(tmp_path, tmp_path / "out.json")
    assert made.returncode == 1 and fault in made.stderr
    assert not (tmp_path / "out.json").exists()


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    made = build(tmp_path, tmp_path / "out.json")
    assert made.returncode == 1 and "holds no .sql files" in made.stderr
