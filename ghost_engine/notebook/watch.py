"""Watching a job from a cell: one picture that is drawn over until the job ends.

The job goes on whoever watches. An interrupt only stops the watching; `stop` stops the job.
"""

from __future__ import annotations

import time
from pathlib import Path

from IPython.display import display

from ghost_engine.errors import JobError, TrainingError
from ghost_engine.jobs import control
from ghost_engine.jobs.queue import revive_run
from ghost_engine.jobs.reading import read_run
from ghost_engine.jobs.records import Run
from ghost_engine.notebook.mirror import is_kept, kept_words, mirror
from ghost_engine.notebook.page import View
from ghost_engine.notebook.say import LeftAlone, tell

LOOK_SECONDS = 1.0
COPY_SECONDS = 1800.0
"""How long a cell waits for the last copy."""


def watch(run: Run, keep: Path | None = None) -> Run:
    """Draw a run until it has ended; the run as it ended.

    Args:
        keep: copy it there meanwhile, and wait for the last copy.

    Raises:
        LeftAlone: the cell was interrupted; the run goes on.
        TrainingError: it has failed; the cells behind have nothing to work with.
        JobError: somebody deleted it.
    """
    try:
        picture = _Picture(run)
        run = _watch(run, keep, picture)
        if keep is not None:
            _wait_for_copy(run, keep, picture)
    except KeyboardInterrupt:
        raise LeftAlone(
            f"You stopped watching; run {run.id} goes on by itself."
            " Run this cell again to watch it."
        ) from None
    if run.state != "finished":
        _complain(run)
    return run


def stop(run: Run) -> None:
    """Ask a run to save and stop; the cell that watches it sees it end.

    Raises:
        JobError: it is not at work.
    """
    control.stop(run)
    tell(f"Run {run.id} saves and stops. To go on with it, run the cell that trains again.")


class _Picture:
    """The run as it is shown; drawn again only when it is another."""

    def __init__(self, run: Run) -> None:
        self._view = View(run)
        self._shown = self._view.sheet(run)
        self._handle = display(self._shown, display_id=True)  # type: ignore[no-untyped-call]

    def draw(self, run: Run) -> None:
        sheet = self._view.sheet(run)
        if sheet != self._shown:
            self._handle.update(sheet)
            self._shown = sheet


def _watch(run: Run, keep: Path | None, picture: _Picture) -> Run:
    while True:
        run = read_run(run.folder)
        if run.state == "queued":
            revive_run(run.folder)
        if keep is not None:
            mirror(run, keep)
        picture.draw(run)
        if not run.active:
            return run
        time.sleep(LOOK_SECONDS)


def _wait_for_copy(run: Run, keep: Path, picture: _Picture) -> None:
    """Until the last copy is there; the picture says how it goes."""
    deadline = time.monotonic() + COPY_SECONDS
    while not is_kept(run) and time.monotonic() < deadline:
        mirror(run, keep)
        time.sleep(LOOK_SECONDS)
        picture.draw(run)
    if not is_kept(run):
        tell(f"The last copy to {keep} is not there yet. {kept_words(run)}")


def _complain(run: Run) -> None:
    error = run.status.error
    if error is None:
        again = "Run this cell again to go on from its last checkpoint."
        raise JobError(f"Run {run.id} is {run.state}.", again)
    raise TrainingError(f"Run {run.id} is {run.state}: {error.message}", error.hint)
