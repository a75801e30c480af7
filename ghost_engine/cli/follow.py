"""Watching a run from the command line: one line that is written over, and what deserves its own.

The run goes on whoever watches. Ctrl+C asks it to save and stop, and waits; a second Ctrl+C only
stops watching.
"""

from __future__ import annotations

import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from ghost_engine.cli.say import CLEAR_LINE, mention, progress
from ghost_engine.errors import JobError
from ghost_engine.export import KIND as EXPORT
from ghost_engine.export.pace import amount, seconds_left
from ghost_engine.jobs import control
from ghost_engine.jobs.folder import Tail
from ghost_engine.jobs.metrics import Metrics
from ghost_engine.jobs.reading import list_runs, read_run
from ghost_engine.jobs.records import Run
from ghost_engine.training.remote.record import read_remote
from ghost_engine.training.story import span
from ghost_engine.training.summary import seconds_left as training_seconds_left

LOOK_EVERY_SECONDS = 0.5
PLAIN_EVERY_SECONDS = 30.0
"""Between two lines about the same phase where no line can be written over."""

SLOW_STAGE_SECONDS = 10.0
"""Stages of an export that took less get no line of their own."""


class LeftAlone(Exception):
    """Somebody stopped watching; the run goes on."""


def follow(run: Run) -> Run:
    """Tell on stderr how a run goes until it ends; the run as it ended.

    Raises:
        LeftAlone: Ctrl+C was pressed twice.
        JobError: somebody deleted it.
    """
    view, asked = _View(run), False
    with _interrupts() as pressed:
        while True:
            if pressed and not asked:
                asked = True
                _ask_to_stop(run)
            run = read_run(run.folder)
            view.show(run)
            if not run.active:
                break
            time.sleep(LOOK_EVERY_SECONDS)
    view.clear()
    return run


class _View:
    """What was told already."""

    def __init__(self, run: Run) -> None:
        self._metrics = Metrics(run.folder)
        self._events = Tail(run.folder.events)
        self._vram = Tail(run.folder.vram)
        self._held = ""
        self._stages: list[dict[str, Any]] = []
        self._phase = ""
        self._told = 0.0
        self._evaluated = 0

    def show(self, run: Run) -> None:
        rows = self._metrics.refresh()
        for event in self._events.read():
            self._stages += [event] if event.get("event") == "stage" else []
            if words := _event_words(event):
                mention(words)
        self._evaluations(rows)
        for sample in self._vram.read()[-1:]:
            self._held = f"{sample['used_gib']:.1f} of {sample['total_gib']:.1f} GiB"
        if run.active:
            self._line(run, rows)

    def clear(self) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(CLEAR_LINE)
            sys.stderr.flush()

    def _evaluations(self, rows: list[dict[str, Any]]) -> None:
        """A line for each step at which validation ran, once."""
        for row in rows:
            if row["step"] > self._evaluated and "eval_loss" in row:
                self._evaluated = row["step"]
                mention(f"step {row['step']}: {_validation_words(row)}")

    def _export_parts(self, run: Run) -> Iterator[str]:
        """An export counts tensors or bytes, and has no losses."""
        yield amount(run.status)
        left = seconds_left(self._stages, run.status)
        if left is not None:
            yield f"{span(left)} left"
        yield run.status.note

    def _line(self, run: Run, rows: list[dict[str, Any]]) -> None:
        words = " · ".join(part for part in self._parts(run, rows) if part)
        if sys.stderr.isatty():
            width = shutil.get_terminal_size().columns - 1
            progress(words[:width])
            return
        due = time.monotonic() - self._told >= PLAIN_EVERY_SECONDS
        if due or run.status.phase != self._phase:
            self._phase, self._told = run.status.phase, time.monotonic()
            mention(words)

    def _parts(self, run: Run, rows: list[dict[str, Any]]) -> Iterator[str]:
        status = run.status
        if status.state != "running":
            yield _waiting_words(run)
            return
        if run.folder.stop.exists():
            yield "stopping"
        yield status.phase or "starting"
        if status.attempt > 1:
            yield f"attempt {status.attempt}"
        if run.job.kind == EXPORT:
            yield from self._export_parts(run)
            return
        if status.total_steps:
            yield f"step {status.step or 0}/{status.total_steps}"
        far = read_remote(run.folder)
        attempt = far.attempt if far else status.attempt  # rows of a rented machine have its own
        own = [row for row in rows if row.get("attempt") == attempt]
        last = own[-1] if own else {}
        if "loss" in last:
            yield f"loss {last['loss']:.3f}"
        if last.get("tokens_per_second"):
            yield f"{last['tokens_per_second']:,.0f} tokens/s"
        yield self._held
        left = training_seconds_left(rows, attempt, status.total_steps, datetime.now(UTC))
        if left is not None and status.phase == "training":
            yield f"{span(left)} left"
        yield status.note


def ending(run: Run) -> str:
    """How a run ended, in a line; what went wrong and the next step if it did."""
    status, exports = run.status, run.job.kind == EXPORT
    at = f" at step {status.step} of {status.total_steps}" if status.total_steps else ""
    if exports:
        at = f" while {status.phase}" if status.phase and run.state != "finished" else ""
    if run.state == "finished":
        return f"Finished{at}."
    if run.state == "stopped":
        where = "where it was" if exports else "from the last checkpoint"
        return f"Stopped{at}. `ghost runs resume {run.id}` goes on {where}."
    error = status.error
    if error is None:
        return f"The run is {run.state}."
    return f"The run {'is lost' if run.state == 'lost' else 'failed'}{at}: " + " ".join(
        part for part in (error.message, error.hint) if part
    )


def _waiting_words(run: Run) -> str:
    if run.state != "queued" or not run.job.gpu:
        return run.state
    place = next((each.queue_position for each in list_runs() if each.id == run.id), None)
    return f"waiting for the GPU, number {place} in line" if place else "waiting for the GPU"


def _event_words(event: dict[str, Any]) -> str:
    """A line for what nobody should miss; most events are for the record only."""
    name, reason = event.get("event"), str(event.get("reason") or "")
    if name == "decision":
        return f"attempt {event.get('attempt')}: {reason}"
    if name == "lost":
        return "its supervisor was killed"
    if name == "resumed":
        return "resumed"
    if name == "stage_ended" and event.get("seconds", 0) >= SLOW_STAGE_SECONDS:
        return f"{event.get('phase')} {event.get('file')}: {span(event['seconds'])}"
    return ""


def _validation_words(row: dict[str, Any]) -> str:
    words = [f"validation loss {row['eval_loss']:.3f}"]
    if "valid_share" in row:
        words.append(f"{row['valid_share']:.0%} of the drafts run")
    if "score" in row:
        words.append(f"score {row['score']:.2f}")
    return ", ".join(words)


def _ask_to_stop(run: Run) -> None:
    with suppress(JobError):  # it has ended by itself
        control.stop(run)
        mention("Stopping after this step; it saves first. Ctrl+C again leaves it to that.")


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """What was heard of Ctrl+C: the first is for the loop to see, the second ends the watching.

    A signal may come while a line is being written: whoever hears it must not write another.
    """
    pressed: list[int] = []

    def heard(number: int, frame: FrameType | None) -> None:
        if pressed:
            raise LeftAlone
        pressed.append(number)

    before = signal.signal(signal.SIGINT, heard)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)
