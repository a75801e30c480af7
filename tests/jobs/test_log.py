"""The log as a terminal would show it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ghost_engine.jobs.log import READ_BYTES, log_tail


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"one\ntwo\n", ["one", "two"]),
        (b"one\ntwo", ["one", "two"]),
        (b"windows\r\nline\r\n", ["windows", "line"]),
        (b" 10%|#   |\r 50%|##  |\r100%|####|\ndone\n", ["100%|####|", "done"]),
        (b" 10%|#   |\r 50%|##  |\r", [" 50%|##  |"]),
        (b"\x1b[31mred\x1b[0m \x1b[1;38;5;12mbold\x1b[m\n", ["red bold"]),
        (b"\x1b]0;title\x07text \x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\\n", ["text link"]),
        (b"50%\x1b[A\r\x1b[K", ["50%"]),
        (b"bell\x07 and null\x00\ttab\n", ["bell and null\ttab"]),
        (b"caf\xc3\xa9 \xff\n", ["café \ufffd"]),
        (b"", []),
        (b"\n\n", ["", ""]),
    ],
)
def test_a_line_is_its_last_state_in_plain_text(
    tmp_path: Path, raw: bytes, shown: list[str]
) -> None:
    (tmp_path / "log.txt").write_bytes(raw)
    assert log_tail(tmp_path / "log.txt") == shown


def test_only_the_end_of_a_long_log_is_read(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("".join(f"line {n}\n" for n in range(100_000)))
    assert log_tail(path, 2) == ["line 99998", "line 99999"]
    assert log_tail(path, 10**9)[0].startswith("line ")


def test_a_bar_that_never_ended_its_line_shows_its_last_state(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"".join(b"\r%6d/100000 steps" % n for n in range(50_000)))
    assert path.stat().st_size > READ_BYTES
    assert log_tail(path) == [" 49999/100000 steps"]


def test_no_log_yet_has_no_lines(tmp_path: Path) -> None:
    assert log_tail(tmp_path / "log.txt") == []
