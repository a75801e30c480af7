"""The engine named "baseline": the stages in order, behind the protocol of all engines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec

from ghost_engine import ocr
from ghost_engine.inference.baseline.confidence import calibrate
from ghost_engine.inference.baseline.ddl import write_ddl
from ghost_engine.inference.baseline.language import load_lexicons
from ghost_engine.inference.baseline.plan import PlannedTable
from ghost_engine.inference.baseline.reader.network import load_network
from ghost_engine.inference.baseline.reading import read_findings
from ghost_engine.inference.baseline.relations import Finding, plan_tables
from ghost_engine.inference.baseline.vocabulary import load_vocabulary
from ghost_engine.inference.protocol import (
    CancelToken,
    Draft,
    Evidence,
    Form,
    Model,
    Progress,
    Question,
    Readiness,
)
from ghost_engine.sql import nouns

POLL_SECONDS = 0.1
READING_SHARE = 0.8  # of the time, about


class BaselineEngine:
    """OCR, rules and a small learned reader; runs anywhere, needs no download and no network."""

    name = "baseline"
    title = "Built-in engine"
    note = "OCR and rules, no large model"
    forms: tuple[Form, ...] = ()

    def models(self) -> tuple[Model, ...]:
        return ()

    def readiness(self, model: str = "") -> Readiness:
        missing = [name for name in ("rapidocr", "onnxruntime", "cv2") if find_spec(name) is None]
        if missing:
            detail = f"{', '.join(missing)} is not installed"
            return Readiness(False, detail, "Run `make install`.")
        return Readiness(True, "needs no model and no network")

    def run(self, question: Question, cancel: CancelToken) -> Iterator[Progress | Draft]:
        """See `Engine.run`.

        Raises:
            OcrError: a picture's text cannot be read.
        """
        pictures = question.pictures
        tickets = [ocr.request(picture) for picture in pictures]
        findings: list[Finding] = []
        read = 0
        try:
            _load()
            for number, (picture, ticket) in enumerate(zip(pictures, tickets, strict=True)):
                yield from _await(ticket, number, len(pictures), cancel)
                lines = ticket.result()
                read += len(lines)
                done = READING_SHARE * (number + 1) / len(pictures)
                yield Progress("understanding", f"Understanding {picture.name}", done)
                findings += read_findings(picture.pixels, lines, number)
                cancel.raise_if_cancelled()
        finally:
            for ticket in tickets:
                ticket.cancel()
        yield Progress("drafting", "Writing the schema", 0.9)
        tables = calibrate(plan_tables(findings))
        yield Draft(write_ddl(tables), columns=_evidence(tables), reason=_reason(tables, read))


def _load() -> None:
    """What the stages load on first use, while the text reader is at work."""
    import_module("cv2")
    load_network()
    load_lexicons()
    load_vocabulary()
    nouns.plural("table")


def _await(ticket: ocr.Ticket, number: int, total: int, cancel: CancelToken) -> Iterator[Progress]:
    """Progress until a ticket is done: a new item whenever its place in the queue changes."""
    shown: int | None = -1
    while not ticket.done:
        cancel.raise_if_cancelled()
        position = ticket.position
        if position != shown:
            shown = position
            yield _progress(position, number, total)
        ticket.wait(POLL_SECONDS)
    cancel.raise_if_cancelled()


def _progress(position: int | None, number: int, total: int) -> Progress:
    done = READING_SHARE * number / total
    if position is not None:
        return Progress("waiting", f"Waiting for the text reader, place {position}", done, position)
    which = f" of picture {number + 1} of {total}" if total > 1 else ""
    return Progress("reading", f"Reading the text{which}", done)


def _evidence(tables: Sequence[PlannedTable]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            table=table.name,
            column=column.name,
            type=column.type,
            reason=column.reason,
            confidence=column.confidence,
            label=column.label,
            box=column.box,
            image=column.image,
            values=column.values,
        )
        for table in tables
        for column in table.columns
    )


def _reason(tables: Sequence[PlannedTable], texts: int) -> str:
    if tables:
        return ""
    if texts == 0:
        return "No text was found in the picture."
    return f"{texts} texts were read, but no table, form or list of labels and values was found."
