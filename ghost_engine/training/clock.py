"""Where the time of a step goes: waiting for its batches, working on them, and the rest.

The rest is the optimizer and, with several cards, what the processes tell each other. Kernels run
beside the processor, so the card is waited for where a figure needs it: once a step, or twice where
several cards sum their gradients in the last batch's backward pass.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Clock:
    """Seconds of this process since it was read last.

    `waited_seconds` for batches; `worked_seconds` forward and backward; `last_batch_seconds` the
    part of it with the last batch, in which several cards sum their gradients.
    """

    waited_seconds: float = 0.0
    worked_seconds: float = 0.0
    last_batch_seconds: float = 0.0

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """For the batches of a step."""
        began = time.monotonic()
        yield
        self.waited_seconds += time.monotonic() - began

    @contextmanager
    def working(self, *, last: bool, several: bool) -> Iterator[None]:
        """On one batch of a step."""
        began = time.monotonic()
        if last and several:
            _wait_for_card()
        last_began = time.monotonic()
        yield
        if last:
            _wait_for_card()
            self.last_batch_seconds += time.monotonic() - last_began
        self.worked_seconds += time.monotonic() - began

    def read(self) -> dict[str, float]:
        """What there is, by name; it begins anew."""
        values = asdict(self)
        self.waited_seconds = self.worked_seconds = self.last_batch_seconds = 0.0
        return values


def _wait_for_card() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()
