"""Batches made ahead: the same in the same order, one step at most, nothing left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, RandomSampler

from ghost_engine.errors import ImageError
from ghost_engine.training.ahead import Ahead
from ghost_engine.training.clock import Clock
from ghost_engine.training.collate import Collator
from ghost_engine.training.shares import IndexedCollator, Places, Share, loader_of
from ghost_engine.training.tiny import build_processor

CPU = torch.device("cpu")


class Source:
    """An epoch that notes which thread took what."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.threads: list[str] = []

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for number in range(self.count):
            self.threads.append(threading.current_thread().name)
            yield {"number": number}


def numbers(batches: list[dict[str, Any]]) -> list[int]:
    return [batch["number"] for batch in batches]


def test_steps_come_in_order_and_the_last_may_be_short() -> None:
    ahead = Ahead(iter(Source(8)), CPU)
    taken = [numbers(ahead.take(count)) for count in (3, 3, 2, 3)]
    assert taken == [[0, 1, 2], [3, 4, 5], [6, 7], []]
    ahead.close()


def test_only_one_step_is_made_ahead_and_only_by_the_thread() -> None:
    source = Source(100)
    ahead = Ahead(iter(source), CPU)
    own = threading.current_thread().name
    for step in (1, 2, 3):
        ahead.take(4)
        ahead.settle()
        assert len(source.threads) == 4 * (step + 1)
    assert source.threads[:4] == [own] * 4 and own not in source.threads[4:]
    ahead.close()
    assert not [one for one in threading.enumerate() if one.name.startswith("batches")]


def test_a_step_may_be_larger_than_the_one_before() -> None:
    ahead = Ahead(iter(Source(9)), CPU)
    assert [numbers(ahead.take(count)) for count in (1, 4, 2)] == [[0], [1, 2, 3, 4], [5, 6]]
    ahead.close()


def test_after_the_first_step_the_random_numbers_are_the_callers() -> None:
    loader = DataLoader(range(20), batch_size=1, sampler=RandomSampler(range(20)))  # type: ignore[arg-type]

    def drawn(ahead: bool) -> list[Any]:
        torch.manual_seed(5)
        source = ({"row": batch} for batch in loader)
        taken = Ahead(source, CPU)
        found: list[Any] = []
        for _ in range(5):
            batches = taken.take(4) if ahead else [next(source) for _ in range(4)]
            found += [*(int(batch["row"]) for batch in batches), float(torch.rand(()))]
        taken.close()
        return found

    assert drawn(ahead=True) == drawn(ahead=False)


def test_a_picture_that_cannot_be_read_is_named_at_its_step(tmp_path: Path) -> None:
    rows = [
        {"id": str(n), "image": f"{n}.png", "instruction": "Draw it.", "sql": "SELECT 1;"}
        for n in range(6)
    ]
    for row in rows:
        Image.new("RGB", (60, 40), "white").save(tmp_path / row["image"])
    share = Share(len(rows), 1, 7, 0, 1)
    (bad,) = list(share)[3]
    (tmp_path / rows[bad]["image"]).write_bytes(b"no picture")
    collate = IndexedCollator(Collator(build_processor(), 1024, tmp_path), rows)
    ahead = Ahead(iter(loader_of(share, len(rows), collate_fn=collate)), CPU)
    assert len(ahead.take(2)) == 2
    with pytest.raises(ImageError, match=rows[bad]["image"]):
        ahead.take(2)
    ahead.close()
    assert Places(6)[bad] == {"row": bad}


def test_a_clock_tells_waiting_from_working_and_begins_anew() -> None:
    clock = Clock()
    with clock.waiting():
        threading.Event().wait(0.02)
    for last in (False, True):
        with clock.working(last=last, several=True):
            threading.Event().wait(0.02)
    read = clock.read()
    assert read["waited_seconds"] >= 0.02 and read["worked_seconds"] >= 0.04
    assert 0.02 <= read["last_batch_seconds"] < read["worked_seconds"]
    assert set(clock.read().values()) == {0.0}
