"""Stop, kill, resume and delete a run.

Stopping only leaves a word in the folder: the worker sees it after its step, saves and leaves.
What writes status.json holds the run's lock, so a supervisor and these never disagree.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ghost_engine.errors import JobError
from ghost_engine.jobs.folder import explain_errors, now_text, read_json
from ghost_engine.jobs.hooks import say_farewell
from ghost_engine.jobs.identity import Identity, kill_group
from ghost_engine.jobs.launch import enqueue
from ghost_engine.jobs.locks import Lock, is_held, take
from ghost_engine.jobs.queue import start_supervisor
from ghost_engine.jobs.reading import read_run
from ghost_engine.jobs.records import Run, now
from ghost_engine.jobs.status import read_status

LOCK_SECONDS = 3.0  # a supervisor that wrote the end is just leaving
ORPHAN_SECONDS = 60.0


def stop(run: Run, grace_seconds: float | None = None) -> Run:
    """Ask a run to save and leave; returns at once.

    Args:
        grace_seconds: kill it if it has not left by then; None lets it take its time.

    Raises:
        JobError: it is not active.
    """
    run = read_run(run.folder)
    if not run.active:
        raise JobError(f"Run {run.id} is {run.state}: there is nothing to stop.", _next(run))
    with explain_errors(f"Run {run.id} cannot be stopped"):
        document = {"asked": now_text(), "kill_after_seconds": grace_seconds}
        run.folder.save(run.folder.stop, document)
        if run.state == "queued":
            _end_unsupervised(run)
    return read_run(run.folder)


def kill(run: Run, wait_seconds: float = 15.0) -> Run:
    """Kill a run's worker now, or the worker that outlived a lost run's supervisor.

    Raises:
        JobError: nothing of it runs, or it does not end.
    """
    run = read_run(run.folder)
    if run.state == "preparing":
        return stop(run)  # it ends when it would start
    if run.state == "lost" and is_held(run.folder.worker_lock):
        kill_group(_worker(run))
    else:
        stop(run, grace_seconds=0)
    deadline = time.monotonic() + wait_seconds
    while is_held(run.folder.worker_lock) or is_held(run.folder.lock):
        if time.monotonic() > deadline:
            raise JobError(f"Run {run.id} does not end.", f"Its worker has pid {run.status.pid}.")
        time.sleep(0.05)
    return read_run(run.folder)


def resume(run: Run, orphan_seconds: float = ORPHAN_SECONDS, by: str = "") -> Run:
    """Go on with a run that was stopped, failed or was lost, from its last checkpoint.

    Args:
        orphan_seconds: a worker that outlived its supervisor has so long to save, then it is
            killed. The new supervisor waits, not the caller.

    Raises:
        JobError: it is active or finished, was never started, or its folder cannot be written.
    """
    with _locked(run, "resumed") as lock:
        run = read_run(run.folder, supervised=False)
        if run.state in ("finished", "queued"):
            raise JobError(f"Run {run.id} is {run.state}: there is nothing to resume.", _next(run))
        if run.status.queued is None and not run.folder.attempt.exists():
            raise JobError(f"Run {run.id} was never started.", "Delete it and launch a new one.")
        run.folder.stop.unlink(missing_ok=True)
        if run.state == "lost":
            run.folder.add_event("lost", run.status.attempt)
        run.folder.add_event("resumed", run.status.attempt, by=by)
        enqueue(run.folder)
        start_supervisor(run.folder, lock, orphan_seconds=orphan_seconds)
    return read_run(run.folder)


def delete(run: Run) -> None:
    """Remove a run with all its files, and what it keeps elsewhere.

    Raises:
        JobError: it is active, its worker still lives, or the folder cannot be removed.
    """
    with _locked(run, "deleted"):
        run = read_run(run.folder, supervised=False)
        if run.state == "queued":
            raise JobError(f"Run {run.id} waits in the queue.", "Stop it first.")
        if is_held(run.folder.worker_lock):
            raise JobError(
                f"The worker of run {run.id} still lives (pid {run.status.pid}).",
                "It is saving; try again in a minute, or kill it.",
            )
        say_farewell(run.job.farewell, run.folder)
        # Out of sight in one step: a removal that is cut short leaves no half run in the list.
        doomed = run.path.with_name(f".deleted-{run.id}-{os.getpid()}")
        outside = folders_elsewhere(run)
        run.path.rename(doomed)
    for folder in outside:
        shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(doomed, ignore_errors=True)
    for leftover in run.path.parent.glob(".deleted-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def folders_elsewhere(run: Run) -> tuple[Path, ...]:
    """Folders outside the run's own that go with it: those that it noted and that bear its id."""
    noted = (read_json(run.folder.elsewhere) or {}).get("folders")
    named = [Path(str(each)) for each in noted] if isinstance(noted, list) else []
    return tuple(each for each in named if run.id in each.name and each.is_dir())


@contextmanager
def _locked(run: Run, what: str) -> Iterator[Lock]:
    """Hold the lock of a run that nobody supervises."""
    with explain_errors(f"Run {run.id} cannot be {what}"):
        if not run.folder.job.exists():
            raise JobError(f"Run {run.id} is gone.", "`ghost runs list` shows all runs.")
        lock = take(run.folder.lock, wait_seconds=LOCK_SECONDS)
    if lock is None:
        state = read_run(run.folder).state
        hint = "It goes on already." if what == "resumed" else f"`ghost runs stop {run.id}` first."
        raise JobError(f"Run {run.id} is {state} and cannot be {what}.", hint)
    try:
        with explain_errors(f"Run {run.id} cannot be {what}"):
            yield lock
    finally:
        lock.release()


def _end_unsupervised(run: Run) -> None:
    """A queued run whose supervisor was killed has nobody to see the stop."""
    lock = take(run.folder.lock)
    if lock is None:
        return
    try:
        status = read_status(run.folder)
        if status.state == "queued":
            stopped = replace(status, state="stopped", updated=now(), ended=now())
            run.folder.save(run.folder.status, stopped.to_dict())
            run.folder.add_event("stopped", status.attempt)
    finally:
        lock.release()


def _worker(run: Run) -> Identity:
    return Identity(run.status.pid or -1, run.status.create_time or 0.0, run.status.birth)


def _next(run: Run) -> str:
    if run.state in ("stopped", "failed", "lost"):
        return f"`ghost runs resume {run.id}` goes on with it."
    return f"`ghost runs show {run.id}` says how it went."
