"""Which screenshots count as near-duplicates of each other."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from ghost_engine.data.phash import NEAR, distance, near_duplicates, perceptual_hash

EXAMPLES = sorted((Path(__file__).parents[2] / "tests" / "fixtures" / "screens").glob("*.png"))
WORDS = "invoice customer paid open north harbour lamp silver quarter remark of 2026 18 407".split()


def screen(seed: int) -> Image.Image:
    """A list page: its template is always the same, its data are the seed's."""
    image = Image.new("RGB", (1280, 800), "white")
    draw, chance = ImageDraw.Draw(image), random.Random(seed)
    draw.rectangle((0, 0, 220, 800), "#223044")
    draw.text((260, 40), "Invoices", "black", font_size=28)
    for row in range(16):
        for column in range(5):
            text = " ".join(chance.choices(WORDS, k=chance.randint(1, 3)))
            draw.text((260 + 200 * column, 110 + 40 * row), text, "#333333", font_size=15)
    return image


def saved(image: Image.Image, form: str, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, form, quality=quality)
    return Image.open(buffer)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_same_screen_in_another_file_is_a_near_duplicate(path: Path) -> None:
    image = Image.open(path).convert("RGB")
    half = image.resize((640, 400), Image.Resampling.LANCZOS)
    plain = perceptual_hash(image)
    for copy in (saved(image, "JPEG", 60), saved(image, "WEBP", 60), half):
        assert distance(plain, perceptual_hash(copy)) <= NEAR


def test_a_screen_with_one_number_changed_is_a_near_duplicate() -> None:
    image = Image.open(EXAMPLES[-2]).convert("RGB")
    plain = perceptual_hash(image)
    ImageDraw.Draw(image).rectangle((1160, 300, 1220, 320), "white")
    assert 0 < distance(plain, perceptual_hash(image)) <= NEAR


def test_the_same_template_with_other_data_is_not() -> None:
    hashes = [perceptual_hash(screen(seed)) for seed in range(6)]
    assert near_duplicates(hashes) == ()


def test_blank_pictures_have_one_hash_whatever_their_colour_and_size() -> None:
    blank = [Image.new("RGB", (300, 200), "white"), Image.new("RGB", (801, 599), "#123456")]
    assert {perceptual_hash(each) for each in blank} == {"0" * 64}


def test_a_missing_picture_is_like_nothing() -> None:
    assert near_duplicates(["", "", "f" * 64]) == ()


def test_equal_hashes_are_one_group_at_any_limit() -> None:
    assert near_duplicates(["a" * 64, "5" * 64, "a" * 64], limit=0) == ((0, 2),)


def test_likeness_reaches_through_others() -> None:
    chain = [f"{(1 << 12 * step) - 1:064x}" for step in range(4)]  # 12 bits from one to the next
    assert near_duplicates(chain) == ((0, 1, 2, 3),)
    assert near_duplicates([chain[0], chain[2]]) == ()


@pytest.mark.parametrize("limit", [-1, 33])
def test_a_limit_that_bands_cannot_serve_is_refused(limit: int) -> None:
    with pytest.raises(ValueError, match=f"limit is {limit}"):
        near_duplicates([], limit)


def test_what_is_no_hash_is_refused() -> None:
    with pytest.raises(ValueError, match="'abc' is no hash"):
        near_duplicates(["abc"])


@given(st.integers(0, 10_000), st.integers(0, 24), st.sampled_from([1, 3, 40]))
def test_bands_find_what_comparing_every_pair_finds(seed: int, limit: int, centres: int) -> None:
    chance = random.Random(seed)
    bases = [chance.getrandbits(256) for _ in range(centres)]
    hashes = []
    for _ in range(120):
        flips = chance.sample(range(256), chance.randint(0, 16))
        hashes.append(f"{chance.choice(bases) ^ sum(1 << bit for bit in flips):064x}")
    assert near_duplicates(hashes, limit) == slow_groups(hashes, limit)


def slow_groups(hashes: list[str], limit: int) -> tuple[tuple[int, ...], ...]:
    left, groups = set(range(len(hashes))), []
    while left:
        group, waiting = set(), [min(left)]
        while waiting:
            one = waiting.pop()
            group.add(one)
            left.discard(one)
            near = {each for each in left if distance(hashes[one], hashes[each]) <= limit}
            left -= near
            waiting += near
        groups.append(tuple(sorted(group)))
    return tuple(group for group in groups if len(group) > 1)
