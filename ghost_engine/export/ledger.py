"""What an export's attempts took so far, kept in the job's folder across kills and resumes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ghost_engine.export.result import Answer, Check
from ghost_engine.jobs.folder import read_json, write_json

FILE = "ledger.json"
VERDICT = "verdict.json"

Marks = dict[str, list[int]]
"""Of each file its size and when it was written: another one is another file."""


@dataclass(slots=True)
class Ledger:
    """Seconds of each phase, and the largest memory and disk use; see `result.Export`."""

    stages: dict[str, float] = field(default_factory=dict)
    peak_bytes: int = 0
    high_water_bytes: int = 0
    planned_bytes: int = 0
    fetched_bytes: int = 0  # downloaded to the disk of the files

    @property
    def seconds(self) -> float:
        return round(sum(self.stages.values()), 2)

    def add(self, phase: str, seconds: float) -> None:
        """More time spent in a phase."""
        self.stages[phase] = round(self.stages.get(phase, 0.0) + seconds, 2)


def read_ledger(job: Path) -> Ledger:
    """What earlier attempts wrote; an empty one if they did not."""
    with suppress(TypeError):
        return Ledger(**(read_json(job / FILE) or {}))
    return Ledger()


def write_ledger(job: Path, ledger: Ledger) -> None:
    """Keep it for the next attempt."""
    write_json(job / FILE, asdict(ledger), durable=False)


@dataclass(frozen=True, slots=True)
class Proven:
    """What was found of files that have these marks."""

    marks: Marks
    checks: tuple[Check, ...]
    answers: tuple[Answer, ...]

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.passed)


def read_proven(job: Path) -> Proven | None:
    """The last verdict on a job's files; None before there is one."""
    document = read_json(job / VERDICT)
    if document is None:
        return None
    with suppress(KeyError, TypeError):
        return Proven(
            document["marks"],
            tuple(Check(**each) for each in document["checks"]),
            tuple(Answer(**each) for each in document["answers"]),
        )
    return None


def write_proven(job: Path, proven: Proven) -> None:
    """Keep a verdict: a resume does not ask again, and who looks sees what failed."""
    write_json(job / VERDICT, asdict(proven))


def marks_of(files: dict[str, Path]) -> Marks:
    """What tells these files from others of their names."""
    return {
        name: [path.stat().st_size, path.stat().st_mtime_ns] for name, path in sorted(files.items())
    }
