"""What an inference engine is: a question with pictures in, a stream of text and one draft out.

Engines draft SQL; they never judge it. `ghost_engine.inference.run` passes every draft through
`sql.check` and makes the `Result` that pages, the command line and evaluation see.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ghost_engine import prompts
from ghost_engine.data.images import Picture
from ghost_engine.errors import Cancelled
from ghost_engine.sql.report import Report

if TYPE_CHECKING:
    from ghost_engine.inference.consolidate import Consolidated
    from ghost_engine.sql.repair import Change

Phase = Literal["waiting", "reading", "understanding", "drafting", "checking"]
Form = Literal["sql", "json", "grammar"]
"""How a model is made to answer: plain SQL; a typed schema document from which we write the DDL;
SQL that a grammar holds to. An engine says which it knows."""
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
class Turn:
    """An earlier answer to the same question, and what was said to it."""

    answer: str
    remark: str


@dataclass(frozen=True, slots=True)
class Question:
    """What an engine is asked. Rules look at the pictures only; all else is for models.

    Args:
        pictures: one screen or several of one application.
        instruction: what is asked, as the models were trained with it.
        turns: earlier answers and what was said to each, oldest first.
        model: one of the engine's; its own choice if empty.
        form: how it has to answer.
        temperature: of sampling; the engine's own if None.
        seed: of sampling, where the engine has one.
        longest_tokens: of the answer; one that is longer is cut, and says so.
        silence_seconds: how long nothing may come before it is given up.
    """

    pictures: tuple[Picture, ...]
    instruction: str = prompts.VISION_INSTRUCTION
    turns: tuple[Turn, ...] = ()
    model: str = ""
    form: Form = "sql"
    temperature: float | None = None
    seed: int | None = None
    longest_tokens: int = 4096
    silence_seconds: float = 120.0


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
class Written:
    """A piece of the answer, as it is written: what came since the last one.

    Engines leave `attempt` and `picture` alone; `run` counts the answers to one question from 1,
    and the pictures from 0 where each is asked about alone.
    """

    text: str
    attempt: int = 1
    picture: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer took. Tokens are None where the engine does not count them, `cost_usd` where
    no price is known; seconds are ours, from the question to the first and the last token."""

    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    first_token_seconds: float | None = None
    seconds: float | None = None
    cost_usd: float | None = None


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
    """An engine's answer before anyone judged it. Empty `sql` needs a `reason`.

    `answer` is what the model wrote, where `sql` was made from it; a later turn quotes it.
    """

    sql: str
    model: str | None = None
    prompt_version: str | None = None
    columns: tuple[Evidence, ...] = ()
    reason: str = ""
    usage: Usage | None = None
    cut: bool = False  # the longest answer was reached
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """One model of an engine. `vision` is None where nobody can say without asking it."""

    name: str
    detail: str = ""
    vision: bool | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether an engine can run here now, and what to do when it cannot.

    `sure` is False where it only did not answer in time: a page shows it as not ready, but whoever
    names it is not refused for that.
    """

    ready: bool
    detail: str
    next_step: str = ""
    sure: bool = True


class Engine(Protocol):
    """One way from pictures to a draft. `name` is the command line's word, `note` is shown wherever
    its results are."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def note(self) -> str: ...

    @property
    def forms(self) -> tuple[Form, ...]:
        """The forms of answer it knows, its usual one first; () where no model answers."""
        ...

    def readiness(self, model: str = "") -> Readiness:
        """Cheap enough for every page view: half a second at most, whatever is down."""
        ...

    def models(self) -> tuple[Model, ...]:
        """Its models, the one it would choose first; () where there is nothing to choose.

        Raises:
            EngineError: it cannot be asked; the message says what to do.
        """
        ...

    def run(self, question: Question, cancel: CancelToken) -> Iterator[Progress | Written | Draft]:
        """Progress and text while it works, exactly one `Draft` as the last item.

        Raises:
            Cancelled: soon after `cancel` was set.
            EngineError: it failed; the message says what to do.
        """
        ...


How = Literal["draft", "sample", "repaired", "asked again"]
"""Where an attempt comes from: the first answer, another one to the same question, a deterministic
repair of the one before, or the model's own correction."""


@dataclass(frozen=True, slots=True)
class Options:
    """What whoever asks may choose, for engines that know of it.

    Args:
        model: one of the engine's; its own choice if empty.
        form: how the model has to answer; the engine's usual one if None.
        temperature: of sampling; the engine's own if None.
        seed: of sampling.
        repairs: how often a model gets its own script back with PostgreSQL's errors.
        samples: answers to the same question, of which the best is taken.
        longest_tokens: of an answer.
        silence_seconds: how long nothing may come before it is given up.
        instruction: what is asked.
    """

    model: str = ""
    form: Form | None = None
    temperature: float | None = None
    seed: int | None = None
    repairs: int = 2
    samples: int = 1
    longest_tokens: int = 4096
    silence_seconds: float = 120.0
    instruction: str = prompts.VISION_INSTRUCTION


@dataclass(frozen=True, slots=True)
class Attempt:
    """One script on the way to a result, and PostgreSQL's verdict on it. `changes` are those of a
    deterministic repair; `picture` is the one it is about, where each was asked about alone."""

    how: How
    sql: str
    report: Report | None  # None where nothing was written
    usage: Usage | None = None
    cut: bool = False
    changes: tuple[Change, ...] = ()
    picture: int = 0

    @property
    def makes_tables(self) -> bool:
        """Whether it runs and is worth anything."""
        return self.report is not None and self.report.valid and bool(self.report.schema.tables)

    def to_dict(self) -> dict[str, Any]:
        report = self.report
        return {
            "how": self.how,
            "picture": self.picture,
            "valid": report is not None and report.valid,
            "tables": list(report.schema.table_names) if report else [],
            "errors": [problem.message for problem in report.errors] if report else [],
            "changes": [asdict(change) for change in self.changes],
            "cut": self.cut,
            "usage": asdict(self.usage) if self.usage else None,
            "sql": self.sql,
        }


@dataclass(frozen=True, slots=True)
class Result:
    """A judged draft: what every door shows.

    `attempts` are all scripts on the way to it, the one that was taken among them; `usage` is the
    sum over them. `disagreement` is how far several samples are apart, 0 to 1: one minus the mean
    score of each against each other, where one that does not run agrees with none; None where
    there was one sample. `consolidated` is how several screens became one schema, where each was
    asked about alone; `joining.choose` decides its conflicts anew.
    """

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
    usage: Usage | None = None
    attempts: tuple[Attempt, ...] = ()
    form: Form | None = None  # None where no model answered
    disagreement: float | None = None
    consolidated: Consolidated | None = None

    @property
    def valid(self) -> bool:
        return self.report is not None and self.report.valid

    @property
    def tables(self) -> tuple[str, ...]:
        return self.report.schema.table_names if self.report else ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON of `ghost infer`."""
        joined = self.consolidated
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
            "form": self.form,
            "usage": asdict(self.usage) if self.usage else None,
            "attempts": [attempt.to_dict() for attempt in self.attempts],
            "disagreement": self.disagreement,
            "conflicts": [asdict(each) for each in joined.conflicts] if joined else [],
            "relations": [asdict(each) for each in joined.relations] if joined else [],
        }
