"""How runs go, read from their folders: `find_run`, `read_run`, `list_runs`.

The state told here is the true one: where the files say running and nobody holds the run's lock,
it is *lost*. Listing also starts a supervisor again for each queued run that has none.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ghost_engine.errors import JobError
from ghost_engine.jobs.folder import RunFolder
from ghost_engine.jobs.locks import is_held
from ghost_engine.jobs.queue import in_line, revive_run
from ghost_engine.jobs.records import ACTIVE, Run, RunError, Status
from ghost_engine.jobs.status import read_job, read_outcome, read_status, with_progress
from ghost_engine.settings import get_settings

POLL_SECONDS = 0.1


def runs_dir() -> Path:
    """Where runs live: GHOST_RUNS_DIR."""
    return get_settings().runs_dir.absolute()


def find_run(name: str | Path, folder: Path | None = None) -> Run:
    """The run of an id, of a part of one that no other id has, or of a path.

    Args:
        folder: look here instead of in GHOST_RUNS_DIR.

    Raises:
        JobError: there is none, or more than one; names the near ones.
    """
    if RunFolder(Path(name)).job.is_file():
        return read_run(Path(name).resolve())
    ids = [place.name for place in _folders(folder or runs_dir())]
    wanted = str(name).strip().rstrip("/")
    found = [wanted] if wanted in ids else [one for one in ids if wanted and wanted in one]
    if len(found) == 1:
        return read_run((folder or runs_dir()) / found[0])
    if found:
        raise JobError(f'"{name}" could be {_few(sorted(found))}.', "Give more of the id.")
    near = _near(wanted, ids)
    hint = f"Did you mean {' or '.join(near)}?" if near else "`ghost runs list` shows all runs."
    raise JobError(f'There is no run "{name}".', hint)


def read_run(place: Path | RunFolder, *, supervised: bool | None = None) -> Run:
    """One run as it stands.

    Args:
        supervised: whether somebody supervises it, for a caller that holds its lock; None looks.

    Raises:
        JobError: it is no run's folder, or cannot be read.
    """
    folder = place if isinstance(place, RunFolder) else RunFolder(place)
    job = read_job(folder)
    if job is None:
        raise JobError(
            f"{folder.path} is not a run's folder (no readable job.json).",
            "`ghost runs list` shows all runs.",
        )
    return Run(folder, job, _true_status(folder, supervised))


def list_runs(
    folder: Path | None = None, kind: str | None = None, *, start_queued: bool = True
) -> list[Run]:
    """All runs, newest first.

    Args:
        folder: list these instead of GHOST_RUNS_DIR.
        kind: only these, such as "train".
        start_queued: start a supervisor again for queued runs that lost theirs.
    """
    folder = folder or runs_dir()
    runs = [run for place in _folders(folder) if (run := _read_or_none(place)) is not None]
    if start_queued:
        for run in runs:
            if run.state == "queued":
                revive_run(run.folder)
    places = {run.id: number for number, run in enumerate(in_line(runs), 1)}
    runs = [replace(run, queue_position=places.get(run.id)) for run in runs]
    runs.sort(key=lambda run: (run.job.created, run.id), reverse=True)
    return [run for run in runs if kind is None or run.job.kind == kind]


def wait_for(run: Run, states: Iterable[str] | None = None, timeout_seconds: float = 60.0) -> Run:
    """The run once it is in one of `states`, by default once it is no longer active. A queued
    run that lost its supervisor gets another meanwhile.

    Raises:
        JobError: it took longer, or the run is gone.
    """
    wanted = None if states is None else set(states)
    deadline = time.monotonic() + timeout_seconds
    while True:
        seen = read_run(run.folder)
        if seen.state == "queued":
            revive_run(run.folder)
        if (not seen.active) if wanted is None else (seen.state in wanted):
            return seen
        if time.monotonic() >= deadline:
            raise JobError(
                f"Run {run.id} is still {seen.state} after {timeout_seconds:.0f} s.",
                f"`ghost runs show {run.id}` says what it does.",
            )
        time.sleep(POLL_SECONDS)


def _true_status(folder: RunFolder, supervised: bool | None) -> Status:
    status = read_status(folder)
    if status.state not in ACTIVE:
        return status
    if not (is_held(folder.lock) if supervised is None else supervised):
        status = read_status(folder)  # a supervisor writes its last word before it lets go
        if status.state in ("preparing", "running"):
            return _without_supervisor(folder, status)
    return with_progress(folder, status) if status.state == "running" else status


def _without_supervisor(folder: RunFolder, status: Status) -> Status:
    status = with_progress(folder, status)
    outcome = read_outcome(folder, status.attempt)
    if outcome is not None and outcome.result == "finished":
        return replace(status, state="finished", ended=outcome.time, error=None)
    if status.state == "preparing":
        what, hint = "It was never started: its launcher ended while preparing it.", "Delete it."
    else:
        what = "Its supervisor is gone: killed, or the machine was restarted."
        hint = f"`ghost runs resume {folder.id}` goes on from its last checkpoint."
    return replace(status, state="lost", error=RunError("lost", what, hint))


def _folders(folder: Path) -> list[Path]:
    try:
        places = [place for place in folder.iterdir() if not place.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [place for place in places if RunFolder(place).job.is_file()]


def _read_or_none(place: Path) -> Run | None:
    try:
        return read_run(place)
    except JobError:
        return None  # deleted between listing and reading


def _near(wanted: str, ids: list[str]) -> list[str]:
    """The ids that look like it, whole or in one of their words; at most three."""
    words = {id_: [id_, id_[16:], *id_[16:].split("-")] for id_ in ids}  # behind the stamp
    everything = {word for each in words.values() for word in each if word}
    close = difflib.get_close_matches(wanted, everything, n=20, cutoff=0.6)
    found = [id_ for word in close for id_ in ids if word in words[id_]]
    return list(dict.fromkeys(found))[:3]


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return " or ".join(names[:4]) + more
