"""What a repair brings: the script, each change with its reason, and two verdicts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ghost_engine.sql.report import Report


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was changed. `line` counts from 1 and points into the script as given.

    `before` and `after` are the text that went and the text that came, cut after 200 characters;
    either may be empty.
    """

    reason: str
    before: str
    after: str
    line: int


@dataclass(frozen=True, slots=True)
class Repair:
    """The outcome. When the script ran as given, `sql` is that script and `changes` is empty.

    `before` judges the script as given, `after` judges `sql`; they are the same object when
    nothing was changed. `after.valid` says whether the repair succeeded.
    """

    sql: str
    changes: tuple[Change, ...]
    before: Report
    after: Report

    def to_dict(self) -> dict[str, Any]:
        """The repair's share of the JSON of `ghost sql check --repair`."""
        return {
            "repaired_sql": self.sql,
            "changes": [asdict(change) for change in self.changes],
            "repaired": self.after.to_dict(),
        }
