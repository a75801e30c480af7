"""Training samples of the reader: what the engine measures on screens, with what is true of them.

    python scripts/reader_samples.py SCREENS... --out samples.npz [--ocr]

`SCREENS` are folders of `reader_screens.py`. The looks of the texts and the controls are measured
in the pictures as the engine does it. With `--ocr` the texts are those that the text reader finds;
what each is, the texts of the page tell that lie under it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ghost_engine import ocr
from ghost_engine.data.images import read_picture
from ghost_engine.inference.baseline.controls import find_controls
from ghost_engine.inference.baseline.looks import measure_looks
from ghost_engine.inference.baseline.reader.network import SHAPES
from ghost_engine.inference.baseline.texts import Text, clean_texts

PAD = 2  # pixels that a text reader's boxes are wider


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--ocr", action="store_true")
    arguments = parser.parse_args()
    samples = [each for folder in arguments.folders for each in _samples(folder, arguments.ocr)]
    write_samples(samples, arguments.out)
    texts = sum(len(sample["texts"]) for sample in samples)
    sys.stdout.write(f"{len(samples)} screens, {texts} texts\n")


def _samples(folder: Path, read: bool) -> Iterator[dict[str, Any]]:
    for line in (folder / "screens.jsonl").read_text("utf-8").splitlines():
        screen = json.loads(line)
        picture = read_picture(folder / screen["image"])
        texts = _read(picture, screen) if read else _standing(screen)
        if len(texts) > 2:
            yield _measure(picture.pixels, screen, texts)


def _standing(screen: dict[str, Any]) -> list[tuple[Text, dict[str, Any]]]:
    """The page's own texts, cleaned as read ones are."""
    width, height = screen["size"]
    kept = []
    for each in screen["texts"]:
        x0, y0, x1, y1 = each["box"]
        box = (
            max(0, x0 - PAD),
            max(0, y0 - PAD // 2),
            min(width, x1 + PAD),
            min(height, y1 + PAD // 2),
        )
        found = clean_texts([ocr.Line(each["text"], box, 0.99)])
        if found:
            kept.append((found[0], each))
    return kept


def _read(picture: Any, screen: dict[str, Any]) -> list[tuple[Text, dict[str, Any]]]:
    """The texts the reader finds, each with the page's text that lies under most of it."""
    nothing = {"role": "other", "region": "", "field": ""}
    kept = []
    for text in clean_texts(ocr.read(picture)):
        under = [(_shared(text.box, each["box"]), each) for each in screen["texts"]]
        share, best = max(under, key=lambda pair: pair[0], default=(0.0, nothing))
        kept.append((text, best if share > 0 else nothing))
    return kept


def _shared(one: Sequence[int], other: Sequence[int]) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return float(max(0, width) * max(0, height))


def _measure(
    image: Image.Image, screen: dict[str, Any], pairs: Sequence[tuple[Text, dict[str, Any]]]
) -> dict[str, Any]:
    texts = measure_looks([text for text, _ in pairs], image)
    controls = find_controls(image, texts)
    return {
        "kind": screen["kind"],
        "framework": screen["framework"],
        "size": screen["size"],
        "texts": [text.text for text in texts],
        "boxes": [text.box for text in texts],
        "looks": [
            (text.look.size, text.look.weight, *text.look.ink, *text.look.ground) for text in texts
        ],
        "roles": [each["role"] for _, each in pairs],
        "regions": [each["region"] for _, each in pairs],
        "fields": [each["field"] for _, each in pairs],
        "controls": [
            (*control.box, SHAPES[control.shape]) for control in controls if control.shape in SHAPES
        ],
    }


def write_samples(samples: Sequence[dict[str, Any]], path: Path) -> None:
    """One archive: arrays of all screens end to end, their texts as JSON."""
    words = [{key: s[key] for key in ("kind", "framework", "texts", "roles", "regions", "fields")}
             for s in samples]  # fmt: skip
    np.savez_compressed(
        path,
        words=np.frombuffer(json.dumps(words, ensure_ascii=False).encode(), np.uint8),
        sizes=np.array([s["size"] for s in samples], np.int32),
        counts=np.array([(len(s["texts"]), len(s["controls"])) for s in samples], np.int32),
        boxes=_join(samples, "boxes", 4).astype(np.int16),
        looks=_join(samples, "looks", 8).astype(np.float16),
        controls=_join(samples, "controls", 5).astype(np.int16),
    )


def _join(samples: Sequence[dict[str, Any]], key: str, width: int) -> np.ndarray[Any, Any]:
    rows = [np.array(s[key], np.float64).reshape(-1, width) for s in samples]
    return np.concatenate(rows) if rows else np.zeros((0, width))


if __name__ == "__main__":
    main()
