"""How the Curate page names statuses, orders and problems."""

from __future__ import annotations

from ghost_engine.data.quality import CODES
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
RUNS_WORDS = {True: "Runs", False: "Fails", None: "Not checked"}
# What the verdict's own list of errors says already.
VERDICTS = frozenset({"does-not-parse", "does-not-execute", "refused", "not-checked"})
# What every text is asked as it is typed; the other problems come from a look at the whole store.
OF_A_TEXT = VERDICTS | {
    "no-table", "insert-rows", "no-primary-key", "orphan-table", "generic-name",
}  # fmt: skip

# True of whole datasets at once, and nothing that a curator mends.
NOT_FOR_CURATORS = frozenset({"other-instruction"})


def problem_title(code: str) -> str:
    """A code in words; one that nobody knows is its own name."""
    known = CODES.get(code)
    return known.title if known else code


def problem_remedy(code: str) -> str:
    """What to do about it, where that is known."""
    known = CODES.get(code)
    return known.remedy if known else ""
