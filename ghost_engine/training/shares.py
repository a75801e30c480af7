"""Which rows of a step each rank trains on: together the same as on one card.

One card works through the batches of a shuffled epoch, so many to a step. Of several, the first
takes the first batch of each round, the second the second. Where an epoch does not divide, a rank
gets a *blank*: a row that costs a pass and asks for nothing, so that all take as many.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from accelerate.data_loader import DataLoaderShard, SeedableRandomSampler
from torch.utils.data import BatchSampler, Dataset


class Share(BatchSampler):
    """The batches of one rank, of those that one card would see.

    Args:
        rows: how many rows there are; a batch is a list of their numbers. A blank is a list of one
            negative number, `~row`.
        batch_size: rows in a batch; the epoch's last batch may have fewer.
        seed: of the order, as the trainer takes it on one card.
        index: which rank it is for.
        count: how many there are.
    """

    def __init__(self, rows: int, batch_size: int, seed: int, index: int, count: int) -> None:
        self.sampler = SeedableRandomSampler(range(rows), data_seed=seed)  # told of each epoch
        self._whole = BatchSampler(self.sampler, batch_size, drop_last=False)
        self._index = index
        self._count = count
        self.batch_size = batch_size
        self.drop_last = False

    def __len__(self) -> int:
        return -(-len(self._whole) // self._count)

    def __iter__(self) -> Iterator[list[int]]:
        taken = 0
        batch: list[int] = []
        for place, batch in enumerate(self._whole):
            if place % self._count == self._index:
                taken += 1
                yield batch
        if taken < len(self):
            yield [~batch[0]]


class Places(Dataset[dict[str, int]]):
    """Row numbers as examples; the collator knows the rows. Negative ones are blanks."""

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, row: int) -> dict[str, int]:
        return {"row": row}


def loader_of(share: Share, rows: int, device: Any, **options: Any) -> DataLoaderShard:
    """A loader of a rank's batches, on its card; `options` are those of torch's DataLoader."""
    return DataLoaderShard(Places(rows), device=device, batch_sampler=share, **options)


def blank(batch: dict[str, torch.Tensor], ignored: int) -> dict[str, torch.Tensor]:
    """The batch with nothing asked of it: its loss is zero, and reaches every parameter."""
    return {**batch, "labels": torch.full_like(batch["labels"], ignored)}
