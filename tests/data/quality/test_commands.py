"""`ghost data check`, `split` and `stats`: their contract, on files and on the store."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.cli import run
from ghost_engine.settings import get_settings

Draw = Callable[[str, int], Path]

MYSQL = "CREATE TABLE data (id INT PRIMARY KEY AUTO_INCREMENT);"


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "store"
    monkeypatch.setenv("GHOST_DATA_DIR", str(folder))
    get_settings.cache_clear()
    return folder


def said(capfd: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, Any]]:
    code = run(["data", *map(str, words), "--json"])
    told: dict[str, Any] = json.loads(capfd.readouterr().out)
    return code, told


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """The predecessor's form: no picture is there, few answers, none of which runs."""
    rows = [
        {
            "image_path": f"data/ui_screenshots/{number}.png",
            "instruction": "Analyze the UI structure.",
            "output": MYSQL if number % 2 else MYSQL.replace("data", "items"),
            "domain": f"site {number}",
        }
        for number in range(6)
    ]
    path = tmp_path / "flat.json"
    path.write_text(json.dumps(rows))
    return path


@pytest.fixture
def good(draw: Draw, tmp_path: Path) -> Path:
    """Pairs of three domains that are all right."""
    lines = []
    for number in range(9):
        sql = f"CREATE TABLE orders_{number} (id int PRIMARY KEY);"
        draw(f"{number}.png", number)
        pair = {
            "id": f"p{number}",
            "image": f"{number}.png",
            "sql": sql,
            "domain": f"d{number % 3}",
        }
        lines.append(json.dumps(pair))
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(lines))
    return path


def test_what_does_not_run_fails_the_check(capfd: pytest.CaptureFixture[str], flat: Path) -> None:
    code, told = said(capfd, "check", flat)
    assert code == 1
    assert (told["examples"], told["executes"], told["parses"]) == (6, 0, 0)
    assert (told["unique_outputs"], told["missing_images"], told["duplicates"]) == (2, 6, 0)
    assert told["counts"]["identical-answer"] == 6


def test_a_sound_dataset_passes(capfd: pytest.CaptureFixture[str], good: Path) -> None:
    code, told = said(capfd, "check", good)
    assert (code, told["executes"], told["problems"]) == (0, 9, [])


def test_a_row_that_is_none_fails_the_check(capfd: pytest.CaptureFixture[str], good: Path) -> None:
    good.write_text(good.read_text() + '\n{"id": "x"}\n')
    code, told = said(capfd, "check", good)
    assert (code, told["examples"]) == (1, 9)
    assert told["skipped"][0]["line"] == 10


@pytest.mark.parametrize("form", ["messages", "text"])
def test_the_other_forms_are_judged_too(
    capfd: pytest.CaptureFixture[str], draw: Draw, tmp_path: Path, form: str
) -> None:
    draw("a.png", 1)
    sql = "CREATE TABLE orders (id int PRIMARY KEY);"
    content = [{"type": "image", "image": "a.png"}, {"type": "text", "text": "Draw."}]
    messages = [{"role": "user", "content": content}, {"role": "assistant", "content": sql}]
    text = {"instruction": "Draw.", "input": "A list of orders", "output": sql}
    path = tmp_path / "dataset.json"
    path.write_text(json.dumps([{"messages": messages} if form == "messages" else text]))
    code, told = said(capfd, "check", path)
    assert (code, told["executes"], told["counts"]) == (0, 1, {"other-instruction": 1})


def test_people_get_a_table(capfd: pytest.CaptureFixture[str], flat: Path) -> None:
    assert run(["data", "check", str(flat)]) == 1
    out, err = capfd.readouterr()
    rows = {" ".join(line.split()[:-1]): line.split()[-1] for line in out.splitlines()[1:]}
    assert (rows["execute"], rows["distinct answers"]) == ("0", "2")
    assert rows["error Does not parse"] == "6"
    assert 'error: line 1, SQL line 1: syntax error at or near "AUTO_INCREMENT".' in err


def test_the_store_is_checked_without_a_path(
    capfd: pytest.CaptureFixture[str], good: Path, flat: Path
) -> None:
    said(capfd, "import", good)
    assert said(capfd, "check")[1]["executes"] == 9
    said(capfd, "import", flat)
    code, told = said(capfd, "check")
    assert (code, told["examples"], told["executes"], told["missing_images"]) == (1, 15, 9, 6)


def test_a_split_is_written_beside_the_file_and_goes_on(
    capfd: pytest.CaptureFixture[str], good: Path
) -> None:
    code, told = said(capfd, "split", good)
    assert (code, told["examples"], told["leaks"], told["moved"]) == (0, 9, [], 0)
    assert told["counts"] == {"train": 3, "validation": 3, "test": 3}
    splits = json.loads(Path(told["written"]).read_text())
    assert set(splits.values()) == {"train", "validation", "test"} and len(splits) == 9
    said(capfd, "split", good, "--seed", "9")
    assert json.loads(Path(told["written"]).read_text()) == splits
    said(capfd, "split", good, "--seed", "9", "--fresh", "--validation", "0", "--test", "0")
    assert set(json.loads(Path(told["written"]).read_text()).values()) == {"train"}


def test_file_and_store_name_screenshots_alike(
    capfd: pytest.CaptureFixture[str], good: Path, flat: Path, own_store: Path
) -> None:
    for path in (good, flat):
        said(capfd, "import", path)
    stored = json.loads(Path(said(capfd, "split")[1]["written"]).read_text())
    assert (own_store / "splits.json").is_file()
    named: set[str] = set()
    for path in (good, flat):
        written = said(capfd, "split", path, "--fresh")[1]["written"]
        named |= json.loads(Path(written).read_text()).keys()
    assert stored.keys() == named


def test_stats_count_without_judging(capfd: pytest.CaptureFixture[str], flat: Path) -> None:
    code, told = said(capfd, "stats", flat)
    assert (code, told["examples"], told["unique_outputs"], told["missing_images"]) == (0, 6, 2, 6)
    assert told["domains"] == {f"site {number}": 1 for number in range(6)}


def test_too_large_shares_are_wrong_usage(capfd: pytest.CaptureFixture[str], good: Path) -> None:
    assert said(capfd, "split", good, "--validation", "0.7", "--test", "0.7")[0] == 2
