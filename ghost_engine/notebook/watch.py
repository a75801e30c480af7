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

LOOK_SECONDS = 2.0
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
        run = _watch(run, keep)
        if keep is not None:
            _wait_for_copy(run, keep)
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


def _watch(run: Run, keep: Path | None) -> Run:
    view, drawn = View(run), ""
    sheet = view.sheet(run)
    handle = display(sheet, display_id=True)  # type: ignore[no-untyped-call]
    while True:
        run = read_run(run.folder)
        if run.state == "queued":
            revive_run(run.folder)
        if keep is not None:
            mirror(run, keep)
        sheet = view.sheet(run)
        if sheet.html != drawn:
            handle.update(sheet)
            drawn = sheet.html
        if not run.active:
            return run
        time.sleep(LOOK_SECONDS)


def _wait_for_copy(run: Run, keep: Path) -> None:
    deadline = time.monotonic() + COPY_SECONDS
    said = ""
    while not is_kept(run) and time.monotonic() < deadline:
        mirror(run, keep)
        words = kept_words(run)
        if words != said and "Not copied" in words:
            tell(words)
        said = words
        time.sleep(LOOK_SECONDS)
    if is_kept(run):
        tell(f"All that a resume needs is in {keep}.")


def _complain(run: Run) -> None:
    error = run.status.error
    if error is None:
        again = "Run this cell again to go on from its last checkpoint."
        raise JobError(f"Run {run.id} is {run.state}.", again)
    raise TrainingError(f"Run {run.id} is {run.state}: {error.message}", error.hint)
