"""One click, one run: `same_click` says which run a start would be, however often it is asked for.

Two tabs and a double click ask with the same word, made of what is asked for and a number that
rises when such a run has ended; `jobs.launch` gives one run to one word.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ghost_engine.data.records import Filters
from ghost_engine.data.store import Store
from ghost_engine.errors import DatasetError
from ghost_engine.jobs.reading import list_runs
from ghost_engine.jobs.records import Run
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.sources import STORE, find_dataset
from ghost_engine.training.start import KIND

SAME_CLICK_SECONDS = 10.0
"""A second click that arrives so soon means the first one's run, even if that has ended already."""


@dataclass(frozen=True, slots=True)
class Click:
    """The `request` to start with, and the `run` that has it already, if there is one."""

    request: str
    run: Run | None = None


def same_click(
    config: TrainingConfig,
    *,
    name: str = "",
    image_root: Path | None = None,
    store: Store | None = None,
    runs: Iterable[Run] | None = None,
) -> Click:
    """The request of this configuration on the data as it is now.

    Args:
        config: what to train.
        name: another name is another run.
        image_root: where picture paths are tried first.
        store: what `dataset: store` means; needed for that alone.
        runs: the training runs there are; those of GHOST_RUNS_DIR without it.
    """
    root = str(image_root) if image_root else ""
    asked = [config.to_yaml(), name, root, *data_mark(config.dataset, store)]
    return click_on(asked, list_runs(kind=KIND, start_queued=False) if runs is None else runs)


def click_on(asked: Sequence[str | int], runs: Iterable[Run]) -> Click:
    """The request of whatever is `asked` for, among the `runs` of its kind."""
    digest = hashlib.sha256(json.dumps(list(asked)).encode()).hexdigest()[:20]
    same = [run for run in runs if run.job.request.startswith(f"{digest}-")]
    for run in same:
        if run.active or _seconds_old(run) < SAME_CLICK_SECONDS:
            return Click(run.job.request, run)
    return Click(f"{digest}-{max(map(_number, same), default=0) + 1}")


def data_mark(dataset: str, store: Store | None) -> tuple[str | int, ...]:
    """Changes when the dataset does; a look at its outside, nothing is read."""
    if dataset == STORE:
        if store is None:
            return ()
        page = store.queue(Filters(statuses=("approved",)), "recent", size=1)
        return (page.total, *(row.updated.isoformat() for row in page.rows))
    try:
        path = find_dataset(dataset).resolve()
        about = path.stat()
    except (DatasetError, OSError):
        return ()
    return str(path), about.st_size, about.st_mtime_ns


def _seconds_old(run: Run) -> float:
    return (datetime.now(UTC) - run.job.created).total_seconds()


def _number(run: Run) -> int:
    number = run.job.request.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0
