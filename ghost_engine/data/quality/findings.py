"""What can be wrong with an example, and what was found: codes, findings, the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding: a title for lists and filters, and what to do about it."""

    title: str
    severity: Severity
    remedy: str


CODES: Mapping[str, Code] = {
    "does-not-parse": Code("Does not parse", "error", "Mend the SQL, or try repair."),
    "does-not-execute": Code("Does not execute", "error", "Mend the SQL, or try repair."),
    "refused": Code("Refused statement", "error", "Remove the statement: a schema needs none."),
    "not-checked": Code(
        "Not checked", "warning", "Do without the extension, or check on a server that has it."
    ),
    "no-table": Code("No table", "error", "Write the CREATE TABLE statements, or reject it."),
    "insert-rows": Code("Inserts rows", "warning", "Remove INSERT: the answer is a schema."),
    "no-primary-key": Code("No primary key", "warning", "Give the table a primary key."),
    "orphan-table": Code("Orphan table", "warning", "Relate the table to another by foreign key."),
    "generic-name": Code("Generic name", "warning", "Name it after what the screen shows."),
    "missing-image": Code(
        "Missing screenshot", "error", "Find the picture (--image-root), or drop the example."
    ),
    "broken-image": Code("Broken screenshot", "error", "Save the screenshot again, or drop it."),
    "duplicate-screenshot": Code("Duplicate screenshot", "warning", "Keep the best of them."),
    "near-duplicate-screenshot": Code(
        "Near-duplicate screenshot", "note", "Keep one, or be sure that they stay in one split."
    ),
    "identical-answer": Code(
        "Same answer for another screen", "warning", "Write what this screen needs."
    ),
    "too-long": Code(
        "Too long for training", "error", "Shorten it, or train with a longer context."
    ),
    "other-instruction": Code(
        "Another instruction", "note", "Export it from the store to get the current instruction."
    ),
    "column-not-on-screen": Code(
        "Column not on the screen", "note", "Remove the column, or name it as the screen does."
    ),
    "label-without-column": Code(
        "Label without a column", "note", "Add a column for it, if it is data."
    ),
    "unreadable-screen": Code("Text not read", "note", "Check again; look at the screenshot."),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with one example.

    `line` (from 1) and `column` point into the SQL where the finding is about a place in it;
    `about` names the table, column or label it is about.
    """

    code: str
    example: str
    message: str
    line: int | None = None
    column: int | None = None
    about: str = ""

    @property
    def severity(self) -> Severity:
        return CODES[self.code].severity

    @property
    def remedy(self) -> str:
        return CODES[self.code].remedy

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "severity": self.severity, "remedy": self.remedy}


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What a look at a dataset found.

    `executes` and `parses` count examples, `unique_outputs` distinct SQL texts, `duplicates` the
    examples whose screenshot another one has already. `problems` are sorted as the examples were
    given; `skipped` rows of the file were no examples at all (line, reason).
    """

    examples: int
    executes: int
    parses: int
    unique_outputs: int
    duplicates: int
    missing_images: int
    problems: tuple[Finding, ...] = ()
    seconds: float = 0.0
    skipped: tuple[tuple[int, str], ...] = ()

    def counts(self) -> dict[str, int]:
        """How many examples have each code, worst codes first."""
        pairs = {(each.code, each.example) for each in self.problems}
        found = Counter(code for code, _ in pairs)
        return {code: found[code] for code in CODES if found[code]}

    def codes_by_example(self) -> dict[str, frozenset[str]]:
        """The codes of every example that has any."""
        codes: dict[str, set[str]] = {}
        for each in self.problems:
            codes.setdefault(each.example, set()).add(each.code)
        return {example: frozenset(found) for example, found in codes.items()}

    def to_dict(self) -> dict[str, Any]:
        """The JSON of `ghost data check`."""
        return {
            "examples": self.examples,
            "executes": self.executes,
            "parses": self.parses,
            "unique_outputs": self.unique_outputs,
            "duplicates": self.duplicates,
            "missing_images": self.missing_images,
            "counts": self.counts(),
            "skipped": [{"line": line, "reason": reason} for line, reason in self.skipped],
            "problems": [each.to_dict() for each in self.problems],
            "seconds": round(self.seconds, 2),
        }
