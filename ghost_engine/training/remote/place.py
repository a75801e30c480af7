"""What a follower asks of a place where machines are rented, and what the work finds there.

`Place` is seen from here, `Home` from inside the container. Modal's are in `modal_place` and
`modal_app`; `rehearsal` has both on local folders. Between the two sides lie a volume (files below
`runs/<id>`, seen by the other side once they are committed) and a board (small words by key, seen
at once).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ghost_engine.errors import TrainingError
from ghost_engine.jobs.records import Record


class Unreachable(TrainingError):
    """The place does not answer now: nothing is known of the run, and it may well go on."""


@dataclass(frozen=True, slots=True)
class Order(Record):
    """What the container is asked for. The place hands it over again after each interruption.

    `limit_seconds` is what may be paid for in this generation, `secret` the name of one there,
    `worker` the module that does the work, `sync_seconds` how often the volume gets the folder.
    """

    run: str
    generation: int
    limit_seconds: float
    name: str = ""
    by: str = ""
    gpu: str = ""
    gpus: int = 1
    secret: str = ""
    worker: str = "ghost_engine.training.worker"
    sync_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Look:
    """How a call stands. `over` with a `result` (see `container`), or with the `error` that ended
    it without one."""

    over: bool
    result: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""


class Place(Protocol):
    """Seen from here. Every method raises Unreachable where nobody answers, and TrainingError
    where the answer is no."""

    def upload(self, files: Iterable[tuple[Path, str]]) -> None:
        """Put files on the volume, all or none: (here, there)."""

    def start(self, order: Order) -> str:
        """Ask for a container; the id of the call."""

    def look(self, call: str) -> Look:
        """How the call stands."""

    def cancel(self, call: str) -> None:
        """End it now, unsaved."""

    def page(self, call: str) -> str:
        """Where people can look at it; "" if nowhere."""

    def put(self, key: str, value: str) -> None:
        """Write on the board."""

    def get(self, key: str) -> str:
        """What stands on the board; "" if nothing."""

    def sizes(self, under: str) -> dict[str, int]:
        """The files of a folder of the volume, by their path in it; empty if there is none."""

    def read(self, path: str, offset: int = 0) -> bytes:
        """A file of the volume from there on."""

    def download(self, path: str, target: Path) -> None:
        """A large file of the volume."""

    def remove(self, under: str) -> None:
        """A folder of the volume, with all in it."""


class Home(Protocol):
    """Seen from inside the container."""

    @property
    def volume(self) -> Path:
        """Where the volume is mounted."""

    def commit(self) -> None:
        """Let the other side see what was written."""

    def claim(self, key: str, value: str) -> str:
        """Write on the board unless it is taken, in one step; whose it is now."""

    def get(self, key: str) -> str:
        """What stands on the board; "" if nothing."""


def folder_of(run: str) -> str:
    """Where a run lies on the volume."""
    return f"runs/{run}"


def claim_key(run: str, generation: int) -> str:
    """Under which a container says that the work is its own: one call a generation."""
    return f"claim/{run}/{generation}"


def stop_key(run: str, generation: int) -> str:
    """Under which a person asks it to save and leave: "yes" or "no"."""
    return f"stop/{run}/{generation}"
