"""What was asked and answered, a line each in the run's folder, so that a kill costs little.

`calls.jsonl` has a line before every call and one after it, with the whole answer: an attempt that
goes on hands a known answer out again instead of asking. `examples.jsonl` has a line for each
example that is through. Lines are appended in one write and outlive the process; both files are
read once, when an attempt begins.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from ghost_engine.annotate.limits import Past
from ghost_engine.inference.protocol import Draft, Question, Usage
from ghost_engine.jobs.folder import append_row, now_text, read_rows

CALLS, EXAMPLES, CHOSEN = "calls.jsonl", "examples.jsonl", "chosen.json"
End = Literal["done", "failed", "skipped"]
_KEPT = ("sql", "model", "prompt_version", "reason", "cut", "answer")


@dataclass
class Totals:
    """The run so far, over all its attempts. `left` are examples that nobody has asked about.

    `repeated` are calls that a killed attempt had begun and another one made again.
    """

    total: int = 0
    done: int = 0
    failed: int = 0
    skipped: int = 0
    running: int = 0
    invalid: int = 0
    calls: int = 0
    troubles: int = 0
    repeated: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    cost_usd: float = 0.0

    @property
    def left(self) -> int:
        return max(0, self.total - self.done - self.failed - self.skipped)

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "left": self.left, "cost_usd": round(self.cost_usd, 6)}


@dataclass
class Ledger:
    """The ledger of one run; threads may share it.

    Args:
        folder: the run's.
        attempt: the one that is at work.
    """

    folder: Path
    attempt: int = 1
    totals: Totals = field(default_factory=Totals)
    ends: dict[int, End] = field(default_factory=dict)
    past: list[Past] = field(default_factory=list)
    _known: dict[tuple[int, str], Draft] = field(default_factory=dict)
    _lost: set[tuple[int, str]] = field(default_factory=set)
    _number: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def known(self, example: int, question: str) -> Draft | None:
        """The answer to this question, if it came before."""
        return self._known.get((example, question))

    def began(self, example: int) -> bool:
        """Whether this run has answers about an example that is not through."""
        return any(key[0] == example for key in self._known)

    def asked(self, example: int, question: str) -> int:
        """Say that a call is about to be made; its number."""
        with self._guard:
            self._number += 1
            number = self._number
            repeats = (example, question) in self._lost
            self._lost.discard((example, question))
            self.totals.calls += 1
            self.totals.repeated += repeats
            row = {"call": number, "example": example, "question": question}
            self._write(CALLS, "asked", **row, **({"repeats": True} if repeats else {}))
            return number

    def answered(self, number: int, example: int, question: str, draft: Draft) -> None:
        """Keep the answer of a call."""
        kept = {name: getattr(draft, name) for name in _KEPT}
        usage = asdict(draft.usage) if draft.usage else {}
        with self._guard:
            self._known[example, question] = draft
            self._count(draft.usage)
            row = {"call": number, "example": example, "question": question}
            self._write(CALLS, "answered", **row, draft=kept, usage=usage)

    def failed_call(self, number: int, example: int, kind: str, message: str) -> None:
        """Keep why a call brought no answer."""
        with self._guard:
            self.totals.troubles += 1
            self._write(CALLS, "failed", call=number, example=example, kind=kind, message=message)

    def close(self, example: int, end: End, **about: Any) -> None:
        """Say how an example ended."""
        with self._guard:
            self._forget(example)
            self.ends[example] = end
            self._tally(end, about)
            self._write(EXAMPLES, end, example=example, **about)

    def _write(self, name: str, event: str, **fields: Any) -> None:
        append_row(
            self.folder / name,
            {"time": now_text(), "attempt": self.attempt, "event": event, **fields},
        )

    def _forget(self, example: int) -> None:
        for key in [key for key in self._known if key[0] == example]:
            del self._known[key]

    def _count(self, usage: Usage | None) -> None:
        if usage is not None:
            self.totals.prompt_tokens += usage.prompt_tokens or 0
            self.totals.answer_tokens += usage.answer_tokens or 0
            self.totals.cost_usd += usage.cost_usd or 0.0

    def _tally(self, end: End, about: Mapping[str, Any]) -> None:
        setattr(self.totals, end, getattr(self.totals, end) + 1)
        self.totals.invalid += end == "done" and not about.get("valid", True)


def open_ledger(folder: Path, total: int, attempt: int, retry: bool = True) -> Ledger:
    """The ledger as the attempts before left it.

    Args:
        folder: the run's.
        total: how many examples were chosen.
        attempt: the one that begins.
        retry: examples that failed are asked about again.
    """
    ledger = Ledger(folder, attempt)
    ledger.totals.total = total
    for row in read_rows(folder / EXAMPLES):
        _take_end(ledger, row)
    if retry:
        for example in [each for each, end in ledger.ends.items() if end == "failed"]:
            del ledger.ends[example]
    for end in ledger.ends.values():
        setattr(ledger.totals, end, getattr(ledger.totals, end) + 1)
    _take_calls(ledger, read_rows(folder / CALLS))
    return ledger


def past_calls(folder: Path) -> list[Past]:
    """The calls of another run on the same account."""
    return open_ledger(folder, 0, 0).past


def digest(question: Question) -> str:
    """One word for what is asked; the same for the same question, in any attempt."""
    asked = {
        "instruction": question.instruction,
        "turns": [(turn.answer, turn.remark) for turn in question.turns],
        "model": question.model,
        "form": question.form,
        "temperature": question.temperature,
        "seed": question.seed,
        "longest_tokens": question.longest_tokens,
        "pictures": [picture.content_hash for picture in question.pictures],
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]


def _take_end(ledger: Ledger, row: Mapping[str, Any]) -> None:
    end, example = row.get("event"), row.get("example")
    if end in ("done", "failed", "skipped") and isinstance(example, int):
        ledger.ends[example] = end
        ledger.totals.invalid += end == "done" and row.get("valid") is False


def _take_calls(ledger: Ledger, rows: Iterable[Mapping[str, Any]]) -> None:
    begun: dict[int, tuple[int, str]] = {}
    totals = ledger.totals
    for row in rows:
        number, example = int(row.get("call", 0)), int(row.get("example", 0))
        ledger._number = max(ledger._number, number)
        if row.get("event") == "asked":
            begun[number] = (example, str(row.get("question")))
            totals.calls += 1
            totals.repeated += bool(row.get("repeats"))
            continue
        begun.pop(number, None)
        tokens = 0
        if row.get("event") == "answered":
            draft = _read_draft(row)
            ledger._count(draft.usage)
            tokens = _tokens(draft.usage) or 0
            if example not in ledger.ends:
                ledger._known[example, str(row.get("question"))] = draft
        else:
            totals.troubles += 1
        ledger.past.append(Past(_time(row), tokens))
    # Nobody knows when the service counted those that a kill cut off: as late as can be.
    ledger.past += [Past(datetime.now(UTC)) for _ in begun]
    ledger._lost = set(begun.values())


def _read_draft(row: Mapping[str, Any]) -> Draft:
    return Draft(**row["draft"], usage=Usage(**(row.get("usage") or {})))


def _tokens(usage: Usage | None) -> int | None:
    if usage is None or (usage.prompt_tokens is None and usage.answer_tokens is None):
        return None
    return (usage.prompt_tokens or 0) + (usage.answer_tokens or 0)


def tokens_of(draft: Draft) -> int | None:
    """What an answer took in all, where the engine counts."""
    return _tokens(draft.usage)


def _time(row: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(str(row.get("time")))
    except ValueError:
        return datetime.now(UTC)
