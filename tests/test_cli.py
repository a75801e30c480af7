"""The `ghost` command: its exit codes, its JSON, its one-line errors. A contract."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.cli import run
from ghost_engine.settings import get_settings

EXAMPLES = Path(__file__).resolve().parents[1] / "tests" / "fixtures" / "screens"
GOOD = "CREATE TABLE a (id int PRIMARY KEY);"
BAD = "CREATE TABLE a (\n  id int AUTO_INCREMENT\n);"


def said(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(arguments)
    out, err = capfd.readouterr()
    return code, out, err


def said_json(
    capfd: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, dict[str, Any], str]:
    code, out, err = said(capfd, *arguments, "--json")
    return code, json.loads(out), err


@pytest.fixture
def good(tmp_path: Path) -> str:
    path = tmp_path / "good.sql"
    path.write_text(GOOD)
    return str(path)


@pytest.fixture
def bad(tmp_path: Path) -> str:
    path = tmp_path / "bad.sql"
    path.write_text(BAD)
    return str(path)


def test_check_judges_a_good_script(capfd: pytest.CaptureFixture[str], good: str) -> None:
    code, answer, _ = said_json(capfd, "sql", "check", good)
    assert code == 0
    assert {"valid", "parses", "allowed", "executes", "errors", "tables"} <= answer.keys()
    assert (answer["valid"], answer["tables"]) == (True, ["a"])


def test_check_names_place_and_remedy(capfd: pytest.CaptureFixture[str], bad: str) -> None:
    code, out, _ = said(capfd, "sql", "check", bad)
    assert code == 1
    assert out.startswith(f"{bad}:2:10: syntax error") and "IDENTITY" in out
    code, answer, _ = said_json(capfd, "sql", "check", bad)
    error = answer["errors"][0]
    assert (code, answer["parses"], error["line"], error["sqlstate"]) == (1, False, 2, "42601")
    assert {"message", "line", "column", "sqlstate", "statement", "hint"} <= error.keys()


def test_check_reads_standard_input() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "ghost_engine", "sql", "check", "-"],
        input=GOOD, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert (made.returncode, made.stdout, made.stderr) == (0, "runs: 1 table\n", "")


@pytest.mark.parametrize(
    "form",
    ["mermaid", "dot", "json", "svg", "dbml", "sqlalchemy", "mysql", "sqlite", "jsonschema"],
)
def test_convert_writes_other_forms(
    capfd: pytest.CaptureFixture[str], good: str, form: str
) -> None:
    code, answer, _ = said_json(capfd, "sql", "convert", good, "--to", form)
    assert code == 0 and "a" in answer["text"]


def test_check_repairs_and_names_every_change(capfd: pytest.CaptureFixture[str], bad: str) -> None:
    code, answer, _ = said_json(capfd, "sql", "check", bad, "--repair")
    assert (code, answer["valid"], answer["repaired"]["valid"]) == (0, False, True)
    assert "GENERATED" in answer["repaired_sql"] and answer["changes"][0]["line"] == 2


def test_check_gives_advice_on_what_runs(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "price.sql"
    path.write_text("CREATE TABLE a (id int PRIMARY KEY, price float);")
    answer = said_json(capfd, "sql", "check", str(path))[1]
    assert answer["valid"] and "numeric" in answer["advice"][0]["message"]


def test_compare_scores_one_schema_against_another(
    capfd: pytest.CaptureFixture[str], good: str, bad: str
) -> None:
    code, answer, _ = said_json(capfd, "sql", "compare", good, good)
    assert (code, answer["score"], answer["exact"]) == (0, 1.0, True)
    for part in ("table", "column", "column_typed", "pk", "fk", "relationship"):
        assert {"p", "r", "f1"} <= answer[part].keys()
    assert said_json(capfd, "sql", "compare", bad, good)[1]["score"] == 0


def test_eval_scores_an_engine_over_pairs(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pair = {"id": "orders", "image": "orders.png", "sql": GOOD}
    pairs = tmp_path / "pairs.jsonl"
    (tmp_path / "orders.png").write_bytes((EXAMPLES / "orders.png").read_bytes())
    pairs.write_text(json.dumps(pair) + "\n")
    out = tmp_path / "results"
    code, answer, _ = said_json(capfd, "eval", "--pairs", str(pairs), "--out", str(out))
    keys = {"n", "executes", "score", "strict_score", "visible_score", "seconds_p50", "pairs"}
    assert code == 0 and keys <= answer.keys() and answer["n"] == 1
    assert "Score" in (out / "results.md").read_text()


def test_convert_refuses_what_does_not_run(capfd: pytest.CaptureFixture[str], bad: str) -> None:
    code, answer, err = said_json(capfd, "sql", "convert", bad, "--to", "dot")
    assert code == 1 and "bad.sql: Line 2, column 10" in answer["error"]
    assert err.count("\n") == 1


def test_doctor_says_what_works(capfd: pytest.CaptureFixture[str]) -> None:
    code, answer, _ = said_json(capfd, "doctor")
    assert (code, answer["ok"]) == (0, True)
    assert all({"name", "status", "detail", "hint"} <= check.keys() for check in answer["checks"])


def test_doctor_says_of_every_engine_whether_it_can_be_asked(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path / "no-runs"))
    get_settings.cache_clear()
    try:
        found = {each["name"]: each for each in said_json(capfd, "doctor")[1]["checks"]}
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
    assert {"Built-in engine", "Ollama", "Gemini", "Adapter"} <= found.keys()
    assert "ghost train" in found["Adapter"]["hint"]


def test_doctor_names_keys_and_never_shows_them(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "very-secret")
    _, out, err = said(capfd, "doctor")
    assert "GEMINI_API_KEY" in out and "very-secret" not in out + err


def test_infer_writes_a_schema_that_runs(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "orders.sql"
    code, answer, _ = said_json(capfd, "infer", str(EXAMPLES / "orders.png"), "--out", str(target))
    assert (code, answer["valid"], answer["engine"]) == (0, True, "baseline")
    assert answer["note"] == "OCR and rules, no large model"
    keys = {"table", "column", "type", "confidence", "reason", "box"}
    assert answer["columns"] and all(keys <= column.keys() for column in answer["columns"])
    assert said_json(capfd, "sql", "check", str(target))[1]["tables"] == answer["tables"]


def test_infer_makes_one_schema_of_several_screens_or_one_each(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    two = [str(EXAMPLES / "orders.png"), str(EXAMPLES / "invoice.png")]
    assert "customers" in said_json(capfd, "infer", *two)[1]["tables"]
    code, answer, _ = said_json(capfd, "infer", *two, "--each", "--out", str(tmp_path))
    assert code == 0 and len(answer["results"]) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["invoice.sql", "orders.sql"]


def test_infer_says_why_nothing_was_found(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from PIL import Image

    blank = tmp_path / "blank.png"
    Image.new("RGB", (640, 480), "white").save(blank)
    code, answer, _ = said_json(capfd, "infer", str(blank))
    assert (code, answer["sql"], answer["valid"]) == (1, "", False)
    assert answer["reason"]


def test_infer_tells_how_the_result_came_about(capfd: pytest.CaptureFixture[str]) -> None:
    _, answer, _ = said_json(capfd, "infer", str(EXAMPLES / "orders.png"))
    assert {"usage", "attempts", "form", "disagreement"} <= answer.keys()
    assert [each["how"] for each in answer["attempts"]] == ["draft"]
    assert answer["attempts"][0]["sql"] == answer["sql"]


def test_infer_draws_a_panel_on_a_terminal_and_writes_plain_sql_into_a_pipe(
    capfd: pytest.CaptureFixture[str],
) -> None:
    picture = str(EXAMPLES / "orders.png")
    plain = said(capfd, "infer", picture)[1]
    assert plain.startswith("CREATE TABLE") and "\x1b" not in plain
    drawn = on_a_terminal("infer", picture)
    assert "\x1b[" in drawn and "✓ runs" in drawn and "Engine" in drawn
    assert "Reading" in drawn or "Writing the schema" in drawn  # what it did meanwhile


def on_a_terminal(*arguments: str) -> str:
    """What a command writes where stdout and stderr are a terminal."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    environment.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "ghost_engine", *arguments]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment) as program:
        os.close(theirs)
        said = b""
        with contextlib.suppress(OSError):  # how Linux tells the end of a terminal
            while read := os.read(ours, 1 << 16):
                said += read
        assert program.wait(100) == 0
    os.close(ours)
    return said.decode()


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["sql", "check", "/nowhere.sql"], 1, "no such file"),
        (["sql", "check", "/"], 1, "directory"),
        (["infer", "/nowhere.png"], 1, "nowhere.png"),
        (["infer", __file__], 1, "not a picture"),
        (["infer", str(EXAMPLES / "orders.png"), "--engine", "oracle"], 1, "baseline"),
        (["infer", str(EXAMPLES / "orders.png"), "--model", "gone"], 1, "gone"),
        (
            ["infer", str(EXAMPLES / "orders.png"), "--engine", "baseline", "--form", "json"],
            1,
            "without a model",
        ),
        (["infer", "x.png", "--form", "xml"], 2, "grammar"),
        (["infer", "x.png", "--samples", "0"], 2, "samples"),
        (["infer"], 2, "--help"),
        (["sql", "convert", "x.sql", "--to", "cobol"], 2, "mermaid"),
        (["sql", "chek", "x"], 2, "check"),
        (["--nonsense"], 2, "--help"),
    ],
)
def test_errors_are_one_line_with_what_to_do(
    capfd: pytest.CaptureFixture[str], arguments: list[str], code: int, word: str
) -> None:
    got, out, err = said(capfd, *arguments)
    assert (got, out) == (code, "")
    assert err.count("\n") == 1 and word in err


def test_ctrl_c_ends_a_command_with_a_word(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Keyboard:
        def read(self) -> bytes:
            raise KeyboardInterrupt

    class Stdin:
        buffer = Keyboard()

    monkeypatch.setattr(sys, "stdin", Stdin())
    assert said(capfd, "sql", "check", "-") == (130, "", "ghost: Stopped.\n")


def test_what_is_not_text_is_named(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "x.sql"
    path.write_bytes(b"CREATE \xff")
    code, _, err = said(capfd, "sql", "check", str(path))
    assert code == 1 and "UTF-8" in err
