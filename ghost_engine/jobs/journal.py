"""What a supervisor writes of its run: status.json and its events, on a full disk too.

Heartbeats and events may be lost when the disk is full; the state of the run may not.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ghost_engine.jobs.folder import FULL, RunFolder, write_json
from ghost_engine.jobs.log import say
from ghost_engine.jobs.records import RunError, State, Status, now
from ghost_engine.jobs.status import read_status, with_progress

HEARTBEAT_SECONDS = 2.0
LAST_WORD_SECONDS = 120.0


class Journal:
    """The status of one run, in the hands of its supervisor."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.status: Status = replace(read_status(folder), supervisor_pid=os.getpid())
        self._beaten = 0.0

    def set(self, **changes: Any) -> None:
        """Write a change that must not be lost.

        Raises:
            OSError: it cannot be written.
        """
        self.status = replace(self.status, updated=now(), **changes)
        self.folder.save(self.folder.status, self.status.to_dict())

    def beat(self, phase: str = "", note: str = "") -> bool:
        """Say every two seconds that we live, with what the worker says; whether it was time."""
        if time.monotonic() - self._beaten < HEARTBEAT_SECONDS:
            return False
        self._beaten = time.monotonic()
        if phase:
            self.status = replace(self.status, phase=phase, note=note)
        self.status = replace(self._latest(), updated=now())
        with suppress(OSError):  # the next one will do; no run ends for the want of a heartbeat
            write_json(self.folder.status, self.status.to_dict(), durable=False)
        return True

    def note(self, event: str, attempt: int, **fields: Any) -> None:
        """Add an event; on a full disk the log has it, or nobody: the run's end matters more."""
        try:
            self.folder.add_event(event, attempt, **fields)
        except OSError as error:
            if error.errno not in FULL:
                raise
            say(f"Not written, the disk is full: {event} {fields}")

    def settle(self, state: State, error: RunError | None) -> None:
        """Write the end, trying again while the disk is full; a folder that is gone needs none.

        Raises:
            OSError: it could not be written for two minutes.
        """
        self.status = self._latest()
        if self.folder.job.exists():
            self.note(state, self.status.attempt, **({"error": error.to_dict()} if error else {}))
        deadline = time.monotonic() + LAST_WORD_SECONDS
        while self.folder.job.exists():
            try:
                self.set(state=state, error=error, ended=now(), note="")
                self.folder.reserve.unlink(missing_ok=True)
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(1.0)

    def _latest(self) -> Status:
        if self.status.state != "running":
            return self.status
        return with_progress(self.folder, self.status)
