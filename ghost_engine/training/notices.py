"""What a person should know of a dataset before training on it; nothing here stops a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ghost_engine.training.holdout import HeldOut
from ghost_engine.training.picking import Chosen, Phase, Verdicts

_LISTED = 20
_FEW = 10  # from so many rows on, repeated answers are worth a word

Code = Literal[
    "does-not-run",
    "not-judged",
    "own-instruction",
    "few-answers",
    "contradiction",
    "line-ends",
    "words-unused",
    "no-validation",
    "same-applications",
    "no-domains",
]


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning: `count` examples are concerned, the first few of them by id in `examples`."""

    code: Code
    message: str
    count: int = 0
    examples: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": self.message,
            "count": self.count,
            "examples": list(self.examples),
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Notice:
        return cls(told["code"], told["message"], told["count"], tuple(told["examples"]))


def look_for(
    phase: Phase,
    train: Sequence[Chosen],
    validation: Sequence[Chosen],
    held: HeldOut,
    verdicts: Verdicts,
    share: float,
) -> list[Notice]:
    """Everything worth a word.

    Args:
        phase: vision or text.
        train: the examples to train on.
        validation: those kept for validation.
        held: how they were chosen.
        verdicts: what PostgreSQL said of the answers.
        share: the share for validation that was asked for.
    """
    both = [*train, *validation]
    return [
        *_answers(both, verdicts),
        *_texts(phase, both),
        *_validation(phase, both, validation, held, share),
    ]


def _answers(both: Sequence[Chosen], verdicts: Verdicts) -> Iterator[Notice]:
    if verdicts.failing:
        first, error = verdicts.failing[0]
        message = (
            f"{len(verdicts.failing):,} of {len(both):,} answers do not run on PostgreSQL, and the"
            f" model will learn to write such ({first.id}: {error})"
        )
        yield _notice("does-not-run", message, (each for each, _ in verdicts.failing))
    if verdicts.unknown:
        message = f"{verdicts.unknown:,} answers were not judged: {verdicts.unasked}"
        yield Notice("not-judged", message, verdicts.unknown)
    distinct = len({each.row["sql"] for each in both})
    if len(both) >= _FEW and 2 * distinct <= len(both):
        message = f"There are only {distinct:,} different answers to {len(both):,} examples."
        yield Notice("few-answers", message, len(both) - distinct)
    yield from _contradictions(both)


def _contradictions(both: Sequence[Chosen]) -> Iterator[Notice]:
    asked: dict[tuple[str, ...], set[str]] = {}
    for each in both:
        asked.setdefault(_question(each), set()).add(each.row["sql"])
    torn = [each for each in both if len(asked[_question(each)]) > 1]
    if torn:
        message = f"{len(torn):,} examples ask what another asks and answer something else."
        yield _notice("contradiction", message, torn)


def _texts(phase: Phase, both: Sequence[Chosen]) -> Iterator[Notice]:
    own = [each for each in both if each.own]
    if own:
        message = (
            f"{len(own):,} examples are trained with their own instruction; inference asks with"
            " the current one."
        )
        yield _notice("own-instruction", message, own)
    mended = [each for each in both if each.mended]
    if mended:
        message = f"{len(mended):,} answers had Windows' line ends; plain ones are trained on."
        yield _notice("line-ends", message, mended)
    words = [each for each in both if each.sample.description.strip()] if phase == "vision" else []
    if words:
        message = f"{len(words):,} screenshots are described in words too; phase vision shows none."
        yield _notice("words-unused", message, words)


def _validation(
    phase: Phase, both: Sequence[Chosen], validation: Sequence[Chosen], held: HeldOut, share: float
) -> Iterator[Notice]:
    if not validation:
        if share > 0 and held.wanted:
            message = "All examples belong together: none could be kept for validation."
            yield Notice("no-validation", message)
        elif share > 0:
            yield Notice("no-validation", "No example is kept for validation.")
        return
    if not held.by_application:
        message = (
            "Training and validation share applications or domains: there are too few to keep"
            " them apart, and the validation loss flatters."
        )
        yield Notice("same-applications", message)
    elif phase == "vision" and not any(each.sample.domain or each.sample.app for each in both):
        message = (
            "No example names its domain or application: validation is apart by looks alone, and"
            " its loss may flatter."
        )
        yield Notice("no-domains", message)


def _question(each: Chosen) -> tuple[str, ...]:
    return tuple(each.row.get(name, "") for name in ("image", "instruction", "input"))


def _notice(code: Code, message: str, about: Iterable[Chosen]) -> Notice:
    ids = [each.id for each in about]
    return Notice(code, message, len(ids), tuple(ids[:_LISTED]))
