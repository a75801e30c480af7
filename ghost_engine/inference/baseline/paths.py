"""The path near the top of a page: "Home / Orders / Order 12".

A page goes in, the steps of its path come out; what they say about the page is for `clues`.
"""

from __future__ import annotations

import re

from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.texts import group_rows

TOP = 0.25  # of the height
MAX_WORDS = 4  # of a step

_BETWEEN = re.compile(r"\s*[/›»>]\s*")
_PROSE = re.compile(r"[,;)]")  # of a sentence, no path


def path_steps(page: Page) -> list[str]:
    """The steps of the first path, outer first; none without."""
    texts = [text for text in (*page.navigation, *page.body) if text.center_y < TOP * page.height]
    rows = group_rows(texts)
    joined = (" ".join(text.text for text in row if not text.is_empty_mark) for row in rows)
    for line in (*(text.text for text in texts), *joined):
        steps = [step for step in _BETWEEN.split(line) if step]
        if len(steps) >= 2 and all(map(_is_step, steps)):
            return steps
    return []


def _is_step(words: str) -> bool:
    return len(words.split()) <= MAX_WORDS and not _PROSE.search(words)
