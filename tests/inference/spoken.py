"""An engine whose answers a test writes down beforehand; it remembers what it was asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from PIL import Image

from ghost_engine.data.images import Picture
from ghost_engine.inference.protocol import (
    CancelToken,
    Draft,
    Form,
    Model,
    Progress,
    Question,
    Readiness,
    Usage,
    Written,
)

PICTURE = Picture("a.png", "a", Image.new("RGB", (40, 40)))
GOOD = "CREATE TABLE a (id bigint PRIMARY KEY);"
BAD = "CREATE TABLE a AS SELECT 1;"
"""Nothing that a rule could mend."""
HALF = "CREATE TABLE c (id int);\nCREATE TABLE a AS SELECT 1;\nCREATE TABLE b AS SELECT 2;"
"""One of three statements runs."""


@dataclass
class Spoken:
    """Gives its answers one after the other, the last one for ever; an exception is raised."""

    answers: Sequence[str | Draft | Exception]
    name: str = "spoken"
    title: str = "Spoken engine"
    note: str = "for tests"
    forms: tuple[Form, ...] = ("sql", "json")
    ready: Readiness = Readiness(True, "")
    known: tuple[str, ...] = ()
    asked: list[Question] = field(default_factory=list)

    def readiness(self, model: str = "") -> Readiness:
        return self.ready

    def models(self) -> tuple[Model, ...]:
        return tuple(Model(name) for name in self.known)

    def run(self, question: Question, cancel: CancelToken) -> Iterator[Progress | Written | Draft]:
        answer = self.answers[min(len(self.asked), len(self.answers) - 1)]
        self.asked.append(question)
        yield Progress("drafting", "Writing", 0.5)
        if isinstance(answer, Exception):
            raise answer
        cancel.raise_if_cancelled()
        draft = answer if isinstance(answer, Draft) else Draft(answer, "tiny", "1")
        yield Written(draft.sql[:10])
        yield Written(draft.sql[10:])
        yield draft if draft.usage else with_tokens(draft)


def with_tokens(draft: Draft) -> Draft:
    usage = Usage(prompt_tokens=100, answer_tokens=10)
    return Draft(
        draft.sql, draft.model, draft.prompt_version, usage=usage, cut=draft.cut,
        answer=draft.answer, reason=draft.reason,
    )  # fmt: skip
