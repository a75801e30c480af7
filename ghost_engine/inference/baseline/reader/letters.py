"""What the letters of a text say: its kind by its form, hashed groups of letters, counts.

As all that the learned reader sees, this belongs to `weights.npz`: a change needs a new training.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BUCKETS = 4096  # of letter groups; 0 is for none
MAX_GRAMS = 24  # letter groups of one text

_CURRENCY = r"(?:[$€£¥₹]|USD|EUR|GBP|CHF|kr)"
_MONTH = r"\w{3,10}"
KINDS = (
    ("money", rf"[-+(]?\s*{_CURRENCY}\s*-?\d[\d.,' ]*\)?|-?\d[\d.,' ]*\s*{_CURRENCY}"),
    ("percent", r"[-+]?\d+(?:[.,]\d+)?\s*%"),
    (
        "date",
        r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\.?"
        rf"|(?:{_MONTH},? )?\d{{1,2}}\.? {_MONTH}\.?,?(?: \d{{2,4}})?"
        rf"|{_MONTH}\.? \d{{1,2}},?(?: \d{{2,4}})?",
    ),
    ("moment", r".{4,14}\d[,·@ T]+\s*(?:at |um )?\d{1,2}[:.h]\d\d.*"),
    ("time", r"\d{1,2}[:.h]\d\d(?:[:.]\d\d)?\s*(?:[ap]\.?m\.?|uhr)?"),
    ("integer", r"[-+]?\d+|\d{1,3}(?:[,. ']\d{3})+"),
    ("decimal", r"[-+]?\d+[.,]\d+"),
    ("quantity", r"[-+]?\d[\d.,]*\s*[A-Za-zµ°]{1,6}\.?(?:\s*\d+\s*[A-Za-z]{1,3})?"),
    ("email", r"\S+@\S+"),
    ("url", r"(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)+(?:/\S*)?"),
    ("phone", r"\+?[\d() /.-]{7,}"),
    ("code", r"#?[A-Z]{1,6}[-/ ]?\d[\w/-]*|[A-Z0-9]+(?:-[A-Z0-9]+)+"),
    ("person", r"(?:(?:Dr|Mr|Mrs|Ms)\.? )?[A-ZÀ-Þ][\w'’-]+(?: [A-Z]\.)? [A-ZÀ-Þ][\w'’-]+"),
    ("word", r"[^\W\d_]+"),
    ("capital", r"[A-ZÀ-Þ].*"),
)
_KINDS = tuple(
    (name, re.compile(pattern, re.IGNORECASE if name in ("date", "money") else 0))
    for name, pattern in KINDS
)
_WORD = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")


def kind_number(text: str) -> int:
    """The place of a text's kind in KINDS; their count where none fits."""
    for number, (_, pattern) in enumerate(_KINDS):
        if pattern.fullmatch(text):
            return number
    return len(KINDS)


def letter_groups(text: str) -> list[int]:
    """Hashed words and groups of three letters of a text, at most MAX_GRAMS, then zeros."""
    found: dict[int, None] = {}
    for word in _WORD.findall(text.lower())[:6]:
        if word.isdigit():
            word = "0" * min(len(word), 5)
        found.setdefault(_bucket(f"={word}"))
        spaced = f"<{word}>"
        for start in range(len(spaced) - 2):
            found.setdefault(_bucket(spaced[start : start + 3]))
    groups = list(found)[:MAX_GRAMS]
    return groups + [0] * (MAX_GRAMS - len(groups))


def _bucket(group: str) -> int:
    return 1 + zlib.crc32(group.encode()) % (BUCKETS - 1)


def letter_numbers(texts: Sequence[str]) -> NDArray[np.float32]:
    """18 numbers of every text: its length, its share of digits, its marks."""
    rows = []
    for text in texts:
        size = max(1, len(text))
        letters = sum(c.isalpha() for c in text)
        rows.append(
            [
                min(3.0, len(text) / 16),
                min(3.0, len(text.split()) / 4),
                sum(c.isdigit() for c in text) / size,
                letters / size,
                sum(c.isupper() for c in text) / max(1, letters),
                float(text[:1].isupper()),
                float(text.isupper() and letters > 1),
                float(text.endswith(":")),
                float("*" in text),
                float("?" in text),
                float(text.endswith(("...", "…"))),
                float(text.endswith((".", "!"))),
                float("/" in text or ">" in text or "›" in text),
                float("," in text),
                float("(" in text),
                float(text[:1] in "+#-"),
                float(len(text) == 1),
                float(len(text) == 2),
            ]
        )
    return np.array(rows, np.float32).reshape(len(texts), 18)
