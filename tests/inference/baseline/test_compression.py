"""Forms drawn here, saved as JPEG, and looked at again."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ghost_engine.inference.baseline.compression import is_noisy, without_noise
from ghost_engine.inference.baseline.controls import find_controls

INPUTS = 14


def form(ink: tuple[int, int, int]) -> Image.Image:
    """Inputs with pale frames, each with words in it and above."""
    image = Image.new("RGB", (900, 600), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(14)
    for number in range(INPUTS):
        x, y = 40 + 420 * (number % 2), 20 + 80 * (number // 2)
        draw.text((x, y), f"Harbour {number} name, the one in the north", fill=ink, font=font)
        draw.rectangle((x, y + 22, x + 360, y + 56), outline=(206, 212, 218))
        words = f"Nora Adeyemi {number}, pilot of the third boat"
        draw.text((x + 12, y + 30), words, fill=ink, font=font)
    return image


def inputs(image: Image.Image) -> int:
    return sum(control.shape == "box" for control in find_controls(image, ()))


def compressed(image: Image.Image, quality: int) -> Image.Image:
    saved = io.BytesIO()
    image.save(saved, "JPEG", quality=quality)
    return Image.open(saved).convert("RGB")


def test_a_clean_picture_stays_the_very_same() -> None:
    image = form((37, 99, 235))
    assert without_noise(image) is image


@pytest.mark.parametrize(("ink", "quality"), [((37, 99, 235), 50), ((190, 24, 60), 60)])
def test_inputs_are_found_in_a_jpeg_as_in_the_picture_it_was(
    ink: tuple[int, int, int], quality: int
) -> None:
    noisy = compressed(form(ink), quality)
    assert inputs(noisy) < inputs(form(ink)) == inputs(without_noise(noisy)) == INPUTS


def test_a_gradient_is_no_noise() -> None:
    ramp = np.linspace(0, 255, 600)[None, :, None].repeat(400, axis=0).repeat(3, axis=2)
    assert not is_noisy(ramp.astype(np.uint8))


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1)])
def test_the_smallest_pictures_are_left_alone(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size)
    assert without_noise(image) is image
