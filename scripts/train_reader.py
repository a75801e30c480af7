"""Trains the learned reader and writes its weights.

    python scripts/train_reader.py TRAIN.npz DEV.npz --features FEATURES.py --out weights.npz

The archives are those of `reader_samples.py`; `FEATURES.py` is the engine's
`inference/baseline/reader/features.py`, loaded by path, so that this program runs where only NumPy
and PyTorch are. Every screen is disturbed anew each time it is shown: words replaced, texts merged,
split, dropped and misread, the page cut, stretched and inverted; see `disturb`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import random
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

ROLES = "other nav active title record crumb caption label value button tab".split()
REGIONS = "none table form detail cards kanban calendar tile".split()
KINDS = (
    "none text long number year money percent date datetime time duration bool enum ref email "
    "phone url tags color count"
).split()
NAMES = 96  # column names that are told apart; 0 is any other
WIDTH, HEADS, LAYERS, PAIR = 128, 8, 4, 32


# --- samples --------------------------------------------------------------------------------------


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


# --- disturbing -----------------------------------------------------------------------------------

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


# --- tensors --------------------------------------------------------------------------------------


def targets(screen: Screen, names: dict[str, int]) -> dict[str, np.ndarray[Any, Any]]:
    """What is true of every text; -1 where nothing is asked."""
    count = len(screen.texts)
    made = {
        name: np.full(count, -1, np.int64)
        for name in ("role", "region", "kind", "name", "lookup", "person", "place", "field")
    }
    places: dict[str, int] = {}
    fields: dict[tuple[str, str], int] = {}
    for n, (role, region, field) in enumerate(
        zip(screen.roles, screen.regions, screen.fields, strict=True)
    ):
        made["role"][n] = ROLES.index(role)
        data = role in ("label", "value") and region
        made["region"][n] = REGIONS.index(region.split(":")[0]) if data else 0
        if not data:
            continue
        made["place"][n] = places.setdefault(region, len(places))
        if not field:
            continue
        _, kind, column, target, person = field.split("|")
        made["field"][n] = fields.setdefault((region, field), len(fields))
        made["kind"][n] = KINDS.index(kind)
        made["name"][n] = names.get(column, 0)
        made["lookup"][n] = bool(target) and kind in ("ref", "tags")
        made["person"][n] = bool(person)
    return made


def sample_arrays(screen: Screen, features: Any, names: dict[str, int]) -> dict[str, Any]:
    sight = features.Sight(
        screen.texts,
        screen.boxes,
        screen.looks[:, 0],
        screen.looks[:, 1],
        screen.looks[:, 2:5],
        screen.looks[:, 5:8],
        screen.controls[:, :4].reshape(-1, 4),
        screen.controls[:, 4].astype(np.int64),
        screen.width,
        screen.height,
    )
    encoded = features.encode(sight)
    made = targets(screen, names)
    made["numbers"], made["grams"] = encoded.numbers, encoded.grams
    made["places"] = encoded.places
    return made


class Screens(torch.utils.data.Dataset[dict[str, Any]]):
    """Samples, disturbed when `words` are given."""

    def __init__(self, samples: list[dict[str, Any]], features: Any, names: dict[str, int],
                 words: list[str] | None = None, seed: int = 0) -> None:  # fmt: skip
        self.samples, self.features, self.names = samples, features, names
        self.words, self.seed, self.epoch = words, seed, 0

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, place: int) -> dict[str, Any]:
        screen = Screen(self.samples[place])
        if self.words is not None:
            chance = random.Random(f"{self.seed}/{self.epoch}/{place}")
            disturb(screen, chance, self.words)
        return sample_arrays(screen, self.features, self.names)


def collate(batch: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    most = max(len(each["role"]) for each in batch)
    made: dict[str, torch.Tensor] = {}
    for key, first in batch[0].items():
        fill = -1 if first.ndim == 1 else 0
        shape = (len(batch), most, *first.shape[1:])
        whole = torch.full(shape, fill, dtype=torch.from_numpy(first[:0]).dtype)
        for row, each in enumerate(batch):
            whole[row, : len(each[key])] = torch.from_numpy(each[key])
        made[key] = whole
    made["mask"] = made["role"] >= 0
    return made


def batches(lengths: list[int], texts: int, chance: random.Random) -> list[list[int]]:
    """Screens of about the same number of texts, at most `texts` together."""
    order = sorted(range(len(lengths)), key=lambda n: lengths[n] + chance.uniform(-8, 8))
    made: list[list[int]] = [[]]
    for place in order:
        if made[-1] and (len(made[-1]) + 1) * lengths[place] > texts:
            made.append([])
        made[-1].append(place)
    chance.shuffle(made)
    return made


# --- network --------------------------------------------------------------------------------------


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(3 * WIDTH, WIDTH)
        self.drop = nn.Dropout(0.1)

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        batch, count, _ = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(batch, count, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) / math.sqrt(WIDTH // HEADS) + bias
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, count, WIDTH)
        x = x + self.drop(self.out(mixed))
        return x + self.drop(self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh")))


class Reader(nn.Module):
    """Texts in, what each is and how each two belong together out."""

    def __init__(self, features: Any, numbers: int) -> None:
        super().__init__()
        self.pair_numbers = features.pair_numbers
        self.grams = nn.Embedding(features.BUCKETS, 48, padding_idx=0)
        nn.init.normal_(self.grams.weight, std=0.3)
        self.enter = nn.Linear(numbers + 48, WIDTH)
        self.enter2 = nn.Linear(WIDTH, WIDTH)
        self.pair = nn.Linear(features.PAIRS, PAIR)
        self.pair2 = nn.Linear(PAIR, PAIR)
        self.bias = nn.Linear(PAIR, LAYERS * HEADS)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        self.heads = nn.Linear(WIDTH, len(ROLES) + len(REGIONS) + len(KINDS) + NAMES + 2)
        self.asks, self.answers = nn.Linear(WIDTH, 3 * 32), nn.Linear(WIDTH, 3 * 32)
        self.joins = nn.Linear(PAIR, 3)
        self.nobody = nn.Linear(WIDTH, 1)

    def forward(
        self, batch: dict[str, torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        grams, mask = batch["grams"], batch["mask"]
        if self.training:  # letters go missing, and sometimes all letters of a screen
            lost = torch.rand(grams.shape, device=grams.device) < 0.15
            blind = torch.rand(len(grams), 1, 1, device=grams.device) < 0.1
            grams = grams.masked_fill(lost | blind, 0)
        some = (grams > 0).sum(-1, keepdim=True).clamp(min=1)
        letters = self.grams(grams).sum(2) / some.sqrt()
        x = F.gelu(self.enter(torch.cat([batch["numbers"], letters], -1)), approximate="tanh")
        x = self.enter2(x)
        pairs = torch.stack(self.pair_numbers(batch["places"], torch), -1)
        pairs = F.gelu(self.pair(pairs), approximate="tanh")
        pairs = F.gelu(self.pair2(pairs), approximate="tanh")
        bias = self.bias(pairs).permute(3, 0, 1, 2)
        bias = bias.masked_fill(~mask[None, :, None, :], -1e4)
        for number, layer in enumerate(self.layers):
            x = layer(x, bias[number * HEADS : (number + 1) * HEADS].transpose(0, 1))
        x = self.norm(x)
        batch_size, count, _ = x.shape
        asks = self.asks(x).view(batch_size, count, 3, 32)
        answers = self.answers(x).view(batch_size, count, 3, 32)
        links = torch.einsum("bicd,bjcd->bijc", asks, answers) / math.sqrt(32) + self.joins(pairs)
        return self.heads(x), links, self.nobody(x)


def losses(
    out: tuple[torch.Tensor, ...], batch: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    heads, links, nobody = (each.float() for each in out)
    role, region, kind, name, flags = heads.split(
        [len(ROLES), len(REGIONS), len(KINDS), NAMES, 2], -1
    )
    made = {}
    for key, logits in (("role", role), ("region", region), ("kind", kind), ("name", name)):
        made[key] = F.cross_entropy(
            logits.flatten(0, 1), batch[key].flatten(), ignore_index=-1, label_smoothing=0.03
        )
    for place, key in enumerate(("lookup", "person")):
        asked = batch[key] >= 0
        made[key] = F.binary_cross_entropy_with_logits(
            flags[..., place][asked], batch[key][asked].float()
        )
    made["label"] = _label_loss(links[..., 0], nobody, batch)
    made["field"] = _same_loss(links[..., 1], batch["field"], batch["role"] == ROLES.index("value"))
    made["place"] = _same_loss(links[..., 2], batch["place"], batch["place"] >= 0)
    return made


def _label_loss(
    links: torch.Tensor, nobody: torch.Tensor, batch: dict[str, torch.Tensor]
) -> torch.Tensor:
    """Every value chooses among all texts, or nobody; any label of its field is right."""
    role, field, mask = batch["role"], batch["field"], batch["mask"]
    values = (role == ROLES.index("value")) & (field >= 0)
    labels = role == ROLES.index("label")
    right = (field[:, :, None] == field[:, None, :]) & labels[:, None, :]
    right = _nearest_only(right, batch["places"])
    none = ~right.any(-1, keepdim=True)
    scores = torch.cat([links.masked_fill(~mask[:, None, :], -1e4), nobody], -1)
    right = torch.cat([right, none], -1)
    chosen = scores.log_softmax(-1).masked_fill(~right, -1e4).logsumexp(-1)
    return -chosen[values].mean() if values.any() else scores.sum() * 0


def _nearest_only(right: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """Of several labels of a field (one on every card) the nearest."""
    x, y = places[..., 0], places[..., 2]
    far = (x[:, :, None] - x[:, None, :]).abs() + 2 * (y[:, :, None] - y[:, None, :]).abs()
    far = far.masked_fill(~right, 1e6)
    many = right.sum(-1, keepdim=True) > 1
    best = far <= far.min(-1, keepdim=True).values + 0.5
    return right & (best | ~many)


def _same_loss(links: torch.Tensor, group: torch.Tensor, asked: torch.Tensor) -> torch.Tensor:
    """Whether two texts are of one group, both kinds of answers weighing the same."""
    links = (links + links.transpose(1, 2)) / 2
    asked = asked & (group >= 0)
    both = asked[:, :, None] & asked[:, None, :]
    both &= ~torch.eye(group.shape[1], dtype=torch.bool, device=group.device)[None]
    same = (group[:, :, None] == group[:, None, :]).float()
    lost = F.binary_cross_entropy_with_logits(links, same, reduction="none")
    yes, no = (both & (same > 0)), (both & (same == 0))
    made = lost.sum() * 0
    for part in (yes, no):
        if part.any():
            made = made + lost[part].mean() / 2
    return made


WEIGHTS = {"role": 2.0, "region": 1.0, "kind": 0.7, "name": 0.5, "lookup": 0.7, "person": 0.3,
           "label": 1.0, "field": 1.0, "place": 1.0}  # fmt: skip


@torch.no_grad()
def evaluate(model: Reader, loader: Any, device: str) -> dict[str, float]:
    """Shares that are right, over all texts asked."""
    model.eval()
    right: dict[str, list[float]] = {}
    for batch in loader:
        batch = {key: value.to(device) for key, value in batch.items()}
        heads, links, nobody = model(batch)
        parts = heads.split([len(ROLES), len(REGIONS), len(KINDS), NAMES, 2], -1)
        for key, logits in zip(("role", "region", "kind", "name"), parts, strict=False):
            asked = batch[key] >= 0
            right.setdefault(key, []).extend(
                (logits.argmax(-1) == batch[key])[asked].float().tolist()
            )
        for place, key in enumerate(("lookup", "person")):
            asked = batch[key] >= 0
            right.setdefault(key, []).extend(
                ((parts[4][..., place] > 0) == (batch[key] > 0))[asked].float().tolist()
            )
        role = batch["role"]
        for name in ("label", "value", "title", "record", "active"):
            which = ROLES.index(name)
            said = parts[0].argmax(-1) == which
            both, either = ((said & (role == which)).sum(), (said & (role >= 0)).sum())
            right.setdefault(f"{name}_p", []).append(float(both / either.clamp(min=1)))
            right.setdefault(f"{name}_r", []).append(
                float(both / (role == which).sum().clamp(min=1))
            )
        values = (role == ROLES.index("value")) & (batch["field"] >= 0)
        labels = (batch["field"][:, :, None] == batch["field"][:, None]) & (
            role == ROLES.index("label")
        )[:, None]
        truth = torch.cat([labels, ~labels.any(-1, keepdim=True)], -1)
        scores = torch.cat([links[..., 0].masked_fill(~batch["mask"][:, None], -1e4), nobody], -1)
        hit = truth.gather(-1, scores.argmax(-1, keepdim=True))[..., 0]
        right.setdefault("linked", []).extend(hit[values].float().tolist())
        for place, key in ((1, "field"), (2, "place")):
            group = batch[key]
            asked = (group >= 0) & ((role == ROLES.index("value")) | (key == "place"))
            both = asked[:, :, None] & asked[:, None]
            same = group[:, :, None] == group[:, None]
            said = (links[..., place] + links[..., place].transpose(1, 2)) > 0
            for name, part in (("same", both & same), ("apart", both & ~same)):
                right.setdefault(f"{key}_{name}", []).extend(
                    (said == same)[part].float().tolist()[:20000]
                )
    model.train()
    return {key: round(float(np.mean(values)), 4) for key, values in right.items() if values}


# --- the program ----------------------------------------------------------------------------------


def export(model: Reader, names: list[str], path: Path) -> None:
    """The weights as half precision, and the words that the numbers stand for."""
    arrays = {
        key: value.cpu().numpy().astype(np.float16) for key, value in model.state_dict().items()
    }
    told = json.dumps({"roles": ROLES, "regions": REGIONS, "kinds": KINDS, "names": names,
                       "heads": HEADS, "layers": LAYERS})  # fmt: skip
    np.savez_compressed(path, told=np.frombuffer(told.encode(), np.uint8), **arrays)


def learning_share(part: float) -> float:
    """Of the rate, when that part of all steps is done: up in a straight line, down as a cosine."""
    warm = 0.05
    return (
        part / warm if part < warm else 0.5 + 0.5 * math.cos(math.pi * (part - warm) / (1 - warm))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("dev", type=Path)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--texts", type=int, default=3000, help="texts in one batch")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument(
        "--minutes", type=float, default=1e9, help="end after the epoch that passes this"
    )
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    spec = importlib.util.spec_from_file_location("features", arguments.features)
    assert spec and spec.loader
    features = importlib.util.module_from_spec(spec)
    sys.modules["features"] = features
    spec.loader.exec_module(features)

    samples, dev = load_samples(arguments.train), load_samples(arguments.dev)
    names = column_names(samples)
    numbered = {name: place for place, name in enumerate(names) if name}
    words = sorted({w.lower() for s in samples for t, r in zip(s["texts"], s["roles"], strict=True)
                    for w in t.split() if w.isalpha() and len(w) > 2 and r != "value"})  # fmt: skip
    train_set = Screens(samples, features, numbered, words, arguments.seed)
    dev_set = Screens(dev, features, numbered)
    dev_loader = torch.utils.data.DataLoader(dev_set, batch_size=8, collate_fn=collate)
    model = Reader(features, features.NUMBERS).to(device)
    print(
        f"{sum(p.numel() for p in model.parameters()):,} parameters, {len(samples)} screens, {device}"
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=arguments.rate, weight_decay=0.02)
    lengths = [len(s["texts"]) for s in samples]
    chance = random.Random(arguments.seed)
    started = time.perf_counter()
    for epoch in range(arguments.epochs):
        train_set.epoch = epoch
        loader = torch.utils.data.DataLoader(
            train_set, batch_sampler=(order := batches(lengths, arguments.texts, chance)),
            collate_fn=collate, num_workers=arguments.workers)  # fmt: skip
        total: dict[str, float] = {}
        count = 0
        for batch in loader:
            batch = {key: value.to(device, non_blocking=True) for key, value in batch.items()}
            with torch.autocast("cuda", torch.bfloat16, enabled=device == "cuda"):
                out = model(batch)
            parts = losses(out, batch)
            loss = sum(WEIGHTS[key] * value for key, value in parts.items())
            part = (epoch + count / len(order)) / arguments.epochs
            for group in optimizer.param_groups:
                group["lr"] = arguments.rate * learning_share(part)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[union-attr]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            count += 1
            for key, value in parts.items():
                total[key] = total.get(key, 0.0) + float(value.detach())
        late = time.perf_counter() - started > 60 * arguments.minutes
        said = " ".join(f"{key} {value / count:.3f}" for key, value in total.items())
        print(f"{epoch + 1} {time.perf_counter() - started:.0f}s {said}", flush=True)
        if epoch % 5 == 4 or late or epoch + 1 == arguments.epochs:
            print("  dev", json.dumps(evaluate(model, dev_loader, device)), flush=True)
            export(model, names, arguments.out)
        if late:
            break


if __name__ == "__main__":
    main()
