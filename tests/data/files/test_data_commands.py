"""`ghost data`: exit codes, one JSON document, and words that say what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.cli import run
from ghost_engine.settings import get_settings
from tests.data.files.pictures import write_png

RUNS = "CREATE TABLE orders (id int PRIMARY KEY);"
FAILS = "CREATE TABLE orders (id int AUTO_INCREMENT);"
Ghost = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def ghost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Ghost:
    """Runs a command on a store of its own: exit code, JSON or text of stdout, stderr."""
    monkeypatch.setenv("GHOST_DATA_DIR", str(tmp_path / "store"))
    get_settings.cache_clear()
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> tuple[int, Any, str]:
        code = run(["data", *map(str, arguments)])
        out, err = capsys.readouterr()
        return code, json.loads(out) if "--json" in arguments else out, err

    return call


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    write_png(tmp_path / "in" / "a.png", 1)
    write_png(tmp_path / "in" / "b.png", 2)
    rows = [
        {"id": "a", "image": "a.png", "sql": RUNS},
        {"id": "b", "image": "b.png", "sql": FAILS},
        {"id": "c", "image": "/etc/passwd", "sql": RUNS},
        {"id": "d", "image": "gone.png", "sql": RUNS},
    ]
    path = tmp_path / "in" / "pairs.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return path


def test_an_import_answers_with_the_keys_of_the_contract(ghost: Ghost, pairs: Path) -> None:
    code, answer, err = ghost("import", pairs, "--json")
    assert code == 0 and err == ""
    assert {key: answer[key] for key in ("read", "added", "updated")} == {
        "read": 4,
        "added": 3,
        "updated": 0,
    }
    (skipped,) = answer["skipped"]
    assert skipped["line"] == 3 and "/etc/passwd is absolute" in skipped["reason"]
    assert (answer["runs"], answer["fails"], answer["missing_images"]) == (2, 1, 1)


def test_an_import_tells_people_what_happened(ghost: Ghost, pairs: Path) -> None:
    code, out, err = ghost("import", pairs, "--as", "approved")
    assert code == 0
    assert "JSON Lines: 4 read, 3 added, 0 updated, 0 unchanged, 1 skipped" in out
    assert "line 3: The image path /etc/passwd is absolute" in err
    assert "Pictures not found: 1. --image-root says" in err
    assert "Not approved, since they do not run: 1." in err


def test_export_writes_what_was_approved(ghost: Ghost, pairs: Path, tmp_path: Path) -> None:
    ghost("import", pairs, "--as", "approved")
    arguments = ("export", tmp_path / "out", "--status", "approved", "--skip-missing")
    code, answer, _ = ghost(*arguments, "--json")
    assert code == 0 and answer["written"] == 1
    assert answer["left_out"] == {"whose picture is missing": 1}
    rows = json.loads((tmp_path / "out" / "dataset_vision.json").read_text())
    assert rows[0]["messages"][1]["content"] == RUNS
    code, out, err = ghost("export", tmp_path / "out", "--format", "pairs", "--status", "all")
    assert code == 0 and "3 written" in out and "Without their picture: 1." in err


def test_a_split_is_exported_part_by_part(ghost: Ghost, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    rows = []
    for number in range(12):
        write_png(folder / f"{number}.png", number)
        sql = f"CREATE TABLE t{number} (id bigint PRIMARY KEY, name text);"
        rows.append(
            {"id": str(number), "image": f"{number}.png", "sql": sql, "domain": f"d{number}"}
        )
    path = folder / "pairs.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    ghost("import", path)
    assert ghost("export", tmp_path / "early", "--split", "train")[0] == 1

    assert ghost("split")[0] == 0
    written = {}
    for part in ("train", "validation", "test"):
        arguments = ("export", tmp_path / part, "--format", "pairs", "--split", part, "--json")
        written[part] = ghost(*arguments)[1]["written"]

    assert sum(written.values()) == 12 and min(written.values()) >= 1, written


def test_a_backup_is_restored_elsewhere(
    ghost: Ghost, pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ghost("import", pairs)
    code, made, _ = ghost("backup", tmp_path / "b.zip", "--json")
    assert code == 0 and made["written"] == 3 and made["pictures"] == 2
    assert ghost("restore", tmp_path / "b.zip")[0] == 1
    monkeypatch.setenv("GHOST_DATA_DIR", str(tmp_path / "other"))
    get_settings.cache_clear()
    code, restored, _ = ghost("restore", tmp_path / "b.zip", "--json")
    assert code == 0 and restored["written"] == 3 and restored["lost"] == []
    code, answer, _ = ghost("import", pairs, "--json")
    assert (answer["added"], answer["updated"]) == (0, 0)


def test_a_backup_without_a_name_lies_in_the_data_folder(
    ghost: Ghost, pairs: Path, tmp_path: Path
) -> None:
    ghost("import", pairs)
    _, made, _ = ghost("backup", "--json")
    assert Path(made["path"]).parent == tmp_path / "store" / "backups"
    assert Path(made["path"]).stat().st_size == made["bytes"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("import", "none.json"), 1, "none.json does not exist. Check the path."),
        (("import", "x", "--as", "golden"), 2, "choose suggestion or approved"),
        (("export", "out", "--format", "xml"), 2, "choose one of vision, text, pairs, hf"),
        (("export", "out", "--status", "good"), 2, "choose among new, approved"),
        (("export", "out"), 1, "Nothing to export, no example matches."),
        (("export", "out", "--split", "half"), 2, "choose one of train, validation, test"),
        (("export", "out", "--split", "test"), 1, "not split yet. Run `ghost data split`"),
        (("restore", "none.zip"), 1, "none.zip cannot be restored"),
    ],
)
def test_mistakes_are_named(ghost: Ghost, arguments: tuple[str, ...], code: int, said: str) -> None:
    found, _, err = ghost(*arguments)
    assert (found, said in err) == (code, True), err
    assert err.count("\n") == 1


def test_a_file_that_breaks_off_is_a_failure(ghost: Ghost, tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text('[{"image": "a.png", "sql": "x"}, {"im')
    code, answer, _ = ghost("import", tmp_path / "d.json", "--json")
    assert code == 1 and answer["added"] == 1 and not answer["complete"]


def test_every_command_of_the_documentation_runs(
    ghost: Ghost, pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (Path(__file__).parents[3] / "docs" / "datasets.md").read_text("utf-8")
    commands = re.findall(r"^ghost data (.+)$", text, re.MULTILINE)
    monkeypatch.chdir(pairs.parent)
    assert len(commands) > 5
    for command in commands:
        assert ghost(*command.split())[0] == 0, command
    assert json.loads((pairs.parent / "out" / "manifest.json").read_text())["format"] == "pairs"
