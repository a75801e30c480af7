"""Listening to an answer that can be given up at any moment."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from ghost_engine.errors import Cancelled, EngineError
from ghost_engine.inference.listen import listen


def never() -> bool:
    return False


def silent() -> EngineError:
    return EngineError("Not a word.")


async def three() -> AsyncIterator[int]:
    for number in range(3):
        await asyncio.sleep(0)
        yield number


def test_pieces_come_in_order_and_none_is_lost() -> None:
    assert list(listen(three, stop=never, silence_seconds=9, silent=silent)) == [0, 1, 2]


def test_what_the_source_raises_comes_out_after_its_pieces() -> None:
    async def broken() -> AsyncIterator[int]:
        yield 1
        raise ValueError("broken")

    heard = listen(broken, stop=never, silence_seconds=9, silent=silent)
    assert next(heard) == 1
    with pytest.raises(ValueError, match="broken"):
        next(heard)


@pytest.mark.parametrize("why", ["stopped", "silent", "left"])
def test_a_source_that_waits_is_cancelled_there(why: str) -> None:
    ended, stopped = threading.Event(), threading.Event()

    async def endless() -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.sleep(3600)
        finally:
            ended.set()

    seconds = 0.1 if why == "silent" else 60
    heard = listen(endless, stop=stopped.is_set, silence_seconds=seconds, silent=silent)
    assert next(heard) == 1
    if why == "left":
        heard.close()
    else:
        if why == "stopped":
            stopped.set()
        with pytest.raises(Cancelled if why == "stopped" else EngineError):
            next(heard)
    assert ended.wait(10)


def test_the_readers_own_time_is_no_silence() -> None:
    heard = listen(three, stop=never, silence_seconds=0.05, silent=silent)
    pause = threading.Event()
    for number in heard:
        assert number in (0, 1, 2)
        pause.wait(0.15)
