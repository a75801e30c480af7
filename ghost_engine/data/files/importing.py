"""Datasets into the store: `import_file(store, path) -> ImportReport`.

Pictures are decoded and every distinct SQL is judged on the way. What the store has already is
recognised before either, so an import may be stopped at any moment and run again. Nothing that is
wrong with one row stops the others; the report says what was passed over and why.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from ghost_engine.data.files.preparing import Judge, load, prepare
from ghost_engine.data.files.readers import Dataset, open_dataset, rows_of
from ghost_engine.data.files.rows import Row, Skipped
from ghost_engine.data.records import Added, NewExample
from ghost_engine.data.store import Store
from ghost_engine.errors import Cancelled
from ghost_engine.settings import get_settings

As = Literal["suggestion", "approved"]
Item = TypeVar("Item")

BATCH_ROWS = 200
BATCH_BYTES = 64_000_000  # of pictures held at once
IMPORTER = "import"  # the reviewer in whose name `--as approved` approves


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of every row: `read` = `added` + `updated` + `unchanged` + skipped.

    `missing` counts rows whose picture was not found, `runs` and `fails` the verdicts on the rows
    that were new. `not_approved` counts those of `fails` that were to be approved and are
    suggestions now. `complete` is False when the file breaks off.
    """

    form: str
    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    missing: int = 0
    runs: int = 0
    fails: int = 0
    not_approved: int = 0
    skipped: tuple[Skipped, ...] = ()
    complete: bool = True
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """The JSON of `ghost data import`."""
        return {
            "read": self.read,
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "missing_images": self.missing,
            "runs": self.runs,
            "fails": self.fails,
            "not_approved": self.not_approved,
            "skipped": [{"line": each.line, "reason": each.reason} for each in self.skipped],
            "complete": self.complete,
            "form": self.form,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is; `seconds_left` is None until there is a pace to measure."""

    read: int
    skipped: int
    share: float
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        if self.share < 0.01 or self.seconds < 1:
            return None
        return self.seconds * (1 - self.share) / self.share


def import_file(
    store: Store,
    path: Path,
    *,
    status: As = "suggestion",
    image_root: Path | None = None,
    progress: Callable[[ImportProgress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ImportReport:
    """Bring a dataset into the store.

    Args:
        store: where to.
        path: a dataset in any form that `readers` knows.
        status: "approved" approves what executes; the rest become suggestions all the same.
        image_root: where picture paths are tried first.
        progress: told after every batch of rows.
        cancelled: asked before every batch; what is in the store stays there.

    Raises:
        FileError: it cannot be read, or is no dataset.
        SandboxError: no PostgreSQL can be had to judge the SQL.
        Cancelled: `cancelled` said so.
    """
    work = _Import(store, IMPORTER if status == "approved" else "")
    started = time.monotonic()
    dataset = open_dataset(path)
    with ThreadPoolExecutor(get_settings().sandbox_connections, "import") as threads:
        for batch in _batches(rows_of(dataset, image_root)):
            if cancelled():
                raise Cancelled(
                    f"The import of {path.name} was stopped after {work.read:,} rows.",
                    "Run it again to go on; what was imported is kept.",
                )
            work.take(batch, threads)
            share = dataset.share_read()
            seconds = time.monotonic() - started
            progress(ImportProgress(work.read, len(work.skipped), share, seconds))
    return work.report(dataset, time.monotonic() - started)


@dataclass
class _Import:
    """One import under way."""

    store: Store
    approved_by: str
    judge: Judge = field(default_factory=Judge)
    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    missing: int = 0
    runs: int = 0
    fails: int = 0
    skipped: list[Skipped] = field(default_factory=list)

    def take(self, batch: Sequence[Row | Skipped], threads: ThreadPoolExecutor) -> None:
        """Load, recognise, prepare and keep one batch, in one transaction."""
        self.read += len(batch)
        rows = self._passed(batch)
        self.missing += sum(row.image_missing for row in rows)
        outcomes: list[Added] = []
        loaded = self._passed(threads.map(load, rows))
        known = self.store.known_verdicts({each.key for each in loaded})
        made = self._passed(
            threads.map(
                lambda each: prepare(each, self.judge, known.get(each.key), self.approved_by),
                loaded,
            )
        )
        self.store.add_many(made, outcomes.extend)
        self._count(made, outcomes)

    def report(self, dataset: Dataset, seconds: float) -> ImportReport:
        skipped = tuple(sorted(self.skipped, key=lambda each: each.line))
        return ImportReport(
            dataset.form,
            self.read,
            self.added,
            self.updated,
            self.unchanged,
            self.missing,
            self.runs,
            self.fails,
            self.fails if self.approved_by else 0,
            skipped,
            not any(each.last for each in skipped),
            seconds,
        )

    def _passed(self, items: Iterable[Item | Skipped]) -> list[Item]:
        """Those that were not skipped; the others are noted."""
        passed: list[Item] = []
        for item in items:
            if isinstance(item, Skipped):
                self.skipped.append(item)
            else:
                passed.append(item)
        return passed

    def _count(self, examples: Sequence[NewExample], outcomes: Sequence[Added]) -> None:
        for example, added in zip(examples, outcomes, strict=True):
            self.added += added.outcome == "added"
            self.updated += added.outcome == "updated"
            self.unchanged += added.outcome == "unchanged"
            draft = example.suggestion
            if draft is not None and draft.verdict is not None:
                self.runs += draft.verdict.executes
                self.fails += not draft.verdict.executes


def _batches(items: Iterator[Row | Skipped]) -> Iterator[list[Row | Skipped]]:
    """Some hundred rows, fewer where their pictures are large: what memory holds at once."""
    batch: list[Row | Skipped] = []
    held = 0
    for item in items:
        batch.append(item)
        held += _picture_bytes(item)
        if len(batch) >= BATCH_ROWS or held >= BATCH_BYTES:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _picture_bytes(item: Row | Skipped) -> int:
    if isinstance(item, Skipped):
        return 0
    if item.image_path is None:
        return len(item.image_bytes or b"")
    with suppress(OSError):
        return item.image_path.stat().st_size
    return 0
