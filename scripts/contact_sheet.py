"""Draws `docs/images/synthetic.jpg`: twenty shipped screens of every kind at a glance.

python scripts/contact_sheet.py
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from ghost_engine.data.pairs import Pair, read_pairs

ROOT = Path(__file__).parents[1]
COLUMNS, ROWS, WIDTH, HEIGHT, GAP = 5, 4, 384, 240, 8


def main() -> None:
    sheet = Image.new(
        "RGB", (COLUMNS * (WIDTH + GAP) + GAP, ROWS * (HEIGHT + GAP) + GAP), "#d8dce3"
    )
    for place, pair in enumerate(_choose(read_pairs(ROOT / "data" / "pairs.jsonl"))):
        with Image.open(pair.image_path(ROOT / "data")) as picture:
            small = _fit(picture.convert("RGB"))
        x = GAP + place % COLUMNS * (WIDTH + GAP)
        y = GAP + place // COLUMNS * (HEIGHT + GAP)
        sheet.paste(small, (x, y))
    sheet.save(ROOT / "docs" / "images" / "synthetic.jpg", "JPEG", quality=88, optimize=True)


def _choose(pairs: list[Pair]) -> list[Pair]:
    """Kinds and frameworks in turn, wide pictures only."""
    wide = [pair for pair in pairs if not (pair.screen_kind or "").startswith("mobile")]
    kinds: dict[str, int] = {}
    looks: dict[str, int] = {}
    chosen: list[Pair] = []
    while len(chosen) < COLUMNS * ROWS:
        rest = [pair for pair in wide if pair not in chosen]
        best = min(
            rest,
            key=lambda pair: (
                kinds.get(str(pair.screen_kind), 0),
                looks.get(str(pair.framework), 0),
            ),
        )
        chosen.append(best)
        kinds[str(best.screen_kind)] = kinds.get(str(best.screen_kind), 0) + 1
        looks[str(best.framework)] = looks.get(str(best.framework), 0) + 1
    return chosen


def _fit(picture: Image.Image) -> Image.Image:
    """The upper left of the picture at the sheet's proportions, made small."""
    width = picture.width
    height = min(picture.height, round(width * HEIGHT / WIDTH))
    part = picture.crop((0, 0, round(height * WIDTH / HEIGHT), height))
    return part.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
