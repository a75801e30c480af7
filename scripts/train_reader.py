"""Trains the learned reader and writes its weights.

    python scripts/reader_screens.py --out screens --count 2000
    python scripts/reader_screens.py --out dev --pairs data/pairs.jsonl
    python scripts/reader_samples.py screens --out train.npz
    python scripts/reader_samples.py dev --out dev.npz --ocr
    python scripts/train_reader.py train.npz dev.npz --out weights.npz

Every screen is disturbed anew each time it is shown, see `reader_disturb`. What comes out belongs
to `ghost_engine/inference/baseline/reader/weights.npz`. A GPU does it in minutes, a CPU in hours.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from reader_disturb import Screen, column_names, disturb, load_samples
from reader_model import HEADS, KINDS, LAYERS, NAMES, REGIONS, ROLES, Reader, losses
from torch import nn

from ghost_engine.inference.baseline.reader import features


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


def sample_arrays(screen: Screen, names: dict[str, int]) -> dict[str, Any]:
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

    def __init__(self, samples: list[dict[str, Any]], names: dict[str, int],
                 words: list[str] | None = None, seed: int = 0) -> None:  # fmt: skip
        self.samples, self.names = samples, names
        self.words, self.seed, self.epoch = words, seed, 0

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, place: int) -> dict[str, Any]:
        screen = Screen(self.samples[place])
        if self.words is not None:
            chance = random.Random(f"{self.seed}/{self.epoch}/{place}")
            disturb(screen, chance, self.words)
        return sample_arrays(screen, self.names)


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


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("dev", type=Path)
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
    samples, dev = load_samples(arguments.train), load_samples(arguments.dev)
    names = column_names(samples)
    numbered = {name: place for place, name in enumerate(names) if name}
    words = sorted({w.lower() for s in samples for t, r in zip(s["texts"], s["roles"], strict=True)
                    for w in t.split() if w.isalpha() and len(w) > 2 and r != "value"})  # fmt: skip
    train_set = Screens(samples, numbered, words, arguments.seed)
    dev_set = Screens(dev, numbered)
    dev_loader = torch.utils.data.DataLoader(dev_set, batch_size=8, collate_fn=collate)
    model = Reader().to(device)
    size = sum(p.numel() for p in model.parameters())
    say(f"{size:,} parameters, {len(samples)} screens, {device}")
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
        say(f"{epoch + 1} {time.perf_counter() - started:.0f}s {said}")
        if epoch % 5 == 4 or late or epoch + 1 == arguments.epochs:
            say(f"  dev {json.dumps(evaluate(model, dev_loader, device))}")
            export(model, names, arguments.out)
        if late:
            break


if __name__ == "__main__":
    main()
