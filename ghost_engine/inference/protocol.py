"""What an inference engine is: pictures in, a stream of progress and one draft out.

Engines draft SQL; they never judge it. `ghost_engine.inference.run` passes every draft through
`sql.check` and makes the `Result` that pages, the command line and evaluation see.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

from ghost_engine.data.images import Picture
from ghost_engine.errors import Cancelled
from ghost_engine.sql.report import Report

Phase = Literal["waiting", "reading", "understanding", "drafting", "checking"]
Box = tuple[int, int, int, int]  # source pixels: x0, y0, x1, y1


class CancelToken:
    """Set by whoever waits, looked at by whoever works; safe across threads."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        self._event.set()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raises `Cancelled` once `cancel` was called."""
        if self.cancelled:
            raise Cancelled("Stopped at your request.")


@dataclass(frozen=True, slots=True)
class Progress:
    """One step forward. `fraction` is 0 to 1 over the whole run, or None when nobody can say.

    `queue_position` is 1 for the next in line while `phase` is "waiting", else None.
    """

    phase: Phase
    message: str
    fraction: float | None = None
    queue_position: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where one column comes from.

    `confidence` is 0 to 1, or None where the engine has no such number. `box` lies in the picture
    number `image` (from 0). `values` are the texts read for it, top to bottom, as on the screen.
    """

    table: str
    column: str
    type: str
    reason: str = ""
    confidence: float | None = None
    label: str | None = None
    box: Box | None = None
    image: int = 0
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """An engine's answer before anyone judged it. Empty `sql` needs a `reason`."""

    sql: str
    model: str | None = None
    prompt_version: str | None = None
    columns: tuple[Evidence, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether an engine can run here now, and what to do when it cannot."""

    ready: bool
    detail: str
    next_step: str = ""


class Engine(Protocol):
    """One way from pictures to a draft. `name` is the command line's word, `note` is shown wherever
    its results are."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def note(self) -> str: ...

    def readiness(self) -> Readiness:
        """Cheap enough for every page view."""
        ...

    def run(self, pictures: Sequence[Picture], cancel: CancelToken) -> Iterator[Progress | Draft]:
        """Progress while it works, exactly one `Draft` as the last item.

        Raises:
            Cancelled: soon after `cancel` was set.
            EngineError: it failed; the message says what to do.
        """
        ...


@dataclass(frozen=True, slots=True)
class Result:
    """A judged draft: what every door shows."""

    engine: str
    title: str
    note: str
    model: str | None
    prompt_version: str | None
    sql: str
    report: Report | None  # None when there was nothing to judge
    columns: tuple[Evidence, ...]
    seconds: float
    reason: str = ""

    @property
    def valid(self) -> bool:
        return self.report is not None and self.report.valid

    @property
    def tables(self) -> tuple[str, ...]:
        return self.report.schema.table_names if self.report else ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON of `ghost infer`."""
        return {
            "engine": self.engine,
            "note": self.note,
            "model": self.model,
            "prompt_version": self.prompt_version,
            "sql": self.sql,
            "valid": self.valid,
            "tables": list(self.tables),
            "seconds": round(self.seconds, 3),
            "reason": self.reason,
            "errors": [asdict(problem) for problem in self.report.errors] if self.report else [],
            "columns": [asdict(column) for column in self.columns],
        }
