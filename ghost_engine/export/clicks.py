"""One click, one export: which job a start would be, however often it is asked for.

Two tabs and a double click ask with the same word, made of the configuration and the adapter as it
is now; see `training.clicks`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ghost_engine.export import KIND as KIND
from ghost_engine.export.config import ExportConfig
from ghost_engine.jobs.reading import list_runs
from ghost_engine.jobs.records import Run
from ghost_engine.training.clicks import Click, click_on


def same_click(config: ExportConfig, runs: Iterable[Run] | None = None) -> Click:
    """The request of this export.

    Args:
        config: what to export.
        runs: the exports there are; those of GHOST_RUNS_DIR without it.
    """
    known = list_runs(kind=KIND, start_queued=False) if runs is None else runs
    return click_on([config.to_yaml(), *_mark(Path(config.adapter))], known)


def _mark(adapter: Path) -> tuple[str | int, ...]:
    """Another one when the adapter was written anew; a look at its outside."""
    try:
        about = (adapter / "adapter_model.safetensors").stat()
    except OSError:
        return ()
    return about.st_size, about.st_mtime_ns
