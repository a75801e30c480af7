"""Files of a run: whole or not at all, row by row, whatever was killed meanwhile."""

from __future__ import annotations

import errno
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ghost_engine.errors import JobError
from ghost_engine.jobs.folder import (
    RunFolder,
    Tail,
    append_row,
    read_json,
    read_rows,
    write_json,
)


def test_a_document_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    write_json(path, {"state": "running"})
    with pytest.raises(RuntimeError):
        write_json(path, {"state": Unwritable()})
    assert read_json(path) == {"state": "running"}
    assert [one.name for one in tmp_path.iterdir()] == ["status.json"]


class Unwritable:
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize("text", ["", "{", "[1]", "\x00\x00"])
def test_a_document_that_a_fall_broke_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    assert read_json(tmp_path / "a.json") is None
    assert read_json(tmp_path / "absent.json") is None


def test_an_unreadable_document_is_named(tmp_path: Path) -> None:
    (tmp_path / "job.json").mkdir()
    with pytest.raises(JobError, match=r"job\.json cannot be read"):
        read_json(tmp_path / "job.json")


def test_numbers_of_numpy_are_written_and_what_is_no_number_is_null(tmp_path: Path) -> None:
    row = {"loss": math.nan, "norm": np.float32(0.5), "step": np.int64(3), "path": Path("a")}
    append_row(tmp_path / "m.jsonl", {**row, "deep": [math.inf], "score": np.float64("nan")})
    (read,) = read_rows(tmp_path / "m.jsonl")
    assert read == {"loss": None, "norm": 0.5, "step": 3, "path": "a", "deep": [None],
                    "score": None}  # fmt: skip


def test_a_half_line_is_passed_over_and_spoils_no_later_row(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    append_row(path, {"step": 1})
    with path.open("a") as file:
        file.write('{"step": 2, "lo')
    assert read_rows(path) == [{"step": 1}]
    append_row(path, {"step": 3})
    assert read_rows(path) == [{"step": 1}, {"step": 3}]


def test_a_tail_hands_out_each_row_once_and_waits_for_the_end_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    tail = Tail(path)
    assert tail.read() == []
    path.write_bytes(b'{"a": 1}\n{"a": ')
    assert tail.read() == [{"a": 1}]
    with path.open("ab") as file:
        file.write('2, "b": "ä\u2028"}\n'.encode())
    assert tail.read() == [{"a": 2, "b": "ä\u2028"}]
    assert tail.read() == []


def test_a_tail_reads_only_what_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text("".join(f'{{"step": {n}}}\n' for n in range(1000)))
    tail, read = Tail(path), []
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda *a: read.append(a[1]) or pread(*a))
    assert len(tail.read()) == 1000
    read.clear()
    append_row(path, {"step": 1000})
    assert tail.read() == [{"step": 1000}]
    assert sum(read) < 100


def test_a_tail_begins_anew_when_its_file_is_replaced_or_cut(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text('{"a": 1}\n{"a": 2}\n')
    tail = Tail(path)
    tail.read()
    path.write_text('{"a": 3}\n')
    assert tail.read() == [{"a": 3}] and tail.restarted
    (tmp_path / "new").write_text('{"a": 4}\n{"a": 5}\n')
    (tmp_path / "new").replace(path)
    assert tail.read() == [{"a": 4}, {"a": 5}] and tail.restarted
    assert tail.read() == [] and not tail.restarted


def test_rows_of_several_writers_never_mix(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from ghost_engine.jobs.folder import append_row\n"
        "for n in range(300): append_row(Path(sys.argv[1]), {'who': sys.argv[2], 'x': 'y' * n})"
    )
    path = tmp_path / "events.jsonl"
    writers = [subprocess.Popen([sys.executable, "-c", code, path, str(n)]) for n in range(3)]
    assert [writer.wait(30) for writer in writers] == [0, 0, 0]
    assert len(path.read_text().splitlines()) == len(read_rows(path)) == 900


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_full_disk_is_an_error_of_the_row(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").symlink_to("/dev/full")
    with pytest.raises(OSError) as caught:
        append_row(tmp_path / "m.jsonl", {"step": 1})
    assert caught.value.errno == errno.ENOSPC


def test_what_must_not_be_lost_gives_up_the_reserve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder(tmp_path)
    folder.keep_reserve()
    assert folder.reserve.stat().st_size > 4096
    sync = os.fsync

    def full_while_reserved(file: int) -> None:
        if folder.reserve.exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(file)

    monkeypatch.setattr(os, "fsync", full_while_reserved)
    folder.save(folder.outcome, {"result": "finished"})
    assert json.loads(folder.outcome.read_text()) == {"result": "finished"}
    assert not folder.reserve.exists()
