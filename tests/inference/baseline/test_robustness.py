"""Pictures that no one designed: noise, cuts, turns, blanks and what is no interface at all.

Whatever comes in, the built-in engine neither fails nor writes SQL that does not run, and its own
part of the work ends in seconds.
"""

from __future__ import annotations

import io
import random
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from ghost_engine.data.images import intake
from ghost_engine.inference.baseline.reading import read_findings
from ghost_engine.inference.run import infer
from ghost_engine.ocr import Line

SCREENS = Path(__file__).parents[3] / "data" / "ui_screenshots"
LIMIT_SECONDS = 10.0  # of this process's time; the text reader works in another
SMALL, LARGE = 220, 640  # pixels, the longer side

Maker = Callable[[random.Random, int], Image.Image]


@lru_cache(maxsize=1)
def shipped() -> tuple[Path, ...]:
    return tuple(sorted(SCREENS.glob("*.png")))


def screen(chance: random.Random, side: int) -> Image.Image:
    """A part of a shipped screenshot, as large as asked for."""
    with Image.open(chance.choice(shipped())) as opened:
        whole = opened.convert("RGB")
    width, height = min(side, whole.width), min(chance.randint(side // 3, side), whole.height)
    x, y = chance.randint(0, whole.width - width), chance.randint(0, whole.height - height)
    return whole.crop((x, y, x + width, y + height))


def turned(chance: random.Random, side: int) -> Image.Image:
    return screen(chance, side).rotate(chance.uniform(-180, 180), expand=True, fillcolor="white")


def noisy(chance: random.Random, side: int) -> Image.Image:
    pixels = np.asarray(screen(chance, side)).astype(np.int16)
    grain = np.random.default_rng(chance.randrange(2**32)).normal(
        0, chance.choice((4, 25, 80)), pixels.shape
    )
    return Image.fromarray((pixels + grain).clip(0, 255).astype(np.uint8))


def spoiled(chance: random.Random, side: int) -> Image.Image:
    """Blurred, squeezed, mirrored, inverted or saved as a poor photograph is."""
    image = screen(chance, side)
    way = chance.randrange(5)
    if way == 0:
        return image.filter(ImageFilter.GaussianBlur(chance.uniform(0.5, 4)))
    if way == 1:
        return image.resize((max(40, image.width // chance.randint(2, 6)), image.height))
    if way == 2:
        return ImageOps.mirror(image)
    if way == 3:
        return ImageOps.invert(image)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=chance.randint(3, 30))
    return Image.open(buffer).convert("RGB")


def pieced(chance: random.Random, side: int) -> Image.Image:
    """Parts of several screens pasted over each other."""
    image = Image.new("RGB", (side, side), chance.choice(("white", "black", "#345")))
    for _ in range(chance.randint(2, 6)):
        part = screen(chance, max(60, side // 2))
        image.paste(part, (chance.randrange(side), chance.randrange(side)))
    return image


def written(chance: random.Random, side: int) -> Image.Image:
    """Words and numbers anywhere, in any size and colour, with boxes between them."""
    image = Image.new("RGB", (side, side), chance.choice(("white", "#111", "#fafafa")))
    draw = ImageDraw.Draw(image)
    words = [
        "Name",
        "Total",
        "$5.00",
        "2025-01-02",
        "Ä/ß;'--",
        "Mon",
        "Tue",
        "17",
        "To do",
        "a@b.io",
    ]
    for _ in range(chance.randint(3, 40)):
        x, y = chance.randrange(side), chance.randrange(side)
        ink = tuple(chance.randrange(256) for _ in range(3))
        font = ImageFont.load_default(chance.randint(8, 40))
        draw.text((x, y), chance.choice(words), fill=ink, font=font)
        if chance.random() < 0.5:
            draw.rectangle((x - 6, y - 6, x + 90, y + 40), outline=ink)
    return image


def unlike_any(chance: random.Random, side: int) -> Image.Image:
    """Noise, one colour, stripes, squares, a gradient, a sliver."""
    size = (side, chance.randint(32, side))
    way = chance.randrange(6)
    if way == 0:
        generator = np.random.default_rng(chance.randrange(2**32))
        return Image.fromarray(generator.integers(0, 256, (*size, 3)).astype(np.uint8))
    if way == 1:
        return Image.new("RGB", size, tuple(chance.randrange(256) for _ in range(3)))
    if way in (2, 3):
        step = chance.randint(1, 40)
        y, x = np.indices(size) // step
        pattern = (x % 2) if way == 2 else (x + y) % 2
        return Image.fromarray((pattern * 255).astype(np.uint8)).convert("RGB")
    if way == 4:
        return Image.radial_gradient("L").resize(size).convert("RGB")
    return Image.new("RGB", (side, 32) if chance.random() < 0.5 else (32, side), "white")


MAKERS: tuple[Maker, ...] = (screen, turned, noisy, spoiled, pieced, written, unlike_any)


def survive(seed: int, side: int) -> None:
    """Infers on one random picture; raises if anything is wrong with what comes back."""
    chance = random.Random(f"robustness/{seed}")
    buffer = io.BytesIO()
    MAKERS[seed % len(MAKERS)](chance, side).save(buffer, "PNG")
    began = time.process_time()
    result = infer([intake(buffer.getvalue(), f"{seed}.png")], "baseline")
    assert time.process_time() - began < LIMIT_SECONDS, seed
    assert result.valid or (result.sql == "" and result.reason), (seed, result.sql)


@pytest.mark.parametrize("seed", range(len(MAKERS)))
def test_a_picture_that_no_one_designed_gives_sql_that_runs_or_a_reason(seed: int) -> None:
    survive(seed, SMALL)


@pytest.mark.slow
@pytest.mark.parametrize("hundred", range(5))
def test_five_hundred_of_them_do(hundred: int) -> None:
    for seed in range(1000 + 100 * hundred, 1100 + 100 * hundred):
        survive(seed, LARGE)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["noise", "squares"])
def test_a_picture_of_the_largest_sort_is_given_up_within_seconds(kind: str) -> None:
    height, width = 2500, 5000
    if kind == "noise":
        pixels = np.random.default_rng(7).integers(0, 256, (height, width, 3)).astype(np.uint8)
    else:
        y, x = np.indices((height, width)) // 24
        pixels = np.repeat((((x + y) % 2) * 200 + 20).astype(np.uint8)[..., None], 3, axis=2)
    chance = random.Random("largest")
    lines = tuple(
        Line(f"Text {n}", (x, y, x + 70, y + 20), 0.99)
        for n in range(800)
        for x, y in [(40 * chance.randrange(width // 40), 25 * chance.randrange(height // 25))]
    )
    began = time.process_time()
    read_findings(Image.fromarray(pixels), lines, 0)
    assert time.process_time() - began < LIMIT_SECONDS
