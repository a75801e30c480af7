"""Programs on a leash."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest

from ghost_engine.cores import usable_cores
from ghost_engine.errors import Cancelled
from ghost_engine.inference.llamacpp.process import Ended, run_program


def run(code: str, lines: list[str], stop: bool = False) -> Ended:
    return run_program([sys.executable, "-c", code], os.environ, lines.append, lambda: stop)


def test_every_line_arrives_in_order_and_the_end_is_told() -> None:
    lines: list[str] = []
    ended = run("print('one'); print('two', end='')", lines)
    assert (lines, ended.code) == (["one", "two"], 0)


def test_a_crash_is_told_with_its_last_words() -> None:
    ended = run("import os, sys; print('alas', file=sys.stderr, flush=True); os.abort()", [])
    assert ended.how == "by SIGABRT"
    assert "alas" in ended.words


def test_a_cancelled_program_is_gone(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    code = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(60)"

    with pytest.raises(Cancelled):
        run_program([sys.executable, "-c", code], os.environ, print, pid.exists)
    assert not pid.read_text() or not psutil.pid_exists(int(pid.read_text()))


def test_what_cannot_be_started_is_an_error() -> None:
    with pytest.raises(OSError, match="cannot be started"):
        run_program(["/no/such/program"], os.environ, print, lambda: False)


def test_at_least_one_core_is_usable() -> None:
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)
