"""The work in the container: `work` trains one run through the ordinary supervisor.

A place calls it again with the same order after an interruption; it goes on from the volume then.
What it returns is also written to the volume, so that a call that is repeated costs nothing.
Nothing here knows Modal.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from ghost_engine.errors import JobError
from ghost_engine.jobs import control
from ghost_engine.jobs.folder import RunFolder, now_text, read_json, write_json
from ghost_engine.jobs.queue import revive_run
from ghost_engine.jobs.reading import read_run
from ghost_engine.jobs.records import Job, Status, now
from ghost_engine.training.config import load_config
from ghost_engine.training.readiness import runs_on_gpu
from ghost_engine.training.remote.mirror import HOURS, RESULT, Mirror, restore
from ghost_engine.training.remote.place import Home, Order, claim_key, folder_of, stop_key
from ghost_engine.training.start import KIND, RECOVER, SAMPLER

TICK_SECONDS = 0.5
BOARD_SECONDS = 3.0
LEAVE_SECONDS = 15.0
"""What an interruption leaves for saving: Modal kills half a minute after its signal."""
_REVIVALS = 3


def work(order: Mapping[str, Any], home: Home, call: str, scratch: Path) -> dict[str, Any]:
    """Train, or go on, to the run's end, a stop, or the end of the hours that were paid for.

    Args:
        order: an `Order` as a document.
        home: the volume and the board.
        call: the id of this call; the same when the place repeats it.
        scratch: an empty folder on the container's own disk.

    Returns:
        `{"state": "elsewhere", "call": ...}` if another call has the work of this generation; else
        `state` as a run has it, `error`, `time_over`, `seconds` paid for in all, and `adapter`:
        its files with bytes and sha256.
    """
    asked = Order.from_dict(order)
    holder = home.claim(claim_key(asked.run, asked.generation), call)
    if holder != call:
        return {"state": "elsewhere", "call": holder}
    return _Shift(asked, home, scratch).run()


class _Shift:
    """One container's part of the work."""

    def __init__(self, order: Order, home: Home, scratch: Path) -> None:
        self._order = order
        self._home = home
        self._copy = home.volume / folder_of(order.run)
        self._result = self._copy / RESULT.format(generation=order.generation)
        self._hours = _Hours(self._copy / HOURS, order.generation)
        self._folder = RunFolder(scratch / order.run)
        self._mirror = Mirror(self._folder, self._copy)
        self._stopping = self._time_over = False
        self._revivals = 0
        self._synced = self._looked = -BOARD_SECONDS

    def run(self) -> dict[str, Any]:
        done = read_json(self._result)
        if done is not None:
            return done
        self._hours.note()
        if self._told_to_stop():  # before it began: by somebody who knew no call to cancel
            return self._conclude("stopped", None, {})
        restore(self._copy, self._folder)
        self._begin()
        self._see_through()
        self._mirror.push()
        run = read_run(self._folder)
        error = run.status.error
        adapter = self._mirror.push_adapter()
        return self._conclude(run.state, error.to_dict() if error else None, adapter)

    # -- the run -----------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Start the run's supervisor: of a new run, or of one that was interrupted."""
        if not self._folder.job.exists():
            self._make_job()
        run = read_run(self._folder)
        if run.state == "queued":
            revive_run(self._folder)
        elif run.state != "finished":
            control.resume(run, orphan_seconds=0)

    def _make_job(self) -> None:
        on_gpu = runs_on_gpu(load_config(self._folder.config))
        job = Job(
            KIND,
            self._order.worker,
            now(),
            self._order.name,
            self._order.by,
            gpu=on_gpu,
            recover=RECOVER,
            sampler=SAMPLER if on_gpu else "",
        )
        queued = Status("queued", queued=now(), updated=now())
        self._folder.save(self._folder.status, queued.to_dict())
        self._folder.save(self._folder.job, job.to_dict())

    def _see_through(self) -> None:
        try:
            while self._goes_on():
                time.sleep(TICK_SECONDS)
        except BaseException:  # the container is taken away: save what can be saved, then go
            self._leave()
            raise

    def _goes_on(self) -> bool:
        run = read_run(self._folder)
        if run.state == "lost" and self._revivals < _REVIVALS and not self._stopping:
            self._revivals += 1
            run = control.resume(run, orphan_seconds=0)
        if not run.active:
            return False
        if not self._stopping and self._told_to_stop():
            self._stopping = True
            with suppress(JobError):  # it ended in between
                control.stop(run)
        if time.monotonic() - self._synced >= self._order.sync_seconds:
            self._sync()
        return True

    def _told_to_stop(self) -> bool:
        """By a person on the board, or because the paid hours are over."""
        if self._hours.spent >= self._order.limit_seconds:
            self._time_over = True
            return True
        if time.monotonic() - self._looked < min(BOARD_SECONDS, self._order.sync_seconds):
            return False
        self._looked = time.monotonic()
        return self._home.get(stop_key(self._order.run, self._order.generation)) == "yes"

    def _leave(self) -> None:
        self._folder.stop.touch()
        deadline = time.monotonic() + LEAVE_SECONDS
        while time.monotonic() < deadline and read_run(self._folder).active:
            time.sleep(TICK_SECONDS)
        self._sync()

    # -- what the other side sees ------------------------------------------------------------------

    def _sync(self) -> None:
        self._mirror.push()
        self._hours.note()
        self._home.commit()
        self._synced = time.monotonic()

    def _conclude(
        self, state: str, error: dict[str, Any] | None, adapter: dict[str, Any]
    ) -> dict[str, Any]:
        self._hours.note()
        result = {
            "state": state,
            "error": error,
            "time_over": self._time_over and state != "finished",
            "adapter": adapter,
            "seconds": self._hours.in_all,
        }
        write_json(self._result, result)
        self._home.commit()
        return result


class _Hours:
    """How long containers worked for this run: a row each, on the volume, brought up to date while
    they work. A container that is killed is charged up to its last word."""

    def __init__(self, path: Path, generation: int) -> None:
        self._path = path
        self._generation = generation
        self._begun = time.monotonic()
        document = read_json(path) or {}
        self._before: list[dict[str, Any]] = list(document.get("containers") or [])
        self._started = now_text()

    @property
    def spent(self) -> float:
        """Seconds of this generation."""
        earlier = (row for row in self._before if row.get("generation") == self._generation)
        return sum(float(row["seconds"]) for row in earlier) + self._here

    @property
    def in_all(self) -> float:
        return round(sum(float(row["seconds"]) for row in self._before) + self._here, 1)

    def note(self) -> None:
        """Write it down."""
        own = {
            "generation": self._generation,
            "started": self._started,
            "seconds": round(self._here, 1),
        }
        write_json(self._path, {"containers": [*self._before, own], "noted": now_text()})

    @property
    def _here(self) -> float:
        return time.monotonic() - self._begun


def paid_seconds(document: Mapping[str, Any] | None, at: datetime | None = None) -> float:
    """What `hours.json` says was paid for; up to `at` if the last container still works."""
    if not document:
        return 0.0
    seconds = sum(float(row["seconds"]) for row in document.get("containers") or [])
    if at is not None and document.get("noted"):
        seconds += max(0.0, (at - datetime.fromisoformat(str(document["noted"]))).total_seconds())
    return seconds
