"""What is read together, and that it changes nothing."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ghost_engine.ocr.find import find_text
from ghost_engine.ocr.models import load_models
from ghost_engine.ocr.recognise import recognise

WORDS = ("Id", "Total", "Customer name", "Paid on 4 May 2024", "1,250.00", "Prénom")


def test_more_threads_read_the_same() -> None:
    image = Image.new("RGB", (700, 420), "white")
    for number, word in enumerate(WORDS):
        ImageDraw.Draw(image).text(
            (20, 20 + 55 * number), word, fill="black", font=ImageFont.load_default(18)
        )
    pixels = np.ascontiguousarray(np.asarray(image)[:, :, ::-1])
    answers = []
    for threads in (1, 3):
        models = load_models(threads)
        boxes = sorted(find_text(models.finder, pixels), key=lambda box: box[1])
        answers.append(recognise(models, pixels, boxes))
        models.workers.shutdown()
    one, three = answers
    assert [text for text, _ in one] == [text for text, _ in three] == list(WORDS)
    assert np.allclose([score for _, score in one], [score for _, score in three], atol=1e-3)
