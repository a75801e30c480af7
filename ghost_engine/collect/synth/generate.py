"""Making pairs by the hundred: several pages at once, in one order, resumable.

`generate` writes `images/<number>.png` and `pairs.jsonl` into a folder. Pairs are taken in the
order of their numbers whatever page finished first, so what is left out as a duplicate does not
depend on timing, and a run that was stopped goes on to the same end.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ghost_engine.collect.synth.browser import Camera
from ghost_engine.collect.synth.domain import load_domain
from ghost_engine.collect.synth.held_out import training_domains, training_frameworks
from ghost_engine.collect.synth.recipe import Recipe, choose_recipe, draw
from ghost_engine.collect.synth.truth import Truth, find_truth
from ghost_engine.data.pairs import Pair, PairColumn, read_pairs
from ghost_engine.errors import Cancelled, FileError, GhostError
from ghost_engine.sql.validate import check

_ATTEMPTS = 12
_FEWEST_VISIBLE = 3
_PAGES = 3


@dataclass(frozen=True, slots=True)
class Order:
    """What to make. `domains` and `frameworks` empty means all that are not held out.

    `double`: the share of desktop screens with two device pixels for one of CSS.
    """

    count: int
    seed: int = 1
    domains: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    double: float = 0.2

    @property
    def from_domains(self) -> tuple[str, ...]:
        return self.domains or training_domains()

    @property
    def from_frameworks(self) -> tuple[str, ...]:
        return self.frameworks or training_frameworks()


@dataclass(frozen=True, slots=True)
class Advance:
    """How far a run is; `left_seconds` is None until it can be said."""

    done: int
    total: int
    left_seconds: float | None


@dataclass(frozen=True, slots=True)
class Made:
    """What a run came to. `kept` pairs were there before it began."""

    pairs: Path
    written: int
    kept: int
    again: int  # recipes thrown away: too little to see, or an answer there already
    seconds: float


@dataclass(frozen=True, slots=True)
class _Piece:
    recipe: Recipe
    theme: str
    truth: Truth
    png: bytes


def generate(
    order: Order,
    folder: Path,
    *,
    pages: int = _PAGES,
    progress: Callable[[Advance], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Made:
    """Make pairs until `folder` holds `order.count` of them; go on where a run ended.

    Args:
        pages: how many screens render at once.
        progress: told after every pair.
        stopped: asked before every pair; what is written stays.

    Raises:
        FileError: the folder holds pairs of another order, or cannot be written.
        CaptureError: no browser, or it failed.
        Cancelled: `stopped` said so.
    """
    started = time.perf_counter()
    pairs = folder / "pairs.jsonl"
    kept = _prepare(order, folder)
    again = _in_a_thread(order, folder, kept, pages, progress, stopped)
    seconds = time.perf_counter() - started
    return Made(pairs, order.count - len(kept), len(kept), again, seconds)


def _in_a_thread(
    order: Order,
    folder: Path,
    kept: Sequence[Pair],
    pages: int,
    progress: Callable[[Advance], None],
    stopped: Callable[[], bool],
) -> int:
    """Runs the loop in a thread of its own: the caller's may have one, as a notebook's has."""
    interrupted = threading.Event()

    def stop() -> bool:
        return interrupted.is_set() or stopped()

    def work() -> int:
        return asyncio.run(_run(order, folder, kept, pages, progress, stop))

    with ThreadPoolExecutor(1, "synth") as pool:
        future = pool.submit(work)
        try:
            return future.result()
        except BaseException:
            interrupted.set()  # Ctrl+C reaches the caller; the pair being made is the last
            raise


def _prepare(order: Order, folder: Path) -> list[Pair]:
    """The pairs of an earlier run of the same order; a line that was cut off is dropped."""
    recorded = {
        "seed": order.seed,
        "domains": list(order.from_domains),
        "frameworks": list(order.from_frameworks),
        "double": order.double,
    }
    note = folder / "order.json"
    try:
        (folder / "images").mkdir(parents=True, exist_ok=True)
        if note.exists() and json.loads(note.read_text("utf-8")) != recorded:
            raise FileError(
                f"{folder} holds pairs of another seed or choice.",
                "Choose an empty folder, or repeat the earlier choice to go on.",
            )
        note.write_text(json.dumps(recorded, indent=1) + "\n", "utf-8")
        pairs = folder / "pairs.jsonl"
        if not pairs.exists():
            return []
        text = pairs.read_text("utf-8")
        whole = text[: text.rfind("\n") + 1]
        if whole != text:
            pairs.write_text(whole, "utf-8")
    except (OSError, ValueError) as error:
        raise FileError(f"{folder} cannot be used: {error}.", "Choose another folder.") from error
    return read_pairs(pairs)[: order.count]


async def _run(
    order: Order,
    folder: Path,
    kept: Sequence[Pair],
    pages: int,
    progress: Callable[[Advance], None],
    stopped: Callable[[], bool],
) -> int:
    seen = {_same(pair.sql) for pair in kept}
    started, again = time.perf_counter(), 0
    if len(kept) >= order.count:
        return 0
    with open(folder / "pairs.jsonl", "a", encoding="utf-8") as file:
        async with Camera(pages) as camera:
            numbers = range(len(kept), order.count)
            async for number, piece in _pieces(order, camera, numbers, pages):
                attempt = 0
                while _is_poor(piece.truth) or _same(piece.truth.sql) in seen:
                    attempt, again = attempt + 1, again + 1
                    if attempt > _ATTEMPTS:
                        raise GhostError(
                            f"No new screen was found for pair {number}: the chosen domains and "
                            "frameworks are used up.",
                            "Ask for fewer pairs or allow more domains.",
                        )
                    piece = await _make(order, camera, number, attempt)
                if stopped():
                    raise Cancelled("Stopped; the pairs made so far are kept.")
                seen.add(_same(piece.truth.sql))
                _write(folder, number, piece)
                file.write(_line(number, piece) + "\n")
                file.flush()
                done = number + 1 - len(kept)
                left = (time.perf_counter() - started) / done * (order.count - number - 1)
                progress(Advance(number + 1, order.count, left if done > 4 else None))
    return again


async def _pieces(
    order: Order, camera: Camera, numbers: range, pages: int
) -> AsyncIterator[tuple[int, _Piece]]:
    """First attempts in the order of their numbers, a few being made ahead."""
    ahead: dict[int, asyncio.Task[_Piece]] = {}
    try:
        for number in numbers:
            for next_one in range(number, min(number + pages + 2, numbers.stop)):
                if next_one not in ahead:
                    ahead[next_one] = asyncio.create_task(_make(order, camera, next_one, 0))
            yield number, await ahead.pop(number)
    finally:
        for task in ahead.values():
            task.cancel()
        await asyncio.gather(*ahead.values(), return_exceptions=True)


async def _make(order: Order, camera: Camera, number: int, attempt: int) -> _Piece:
    loop = asyncio.get_running_loop()
    recipe = choose_recipe(
        order.seed, number, attempt, order.from_domains, order.from_frameworks, order.double
    )
    # One thread draws: the Faker of a language is shared and seeded before every table.
    drawing = await loop.run_in_executor(_drawer, draw, recipe)
    shot = await camera.shoot(drawing.html, recipe.width, recipe.height, recipe.scale)

    def judge() -> _Piece:
        png, pixels = _to_palette(shot.png)
        truth = find_truth(load_domain(recipe.domain), shot.marks, pixels)
        report = check(truth.sql)
        if not report.valid:
            raise GhostError(
                f"The truth of a {recipe.kind} of {recipe.domain} does not run: "
                f"{report.errors[0].message}.",
                f"Mend domains/{recipe.domain}.sql; the recipe is {recipe.seed}.",
            )
        return _Piece(recipe, drawing.theme, truth, png)

    return await loop.run_in_executor(None, judge)


_drawer = ThreadPoolExecutor(1, "synth-draw")


def _to_palette(png: bytes) -> tuple[bytes, np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    """The picture with 256 colours, as PNG and as (height, width, 3) RGB."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    small = image.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    small.save(buffer, "PNG", compress_level=7)
    return buffer.getvalue(), np.asarray(small.convert("RGB"))


def _is_poor(truth: Truth) -> bool:
    return truth.visible_count < _FEWEST_VISIBLE


def _same(sql: str) -> str:
    """What two answers share when they say the same."""
    return hashlib.sha256(re.sub(r"\s+", " ", sql.strip().lower()).encode()).hexdigest()


def _write(folder: Path, number: int, piece: _Piece) -> None:
    path = folder / "images" / f"{number:06}.png"
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_bytes(piece.png)
    partial.replace(path)


def _line(number: int, piece: _Piece) -> str:
    recipe, truth = piece.recipe, piece.truth
    pair = Pair(
        id=f"{recipe.domain}-{recipe.kind}-{number:06}",
        image=f"images/{number:06}.png",
        sql=truth.sql,
        domain=recipe.domain,
        framework=recipe.framework,
        theme=piece.theme,
        screen_kind=recipe.kind,
        tables=truth.tables,
        columns=tuple(
            PairColumn(
                table=each.table,
                column=each.column,
                visible=each.visible,
                label=each.label,
                box=each.box,
            )
            for each in truth.columns
        ),
        language=recipe.language,
        viewport=[recipe.width, recipe.height, recipe.scale],
        recipe=recipe.seed,
    )
    return json.dumps(pair.model_dump(by_alias=True, exclude_none=True), ensure_ascii=False)
