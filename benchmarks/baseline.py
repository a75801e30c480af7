"""How quick and how large the built-in engine is, beside a bare RapidOCR call on the same pictures.

python benchmarks/baseline.py [--pairs FILE] [--every N] [--threads N] [--no-wide]

Every picture is asked once, with nothing kept from before; reading starts warm, PostgreSQL too.
`wall` is what a person waits, `cpu` the processor time of our processes (this one and the text
reader's; PostgreSQL apart), `rules` the part of this one. On a machine that others use, the wall
clock measures them, and threads that wait for each other count as work: take `--threads 1` then
and read `cpu`, which an idle machine's wall clock does not exceed by much. `over_bare` divides our
processor time by that of RapidOCR's own defaults on the same picture (it shrinks what is wider
than 2,000 pixels, we only what shows large letters). `load` is a fresh process, from its start to
the draft of a first small picture. Memory is the peak of RssAnon, sampled, in MiB. `wide` are two
pictures 5,000 pixels wide: one enlarged to it, and several beside and under each other. Every
picture is told on stderr as it is done. Seconds, Linux only; not a test.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAIRS = ROOT / "data" / "validation_set" / "pairs.jsonl"
CORES = os.cpu_count() or 1
TICK = os.sysconf("SC_CLK_TCK")
SAMPLE_SECONDS = 0.02
WIDE = 5_000
WIDE_HEIGHT = 2_800
READER = b"ghost_engine.ocr.worker"
LOAD = """
import sys
from pathlib import Path
from ghost_engine.data.images import read_picture
from ghost_engine.inference.protocol import CancelToken, Question
from ghost_engine.inference.registry import get_engine
*_, draft = get_engine("baseline").run(Question((read_picture(Path(sys.argv[1])),)), CancelToken())
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What one picture took, in seconds."""

    wall: float
    rules: float
    reader: float

    @property
    def cpu(self) -> float:
        return self.rules + self.reader


class Memory(threading.Thread):
    """The peak of RssAnon, in MiB, of this process and the text reader's together."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0.0

    def run(self) -> None:
        while True:
            processes = (os.getpid(), *reader_processes())
            self.peak = max(self.peak, sum(map(anonymous_mib, processes)))
            time.sleep(SAMPLE_SECONDS)


def reader_processes() -> Iterator[int]:
    for task in Path("/proc/self/task").iterdir():
        for child in _text(task / "children").split():
            if READER in Path(f"/proc/{child}/cmdline").read_bytes():
                yield int(child)


def anonymous_mib(process: int) -> float:
    for line in _text(Path(f"/proc/{process}/status")).splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return 0.0


def reader_seconds() -> float:
    """Processor time of the text reader so far."""
    stats = (_text(Path(f"/proc/{process}/stat")) for process in reader_processes())
    times = (stat.rpartition(")")[2].split()[11:13] for stat in stats if stat)
    return sum(int(user) + int(system) for user, system in times) / TICK


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError:
        return ""  # it has ended


@contextmanager
def nothing_kept(threads: int) -> Iterator[None]:
    """An empty folder for what was read, so that every picture is read, however long it takes."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GHOST_CACHE_DIR"] = folder
        os.environ["GHOST_OCR_WORKERS"] = str(max(1, CORES // threads))  # they share the cores
        os.environ["GHOST_OCR_TIMEOUT_SECONDS"] = "600"  # a machine busy with other things
        yield


def ask(image: Path) -> Asked:
    """From the file to the judged answer."""
    from ghost_engine import infer

    wall, rules, reader = time.perf_counter(), time.process_time(), reader_seconds()
    infer([image], "baseline")
    taken = Asked(
        time.perf_counter() - wall, time.process_time() - rules, reader_seconds() - reader
    )
    sys.stderr.write(f"{image.stem} {_rounded(taken)}\n")
    return taken


def bare(images: Sequence[Path], threads: int) -> list[float]:
    """Processor seconds of one RapidOCR call for each picture, after one to warm up."""
    import cv2
    from rapidocr import RapidOCR

    engine = RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        }
    )
    pictures = [cv2.imread(str(image)) for image in images]
    engine(pictures[0])
    taken = []
    for picture in pictures:
        began = time.process_time()
        engine(picture)
        taken.append(time.process_time() - began)
    return taken


def load(image: Path, threads: int) -> dict[str, float]:
    """Of the quickest of three fresh processes."""
    runs = []
    for _ in range(3):
        wall, before = time.perf_counter(), os.times()
        with nothing_kept(threads):
            subprocess.run([sys.executable, "-c", LOAD, str(image)], check=True, cwd=ROOT)
        after = os.times()
        cpu = sum(after[2:4]) - sum(before[2:4])
        runs.append((round(cpu, 2), round(time.perf_counter() - wall, 2)))
    cpu, wall = (min(column) for column in zip(*runs, strict=True))
    return {"cpu": cpu, "wall": wall}


def wide_pictures(images: Sequence[Path], folder: Path) -> dict[str, Path]:
    """5,000 px wide: the first picture enlarged, and the first few side by side, as they are."""
    from PIL import Image

    opened = [Image.open(image).convert("RGB") for image in images[:16]]
    first = opened[0]
    enlarged = first.resize((WIDE, round(first.height * WIDE / first.width)))
    tiled = Image.new("RGB", (WIDE, WIDE_HEIGHT), "white")
    left = top = row = 0
    for picture in opened:
        if left >= WIDE:
            left, top, row = 0, top + row, 0
        tiled.paste(picture, (left, top))
        left, row = left + picture.width, max(row, picture.height)
    paths = {"enlarged": folder / "enlarged.png", "tiled": folder / "tiled.png"}
    enlarged.save(paths["enlarged"])
    tiled.save(paths["tiled"])
    return paths


def small_picture(folder: Path) -> Path:
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (400, 120), "white")
    ImageDraw.Draw(image).text((20, 40), "Name   Email", fill="black", font_size=24)
    path = folder / "small.png"
    image.save(path)
    return path


def median_and_p95(values: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return {"median": round(statistics.median(values), 3), "p95": round(cuts[-1], 3)}


def _rounded(asked: Asked) -> dict[str, float]:
    parts = {"wall": asked.wall, "cpu": asked.cpu, "rules": asked.rules, "reader": asked.reader}
    return {name: round(value, 2) for name, value in parts.items()}


def _images(pairs: Path, every: int) -> list[Path]:
    rows = [json.loads(line) for line in pairs.read_text("utf-8").splitlines()]
    return [pairs.parent / row["image"] for row in rows[::every]]


def measure(images: Sequence[Path], wide: bool, threads: int) -> dict[str, Any]:
    from ghost_engine import check_sql

    with nothing_kept(threads), tempfile.TemporaryDirectory() as folder:
        small = small_picture(Path(folder))
        check_sql("CREATE TABLE warm (id int)")
        ask(small)
        memory = Memory()
        memory.start()
        taken = [ask(image) for image in images]
        ordinary = memory.peak
        others = wide_pictures(images, Path(folder)) if wide else {}
        large = {name: _rounded(ask(path)) for name, path in others.items()}
        peak = memory.peak
        ratios = [our.cpu / its for our, its in zip(taken, bare(images, threads), strict=True)]
        return {
            "pictures": len(taken),
            **{
                part: median_and_p95([getattr(one, part) for one in taken])
                for part in ("wall", "cpu", "rules", "reader")
            },
            "over_bare": median_and_p95(ratios),
            "load": load(small, threads),
            "memory_mib": round(ordinary),
            "wide": large,
            "memory_with_wide_mib": round(peak),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=Path, default=PAIRS)
    parser.add_argument("--every", type=int, default=1, help="only every n-th picture")
    parser.add_argument("--threads", type=int, default=CORES, help="of the text reader")
    parser.add_argument("--no-wide", action="store_true")
    chosen = parser.parse_args()
    answer = measure(_images(chosen.pairs, chosen.every), not chosen.no_wide, chosen.threads)
    sys.stdout.write(json.dumps(answer, indent=2) + "\n")


if __name__ == "__main__":
    main()
