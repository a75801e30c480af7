"""What the store of examples keeps: screenshots, suggestions, reviews, drafts, and their examples.

Frozen values, all times UTC. Nothing here knows of a database; `ghost_engine.data.store` reads and
writes these, imports and exports turn them into files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from ghost_engine.sql.report import Report

Status = Literal["new", "approved", "rejected", "needs_work", "postponed"]
Decision = Literal["approved", "rejected", "needs_work", "postponed", "edited"]
Outcome = Literal["added", "updated", "unchanged"]
Sort = Literal["effort", "oldest", "newest", "recent"]
Extension = Literal["png", "jpg", "webp"]

STATUSES: tuple[Status, ...] = get_args(Status)
DECISIONS: tuple[Decision, ...] = get_args(Decision)
FROM_FILE = "file"  # the provider of SQL from a file that does not say who wrote it
THUMBNAIL_PIXELS = 320


@dataclass(frozen=True, slots=True)
class Screenshot:
    """One picture, known by the SHA-256 of its file's bytes; or one declared and not found.

    `key` is that hash in hex, or for a missing picture `missing:` and a hash of its declared path.
    `path` is the path a file gave it, for names in exports. `perceptual_hash` is 64 hex digits, ""
    where nobody computed it. `bytes` is the file's size.
    """

    key: str
    width: int = 0
    height: int = 0
    bytes: int = 0
    extension: Extension = "png"
    path: str = ""
    source: str = ""
    licence: str = ""
    perceptual_hash: str = ""
    missing: bool = False

    @classmethod
    def absent(cls, path: str, source: str = "", licence: str = "") -> Screenshot:
        """A picture that was declared at `path` and is not there.

        A row of text has no picture at all: give its description as the path.
        """
        digest = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()
        return cls(f"missing:{digest}", path=path, source=source, licence=licence, missing=True)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judge's summary of one text: `line` (from 1) and `error` are the first error's."""

    executes: bool
    parses: bool
    error: str = ""
    line: int | None = None
    tables: int = 0
    foreign_keys: int = 0
    columns: int = 0

    @classmethod
    def of(cls, report: Report) -> Verdict:
        """The summary of what `ghost_engine.sql.check` said; executes = allowed and ran."""
        first = next(iter(report.errors), None)
        tables = report.schema.tables
        return cls(
            executes=report.valid,
            parses=report.parses,
            error=first.message if first else "",
            line=first.line if first else None,
            tables=len(tables),
            foreign_keys=sum(len(table.foreign_keys) for table in tables),
            columns=sum(len(table.columns) for table in tables),
        )


@dataclass(frozen=True, slots=True)
class NewSuggestion:
    """SQL that somebody or something proposes for a screenshot; becomes a `Suggestion`.

    `problems` are the codes of what is wrong with this text. `verdict` is None where nobody asked
    the judge. `seconds` is how long it took to make.
    """

    sql: str
    provider: str = FROM_FILE
    model: str = ""
    instruction: str = ""
    prompt_version: str = ""
    verdict: Verdict | None = None
    problems: tuple[str, ...] = ()
    cost_usd: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Suggestion(NewSuggestion):
    """A suggestion as the store holds it; never changed."""

    id: int = 0
    created: datetime = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Review:
    """One decision, never changed; the newest that is not undone counts.

    `edited` changes the text and leaves the status. `distance` is how far the text is from the
    suggestion it began with: normalised Levenshtein, 0 (taken as it was) to 1. `batch` names the
    bulk action it belongs to. `version` is the example's version after it.
    """

    id: int
    example_id: int
    sql: str
    decision: Decision
    reviewer: str
    seconds: float
    note: str
    created: datetime
    version: int
    suggestion_id: int | None = None
    verdict: Verdict | None = None
    problems: tuple[str, ...] = ()
    distance: float | None = None
    batch: int | None = None
    undone_by: str = ""
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """Text being typed, saved as it is typed. `base_version` is the example's when opened."""

    example_id: int
    reviewer: str
    sql: str
    base_version: int
    saved: datetime


@dataclass(frozen=True, slots=True)
class NewExample:
    """One row of an import.

    `picture` is the file's bytes, as `screenshot.key` hashes them; None where it is missing or the
    store has it already. `thumbnail` is a WebP or PNG file at most `THUMBNAIL_PIXELS` wide.
    `suggestion` is None for a screenshot that nobody drafted yet. `description` is the screen in
    words (text datasets). `reference` is what a pairs file says beside image and SQL: columns,
    tables, framework, its id. `approved_by` is set by `--as approved` alone.
    """

    screenshot: Screenshot
    suggestion: NewSuggestion | None = None
    picture: bytes | None = None
    thumbnail: bytes | None = None
    domain: str = ""
    app: str = ""
    description: str = ""
    reference: Mapping[str, Any] | None = None
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one row; an `unchanged` one was there already, with this text."""

    example_id: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Example:
    """A screenshot and the text in force: the newest review's, else the newest suggestion's.

    `version` rises whenever that text or the status changes; give it back when saving. `verdict`
    and `problems` are the text's, and `problems` also what the quality checks found. `effort`
    sorts the queue, larger first.
    """

    id: int
    version: int
    screenshot: Screenshot
    status: Status
    sql: str
    suggestion: Suggestion | None
    review: Review | None
    verdict: Verdict | None
    problems: tuple[str, ...]
    domain: str
    app: str
    description: str
    reference: Mapping[str, Any] | None
    effort: int
    golden: bool
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class Filters:
    """Which examples: every field that is set must hold; within one, any of its values.

    `executes` is True, False or "unknown" (nobody asked the judge). `text` is looked for in the
    text in force and in the domain, ignoring case.
    """

    statuses: tuple[Status, ...] = ()
    problems: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    executes: bool | Literal["unknown"] | None = None
    golden: bool | None = None
    text: str = ""
    ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue: what a list shows, without texts and pictures."""

    id: int
    version: int
    status: Status
    screenshot_key: str
    path: str
    missing: bool
    domain: str
    app: str
    provider: str
    executes: bool | None
    tables: int
    columns: int
    problems: tuple[str, ...]
    effort: int
    golden: bool
    updated: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the queue (`number` counts from 0) and how many examples match in all."""

    rows: tuple[QueueRow, ...]
    total: int
    number: int
    size: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who has an example open, until `expires` unless renewed."""

    example_id: int
    reviewer: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Edit:
    """One example of a bulk correction: its new text and the version it was made from."""

    example_id: int
    version: int
    sql: str
    verdict: Verdict | None = None
    problems: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """A bulk action: `count` examples changed, `stale` ones were left because they had moved on."""

    id: int
    count: int
    stale: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did: `kept` are examples that were decided again since and stay as they are."""

    count: int
    kept: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many examples there are, in all and by each thing the queue filters on."""

    total: int
    statuses: Mapping[Status, int]
    providers: Mapping[str, int]
    domains: Mapping[str, int]
    problems: Mapping[str, int]
    executes: int
    fails: int
    unchecked: int


@dataclass(frozen=True, slots=True)
class ProviderScore:
    """How a provider's suggestions fared: `distance` is the mean of the approved ones' edits."""

    provider: str
    decided: int
    approved: int
    distance: float | None

    @property
    def accept_rate(self) -> float | None:
        return self.approved / self.decided if self.decided else None


@dataclass(frozen=True, slots=True)
class Progress:
    """One reviewer's day: `per_hour` and `finish` are None until there is a pace to measure.

    `left` counts new and postponed examples, everybody's.
    """

    decided_today: int
    per_hour: float | None
    left: int
    finish: datetime | None
    providers: tuple[ProviderScore, ...]


@dataclass(frozen=True, slots=True)
class Guidelines:
    """One version of the curators' guidelines; version 0 is the empty text before the first."""

    version: int
    text: str
    author: str
    created: datetime | None
