"""How fast a dataset comes into the store, and where the time goes.

python benchmarks/importing.py [--rows 5000]

Draws screenshots of 1280 x 800 (about 60 KB each, every one different), writes a JSON Lines file
with a schema of four tables for each, half of them distinct, and imports it into a fresh SQLite
store twice. `parts` are seconds a hundred rows of one thread alone, so their sum divided by the
cores is about what the import takes. Not a test.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from PIL import Image, ImageDraw

from ghost_engine.data.files.importing import ImportReport, import_file
from ghost_engine.data.files.preparing import load
from ghost_engine.data.files.readers import read_rows
from ghost_engine.data.files.rows import Row
from ghost_engine.data.images import intake
from ghost_engine.data.phash import perceptual_hash
from ghost_engine.data.store import open_store
from ghost_engine.data.thumbnails import thumbnail
from ghost_engine.sql import check

SAMPLE = 100
WORDS = "order customer invoice price total status email city date note amount owner phone".split()
TABLES = """CREATE TABLE customers_{n} (id bigint PRIMARY KEY, name text NOT NULL, email text);
CREATE TABLE products_{n} (id bigint PRIMARY KEY, title text NOT NULL, price numeric(10, 2));
CREATE TABLE orders_{n} (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers_{n} (id));
CREATE TABLE items_{n} (order_id bigint REFERENCES orders_{n} (id), product_id bigint REFERENCES
    products_{n} (id), quantity integer NOT NULL, PRIMARY KEY (order_id, product_id));"""


def draw(path: Path, number: int) -> None:
    """A page of words in boxes, different for every number."""
    chance = random.Random(number)
    image = Image.new("RGB", (1280, 800), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 1280, 60), fill=(chance.randrange(200), 80, 160))
    for row in range(24):
        top = 80 + row * 29
        pen.line((20, top, 1260, top), fill=(220, 220, 220))
        for column in range(8):
            text = f"{chance.choice(WORDS)} {chance.randrange(10**6)}"
            pen.text((30 + column * 152, top + 6), text, fill=(40, 40, 40), font_size=15)
    image.save(path, compress_level=3)


def make_dataset(folder: Path, count: int) -> Path:
    (folder / "ui").mkdir()
    pictures = [folder / "ui" / f"{number:05}.png" for number in range(count)]
    with ProcessPoolExecutor() as pool:
        list(pool.map(draw, pictures, range(count), chunksize=50))
    rows = (
        {"id": path.stem, "image": f"ui/{path.name}", "sql": TABLES.format(n=number // 2)}
        for number, path in enumerate(pictures)
    )
    dataset = folder / "pairs.jsonl"
    dataset.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return dataset


def timed(work: Callable[[int], object], count: int) -> float:
    started = time.perf_counter()
    for number in range(count):
        work(number)
    return time.perf_counter() - started


def parts(rows: Sequence[Row]) -> dict[str, float]:
    """Seconds for so many rows, each part on its own in one thread."""
    loaded = [load(row) for row in rows]
    data = [each.picture or b"" for each in loaded if hasattr(each, "picture")]
    pictures = [intake(each, "x.png") for each in data]
    count = len(rows)
    return {
        "read_pictures": timed(lambda n: load(rows[n]), count),
        "decode": timed(lambda n: intake(data[n], "x.png"), count),
        "perceptual_hash": timed(lambda n: perceptual_hash(pictures[n].pixels), count),
        "thumbnail": timed(lambda n: thumbnail(pictures[n]), count),
        "judge": timed(lambda n: check(rows[n].sql), count),
    }


def summary(report: ImportReport) -> dict[str, object]:
    return {
        "seconds": round(report.seconds, 1),
        "rows_per_second": round(report.read / report.seconds, 1),
        "added": report.added,
        "unchanged": report.unchanged,
        "runs": report.runs,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5000)
    count = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        dataset = make_dataset(Path(name), count)
        rows = [row for row in read_rows(dataset) if isinstance(row, Row)][:SAMPLE]
        check(rows[0].sql)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with open_store(Path(name) / "store") as store:
            first, second = import_file(store, dataset), import_file(store, dataset)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        answer = {
            "rows": count,
            "picture_kb": round(
                sum(r.image_path.stat().st_size for r in rows if r.image_path) / 1e5
            ),
            "first": summary(first),
            "again": summary(second),
            "memory_growth_mb": round(grown / 1024),
            "parts": {name: round(value, 3) for name, value in parts(rows).items()},
        }
    sys.stdout.write(json.dumps(answer, indent=2) + "\n")


if __name__ == "__main__":
    main()
