"""Where the limit for near-duplicate screenshots lies, and how long clustering takes.

python benchmarks/near_duplicates.py [--hashes 100000] [--pictures FOLDER]

Renders every example page as it is, with one value changed, and with all values changed while
headings and labels stay; saves the first as other files (JPEG, WebP, fewer colours, other sizes).
For each distance it prints which share of the first kind of change lies within it (wanted) and
of the second (not wanted). `--pictures` adds a folder of real screenshots to the first kind, and
the nearest two of it to the second. Needs Playwright and a Chromium on the PATH. Not a test.
"""

from __future__ import annotations

import argparse
import io
import random
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from ghost_engine.data.phash import NEAR, distance, near_duplicates, perceptual_hash

PAGES = Path(__file__).resolve().parents[1] / "data" / "examples" / "source"
VARIANTS = 12
OPTIONS = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"]
LEAVES = """
const leaves = () => [...document.querySelectorAll('main *')].filter(
  (node) => !node.children.length && node.textContent.trim()
    && !node.matches('h1, h2, h3, th, dt, label, .button'));
"""
CHANGE_ONE = (
    f"(number) => {{ {LEAVES} const all = leaves();"
    " all[(number * 5 + 1) % all.length].textContent = 'Changed ' + (number * 37 + 11); }"
)
# Letters for letters and digits for digits, and some longer or shorter.
CHANGE_ALL = (
    f"(seed) => {{ {LEAVES}"
    """
  let state = seed * 7919 + 13;
  const draw = () => (state = (state * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff;
  const other = (text) => text
    .replace(/[a-z]/g, () => String.fromCharCode(97 + Math.floor(draw() * 26)))
    .replace(/[A-Z]/g, () => String.fromCharCode(65 + Math.floor(draw() * 26)))
    .replace(/[0-9]/g, () => Math.floor(draw() * 10));
  for (const node of leaves()) {
    const text = node.textContent;
    const length = Math.max(1, Math.round(text.length * (0.6 + draw() * 0.8)));
    node.textContent = (other(text) + ' ' + other(text)).slice(0, length);
  }
}"""
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hashes", type=int, default=100_000)
    parser.add_argument("--pictures", type=Path)
    asked = parser.parse_args()
    same, other = measure_pages()
    if asked.pictures:
        add_folder(asked.pictures, same, other)
    say_shares(same, other)
    say_speed(asked.hashes)


def say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")


def measure_pages() -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    same: dict[str, list[int]] = {}
    other: dict[str, list[int]] = {}
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        for source in sorted(PAGES.glob("*.html")):
            first = shot(page, source)
            add_copies(first, same)
            plain = perceptual_hash(first)
            for number in range(VARIANTS):
                one = perceptual_hash(shot(page, source, CHANGE_ONE, number))
                every = perceptual_hash(shot(page, source, CHANGE_ALL, number + 1))
                same.setdefault("one value changed", []).append(distance(plain, one))
                other.setdefault(f"other data: {source.stem}", []).append(distance(plain, every))
        browser.close()
    return same, other


def shot(page: Page, source: Path, change: str = "", argument: int = 0) -> Image.Image:
    page.goto(source.as_uri())
    if change:
        page.evaluate(change, argument)
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def add_copies(picture: Image.Image, same: dict[str, list[int]]) -> None:
    plain = perceptual_hash(picture)
    for name, copy in copies(picture):
        same.setdefault(name, []).append(distance(plain, perceptual_hash(copy)))


def copies(picture: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    for quality in (85, 40):
        yield f"JPEG {quality}", saved(picture, "JPEG", quality=quality)
    yield "WebP 60", saved(picture, "WEBP", quality=60)
    yield "64 colours", picture.quantize(64).convert("RGB")
    for scale in (0.5, 0.75, 1.5):
        size = (round(picture.width * scale), round(picture.height * scale))
        yield f"{scale} times the size", picture.resize(size, Image.Resampling.LANCZOS)


def saved(picture: Image.Image, form: str, **options: int) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return Image.open(buffer).convert("RGB")


def add_folder(folder: Path, same: dict[str, list[int]], other: dict[str, list[int]]) -> None:
    hashes = []
    for path in sorted(folder.iterdir()):
        picture = Image.open(path).convert("RGB")
        add_copies(picture, same)
        hashes.append(perceptual_hash(picture))
    for number, first in enumerate(hashes):
        nearest = min(distance(first, each) for each in hashes[:number] + hashes[number + 1 :])
        other.setdefault(f"nearest other in {folder.name}", []).append(nearest)


def say_shares(same: dict[str, list[int]], other: dict[str, list[int]]) -> None:
    limits = (0, 2, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40)
    say(f"{'share within':32}", *(f"{limit:>5}" for limit in limits), f"  limit is {NEAR}")
    for kinds in (same, other):
        for name, distances in [*kinds.items(), ("all", sum(kinds.values(), []))]:
            shares = [sum(d <= limit for d in distances) / len(distances) for limit in limits]
            spread = f"  {min(distances)} to {max(distances)}"
            say(f"{name:32}", *(f"{share:5.2f}" for share in shares), spread)


def say_speed(count: int) -> None:
    """Random hashes, a fifth of them near another one: harder than real ones, which repeat."""
    draw = random.Random(1)
    hashes: list[str] = []
    while len(hashes) < count:
        value = draw.getrandbits(256)
        if hashes and draw.random() < 0.2:
            value = int(draw.choice(hashes), 16)
            for _ in range(draw.randint(0, NEAR)):
                value ^= 1 << draw.randrange(256)
        hashes.append(f"{value:064x}")
    started = time.perf_counter()
    clusters = near_duplicates(hashes)
    say(f"{count:,} hashes: {len(clusters):,} clusters, {time.perf_counter() - started:.2f} s")


if __name__ == "__main__":
    main()
