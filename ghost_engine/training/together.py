"""What the processes of one run tell each other when several cards train together.

Each card has a process of its own, a *rank*; the first one leads: it writes the run's files, saves,
and is heard. `Company` is what they agree on at every step, over the processor and not the cards,
so that nothing waits for a kernel. A run on one card is a company of one, and pays nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

WAIT = timedelta(hours=24)
"""A rank that dies is noticed by the launcher within a second. This is for those that are slow: a
download, a compilation, a draft on another card."""


@dataclass(frozen=True, slots=True)
class Company:
    """The processes of a run, and which of them this is."""

    index: int = 0
    count: int = 1
    pids: tuple[int, ...] = ()
    _talk: Any = None

    @property
    def leads(self) -> bool:
        """Whether this one writes what is written once."""
        return self.index == 0

    @property
    def several(self) -> bool:
        return self.count > 1

    def each(self, values: Sequence[float]) -> list[list[float]]:
        """The numbers of all, by rank; every rank has to ask."""
        if not self.several:
            return [list(values)]
        import torch

        own = torch.tensor(values, dtype=torch.float64)
        found = [torch.empty_like(own) for _ in range(self.count)]
        torch.distributed.all_gather(found, own, group=self._talk)
        return [one.tolist() for one in found]

    def any(self, wish: bool) -> bool:
        """Whether any of them wishes it; all get the same answer, and every rank has to ask."""
        return any(one[0] for one in self.each([float(wish)])) if self.several else wish

    def gather(self, what: Any) -> list[Any]:
        """What each has, by rank; every rank has to ask."""
        if not self.several:
            return [what]
        import torch

        found: list[Any] = [None] * self.count
        torch.distributed.all_gather_object(found, what, group=self._talk)
        return found

    def wait(self) -> None:
        """Until all are here."""
        self.any(False)


def rank_here() -> int | None:
    """Which rank this process was started as; None if it trains alone."""
    several = int(os.environ.get("WORLD_SIZE", "1")) > 1
    return int(os.environ["RANK"]) if several else None


def join(on_gpu: bool) -> Company:
    """Meet the other ranks, each on its own card; a company of one where there are none."""
    index = rank_here()
    if index is None:
        return Company()
    import torch
    import torch.distributed as dist

    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # one host: no name has to be resolved
    if on_gpu:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    else:
        torch.serialization.register_package(30, lambda _: None, _on_the_processor)
    dist.init_process_group("nccl" if on_gpu else "gloo", timeout=WAIT)
    talk = dist.new_group(backend="gloo", timeout=WAIT)
    company = Company(index, dist.get_world_size(), (), talk)
    pids = tuple(int(one[0]) for one in company.each([float(os.getpid())]))
    return Company(index, company.count, pids, talk)


def _on_the_processor(storage: Any, place: str) -> Any:
    """Where a checkpoint's tensors go: the trainer says cpu:1, which torch itself cannot load."""
    return storage if place.startswith("cpu:") else None
