"""The small files of a run's folder as records; what is missing or broken is told as None.

status.json is written by whoever holds run.lock: the launcher until it hands the lock over, then
the supervisor, and `control` for a run that has none.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from ghost_engine.jobs.folder import RunFolder, read_json
from ghost_engine.jobs.records import (
    Attempt,
    Job,
    Outcome,
    Progress,
    Record,
    Status,
)

Kind = TypeVar("Kind", bound=Record)


def read_job(folder: RunFolder) -> Job | None:
    """What was asked for; None where this is no run's folder."""
    return _read(folder.job, Job)


def read_status(folder: RunFolder) -> Status:
    """What status.json says. One that a fall of the machine broke counts as running, in the
    attempt that attempt.json tells: so it is seen as lost, and can be resumed."""
    status = _read(folder.status, Status)
    if status is not None:
        return status
    attempt = read_attempt(folder)
    return Status("running", attempt=attempt.attempt if attempt else 0)


def read_attempt(folder: RunFolder) -> Attempt | None:
    """The attempt of now, or the last one."""
    return _read(folder.attempt, Attempt)


def read_outcome(folder: RunFolder, attempt: int) -> Outcome | None:
    """The worker's last word on this attempt, if it had one."""
    outcome = _read(folder.outcome, Outcome)
    return outcome if outcome is not None and outcome.attempt == attempt else None


def with_progress(folder: RunFolder, status: Status) -> Status:
    """The status with the worker's own words, if they are of this attempt."""
    progress = _read(folder.progress, Progress)
    if progress is None or progress.attempt != status.attempt or not progress.phase:
        return status
    return replace(
        status,
        phase=progress.phase,
        step=progress.step if progress.step is not None else status.step,
        total_steps=progress.total_steps or status.total_steps,
        note=progress.note,
    )


def _read(path: Path, kind: type[Kind]) -> Kind | None:
    try:
        return kind.from_dict(read_json(path) or {})
    except (TypeError, ValueError):
        return None
