"""What a worker program uses: `sys.exit(run_worker(train))`, with `def train(work: Work)`.

`run_worker` is the border where every error of the work is caught and becomes outcome.json. A
worker never dies half way because its supervisor did: it is asked to stop, may save, and leaves.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from ghost_engine.errors import GhostError
from ghost_engine.jobs.folder import FULL, RunFolder, append_row, now_text, read_json, write_json
from ghost_engine.jobs.log import say
from ghost_engine.jobs.records import Attempt, Outcome, Progress, RunError, now
from ghost_engine.jobs.status import read_outcome

PROGRESS_SECONDS = 0.5
ALONE_SECONDS = 300.0
DISK_FULL_STATUS = 74  # EX_IOERR
_ANSWER_HINT = 'It has to answer "finished" or "stopped".'
FULL_HINT = "Free some space on the disk of the runs, then resume."
INHERITED = "GHOST_JOB_FDS"
"""The descriptors a supervisor hands down: the pipe that says it lives, then the locks."""

WorkFunction = Callable[["Work"], Literal["finished", "stopped"]]


class WorkerFailure(GhostError):
    """The work failed in a way that has a name: `kind` is what a `recover` hook looks at."""

    def __init__(
        self, kind: str, message: str, hint: str = "", details: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message, hint)
        self.kind = kind
        self.details = details or {}


class Work:
    """The run as its worker sees it.

    `rank` is set where several processes do the work together: then only the first, 0, is heard of
    progress, metrics and events, so that each is told once.
    """

    def __init__(self, folder: RunFolder, attempt: Attempt, rank: int | None = None) -> None:
        self.folder = folder
        self.attempt = attempt
        self.rank = rank
        self._asked = threading.Event()
        self._progress = Progress(attempt.attempt, "")
        self._written = 0.0

    def stop_asked(self) -> bool:
        """Whether to save and leave: by the stop file, a signal, or a supervisor that is gone."""
        return self._asked.is_set() or self.folder.stop.exists()

    def ask_stop(self) -> None:
        """From now on `stop_asked` says yes."""
        self._asked.set()

    def progress(
        self, phase: str, step: int | None = None, total_steps: int | None = None, note: str = ""
    ) -> None:
        """Say what happens now. Cheap to call at every step: written twice a second at most."""
        changed = (phase, total_steps) != (self._progress.phase, self._progress.total_steps)
        self._progress = Progress(self.attempt.attempt, phase, step, total_steps, note, now())
        if changed or time.monotonic() - self._written >= PROGRESS_SECONDS:
            self.write_progress()

    def write_progress(self) -> None:
        """Write the last word given to `progress`. It is for onlookers: a full disk is no reason
        to end the work."""
        if self.rank:
            return
        self._written = time.monotonic()
        try:
            write_json(self.folder.progress, self._progress.to_dict(), durable=False)
        except OSError as error:
            if error.errno not in FULL:
                raise

    def metric(self, step: int, **values: Any) -> None:
        """Append a row to metrics.jsonl."""
        if self.rank:
            return
        append_row(
            self.folder.metrics,
            {"attempt": self.attempt.attempt, "step": step, **values, "time": now_text()},
        )

    def event(self, event: str, **fields: Any) -> None:
        """Append a row to events.jsonl. After a resume `started` has to come before the first
        metric: `event("started", from_step=20)` is how readers know which rows still count."""
        if self.rank:
            return
        self.folder.add_event(event, self.attempt.attempt, **fields)

    def sample(self, **fields: Any) -> None:
        """Append a row to samples.jsonl."""
        append_row(
            self.folder.samples, {"time": now_text(), "attempt": self.attempt.attempt, **fields}
        )


def run_worker(
    work_function: WorkFunction,
    argv: Sequence[str] | None = None,
    *,
    alone_seconds: float = ALONE_SECONDS,
    rank: int | None = None,
) -> int:
    """Do the work of the run folder named last in `argv`; the exit status of the program.

    Args:
        argv: the program's arguments; those of `sys.argv` if None.
        alone_seconds: how long the work may take to save and leave once its supervisor is gone.
        rank: of several processes that do the work together, which this is. The first tells how it
            ended, or whichever fails first.
    """
    folder = RunFolder(Path((sys.argv if argv is None else argv)[-1]))
    document = read_json(folder.attempt)
    work = Work(folder, Attempt.from_dict(document) if document else Attempt(1), rank)
    _listen(work, alone_seconds)
    result, error = _do(work_function, work)
    work.write_progress()
    if not _has_the_word(work, error):
        return 0 if error is None else 1
    try:
        outcome = Outcome(work.attempt.attempt, result, error, now())
        folder.save(folder.outcome, outcome.to_dict())
    except OSError as full:
        if full.errno not in FULL:
            raise
        return DISK_FULL_STATUS  # no room for one word: the exit status says it
    return 0 if error is None else 1


def _has_the_word(work: Work, error: RunError | None) -> bool:
    """Whether this process tells how the work ended; of several, only one does."""
    if work.rank is None or (error is None and work.rank == 0):
        return True
    return error is not None and read_outcome(work.folder, work.attempt.attempt) is None


def _do(
    work_function: WorkFunction, work: Work
) -> tuple[Literal["finished", "stopped", "failed"], RunError | None]:
    try:
        result = work_function(work)
    except BaseException as error:  # noqa: B036 - the border: a KeyboardInterrupt is told too
        say(traceback.format_exc())
        return "failed", describe(error)
    if result not in ("finished", "stopped"):
        return "failed", RunError("bad_answer", f"The work answered {result!r}.", _ANSWER_HINT)
    return result, None


def describe(error: BaseException) -> RunError:
    """An exception in the words of the run's status."""
    if isinstance(error, WorkerFailure):
        return RunError(error.kind, error.message, error.hint, error.details)
    if isinstance(error, GhostError):
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno in FULL:
            return RunError("disk_full", error.message, FULL_HINT)
        return RunError(type(error).__name__, error.message, error.hint)
    if isinstance(error, OSError) and error.errno in FULL:
        place = f" while writing {error.filename}" if error.filename else ""
        return RunError("disk_full", f"The disk is full{place}.", FULL_HINT)
    said = " ".join(str(error).split())[:500]
    name = type(error).__name__
    return RunError(name, f"{name}: {said}" if said else name, "The log has the traceback.")


def _listen(work: Work, alone_seconds: float) -> None:
    """Hear signals, the supervisor's end, and a crash of native code."""
    faulthandler.enable()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: work.ask_stop())
    inherited = [int(fd) for fd in os.environ.pop(INHERITED, "").split(",") if fd]
    for fd in inherited:
        os.set_inheritable(fd, False)  # what the work starts must not hold the run's locks
    if inherited:
        threading.Thread(
            target=_wait_for_end, args=(work, inherited[0], alone_seconds), daemon=True
        ).start()


def _wait_for_end(work: Work, pipe: int, alone_seconds: float) -> None:
    os.read(pipe, 1)  # nothing is ever written: it returns when the supervisor is gone
    work.ask_stop()
    time.sleep(alone_seconds)
    say("The supervisor is gone and the work did not leave: ending it.")
    os.killpg(0, signal.SIGKILL)
