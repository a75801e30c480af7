"""Whether a few words are known to describe a thing: "Purchase date", "Serial number", "Owner".

A text goes in. The words are those of labels in general, in `described.txt` and `vocabulary.toml`;
in other languages those that have an English word there.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

from ghost_engine.inference.baseline.labels import is_action, is_label, plain_label
from ghost_engine.inference.baseline.language import FOREIGN, to_english
from ghost_engine.inference.baseline.vocabulary import load_vocabulary

MAX_WORDS = 4

_DOES = re.compile(r"(?:is|has|can|last|first|date|number) \w+|\w+ (?:by|at|on|to|from|until)")


@lru_cache(maxsize=8192)
def is_attribute(text: str) -> bool:
    """Whether a text reads like the label of a column or an input."""
    plain = plain_label(text)
    if ":" in plain or not is_label(plain) or is_action(plain) or len(plain.split()) > MAX_WORDS:
        return False
    return any(_describes(said) for said in {plain, *(to_english(plain, one) for one in FOREIGN)})


def _describes(text: str) -> bool:
    said = re.sub(r"[^a-z ]", "", text.lower()).strip()
    words = load_vocabulary()
    if not said or said in words.true_values:
        return False
    listed = {said} & (words.lookups | words.people | words.choices)
    return bool(listed or said.split()[-1] in _load_words() or _DOES.fullmatch(said))


@lru_cache(maxsize=1)
def _load_words() -> frozenset[str]:
    folder = resources.files(__package__)
    return frozenset((folder / "described.txt").read_text("utf-8").split())
