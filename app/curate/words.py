"""How the Curate page names statuses, orders and problems."""

from __future__ import annotations

from dataclasses import dataclass

from ghost_engine.data.records import Sort, Status

STATUS_WORDS: dict[Status, str] = {
    "new": "New",
    "approved": "Approved",
    "rejected": "Rejected",
    "needs_work": "Needs work",
    "postponed": "Postponed",
}
STATUS_ICONS: dict[Status, str] = {
    "new": "",
    "approved": "✔",
    "rejected": "✖",
    "needs_work": "✎",
    "postponed": "»",
}
SORT_WORDS: dict[Sort, str] = {
    "effort": "Most work first",
    "oldest": "Oldest first",
    "newest": "Newest first",
    "recent": "Changed last",
}


@dataclass(frozen=True, slots=True)
class ProblemWords:
    """Words for the codes of quality problems; an unknown code is its own name."""

    def title(self, code: str) -> str:
        return code.replace("_", " ").replace("-", " ").capitalize()

    def advice(self, code: str) -> str:
        return ""


PROBLEMS = ProblemWords()
