"""Samples of screens, and what sets them apart from real ones put upon them by chance.

Words replaced, texts merged, split, dropped and misread, the page cut, stretched and inverted.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np

NAMES = 96  # column names that are told apart; 0 is any other


def load_samples(path: Path) -> list[dict[str, Any]]:
    with np.load(path) as archive:
        words = json.loads(archive["words"].tobytes().decode())
        sizes, counts = archive["sizes"], archive["counts"]
        boxes, looks = archive["boxes"].astype(np.float32), archive["looks"].astype(np.float32)
        controls = archive["controls"].astype(np.float32)
    samples, text, control = [], 0, 0
    for told, size, (texts, many) in zip(words, sizes, counts, strict=True):
        heads = zip(told["roles"], told["fields"], strict=True)
        told["roles"] = ["record" if r == "title" and field else r for r, field in heads]
        samples.append(
            told
            | {
                "size": size.tolist(),
                "boxes": boxes[text : text + texts],
                "looks": looks[text : text + texts],
                "controls": controls[control : control + many],
            }
        )
        text, control = text + texts, control + many
    return samples


def column_names(samples: list[dict[str, Any]]) -> list[str]:
    """The most usual column names, by the screens that show them."""
    seen: dict[str, int] = {}
    for sample in samples:
        for name in {field.split("|")[2] for field in sample["fields"] if field}:
            seen[name] = seen.get(name, 0) + 1
    return ["", *sorted(seen, key=lambda name: (-seen[name], name))[: NAMES - 1]]


_SYLLABLES = (
    "ba co di fu ge ha ki lo mu ne pa qui ro sa tu ve wo xa yo zi ter son lin mar tro gra".split()
)


class Screen:
    """A sample to be changed: lists of equal length and the page they stand on."""

    def __init__(self, sample: dict[str, Any]) -> None:
        self.texts = list(sample["texts"])
        self.roles = list(sample["roles"])
        self.regions = list(sample["regions"])
        self.fields = list(sample["fields"])
        self.boxes = sample["boxes"].copy()
        self.looks = sample["looks"].copy()
        self.controls = sample["controls"].copy()
        self.width, self.height = sample["size"]

    def keep(self, chosen: list[int]) -> None:
        for name in ("texts", "roles", "regions", "fields"):
            setattr(self, name, [getattr(self, name)[place] for place in chosen])
        self.boxes, self.looks = self.boxes[chosen], self.looks[chosen]


def disturb(screen: Screen, chance: random.Random, words: list[str]) -> None:
    """What sets generated screens apart from real ones, by chance."""
    if chance.random() < 0.2:
        _cut(screen, chance)
    if chance.random() < 0.5:
        _stretch(screen, chance)
    if chance.random() < 0.3:
        _invert(screen)
    if chance.random() < 0.7:
        _rename(screen, chance, words, chance.choice((0.15, 0.4, 0.9)))
    if chance.random() < 0.8:
        _merge(screen, chance)
    if chance.random() < 0.4:
        _split(screen, chance)
    _misread(screen, chance)
    _add_icons(screen, chance)
    _lose(screen, chance)
    rough = np.random.default_rng(chance.getrandbits(32))
    unit = float(np.median(screen.looks[:, 0])) or 12.0
    screen.boxes += rough.normal(0, 0.06 * unit, screen.boxes.shape).astype(np.float32)
    screen.looks[:, 0] *= np.exp(rough.normal(0, 0.05, len(screen.looks))).astype(np.float32)
    screen.looks[:, 1] += rough.normal(0, 0.012, len(screen.looks)).astype(np.float32)
    screen.looks[:, 2:] += rough.normal(0, 5, (len(screen.looks), 6)).astype(np.float32)
    if len(screen.controls):
        kept = rough.random(len(screen.controls)) > chance.choice((0, 0, 0.05, 0.3))
        screen.controls = screen.controls[kept]


def _cut(screen: Screen, chance: random.Random) -> None:
    """A part of the page, as of pictures that show only a panel."""
    data = [place for place, role in enumerate(screen.roles) if role in ("label", "value")]
    if len(data) < 6:
        return
    low = screen.boxes[data].min(axis=0)[:2]
    high = screen.boxes[data].max(axis=0)[2:]
    x0 = low[0] * chance.choice((0, 0.5, 0.9, 0.95))
    y0 = low[1] * chance.choice((0, 0, 0.5, 0.9))
    x1 = high[0] + (screen.width - high[0]) * chance.choice((1, 1, 0.5, 0.1))
    y1 = low[1] + (screen.height - low[1]) * chance.choice((1, 1, 0.8, 0.6))
    shift = np.array([x0, y0, x0, y0], np.float32)
    inside = (screen.boxes[:, 0] >= x0) & (screen.boxes[:, 2] <= x1)
    inside &= (screen.boxes[:, 1] >= y0) & (screen.boxes[:, 3] <= y1)
    if inside.sum() < 6:
        return
    screen.keep(np.flatnonzero(inside).tolist())
    screen.boxes -= shift
    if len(screen.controls):
        screen.controls[:, :4] -= shift
    screen.width, screen.height = int(x1 - x0), int(y1 - y0)


def _stretch(screen: Screen, chance: random.Random) -> None:
    """Other distances between texts of the same size."""
    x, y = chance.uniform(0.85, 1.4), chance.uniform(0.9, 1.5)
    scale = np.array([x, y, x, y], np.float32)
    middle = screen.boxes[:, 1::2].mean(axis=1) * y
    half = (screen.boxes[:, 3] - screen.boxes[:, 1]) / 2
    screen.boxes *= scale
    screen.boxes[:, 1], screen.boxes[:, 3] = middle - half, middle + half
    if len(screen.controls):
        check = screen.controls[:, 4] == 2
        sides = screen.controls[:, 2:4] - screen.controls[:, :2]
        screen.controls[:, :4] *= scale
        screen.controls[check, 2:4] = screen.controls[check, :2] + sides[check]
    screen.width, screen.height = int(screen.width * x), int(screen.height * y)


def _invert(screen: Screen) -> None:
    screen.looks[:, 2:] = 255 - screen.looks[:, 2:]


def _rename(screen: Screen, chance: random.Random, words: list[str], share: float) -> None:
    """Other words for words, the same for the same: the place must tell, not the trade."""
    known: dict[str, str] = {}

    def other(word: str) -> str:
        if not word.isalpha() or len(word) < 3:
            return word
        key = word.lower()
        if key not in known:
            made = chance.choice(words)
            if chance.random() < 0.3:
                made = "".join(chance.choice(_SYLLABLES) for _ in range(chance.randint(1, 3)))
            known[key] = made if chance.random() < share else key
        made = known[key]
        return made.upper() if word.isupper() else made.capitalize() if word[0].isupper() else made

    roles = (
        "label",
        "value",
        "title",
        "record",
        "nav",
        "active",
        "caption",
        "crumb",
        "other",
        "tab",
    )
    for place, text in enumerate(screen.texts):
        if screen.roles[place] in roles:
            screen.texts[place] = " ".join(other(word) for word in text.split())


def _merge(screen: Screen, chance: random.Random) -> None:
    """Neighbours read as one text."""
    unit = float(np.median(screen.looks[:, 0])) or 12.0
    limit = chance.choice((0.4, 0.7, 1.1)) * unit
    x0, _, x1, _ = screen.boxes.T
    middle, size = screen.boxes[:, 1::2].mean(axis=1), screen.looks[:, 0]
    gap = x0[None] - x1[:, None]
    close = (gap > -0.2 * unit) & (gap < limit)
    close &= np.abs(middle[None] - middle[:, None]) < 0.3 * unit
    close &= np.abs(size[None] - size[:, None]) < 0.25 * unit
    gone: set[int] = set()
    for other, place in sorted(np.argwhere(close.T).tolist(), key=lambda pair: -x0[pair[0]]):
        if other in gone or place in gone or other == place or chance.random() > 0.6:
            continue
        screen.texts[place] += " " + screen.texts[other]
        rank = {"value": 2, "label": 3, "title": 1, "record": 1}
        if rank.get(screen.roles[other], 0) > rank.get(screen.roles[place], 0):
            for name in ("roles", "regions", "fields"):
                getattr(screen, name)[place] = getattr(screen, name)[other]
        screen.boxes[place, 1] = min(screen.boxes[place, 1], screen.boxes[other, 1])
        screen.boxes[place, 2:] = np.maximum(screen.boxes[place, 2:], screen.boxes[other, 2:])
        gone.add(other)
    screen.keep([place for place in range(len(screen.texts)) if place not in gone])


def _split(screen: Screen, chance: random.Random) -> None:
    """One text read as two."""
    for place in range(len(screen.texts)):
        words = screen.texts[place].split()
        if len(words) < 3 or chance.random() > 0.06:
            continue
        cut = chance.randint(1, len(words) - 1)
        first, second = " ".join(words[:cut]), " ".join(words[cut:])
        x0, _, x1, _ = screen.boxes[place]
        part = (x1 - x0) * len(first) / (len(first) + len(second) + 1)
        box = screen.boxes[place].copy()
        box[0] = x0 + part + 4
        screen.boxes[place, 2] = x0 + part
        screen.texts[place] = first
        screen.texts.append(second)
        for name in ("roles", "regions", "fields"):
            getattr(screen, name).append(getattr(screen, name)[place])
        screen.boxes = np.concatenate([screen.boxes, box[None]])
        screen.looks = np.concatenate([screen.looks, screen.looks[place][None]])


_ALIKE = str.maketrans("O0lI1S5B8", "0OI1l5S8B")


def _misread(screen: Screen, chance: random.Random) -> None:
    for place, text in enumerate(screen.texts):
        if chance.random() > 0.04 or len(text) < 3:
            continue
        at = chance.randrange(len(text))
        letter = text[at].translate(_ALIKE)
        how = chance.random()
        made = letter if how < 0.5 else "" if how < 0.8 else letter + chance.choice("il.r' ")
        screen.texts[place] = text[:at] + made + text[at + 1 :] or text


def _add_icons(screen: Screen, chance: random.Random) -> None:
    """Icons read as letters, before texts and alone."""
    if not len(screen.texts):
        return
    count = chance.choice((0, 0, 1, 2, 4, 8))
    for _ in range(count):
        place = chance.randrange(len(screen.texts))
        x0, y0, _, y1 = screen.boxes[place]
        size = y1 - y0
        left = x0 - size * chance.uniform(1.3, 3)
        if chance.random() < 0.3:
            screen.texts[place] = (
                chance.choice(("O ", "Q ", "8 ", "= ", "+ ")) + screen.texts[place]
            )
            continue
        screen.texts.append(chance.choice(("8", "0", "X", "@", "Q", "ID", "品", "A", "B", "III")))
        screen.roles.append("other")
        screen.regions.append("")
        screen.fields.append("")
        box = np.array([[left, y0, left + size * 0.8, y1]], np.float32)
        screen.boxes = np.concatenate([screen.boxes, box])
        screen.looks = np.concatenate([screen.looks, screen.looks[place][None]])


def _lose(screen: Screen, chance: random.Random) -> None:
    share = chance.choice((0, 0.01, 0.03))
    kept = [
        place
        for place, text in enumerate(screen.texts)
        if chance.random() > (0.4 if len(text) == 1 else share)
    ]
    if len(kept) > 4:
        screen.keep(kept)
