"""What is read together, and that it changes nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ghost_engine.ocr.find import find_text
from ghost_engine.ocr.models import load_models
from ghost_engine.ocr.recognise import recognise

WORDS = ("Id", "Total", "Customer name", "Paid on 4 May 2024", "1,250.00", "Phone")


def test_more_threads_read_the_same() -> None:
    image = Image.new("RGB", (700, 420), "white")
    for number, word in enumerate(WORDS):
        ImageDraw.Draw(image).text(
            (20, 20 + 55 * number), word, fill="black", font=ImageFont.load_default(18)
        )
    pixels = np.ascontiguousarray(np.asarray(image)[:, :, ::-1])
    models = load_models(1)
    boxes = sorted(find_text(models.finder, pixels), key=lambda box: box[1])
    one = recognise(models, pixels, boxes)
    with ThreadPoolExecutor(3) as workers:
        three = recognise(replace(models, workers=workers), pixels, boxes)
    models.workers.shutdown()
    assert [text for text, _ in one] == list(WORDS)
    assert one == three
