"""From pictures to a judged result, by any engine: what the pages and the command line call.

Every draft goes through `ghost_engine.sql.check`. A model's is mended and asked for again
(`repair_loop`) and handed out with its verdict; SQL made by rules is handed out only if it runs.
"""

from __future__ import annotations

import importlib
import logging
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ghost_engine import ocr
from ghost_engine.data.images import Picture, read_picture
from ghost_engine.errors import EngineError
from ghost_engine.inference.protocol import (
    Attempt,
    CancelToken,
    Draft,
    Engine,
    Options,
    Progress,
    Question,
    Result,
    Written,
)
from ghost_engine.inference.registry import AUTO, choose_engine
from ghost_engine.inference.repair_loop import Outcome, ask, total, unless_cancelled
from ghost_engine.sql import Report, check, nouns

if TYPE_CHECKING:
    from ghost_engine.inference.consolidate import Consolidated

logger = logging.getLogger(__name__)

NOTHING_FOUND = "Nothing that looks like data was found."
DEFAULTS = Options()


def infer(
    pictures: Sequence[Picture | Path | str],
    engine: str | Engine = AUTO,
    options: Options = DEFAULTS,
) -> Result:
    """One schema for all pictures, each given decoded or as the path of a file.

    Raises:
        ImageError: a path is no picture.
        EngineUnavailable: that engine is unknown or not ready.
        EngineError, OcrError, SandboxError: it failed; the message says what to do.
    """
    loaded = [item if isinstance(item, Picture) else read_picture(Path(item)) for item in pictures]
    *_, last = stream(loaded, engine, options=options)
    assert isinstance(last, Result)
    return last


def stream(
    pictures: Sequence[Picture],
    engine: str | Engine = AUTO,
    cancel: CancelToken | None = None,
    options: Options = DEFAULTS,
) -> Iterator[Progress | Written | Result]:
    """Progress and text while it works, then exactly one `Result` as the last item.

    Raises:
        Cancelled: soon after `cancel` was set.
        EngineUnavailable, EngineError, OcrError, SandboxError: as `infer`.
    """
    started, token = time.monotonic(), cancel or CancelToken()
    if isinstance(engine, str):
        engine, model = choose_engine(engine, options.model)
        options = replace(options, model=model)
    if not pictures:
        raise EngineError("There is no picture to read.", "Give at least one screenshot.")
    if engine.forms:
        yield from _by_model(engine, pictures, _known(engine, options), token, started)
    else:
        yield from _by_rules(engine, pictures, options, token, started)


def warm() -> None:
    """Start what takes seconds to start (the text reader, PostgreSQL) ahead of need.

    Returns at once. What fails here fails again, and is told, when it is needed.
    """
    threading.Thread(target=_warm, name="warm-up", daemon=True).start()


def _warm() -> None:
    try:
        ocr.warm()
        importlib.import_module("cv2")
        nouns.plural("table")
        check("CREATE TABLE warm (id int)")
    except Exception:
        logger.warning("warming up failed; the first run will say why", exc_info=True)


def _by_rules(
    engine: Engine,
    pictures: Sequence[Picture],
    options: Options,
    cancel: CancelToken,
    started: float,
) -> Iterator[Progress | Written | Result]:
    if options.model or options.form:
        raise EngineError(
            f"{engine.title} works without a model: there is none to choose, and no form.",
            "Leave model and form out, or choose another engine.",
        )
    draft: Draft | None = None
    for item in engine.run(Question(tuple(pictures)), cancel):
        if isinstance(item, Draft):
            draft = item
        else:
            yield item
    if draft is None:
        raise EngineError(f"{engine.title} ended without an answer.", "Try again.")
    cancel.raise_if_cancelled()
    if draft.sql.strip():
        yield Progress("checking", "Running the schema in PostgreSQL", 0.95)
    yield _judge(engine, draft, started)


def _by_model(
    engine: Engine,
    pictures: Sequence[Picture],
    options: Options,
    cancel: CancelToken,
    started: float,
) -> Iterator[Progress | Written | Result]:
    """Each screen alone: models are trained on one, and a large prompt is read slowly."""
    question = _question(engine, options)
    outcomes: list[Outcome] = []
    trouble = ""
    for number, picture in enumerate(pictures):
        asking = ask(engine, replace(question, pictures=(picture,)), options, cancel)
        try:
            made = yield from _numbered(asking, picture, number, len(pictures))
        except EngineError as error:
            if not outcomes:
                raise
            trouble = f"{_names(pictures[number:])} could not be read: {error}"
            break
        outcomes.append(made)
    if len(pictures) == 1:
        result = _result(engine, question, outcomes, started)
    else:
        yield Progress("checking", f"Joining {len(outcomes)} screens to one schema", 0.95)
        joined = unless_cancelled(lambda: _joined(pictures, outcomes), cancel)
        result = _of_joined(_result(engine, question, outcomes, started), joined, outcomes)
    reason = " ".join(filter(None, (result.reason, trouble)))
    yield replace(result, reason=reason, seconds=time.monotonic() - started)


def _question(engine: Engine, options: Options) -> Question:
    return Question(
        (),
        options.instruction,
        model=options.model,
        form=options.form or engine.forms[0],
        temperature=options.temperature,
        seed=options.seed,
        longest_tokens=options.longest_tokens,
        silence_seconds=options.silence_seconds,
    )


def _numbered(
    asking: Generator[Progress | Written, None, Outcome], picture: Picture, number: int, count: int
) -> Generator[Progress | Written, None, Outcome]:
    """What is told of one screen, told as of one of several; its outcome likewise."""
    if count == 1:
        return (yield from asking)
    with closing(asking):
        while True:
            try:
                item = next(asking)
            except StopIteration as end:
                made: Outcome = end.value
                mine = tuple(replace(attempt, picture=number) for attempt in made.attempts)
                return replace(made, attempts=mine)
            if isinstance(item, Written):
                yield replace(item, picture=number)
            else:
                fraction = None if item.fraction is None else (number + item.fraction) / count
                yield replace(item, message=f"{picture.name}: {item.message}", fraction=fraction)


def _result(
    engine: Engine, question: Question, outcomes: Sequence[Outcome], started: float
) -> Result:
    """The first screen's result, with what all of them took."""
    first = outcomes[0]
    apart = [each.disagreement for each in outcomes if each.disagreement is not None]
    return Result(
        engine=engine.name,
        title=engine.title,
        note=engine.note,
        model=first.draft.model,
        prompt_version=first.draft.prompt_version,
        sql=first.taken.sql,
        report=first.taken.report,
        columns=first.columns,
        seconds=time.monotonic() - started,
        reason=first.reason,
        usage=total([each.usage for each in outcomes]),
        attempts=tuple(attempt for each in outcomes for attempt in each.attempts),
        form=question.form,
        disagreement=sum(apart) / len(apart) if apart else None,
    )


def _joined(pictures: Sequence[Picture], outcomes: Sequence[Outcome]) -> Consolidated:
    from ghost_engine.inference.consolidate import Screen, consolidate

    screens = [
        Screen(picture.name, outcome.taken.report or check(""), outcome.columns)
        for picture, outcome in zip(pictures, outcomes, strict=False)
    ]
    return consolidate(screens)


def _of_joined(result: Result, joined: Consolidated, outcomes: Sequence[Outcome]) -> Result:
    remarks = [
        f"{screen.name}: {outcome.reason}"
        for screen, outcome in zip(joined.screens, outcomes, strict=True)
        if outcome.reason
    ]
    return replace(
        result,
        sql=joined.sql,
        report=joined.report,
        columns=joined.columns,
        reason=" ".join((*remarks, *joined.notes)),
        consolidated=joined,
    )


def _names(pictures: Sequence[Picture]) -> str:
    more = f" and {len(pictures) - 1} more" if len(pictures) > 1 else ""
    return f"{pictures[0].name}{more}"


def _known(engine: Engine, options: Options) -> Options:
    """The options, if the engine knows the form they ask for."""
    if options.form is not None and options.form not in engine.forms:
        raise EngineError(
            f'{engine.title} cannot answer in the form "{options.form}".',
            f"Choose one of: {', '.join(engine.forms)}.",
        )
    return options


def _judge(engine: Engine, draft: Draft, started: float) -> Result:
    """The verdict on what rules wrote; of that, only what runs is handed out."""
    report = check(draft.sql) if draft.sql.strip() else None
    attempt = Attempt("draft", draft.sql, report, draft.usage, draft.cut)
    if report is not None and draft.model is None and not report.valid:
        draft, report = _keep_what_runs(draft, report)
    reason = draft.reason if report is not None else draft.reason or NOTHING_FOUND
    return Result(
        engine=engine.name,
        title=engine.title,
        note=engine.note,
        model=draft.model,
        prompt_version=draft.prompt_version,
        sql=draft.sql,
        report=report,
        columns=draft.columns,
        seconds=time.monotonic() - started,
        reason=reason,
        usage=draft.usage,
        attempts=(attempt,),
    )


def _keep_what_runs(draft: Draft, report: Report) -> tuple[Draft, Report | None]:
    """The draft without the statements PostgreSQL refused, or nothing and the reason."""
    sql = draft.sql
    for problem in report.errors:
        sql = sql.replace(problem.statement, "", 1) if problem.statement else sql
    again = check(sql) if sql.strip() and sql != draft.sql else None
    if again is None or not again.valid or not again.schema.tables:
        message = report.errors[0].message if report.errors else "no statement is left"
        reason = f"The schema drafted from this picture does not run ({message})."
        return replace(draft, sql="", columns=(), reason=reason), None
    kept = {(t.name, c.name) for t in again.schema.tables for c in t.columns}
    columns = tuple(c for c in draft.columns if (c.table, c.column) in kept)
    return replace(draft, sql=again.sql, columns=columns), again
