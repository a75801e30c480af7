"""Which rows of a step each rank trains on: together the same as on one card.

One card works through the batches of a shuffled epoch, so many to a step. Of several, each takes as
many of a step's batches, chosen so that all are about as long: a step takes as long as the slowest.
Where an epoch does not divide, a rank gets a *blank*: a row that costs a pass and asks for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import torch
from accelerate.data_loader import DataLoaderShard, SeedableRandomSampler
from torch.utils.data import BatchSampler, Dataset

from ghost_engine.training.collate import Collator
from ghost_engine.training.encoding import IGNORED, Row


class Share(BatchSampler):
    """The batches of one rank, of those that one card would see.

    Args:
        rows: how many rows there are; a batch is a list of their numbers. A blank is a list of one
            negative number, `~row`.
        batch_size: rows in a batch; the epoch's last batch may have fewer.
        seed: of the order, as the trainer takes it on one card.
        index: which rank it is for.
        count: how many there are.
        step: batches that all of them take in a step; by default one each.
        lengths: of the rows, in tokens; by default all are as long.
    """

    def __init__(
        self,
        rows: int,
        batch_size: int,
        seed: int,
        index: int,
        count: int,
        *,
        step: int = 0,
        lengths: Sequence[int] = (),
    ) -> None:
        self.sampler = SeedableRandomSampler(range(rows), data_seed=seed)  # told of each epoch
        self._whole = BatchSampler(self.sampler, batch_size, drop_last=False)
        self._index = index
        self._count = count
        self._step = step or count
        self._lengths = lengths
        self.batch_size = batch_size
        self.drop_last = False

    def __len__(self) -> int:
        return -(-len(self._whole) // self._count)

    def __iter__(self) -> Iterator[list[int]]:
        whole, taken = iter(self._whole), 0
        last: list[int] = []
        while part := list(islice(whole, self._step)):
            costs = [len(batch) * max(map(self._length, batch)) for batch in part]
            for place in deal(costs, self._count)[self._index]:
                taken += 1
                yield part[place]
            last = part[-1]
        if taken < len(self):
            yield [~last[0]]

    def _length(self, row: int) -> int:
        return self._lengths[row] if self._lengths else 1


def deal(costs: Sequence[int], count: int) -> list[list[int]]:
    """The places of `costs` for each of `count` ranks, in order: as many each (the first have one
    more, where there are left-overs), and sums about alike. The most costly are dealt first, each
    to whom has least; equal ones go round.
    """
    room = [len(range(index, len(costs), count)) for index in range(count)]
    sums, dealt = [0] * count, [list[int]() for _ in range(count)]
    for place in sorted(range(len(costs)), key=lambda each: -costs[each]):
        rank = min((one for one in range(count) if room[one]), key=lambda one: sums[one])
        room[rank] -= 1
        sums[rank] += costs[place]
        dealt[rank].append(place)
    return [sorted(places) for places in dealt]


class Places(Dataset[dict[str, int]]):
    """Row numbers as examples; the collator knows the rows. Negative ones are blanks."""

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, row: int) -> dict[str, int]:
        return {"row": row}


class IndexedCollator:
    """Batches by row number: trl wants an arrow table, and arrow would bend our rows."""

    def __init__(self, collator: Collator, rows: Sequence[Row]) -> None:
        self._collator = collator
        self._rows = rows

    def __call__(self, examples: Sequence[dict[str, int]]) -> dict[str, torch.Tensor]:
        places = [each["row"] for each in examples]
        if places[0] < 0:
            return blank(self._collator([self._rows[~places[0]]]), IGNORED)
        return self._collator([self._rows[place] for place in places])


def loader_of(share: Share, rows: int, **options: Any) -> DataLoaderShard:
    """A loader of a rank's batches; `options` are those of torch's DataLoader."""
    return DataLoaderShard(Places(rows), batch_sampler=share, **options)


def blank(batch: dict[str, torch.Tensor], ignored: int) -> dict[str, torch.Tensor]:
    """The batch with nothing asked of it: its loss is zero, and reaches every parameter."""
    return {**batch, "labels": torch.full_like(batch["labels"], ignored)}
