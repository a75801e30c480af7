"""What the judge says of a script: one `Report`, with a `Problem` for each thing that is wrong."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from ghost_engine.sql.schema import Schema

Status = Literal["runs", "fails", "not checked"]

SYNTAX_ERROR = "42601"
TIMEOUT = "57014"


@dataclass(frozen=True, slots=True)
class Problem:
    """One error, placed in the text as it was given.

    `line` and `column` count from 1; `sqlstate` is PostgreSQL's code, or None where a rule of ours
    refused the statement before PostgreSQL saw it. `follows` marks an error that only repeats an
    earlier one (a table that could not be made is missing later).
    """

    message: str
    line: int
    column: int
    sqlstate: str | None = None
    statement: str = ""
    hint: str = ""
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict.

    `sql` is the script without Markdown fences and prose. `schema` is what the catalog held after
    the whole script ran, and empty when it did not. `notes` say what was passed over and why.
    `unavailable` names extensions that this server does not carry.
    """

    sql: str
    allowed: bool
    parses: bool
    executes: bool
    errors: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    unavailable: tuple[str, ...] = ()
    schema: Schema = Schema()
    seconds: float = 0.0

    @property
    def valid(self) -> bool:
        """Allowed, and a real PostgreSQL executed all of it."""
        return self.allowed and self.executes

    @property
    def status(self) -> Status:
        """The one word every page, chart and table uses for this verdict."""
        if self.valid:
            return "runs"
        return "not checked" if self.unavailable and self.allowed and self.parses else "fails"

    def to_dict(self) -> dict[str, Any]:
        """The JSON of `ghost sql check`, without the repair fields."""
        return {
            "valid": self.valid,
            "parses": self.parses,
            "allowed": self.allowed,
            "executes": self.executes,
            "status": self.status,
            "errors": [asdict(problem) for problem in self.errors],
            "notes": list(self.notes),
            "unavailable": list(self.unavailable),
            "tables": list(self.schema.table_names),
            "seconds": round(self.seconds, 4),
        }
