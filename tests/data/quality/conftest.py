"""Small datasets with faults: screenshots drawn by seed, schemas that run and some that do not."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from ghost_engine.data.quality import Sample

GOOD = "CREATE TABLE orders (id int PRIMARY KEY, total numeric(10,2));"

Draw = Callable[[str, int], Path]


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """A screenshot with text of its own for each seed."""

    def drawn(name: str, seed: int) -> Path:
        image = Image.new("RGB", (640, 400), "white")
        pen, chance = ImageDraw.Draw(image), random.Random(seed)
        for row in range(14):
            text = " ".join(f"{chance.getrandbits(24):x}" for _ in range(chance.randint(1, 8)))
            pen.text((chance.randint(10, 200), 10 + 27 * row), text, "black", font_size=18)
        path = tmp_path / name
        image.save(path)
        return path

    return drawn


@pytest.fixture
def sample(draw: Draw) -> Callable[..., Sample]:
    """A sample with a screenshot of its own unless another is given."""
    made = 0

    def build(sql: str = GOOD, **changed: object) -> Sample:
        nonlocal made
        made += 1
        image = changed.pop("image", None) or draw(f"screen-{made}.png", made)
        values = {"id": f"example {made}", "image": image, "declared": "a.png", **changed}
        return Sample(sql=sql, **values)  # type: ignore[arg-type]

    return build
