"""The batches of the next step, made while the card works on this one.

`Ahead` takes batches from an iterator in the order that it gives them, those of one step at a time,
and lets a thread take the next step's. A thread, since pictures and tokens are worked on without
the interpreter's lock: worker processes would each hold a copy of what is cached, want shared
memory, and put a traceback before the words of an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import torch

Batch = dict[str, Any]


class Ahead:
    """Takes from `batches`; one step ahead and no more.

    The first step's batches are taken by the caller's thread: whatever an epoch draws of the random
    numbers, it draws at its beginning. An error comes out where its batch would have.

    Args:
        batches: an epoch's, in the processor's memory.
        device: where they will go; the caller moves them.
    """

    def __init__(self, batches: Iterator[Batch], device: torch.device) -> None:
        self.source = batches
        own: tuple[Any, tuple[int, ...]] = (None, ())
        if device.type == "cuda":  # memory is pinned for that card; "cuda" alone has no number
            card = torch.cuda.current_device() if device.index is None else device.index
            own = (torch.cuda.set_device, (card,))
        self._pool = ThreadPoolExecutor(1, "batches", *own)
        self._next: Future[list[Batch]] | None = None
        self._closed = False

    def take(self, count: int) -> list[Batch]:
        """The next `count` batches; fewer at the end. Begins with as many more.

        Raises:
            GhostError: a batch of these cannot be made.
        """
        found = self._next.result() if self._next else []
        found += self._pull(count - len(found))
        self._next = self._pool.submit(self._more, found[count:], count)
        return found[:count]

    def settle(self) -> None:
        """Until the thread has done what it does: the collator is free for others."""
        if self._next is not None:
            self._next.exception()

    def close(self) -> None:
        """Leave no thread behind; what was made ahead is dropped."""
        self._closed = True
        self._pool.shutdown(cancel_futures=True)

    def _more(self, left: list[Batch], count: int) -> list[Batch]:
        return left + self._pull(count - len(left))

    def _pull(self, count: int) -> list[Batch]:
        found: list[Batch] = []
        while len(found) < count and not self._closed:
            batch = next(self.source, None)
            if batch is None:
                break
            found.append(batch)
        return found
