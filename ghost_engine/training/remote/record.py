"""`remote.json` in a run's folder: where the work is done, by which call, and what it cost.

Written by the launch, then by the follower alone. A folder without it trains on this machine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from ghost_engine.jobs.folder import RunFolder, read_json
from ghost_engine.jobs.records import Record

NAME = "remote.json"
Where = Literal["modal", "rehearsal"]
TITLES: dict[str, str] = {"modal": "Modal", "rehearsal": "Rehearsal"}


@dataclass(frozen=True, slots=True)
class Remote(Record):
    """Where a run is done.

    `generation` counts what was paid for on purpose: the first start, and each resume after an
    end. Within one, however often somebody follows again, there is one `call`. `over` says that
    the call of this generation has ended and its result is here. `cancel_owed`: it was killed here
    and could not be cancelled there.
    """

    where: Where
    gpu: str
    gpus: int
    usd_per_hour: float
    hours: float
    secret: str = ""
    worker: str = ""
    generation: int = 1
    call: str = ""
    over: bool = False
    cancel_owed: bool = False
    paid_seconds: float = 0.0
    attempt: int = 0
    page: str = ""

    @property
    def title(self) -> str:
        return TITLES.get(self.where, self.where)

    @property
    def cost_usd(self) -> float:
        """By the list price; what starting the container took is not in it."""
        return self.usd_per_hour * self.paid_seconds / 3600

    @property
    def words(self) -> str:
        """Where it runs and what it cost, for people."""
        cost = f", about ${self.cost_usd:.2f}" if self.usd_per_hour else ", free"
        gpu = "no GPU" if self.gpu == "none" else self.gpu
        gpu = f"{self.gpus} {gpu}" if self.gpus > 1 else gpu
        return f"{self.title}, {gpu}{cost}"


def read_remote(folder: RunFolder) -> Remote | None:
    """None where the run is of this machine, or the file is broken."""
    try:
        return Remote.from_dict(read_json(folder.path / NAME) or {})
    except (TypeError, ValueError):
        return None


def change_remote(folder: RunFolder, remote: Remote, **changes: Any) -> Remote:
    """Write it with these changes, durably: a call that is forgotten is paid for twice."""
    changed = replace(remote, **changes)
    if changed != remote:
        folder.save(folder.path / NAME, changed.to_dict())
    return changed
