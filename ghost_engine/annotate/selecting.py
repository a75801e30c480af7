"""Which screenshots are asked about, and pictures brought into the store to be asked about.

Only the queue's lines are read: no text, no picture. Whoever asks looks once more, when it is an
example's turn.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ghost_engine.annotate.config import AnnotateConfig
from ghost_engine.data.files.preparing import Judge, load, prepare
from ghost_engine.data.files.rows import Row, Skipped
from ghost_engine.data.records import Added, Filters, NewExample, QueueRow
from ghost_engine.data.store import Store
from ghost_engine.errors import FileError

PAGE_ROWS = 2_000
SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}


@dataclass(frozen=True, slots=True)
class Selection:
    """The examples to ask about, in order. `answered` have a draft of this engine already,
    `missing` have no picture; `matching` is how many the filters find."""

    ids: tuple[int, ...]
    matching: int = 0
    answered: int = 0
    missing: int = 0

    @property
    def skipped(self) -> int:
        return self.answered + self.missing


@dataclass(frozen=True, slots=True)
class Imported:
    """The examples of pictures, in their order, and those that were passed over, with reasons."""

    ids: tuple[int, ...]
    added: int
    refused: tuple[tuple[str, str], ...]


def select(store: Store, config: AnnotateConfig, ids: Sequence[int] | None = None) -> Selection:
    """What would be asked now, the oldest examples first.

    Args:
        ids: these examples alone, in their order; all that match without it.
    """
    rows = list(_rows(store, replace(config.filters, ids=None if ids is None else tuple(ids))))
    if ids is not None:
        place = {each: number for number, each in enumerate(ids)}
        rows.sort(key=lambda row: place[row.id])
    there = [row for row in rows if not row.missing]
    fresh = [row for row in there if config.again or row.provider != config.provider]
    chosen = tuple(row.id for row in fresh)[: config.limit]
    return Selection(chosen, len(rows), len(there) - len(fresh), len(rows) - len(there))


def import_pictures(store: Store, paths: Sequence[Path]) -> Imported:
    """Bring pictures, or all below a folder, into the store; those it has are recognised.

    Raises:
        FileError: a path is not there, or a folder holds no picture.
    """
    examples: list[NewExample] = []
    refused: list[tuple[str, str]] = []
    judge = Judge()
    for number, path in enumerate(_pictures(paths), 1):
        loaded = load(Row(number, image=path.name, image_path=path))
        made = loaded if isinstance(loaded, Skipped) else prepare(loaded, judge, None, "")
        if isinstance(made, Skipped):
            refused.append((str(path), made.reason))
        else:
            examples.append(made)
    added: list[Added] = []
    store.add_many(examples, added.extend)
    ids = tuple(dict.fromkeys(each.example_id for each in added))
    return Imported(ids, sum(each.outcome == "added" for each in added), tuple(refused))


def _rows(store: Store, filters: Filters) -> Iterator[QueueRow]:
    number = 0
    while True:
        page = store.queue(filters, "oldest", number, PAGE_ROWS)
        yield from page.rows
        number += 1
        if number * PAGE_ROWS >= page.total:
            return


def _pictures(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.exists():
            raise FileError(f"{path} is not there.", "Check the path.")
        if path.is_file():
            yield path
            continue
        below = [Path(folder) / name for folder, _, names in os.walk(path) for name in names]
        found = sorted(each for each in below if each.suffix.lower() in SUFFIXES)
        if not found:
            raise FileError(f"{path} holds no picture.", "Give a folder of PNG, JPEG or WebP.")
        yield from found
