"""The process that owns a run: `python -m ghost_engine.jobs.supervisor RUN_DIR`.

It holds run.lock for its whole life, waits its turn for the GPU, starts a worker for each attempt,
writes status.json, and asks the `recover` hook whether a failure deserves another attempt. It does
no work itself and imports nothing heavy, so that little can kill it.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ghost_engine.jobs.child import Child
from ghost_engine.jobs.folder import RunFolder, read_json
from ghost_engine.jobs.hooks import Sampler, ask_recovery, say_farewell
from ghost_engine.jobs.identity import Identity, kill_group
from ghost_engine.jobs.journal import Journal
from ghost_engine.jobs.locks import Lock, adopt, is_held, take
from ghost_engine.jobs.log import say
from ghost_engine.jobs.notify import Notifier
from ghost_engine.jobs.queue import Line, gpu_holder, revive_run, take_gpu
from ghost_engine.jobs.records import Attempt, Job, Outcome, Retry, RunError, State, now
from ghost_engine.jobs.status import read_attempt, read_job, read_outcome
from ghost_engine.jobs.worker import describe

WATCH_SECONDS = 0.2
QUEUE_SECONDS = 0.5
LINGER_SECONDS = 60.0  # a worker that said its last word has so long to end
ORPHAN_SECONDS = 60.0
REST_SECONDS = 30.0  # what a worker of several processes leaves behind ends in moments
MAX_ATTEMPTS = 32  # in one go; a ladder is far shorter


class FolderGone(Exception):
    """The run's folder was moved or removed while it ran."""


class Supervisor:
    """One run, from the queue to its end."""

    def __init__(self, folder: RunFolder, job: Job, orphan_seconds: float = ORPHAN_SECONDS) -> None:
        self.folder = folder
        self.job = job
        self.journal = Journal(folder)
        self._notifier = Notifier(folder.id, job)
        self._orphan_seconds = orphan_seconds
        self._gpu: Lock | None = None
        self._stop_told = False

    def run(self) -> None:
        """Bring the run to an end and write it down."""
        try:
            state, error = self._live()
        except FolderGone:
            say(f"{self.folder.path} is gone: leaving.")
            return
        except Exception as failure:  # the border: whatever it is, the run has to say so
            say(traceback.format_exc())
            state, error = "failed", describe(failure)
        self.journal.settle(state, error)
        self._notifier.tell(self.journal.status, error)

    def release(self) -> None:
        """Let the next in line have the GPU."""
        if self._gpu is not None:
            self._gpu.release()

    def see_off(self) -> None:
        """Wait a little for what is being told; nobody else waits for this."""
        self._notifier.wait()

    def hear_end(self, *_: Any) -> None:
        """SIGTERM, as when the machine is shut down: the worker saves and leaves; a run that
        waits in the queue goes on waiting there, and gets another supervisor later."""
        if self.journal.status.state == "queued":
            raise SystemExit(0)
        with suppress(OSError):
            self.folder.stop.touch()

    def _live(self) -> tuple[State, RunError | None]:
        if not self._wait_for_turn() or not self._wait_for_orphan():
            return "stopped", None
        before = read_outcome(self.folder, self.journal.status.attempt)
        if before is not None and before.result == "finished":
            return "finished", None  # by a worker that outlived its supervisor
        retry: Retry | None = None
        for _ in range(MAX_ATTEMPTS):
            attempt = self._next_attempt(retry)
            outcome = self._try(attempt)
            if outcome.result != "failed":
                return outcome.result, None
            error = outcome.error or RunError("failed", "The worker failed and did not say how.")
            answer = self._ask_recovery(attempt, error)
            if isinstance(answer, RunError):
                return "failed", answer
            retry = answer
        return "failed", RunError("attempts", f"{MAX_ATTEMPTS} attempts failed.", "See the log.")

    # -- before the first attempt ------------------------------------------------------------------

    def _wait_for_turn(self) -> bool:
        """Wait in the queue for the GPU; False if a stop was asked for meanwhile."""
        if not self.job.gpu:
            return not self._stop_asked()
        runs = self.folder.path.parent
        line, look_at = Line(runs), 0.0
        while not self._stop_asked():
            if time.monotonic() >= look_at:
                ahead = self._count_ahead(line)
                self._gpu = take_gpu(runs, self.folder.id) if ahead == 0 else None
                if self._gpu is not None:
                    return True
                look_at = time.monotonic() + QUEUE_SECONDS * min(ahead, 10)
            holder = gpu_holder(runs)
            self.journal.beat("waiting for the GPU", f"after run {holder}" if holder else "")
            time.sleep(QUEUE_SECONDS)
        return False

    def _count_ahead(self, line: Line) -> int:
        """How many are before this run in line; the first of them lives, or is started again."""
        ids = line.read()
        ahead = ids[: ids.index(self.folder)] if self.folder in ids else []
        for number, folder in enumerate(ahead):
            if is_held(folder.lock) or revive_run(folder):
                return len(ahead) - number
        return 0

    def _wait_for_orphan(self) -> bool:
        """Wait until the worker of a supervisor that was killed has left, or kill it; False if a
        stop was asked for meanwhile."""
        deadline = time.monotonic() + self._orphan_seconds
        while is_held(self.folder.worker_lock):
            if time.monotonic() > deadline:
                last = self.journal.status
                kill_group(Identity(last.pid or -1, last.create_time or 0.0, last.birth))
                return True
            if self._stop_asked():
                return False
            if self.journal.status.state != "running":
                self.journal.set(state="running", phase="waiting for its last worker")
            self.journal.beat()
            time.sleep(WATCH_SECONDS)
        return True

    # -- one attempt -------------------------------------------------------------------------------

    def _next_attempt(self, retry: Retry | None) -> Attempt:
        last = read_attempt(self.folder)
        number = max(self.journal.status.attempt, last.attempt if last else 0) + 1
        if last is None:
            attempt = Attempt(number, time=now())
        elif retry is None:
            attempt = replace(last, attempt=number, reason="resumed", time=now())
        else:
            overrides = {**last.overrides, **retry.overrides}
            lineage = number if retry.fresh else last.lineage
            attempt = Attempt(number, overrides, lineage, retry.reason, now())
        self.folder.save(self.folder.attempt, attempt.to_dict())
        return attempt

    def _try(self, attempt: Attempt) -> Outcome:
        """Start the worker, watch it, and tell how it ended."""
        self.folder.keep_reserve()
        self._stop_told = False
        self.journal.note(
            "attempt_started",
            attempt.attempt,
            reason=attempt.reason,
            overrides=attempt.overrides,
            lineage=attempt.lineage,
        )
        killed, child = self._work(attempt)
        self._stop_asked()  # a quick worker left before the stop was noticed here
        if killed:
            say_farewell(self.job.farewell, self.folder)
        outcome = read_outcome(self.folder, attempt.attempt)
        if outcome is None and killed:
            outcome = Outcome(attempt.attempt, "stopped")
        elif outcome is None:
            outcome = Outcome(attempt.attempt, "failed", child.why())
        error = outcome.error.to_dict() if outcome.error else None
        self.journal.note(
            "attempt_ended", attempt.attempt, result=outcome.result, killed=killed, error=error
        )
        return outcome

    def _work(self, attempt: Attempt) -> tuple[bool, Child]:
        """The worker from its start to its end, and whether a stop's grace ended it."""
        child = self._start_child(attempt)
        try:
            self._tell_start(attempt, child)
            sampler = Sampler(self.job.sampler, self.folder, attempt.attempt, child.pid)
            try:
                return self._watch(child, attempt), child
            finally:
                sampler.stop()
        finally:
            child.close()
            self._wait_for_rest()

    def _wait_for_rest(self) -> None:
        """Until the last process of the worker is gone: the GPU is not free before."""
        deadline = time.monotonic() + REST_SECONDS
        while is_held(self.folder.worker_lock) and time.monotonic() < deadline:
            time.sleep(0.02)

    def _start_child(self, attempt: Attempt) -> Child:
        lock = take(self.folder.worker_lock, wait_seconds=10.0)
        if lock is None:
            raise RuntimeError("the last worker cannot be ended; kill it, then resume")
        locks = [lock, *([self._gpu] if self._gpu else [])]
        try:
            return Child(self.folder, self.job, attempt.attempt, locks)
        finally:
            lock.hand_over()  # the worker's copy keeps it

    def _tell_start(self, attempt: Attempt, child: Child) -> None:
        status = self.journal.status
        self.journal.set(
            state="running",
            phase="starting",
            note=attempt.reason,
            attempt=attempt.attempt,
            step=None if attempt.lineage == attempt.attempt else status.step,
            started=status.started or now(),
            pid=child.identity.pid,
            create_time=child.identity.create_time,
            birth=child.identity.birth,
        )

    def _watch(self, child: Child, attempt: Attempt) -> bool:
        asked = said = 0.0
        while not child.wait(WATCH_SECONDS):
            if not self.folder.job.exists():
                raise FolderGone
            if self._stop_asked():
                asked = asked or time.monotonic()
                if self._grace_over(asked):
                    child.kill()
                    child.wait(10.0)
                    return True
            if self.journal.beat() and read_outcome(self.folder, attempt.attempt) is not None:
                said = said or time.monotonic()
                if time.monotonic() - said >= LINGER_SECONDS:
                    child.kill()
        return False

    def _ask_recovery(self, attempt: Attempt, error: RunError) -> Retry | RunError:
        """Another attempt, or the error to end with; a run that was asked to stop ends."""
        if self._stop_asked():
            return error
        answer = ask_recovery(self.job.recover, self.folder, attempt, error)
        if isinstance(answer, Retry):
            self.journal.note(
                "decision",
                attempt.attempt,
                reason=answer.reason,
                overrides=answer.overrides,
                fresh=answer.fresh,
                error=error.to_dict(),
                **answer.details,
            )
            self._notifier.tell(self.journal.status, error, answer.reason)
        return error if answer is None else answer

    def _stop_asked(self) -> bool:
        asked = self.folder.stop.exists()
        if asked and not self._stop_told:
            self._stop_told = True
            self.journal.note("stop_asked", self.journal.status.attempt)
        return asked

    def _grace_over(self, asked: float) -> bool:
        grace = (read_json(self.folder.stop) or {}).get("kill_after_seconds")
        return isinstance(grace, int | float) and time.monotonic() - asked >= grace


def main(argv: Sequence[str] | None = None) -> int:
    """Supervise one run; the exit status is 3 where somebody else does already."""
    parser = argparse.ArgumentParser(description="Supervise one run.")
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--lock", type=int, default=-1, help="descriptor of run.lock, inherited")
    parser.add_argument("--orphan-seconds", type=float, default=ORPHAN_SECONDS)
    arguments = parser.parse_args(argv)
    folder = RunFolder(arguments.run_dir)
    job = read_job(folder)
    if job is None:
        parser.error(f"{folder.path} is not a run's folder")
    lock = adopt(folder.lock, arguments.lock) or take(folder.lock, wait_seconds=5.0)
    if lock is None:
        say(f"Run {folder.id} has a supervisor already.")
        return 3
    supervisor = Supervisor(folder, job, arguments.orphan_seconds)
    if supervisor.journal.status.state not in ("queued", "running"):
        say(f"Run {folder.id} is {supervisor.journal.status.state}: it was not asked to go on.")
        return 3
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, supervisor.hear_end)
    try:
        supervisor.run()
    finally:
        supervisor.release()
        lock.release()
    supervisor.see_off()
    return 0


if __name__ == "__main__":
    sys.exit(main())
