"""The real reader on a picture drawn here, in processes of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from PIL import Image, ImageDraw, ImageFont

from ghost_engine.data.images import Picture
from ghost_engine.ocr.cache import LineCache
from ghost_engine.ocr.pool import Pool
from ghost_engine.ocr.process import worker_command

ROOT = Path(__file__).parents[2]

PARENT = """
import sys, time
from PIL import Image
from ghost_engine import ocr
from ghost_engine.data.images import Picture

ticket = ocr.request(Picture("a", sys.argv[1], Image.effect_noise((2500, 2500), 90).convert("RGB")))
while ticket.position is not None:
    time.sleep(0.01)
print("reading", flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory):
    pool = Pool(worker_command(1), 1, 60.0, LineCache(tmp_path_factory.mktemp("text"), "test"))
    yield pool
    pool.close()


def drawn() -> Image.Image:
    image = Image.new("RGB", (420, 120), "white")
    draw = ImageDraw.Draw(image)
    draw.text((20, 20), "Invoice number", fill="black", font=ImageFont.load_default(20))
    draw.text((20, 70), "Total 1,250.00", fill="black", font=ImageFont.load_default(20))
    return image


def test_words_come_with_their_place_in_source_pixels(pool: Pool) -> None:
    first, second = pool.submit(Picture("a", "drawn", drawn())).result()
    assert (first.text, second.text) == ("Invoice number", "Total 1,250.00")
    x0, y0, x1, y1 = first.box
    assert 5 <= x0 <= 22 and 5 <= y0 <= 25 and 130 <= x1 <= 190 and 35 <= y1 <= 55
    assert 0.8 < first.score <= 1


def test_the_same_picture_always_reads_the_same(pool: Pool) -> None:
    first, second = (pool.submit(Picture("a", name, drawn())).result() for name in "bc")
    assert first == second


def test_a_blank_picture_has_no_text(pool: Pool) -> None:
    assert pool.submit(Picture("a", "blank", Image.new("RGB", (400, 300), "white"))).result() == ()


def test_the_worker_runs_at_low_priority(pool: Pool) -> None:
    pool.warm()
    pool.submit(Picture("a", "drawn", drawn())).result()
    children = [c for c in psutil.Process().children() if "ghost_engine.ocr.worker" in c.cmdline()]
    assert children and all(child.nice() >= 5 for child in children)


def test_killing_the_parent_leaves_no_worker(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GHOST_CACHE_DIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, "noise"], env=environment, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"reading\n"
        workers = psutil.Process(parent.pid).children(recursive=True)
        time.sleep(0.5)
        os.kill(parent.pid, signal.SIGKILL)
    assert workers
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
