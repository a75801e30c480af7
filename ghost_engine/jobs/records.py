"""What a run's files say, as frozen records.

Every record has `to_dict` and `from_dict`; reading passes over keys it does not know, so that an
older program reads a newer run. Times are UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

from ghost_engine.jobs.folder import RunFolder

State = Literal["preparing", "queued", "running", "finished", "failed", "stopped", "lost"]
Result = Literal["finished", "stopped", "failed"]
ACTIVE: frozenset[State] = frozenset({"preparing", "queued", "running"})


def now() -> datetime:
    return datetime.now(UTC)


class Record:
    """`to_dict` and `from_dict` for the dataclasses below."""

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """The record of a document; keys it does not know are passed over.

        Raises:
            TypeError: a key that it needs is missing.
        """
        known = {
            item.name: _read(str(item.type), document[item.name])
            for item in fields(cls)  # type: ignore[arg-type]
            if item.name in document
        }
        return cls(**known)

    def to_dict(self) -> dict[str, Any]:
        return {item.name: _write(getattr(self, item.name)) for item in fields(self)}  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Job(Record):
    """job.json: what was asked for. Never changes."""

    kind: str
    worker: str
    created: datetime
    name: str = ""
    by: str = ""
    gpu: bool = False
    recover: str = ""
    sampler: str = ""
    request: str = ""
    cwd: str = ""
    farewell: str = ""


@dataclass(frozen=True, slots=True)
class RunError(Record):
    """Why a run failed: `type` in one word, what happened, what to do next."""

    type: str
    message: str
    hint: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Status(Record):
    """status.json: written by whoever holds run.lock. `pid` and its birth are the worker's."""

    state: State
    phase: str = ""
    note: str = ""
    attempt: int = 0
    step: int | None = None
    total_steps: int | None = None
    pid: int | None = None
    create_time: float | None = None
    birth: str = ""
    supervisor_pid: int | None = None
    queued: datetime | None = None
    started: datetime | None = None
    updated: datetime | None = None
    ended: datetime | None = None
    error: RunError | None = None


@dataclass(frozen=True, slots=True)
class Progress(Record):
    """progress.json: what the worker does now."""

    attempt: int
    phase: str
    step: int | None = None
    total_steps: int | None = None
    note: str = ""
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt(Record):
    """attempt.json: one process's try.

    `overrides` go over the configuration. Checkpoints and metrics of attempts below `lineage` no
    longer count: a try with another shape began from nothing there.
    """

    attempt: int
    overrides: dict[str, Any] = field(default_factory=dict)
    lineage: int = 1
    reason: str = ""
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome(Record):
    """outcome.json: the worker's last word on an attempt."""

    attempt: int
    result: Result
    error: RunError | None = None
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """What a `recover` hook answers: try again in a fresh process.

    `overrides` are added to those of the attempt that failed; `fresh` starts from nothing.
    `details` go into the event of the decision, beside its reason and the error.
    """

    overrides: dict[str, Any]
    fresh: bool
    reason: str
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """One run as it stands: what was asked, and how it goes.

    `status.state` is the state as seen from outside: *lost* where the files say running and
    nobody holds the lock. `queue_position` counts from 1 among the runs that wait for the GPU.
    """

    folder: RunFolder
    job: Job
    status: Status
    queue_position: int | None = None

    @property
    def id(self) -> str:
        return self.folder.id

    @property
    def path(self) -> Path:
        return self.folder.path

    @property
    def state(self) -> State:
        return self.status.state

    @property
    def active(self) -> bool:
        """Preparing, queued or running."""
        return self.status.state in ACTIVE

    def to_dict(self) -> dict[str, Any]:
        """What the command line prints."""
        job, status = self.job.to_dict(), self.status.to_dict()
        return {
            "id": self.id,
            "run_dir": str(self.path),
            **{key: job[key] for key in ("kind", "name", "by", "gpu", "created")},
            **status,
            "queue_position": self.queue_position,
        }


def _read(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind.startswith("datetime"):
        return datetime.fromisoformat(value)
    if kind.startswith("RunError"):
        return RunError.from_dict(value)
    return value


def _write(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return value.to_dict() if isinstance(value, Record) else value
