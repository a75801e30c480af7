"""How the built-in engine takes the same screens otherwise saved, sized, coloured or framed.

python benchmarks/baseline_variants.py PAIRS [--only NAME ...] [--widest 2000]

Makes variants of every picture of PAIRS: enlarged, shrunk, saved as JPEG, with all colours
inverted, in the window of a light or dark browser. Prints the mean visible score of each (the full
one where the pairs do not say what can be seen), beside the pictures as they are; pictures wider
than `--widest` pixels are not enlarged. Text is read anew for each variant, so it takes minutes.
Not a test.
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from ghost_engine import ocr  # noqa: E402
from ghost_engine.data.images import read_picture  # noqa: E402
from ghost_engine.data.pairs import Pair, read_pairs, visibility_of  # noqa: E402
from ghost_engine.inference.baseline.ddl import write_ddl  # noqa: E402
from ghost_engine.inference.baseline.reading import read_findings  # noqa: E402
from ghost_engine.inference.baseline.relations import plan_tables  # noqa: E402
from ghost_engine.sql.compare import compare  # noqa: E402
from ghost_engine.sql.validate import check  # noqa: E402

Change = Callable[[Image.Image], Image.Image]
BAR = 88  # pixels of a browser above a page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--only", nargs="*", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--widest", type=int, default=2000)
    asked = parser.parse_args()
    pairs = read_pairs(asked.pairs)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "picture.png"
        for name in asked.only:
            scores = []
            for pair in pairs:
                with Image.open(asked.pairs.parent / pair.image) as image:
                    if name.startswith("enlarged") and image.width > asked.widest:
                        continue
                    VARIANTS[name](image.convert("RGB")).save(target)
                scores.append(_score(pair, target))
            mean = statistics.mean(scores)
            sys.stdout.write(f"{name:16} {len(scores):4}  {mean:.3f}\n")
            sys.stdout.flush()


def _score(pair: Pair, path: Path) -> float:
    picture = read_picture(path)
    sql = write_ddl(plan_tables(read_findings(picture.pixels, ocr.read(picture), 0)))
    found = compare(check(sql), pair.sql, visibility_of(pair))
    return found.score if found.visible_score is None else found.visible_score


def _resized(times: float) -> Change:
    return lambda image: image.resize(
        (round(image.width * times), round(image.height * times)), Image.Resampling.LANCZOS
    )


def _jpeg(quality: int) -> Change:
    def change(image: Image.Image) -> Image.Image:
        saved = io.BytesIO()
        image.save(saved, "JPEG", quality=quality)
        return Image.open(saved).convert("RGB")

    return change


def _in_window(dark: bool) -> Change:
    """Under a tab and an address that says nothing of the page."""
    tabs, bar, ink = ("#202124", "#35363a", "#e8eaed") if dark else ("#dee1e6", "#fff", "#3c4043")

    def change(image: Image.Image) -> Image.Image:
        times = max(1.0, image.width / 1280) if image.width > 2000 else 1.0
        at = [round(value * times) for value in (8, 14, 44, 50, 57, 80, 120, 140, BAR)]
        top, name, seam, high, line, low, left, text, height = at
        framed = Image.new("RGB", (image.width, image.height + height), tabs)
        framed.paste(image, (0, height))
        draw = ImageDraw.Draw(framed)
        font = ImageFont.load_default(13 * times)
        draw.rounded_rectangle((left - 40, top, left + 180, low), top, fill=bar)
        draw.rectangle((0, seam, image.width, height - 1), fill=bar)
        draw.text((left, name), "Start page", fill=ink, font=font)
        field = (left, high, image.width - left, low)
        draw.rounded_rectangle(field, (low - high) // 2, fill=tabs)
        draw.text((text, line), "app.example.com/", fill=ink, font=font)
        draw.line((0, height - 1, image.width, height - 1), fill=tabs)
        return framed

    return change


VARIANTS: dict[str, Change] = {
    "as it is": lambda image: image,
    "enlarged 1.5": _resized(1.5),
    "enlarged 2": _resized(2),
    "shrunk 0.75": _resized(0.75),
    "JPEG 70": _jpeg(70),
    "JPEG 85": _jpeg(85),
    "JPEG 95": _jpeg(95),
    "inverted": ImageOps.invert,
    "light window": _in_window(dark=False),
    "dark window": _in_window(dark=True),
}


if __name__ == "__main__":
    main()
