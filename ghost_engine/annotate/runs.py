"""Annotations as they stand: their settings, how far they are, what failed and why.

Read from the run's folder alone, cheap enough for every two seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from ghost_engine.annotate.config import AnnotateConfig, read_annotate_config
from ghost_engine.annotate.ledger import EXAMPLES, Totals
from ghost_engine.errors import ConfigError
from ghost_engine.jobs.folder import read_json, read_rows
from ghost_engine.jobs.reading import list_runs
from ghost_engine.jobs.records import Run

KIND = "annotate"
FILE = "annotation.json"


@dataclass(frozen=True, slots=True)
class Seen:
    """annotation.json: the totals, and how fast it goes.

    `seconds` is the time at work over all attempts, waits included; `call_seconds` what the calls
    took. `per_minute` counts screenshots. `quota_until` is when a used-up day ends.
    """

    totals: Totals
    seconds: float = 0.0
    call_seconds: float = 0.0
    per_minute: float | None = None
    seconds_left: float | None = None
    quota_until: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """What stands in the file, and what `ghost annotate --json` prints."""
        return {
            **self.totals.to_dict(),
            "seconds": round(self.seconds, 3),
            "call_seconds": round(self.call_seconds, 3),
            "per_minute": self.per_minute,
            "seconds_left": self.seconds_left,
            "quota_until": self.quota_until.isoformat() if self.quota_until else None,
        }


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that got no draft: in which way, and why."""

    example: int
    kind: str
    reason: str
    hint: str = ""


def annotation_runs(*, start_queued: bool = False) -> list[Run]:
    """All annotations, newest first."""
    return list_runs(kind=KIND, start_queued=start_queued)


def config_of(run: Run) -> AnnotateConfig | None:
    """What an annotation was asked; None where that cannot be read."""
    try:
        return read_annotate_config(run.folder.config)
    except ConfigError:
        return None


def read_totals(run: Run) -> Seen | None:
    """How far it is; None before its worker has begun."""
    document = read_json(run.path / FILE)
    if document is None:
        return None
    known = {each.name for each in fields(Totals)}
    until = document.get("quota_until")
    return Seen(
        Totals(**{name: value for name, value in document.items() if name in known}),
        float(document.get("seconds") or 0.0),
        float(document.get("call_seconds") or 0.0),
        document.get("per_minute"),
        document.get("seconds_left"),
        datetime.fromisoformat(until) if until else None,
    )


def ended_rows(run: Run) -> list[dict[str, Any]]:
    """The newest line about each example that is through, oldest first."""
    return newest_rows(read_rows(run.path / EXAMPLES))


def newest_rows(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of the lines of examples.jsonl the newest about each example, oldest first."""
    newest: dict[int, dict[str, Any]] = {}
    for row in rows:
        example = row.get("example")
        if isinstance(example, int):
            newest.pop(example, None)
            newest[example] = row
    return list(newest.values())


def failures(rows: list[dict[str, Any]]) -> tuple[Failure, ...]:
    """The failed ones among `ended_rows`."""
    return tuple(
        Failure(
            int(row["example"]),
            str(row.get("kind") or ""),
            str(row.get("reason") or ""),
            str(row.get("hint") or ""),
        )
        for row in rows
        if row.get("event") == "failed"
    )
