"""Renders the example screens: `python data/examples/source/render.py`.

Needs Playwright and a Chromium on the PATH; writes a palette PNG of 1280 x 800 beside this folder
for every HTML file in it.
"""

from __future__ import annotations

import io
import logging
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"]


def render(sources: list[Path]) -> None:
    """Writes `<name>.png` for each HTML file; raises FileNotFoundError without a Chromium."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise FileNotFoundError("No chromium on the PATH: install it, then run this again.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_OPTIONS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        for source in sources:
            page.goto(source.as_uri())
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            target = HERE.parent / f"{source.stem}.png"
            picture.quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)
            logging.info("%s: %.0f KB", target.name, target.stat().st_size / 1000)
        browser.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
    render(sorted(HERE.glob("*.html")))
