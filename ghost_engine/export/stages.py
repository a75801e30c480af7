"""What every stage of an export's worker needs: its files' places, progress, and the bill."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ghost_engine.errors import Cancelled
from ghost_engine.export import place
from ghost_engine.export.config import ExportConfig
from ghost_engine.export.ledger import read_ledger, write_ledger
from ghost_engine.export.subject import describe
from ghost_engine.export.watch import Gauge
from ghost_engine.jobs.worker import Work

LARGEST = "token_embd.weight"
Tell = Callable[[int, int, str], None]


class Stages:
    """One export on its way. `about` is what its files say of themselves."""

    def __init__(self, work: Work, config: ExportConfig) -> None:
        self.work, self.config = work, config
        self.out = config.folder.absolute()
        self.partial = place.partial_folder(config, work.folder.id)
        self.about = describe(config)
        self.ledger = read_ledger(work.folder.path)
        self.gauge = Gauge(self._own_files, self.ledger.peak_bytes, self.ledger.high_water_bytes)

    def part(self, part: str) -> Path:
        """Where a part stands until all are there."""
        return self.partial / self.config.file(part)

    @property
    def merged(self) -> Path:
        return self.partial / place.merged_name(self.config)

    def stop(self) -> bool:
        """Whether somebody asked to stop."""
        return self.work.stop_asked()

    def look(self) -> None:
        """Leave if somebody asked to stop.

        Raises:
            Cancelled: somebody did.
        """
        if self.stop():
            raise Cancelled("Stopped at your request.", "Resume to go on.")

    @contextmanager
    def stage(self, phase: str, file: str) -> Iterator[Tell]:
        """One stage: told when it begins, how far it is, and how long it took.

        Raises:
            Cancelled: somebody asked to stop before it began.
        """
        self.look()
        begun, told = time.monotonic(), 0
        self.work.progress(phase, 0, 1, file)  # readers keep the last count where none is said

        def tell(done: int, total: int, note: str = "") -> None:
            nonlocal told
            # The pace is measured from here: what a download had before says nothing about it,
            # and a tensor as large as a twelfth of the model says the wrong thing.
            if not told or note == LARGEST:
                self.work.event("stage", phase=phase, file=file, done=done, total=total)
            told += 1
            self.work.progress(phase, done, total, note or file)

        try:
            yield tell
        finally:
            self.gauge.sample()  # a part that is gone the next moment counts too
            self.ledger.add(phase, time.monotonic() - begun)
            self.keep_ledger()
        if not told:
            self.work.progress(phase, 1, 1, file)
        seconds = round(time.monotonic() - begun, 2)
        self.work.event("stage_ended", phase=phase, file=file, seconds=seconds)

    def keep_ledger(self) -> None:
        """Remember what was taken so far; a full disk is no reason to end the work."""
        self.ledger.peak_bytes = self.gauge.peak_bytes
        self.ledger.high_water_bytes = self.gauge.high_water_bytes
        with suppress(OSError):
            write_ledger(self.work.folder.path, self.ledger)

    def _own_files(self) -> Iterator[Path]:
        """What this export has on the disk: the parts, or what is in place."""
        yield self.partial
        if not self.partial.is_dir():
            yield from (self.out / name for name in place.targets(self.config))
