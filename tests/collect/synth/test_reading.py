"""Whether what the truth calls visible can be read by somebody else: the text reader."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from ghost_engine import ocr
from ghost_engine.collect.synth.generate import Order, generate
from ghost_engine.data.images import read_picture
from ghost_engine.data.pairs import Pair, read_pairs


def squeezed(text: str) -> str:
    """Letters and digits alone, without accents: readers lose blanks and dots."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]", "", plain)


def found_labels(pair: Pair, folder: Path) -> tuple[list[str], list[str]]:
    """The labels of a pair that were read, and those that were not."""
    lines = ocr.read(read_picture(pair.image_path(folder)))
    text = squeezed("".join(line.text for line in lines))
    labels = [column.label for column in pair.columns or () if column.label]
    read = [label for label in labels if squeezed(label) in text]
    return read, [label for label in labels if label not in read]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_text_reader_finds_nearly_every_label(tmp_path: Path) -> None:
    made = generate(Order(100, seed=20261122), tmp_path)
    read, missed = 0, []
    for pair in read_pairs(made.pairs):
        found, lost = found_labels(pair, tmp_path)
        read += len(found)
        missed += [(pair.id, label) for label in lost]
    assert read / (read + len(missed)) >= 0.95, missed
