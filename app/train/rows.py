"""Runs as rows of the list: what each cell says, and a sentence for those that need one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.components.amounts import NO_NUMBER, duration
from app.components.badges import LOOKS, state_word
from ghost_engine.jobs.queue import gpu_holder
from ghost_engine.jobs.records import Run
from ghost_engine.jobs.status import read_attempt
from ghost_engine.training import checkpoints
from ghost_engine.training.digest import Digest

NUMBERS: Mapping[str, tuple[str, str, str]] = {
    "loss": ("Loss", ".3f", "The last training loss"),
    "eval_loss": ("Validation", ".3f", "The lowest validation loss"),
    "valid_share": ("SQL runs", ".0%", "The highest share of drafted screens whose SQL runs"),
    "score": ("Score", ".2f", "The highest mean score of drafted screens against the truth"),
}
"""Column, format and meaning of what a run is judged by."""


def row(run: Run, digest: Digest, line: Sequence[Run]) -> dict[str, Any]:
    """One run as the list draws it.

    Args:
        line: the runs that wait for the GPU, first to last.
    """
    look = LOOKS[run.state]
    peak = digest.metrics.get("vram_reserved_gib")
    return {
        "id": run.id,
        "name": run.job.name or run.id,
        "gist": digest.gist,
        "state": {"word": state_word(run), "colour": look.colour, "icon": look.icon[10:-1]},
        "says": sentence(run, line),
        "share": _share(run),
        "numbers": [number(name, digest.metrics.get(name)) for name in NUMBERS],
        "time": duration(digest.worked_seconds),
        "peak": f"{peak:.1f} GiB" if peak is not None else NO_NUMBER,
        "created": run.job.created.isoformat(),
        "tags": list(digest.tags),
        "action": action(run),
    }


def action(run: Run) -> str:
    """What the button at the end of a run's row does, in one word; "" for none."""
    if run.state in ("queued", "preparing"):
        return "Cancel"
    return "Resume" if can_resume(run) else ""


def can_resume(run: Run) -> bool:
    """Whether it ended early, and had begun."""
    begun = run.status.queued is not None or run.folder.attempt.exists()
    return run.state in ("stopped", "failed", "lost") and begun


def sentence(run: Run, line: Sequence[Run] = ()) -> str:
    """What the state alone does not tell; "" where it tells all."""
    status = run.status
    if run.state == "running":
        phase = (status.phase or "starting").capitalize()
        return f"{phase}, step {status.step or 0} of {status.total_steps}" if _share(run) else phase
    if run.state == "queued":
        return _place(run, line)
    if run.state == "lost":
        why = status.error.message if status.error else LOOKS["lost"].meaning
        return f"{why} {_next(run) if can_resume(run) else 'It can only be deleted.'}"
    if run.state == "failed" and status.error:
        return f"{status.error.message} {status.error.hint}".strip()
    if run.state == "stopped":
        return f"Stopped at step {status.step} of {status.total_steps}." if status.step else ""
    return ""


def number(name: str, value: float | None) -> str:
    """A measured number as every list and table of runs writes it."""
    return NO_NUMBER if value is None else format(value, NUMBERS[name][1])


def _share(run: Run) -> float:
    status = run.status
    return (status.step or 0) / status.total_steps if run.active and status.total_steps else 0.0


def _place(run: Run, line: Sequence[Run]) -> str:
    if run.queue_position is None:
        return "About to start."
    if run.queue_position == 1:
        holder = gpu_holder(run.path.parent)
        return f"Next in line for the GPU, after {holder}." if holder else "Next in line."
    before = line[run.queue_position - 2] if len(line) >= run.queue_position else None
    behind = f", behind {before.job.name or before.id}" if before else ""
    return f"Number {run.queue_position} in line for the GPU{behind}."


def _next(run: Run) -> str:
    attempt = read_attempt(run.folder)
    saved = checkpoints.newest(run.folder.checkpoints, attempt.lineage if attempt else 1)
    if saved is None:
        return "Nothing was saved yet: resuming starts from the beginning."
    return f"Resuming goes on from its checkpoint of step {saved.step}."
