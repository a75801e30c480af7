"""The queue and its processes, with a stand-in for the reader that misbehaves on purpose.

What the stand-in does is told by the width of the picture: 41 hang, 42 die, 43 die once,
44 wait for the file `go`, 45 fail; anything else answers with the width.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from ghost_engine.data.images import Picture
from ghost_engine.errors import Cancelled, OcrError
from ghost_engine.ocr.cache import LineCache
from ghost_engine.ocr.pool import Pool

STAND_IN = """
import os, struct, sys, time
from pathlib import Path
from ghost_engine.ocr.frames import FAILED, LINES, READY, read_frame, write_frame
from ghost_engine.ocr.lines import Line, dump_lines

folder = Path(sys.argv[1])
write_frame(sys.stdout.buffer, READY)
while True:
    width, = struct.unpack_from(">I", read_frame(sys.stdin.buffer)[1])
    if width == 41:
        time.sleep(60)
    if width == 42 or (width == 43 and not (folder / "died").exists()):
        (folder / "died").touch()
        os._exit(3)
    while width == 44 and not (folder / "go").exists():
        time.sleep(0.01)
    if width == 45:
        write_frame(sys.stdout.buffer, FAILED, b"ValueError: odd picture")
    else:
        write_frame(sys.stdout.buffer, LINES, dump_lines((Line(str(width), (0, 0, 1, 1), 1.0),)))
"""


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    (tmp_path / "stand_in.py").write_text(STAND_IN)
    command = (sys.executable, str(tmp_path / "stand_in.py"), str(tmp_path))
    pool = Pool(command, 1, timeout_seconds=60.0, cache=LineCache(tmp_path / "cache", "test"))
    yield pool
    pool.close()


def picture(width: int, name: str = "") -> Picture:
    return Picture("shot.png", f"{name or width}", Image.new("RGB", (width, 40)))


def test_a_picture_is_read(pool: Pool) -> None:
    assert [line.text for line in pool.submit(picture(50)).result()] == ["50"]


def test_a_picture_read_before_never_waits(pool: Pool, tmp_path: Path) -> None:
    pool.submit(picture(50)).result()
    pool.submit(picture(44))
    assert pool.submit(picture(50)).done
    (tmp_path / "go").touch()


def test_tickets_know_their_place_in_the_queue(pool: Pool, tmp_path: Path) -> None:
    reading, *waiting = [pool.submit(picture(44, f"p{number}")) for number in range(4)]
    while reading.position is not None:
        time.sleep(0.01)
    assert [ticket.position for ticket in waiting] == [1, 2, 3]
    waiting[0].cancel()
    assert [ticket.position for ticket in waiting] == [None, 1, 2]
    with pytest.raises(Cancelled):
        waiting[0].result()
    (tmp_path / "go").touch()
    assert all(ticket.wait(5) for ticket in (reading, *waiting))
    assert waiting[2].result()[0].text == "44"


def test_a_process_that_dies_is_replaced_and_its_picture_read(pool: Pool) -> None:
    assert pool.submit(picture(43)).result()[0].text == "43"


def test_a_picture_that_kills_twice_fails_and_the_next_is_read(pool: Pool) -> None:
    with pytest.raises(OcrError, match="ended unexpectedly, 2 times"):
        pool.submit(picture(42)).result()
    assert pool.submit(picture(50)).result()


def test_a_picture_that_takes_too_long_fails_and_its_process_is_killed(tmp_path: Path) -> None:
    (tmp_path / "stand_in.py").write_text(STAND_IN)
    command = (sys.executable, str(tmp_path / "stand_in.py"), str(tmp_path))
    pool = Pool(command, 1, timeout_seconds=4.0, cache=LineCache(tmp_path / "cache", "test"))
    with pytest.raises(OcrError, match="longer than 4 seconds"):
        pool.submit(picture(41)).result()
    assert pool.submit(picture(50)).result()
    pool.close()


def test_a_picture_that_cannot_be_read_fails_alone(pool: Pool) -> None:
    with pytest.raises(OcrError, match="odd picture"):
        pool.submit(picture(45)).result()
    assert pool.submit(picture(50)).result()


def test_a_reader_that_cannot_start_says_so(tmp_path: Path) -> None:
    pool = Pool((str(tmp_path / "missing"),), 1, 5.0, LineCache(tmp_path / "cache", "test"))
    with pytest.raises(OcrError, match="cannot be started"):
        pool.submit(picture(50)).result()
    pool.close()


def test_closing_ends_the_processes_and_fails_who_waits(pool: Pool) -> None:
    tickets = [pool.submit(picture(41, name)) for name in "ab"]
    while tickets[0].position is not None:
        time.sleep(0.01)
    before = [c for c in psutil.Process().children() if any("stand_in" in a for a in c.cmdline())]
    pool.close()
    for ticket in tickets:
        with pytest.raises(OcrError, match="was closed"):
            ticket.result()
    assert before and not any(child.is_running() for child in before)
    with pytest.raises(OcrError):
        pool.submit(picture(60))


def test_many_threads_get_their_own_results(pool: Pool) -> None:
    seen: dict[int, str] = {}

    def read(width: int) -> None:
        seen[width] = pool.submit(picture(width)).result()[0].text

    threads = [threading.Thread(target=read, args=(width,)) for width in range(50, 80)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {width: str(width) for width in range(50, 80)}
