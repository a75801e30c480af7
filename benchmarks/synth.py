"""How fast pairs are made, against Chromium rendering a blank page, and how memory goes.

    python benchmarks/synth.py [--count 200] [--pages 3]

Prints pairs a second, the ratio of a pair's time to a blank page's (rendered one after the other in
the same browser), and the memory of this process and its children by tenths of the run.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

import psutil

from ghost_engine.collect.synth.browser import Camera
from ghost_engine.collect.synth.generate import Advance, Order, generate


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--pages", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    blank = asyncio.run(_blank_seconds())
    memory: list[float] = []

    def watch(advance: Advance) -> None:
        if advance.done % max(1, arguments.count // 10) == 0:
            memory.append(_memory_mib())

    with tempfile.TemporaryDirectory() as folder:
        made = generate(
            Order(arguments.count, arguments.seed),
            Path(folder),
            pages=arguments.pages,
            progress=watch,
        )
        images = sum(path.stat().st_size for path in Path(folder, "images").iterdir())
    each = made.seconds / made.written
    say(f"{made.written} pairs in {made.seconds:.1f} s: {1 / each:.2f} a second")
    say(f"a pair takes {each / blank:.2f} times a blank page ({blank * 1000:.0f} ms)")
    say(f"made again: {made.again}; {images / made.written / 1024:.1f} KiB a picture")
    say("memory by tenths, MiB: " + " ".join(f"{mib:.0f}" for mib in memory))


async def _blank_seconds(count: int = 20) -> float:
    async with Camera(1) as camera:
        await camera.shoot("<!doctype html>", 1280, 800, 1)
        started = time.perf_counter()
        for _ in range(count):
            await camera.shoot("<!doctype html>", 1280, 800, 1)
        return (time.perf_counter() - started) / count


def _memory_mib() -> float:
    own = psutil.Process()
    total = 0
    for process in [own, *own.children(recursive=True)]:
        try:
            full = process.memory_full_info()  # shared pages once: they are most of a browser
            total += getattr(full, "pss", full.uss)
        except psutil.NoSuchProcess:
            continue
    return total / 2**20


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
