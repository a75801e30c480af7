"""The paths near the top of a page: "Home / Orders / Order 12".

A page goes in, the steps of its paths come out; what they say about the page is for `clues`, and
which record the page stands in for `trails`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ghost_engine.inference.baseline.marks import cut_row
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.texts import Row, group_rows

TOP = 0.25  # of the height
MAX_WORDS = 4  # of a step
APART = 4.0  # text heights between two steps, at most

_BETWEEN = re.compile(r"\s*[/›»>→]\s*")
_PROSE = re.compile(r"[,;)]")  # of a sentence, no path


def find_paths(page: Page) -> Iterator[tuple[Row, list[str]]]:
    """Each path with its texts and its steps, outer first: those of one text, then of several."""
    upper = [text for text in (*page.navigation, *page.body) if text.center_y < TOP * page.height]
    rows = [
        part
        for row in group_rows(text for text in upper if not text.is_empty_mark)
        for part in cut_row(sorted(row, key=lambda text: text.box[0]), APART)
    ]
    for row in (*((text,) for text in upper), *rows):
        steps = [step for step in _BETWEEN.split(" ".join(text.text for text in row)) if step]
        if len(steps) >= 2 and all(map(_is_step, steps)):
            yield row, steps


def path_steps(page: Page) -> list[str]:
    """The steps of the first path; none without."""
    return next((steps for _, steps in find_paths(page)), [])


def _is_step(words: str) -> bool:
    return len(words.split()) <= MAX_WORDS and not _PROSE.search(words)
