"""The learned reader in PyTorch: its layers, what they are asked, and what counts as wrong.

`ghost_engine/inference/baseline/reader/network.py` runs the same layers with NumPy.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F

from ghost_engine.inference.baseline.reader import features, letters

ROLES = "other nav active title record crumb caption label value button tab".split()
REGIONS = "none table form detail cards kanban calendar tile".split()
KINDS = (
    "none text long number year money percent date datetime time duration bool enum ref email "
    "phone url tags color count"
).split()

NAMES = 96  # as reader_disturb has it
WIDTH, HEADS, LAYERS, PAIR = 128, 8, 4, 32


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

    def __init__(self) -> None:
        super().__init__()
        self.grams = nn.Embedding(letters.BUCKETS, 48, padding_idx=0)
        nn.init.normal_(self.grams.weight, std=0.3)
        self.enter = nn.Linear(features.NUMBERS + 48, WIDTH)
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
        pairs = torch.stack(features.pair_numbers(batch["places"], torch), -1)
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
