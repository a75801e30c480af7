"""Builds the vision sets the project ships, byte for byte the same with the same Chromium.

    python scripts/build_datasets.py [--work FOLDER]

`data/`: `dataset_vision.json`, `pairs.jsonl` and `ui_screenshots/` with 287 pairs;
`data/validation_set/`: `pairs.jsonl` and `images/` with 60, from domains and frameworks the 287 do
not use. More pairs are generated than are kept: those with too little in them, or too like another,
make way. `--work` keeps what was generated, to look at and to go on from.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from ghost_engine import prompts
from ghost_engine.collect.synth import held_out
from ghost_engine.collect.synth.generate import Advance, Order, generate
from ghost_engine.data.images import read_picture
from ghost_engine.data.pairs import Pair, read_pairs, write_pairs
from ghost_engine.data.phash import distance, perceptual_hash

DATA = Path(__file__).parents[1] / "data"
TRAINING, VALIDATION = 287, 60
SPARE = 1.45
SEEDS = {"training": 2026, "validation": 1122}
NEAR = 24  # bits of 256; closer pictures look the same at a glance
RARE = ("calendar", "settings")
DOUBLE = 0.06  # pictures of two pixels for one are large; few are shipped


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("--work", type=Path, help="keep what is generated here")
    work: Path | None = arguments.parse_args().work
    with tempfile.TemporaryDirectory() as temporary:
        _build(work or Path(temporary))


def _build(work: Path) -> None:
    validation = _make(
        Order(
            round(VALIDATION * SPARE),
            SEEDS["validation"],
            held_out.DOMAINS,
            held_out.FRAMEWORKS,
            DOUBLE,
        ),
        work / "validation",
    )
    training = _make(
        Order(round(TRAINING * SPARE), SEEDS["training"], double=DOUBLE), work / "training"
    )
    hashes: list[str] = []
    kept = _choose(validation, work / "validation", VALIDATION, hashes)
    _lay_out(kept, work / "validation", DATA / "validation_set", "images")
    kept = _choose(training, work / "training", TRAINING, hashes)
    _lay_out(kept, work / "training", DATA, "ui_screenshots")
    rows = [prompts.vision_row(f"ui_screenshots/{n:04}.png", p.sql) for n, p in enumerate(kept, 1)]
    text = json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
    (DATA / "dataset_vision.json").write_text(text, "utf-8")


def _make(order: Order, folder: Path) -> list[Pair]:
    def tell(advance: Advance) -> None:
        sys.stderr.write(f"\r{folder.name}: {advance.done} of {advance.total} ")

    made = generate(order, folder, progress=tell)
    sys.stderr.write("\n")
    return read_pairs(made.pairs)


def _choose(pairs: Sequence[Pair], folder: Path, count: int, hashes: list[str]) -> list[Pair]:
    """The first `count` that hold enough and look like none before; adds to `hashes`."""
    kept: list[Pair] = []
    for pair in _worthy(pairs, count):
        found = perceptual_hash(read_picture(pair.image_path(folder)).pixels)
        if all(distance(found, other) > NEAR for other in hashes):
            hashes.append(found)
            kept.append(pair)
        if len(kept) == count:
            return kept
    raise SystemExit(f"Only {len(kept)} of {count} pairs are fit to ship: raise SPARE.")


def _worthy(pairs: Sequence[Pair], count: int) -> Iterator[Pair]:
    """Pairs with a foreign key and three tables; of the rest some, and all of the rare kinds."""
    small = 0
    for pair in pairs:
        related = "REFERENCES" in pair.sql
        if (related and pair.sql.count("CREATE TABLE") >= 3) or pair.screen_kind in RARE:
            yield pair
        elif related and small < count * 0.2:
            small += 1
            yield pair


def _lay_out(pairs: Sequence[Pair], source: Path, target: Path, images: str) -> None:
    """Write the pictures and `pairs.jsonl` under `target`, numbered from 1."""
    shutil.rmtree(target / images, ignore_errors=True)
    (target / images).mkdir(parents=True)
    written = []
    for number, pair in enumerate(pairs, 1):
        name = f"{images}/{number:04}.png"
        with Image.open(pair.image_path(source)) as picture:
            picture.save(target / name, "PNG", optimize=True)
        identifier = f"{pair.domain}-{pair.screen_kind}-{number:04}"
        written.append(pair.model_copy(update={"id": identifier, "image": name}))
    write_pairs(target / "pairs.jsonl", written)


if __name__ == "__main__":
    main()
