"""From pictures to a judged result, by any engine: what the pages and the command line call.

Every draft goes through `ghost_engine.sql.check`. A model's is mended and asked for again
(`repair_loop`) and handed out with its verdict; SQL made by rules is handed out only if it runs.
"""

from __future__ import annotations

import importlib
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

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
from ghost_engine.inference.repair_loop import ask
from ghost_engine.sql import Report, check

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
        for slow in ("cv2", "inflect"):
            importlib.import_module(slow)
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
    if len(pictures) > 1:
        raise EngineError(
            f"{engine.title} reads one screenshot at a time.", "Ask for each alone (`--each`)."
        )
    form = options.form or engine.forms[0]
    question = Question(
        tuple(pictures),
        options.instruction,
        model=options.model,
        form=form,
        temperature=options.temperature,
        seed=options.seed,
        longest_tokens=options.longest_tokens,
        silence_seconds=options.silence_seconds,
    )
    made = yield from ask(engine, question, options, cancel)
    yield Result(
        engine=engine.name,
        title=engine.title,
        note=engine.note,
        model=made.draft.model,
        prompt_version=made.draft.prompt_version,
        sql=made.taken.sql,
        report=made.taken.report,
        columns=made.columns,
        seconds=time.monotonic() - started,
        reason=made.reason,
        usage=made.usage,
        attempts=made.attempts,
        form=form,
        disagreement=made.disagreement,
    )


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
