"""How far an export is: its phases in a row, the one at work with its progress and time left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ghost_engine.export.pace import amount, seconds_left
from ghost_engine.jobs.records import Run
from ghost_engine.training.story import span

PHASES: Mapping[str, tuple[str, str]] = {
    "base": ("Base", "Loading the base"),
    "merging": ("Merge", "Merging"),
    "quantizing": ("Quantize", "Quantizing"),
    "verifying": ("Verify", "Verifying"),
    "placing": ("Place", "Placing the files"),
    "publishing": ("Publish", "Publishing to Ollama"),
}
"""By progress word: the step's name, and what is said while it is at work."""


def words(run: Run, events: Iterable[Mapping[str, Any]]) -> str:
    """What happens now, how far it is, what is left."""
    status = run.status
    if run.state == "queued":
        return "About to start"
    left = seconds_left(events, status)
    parts = [
        PHASES.get(status.phase, ("", "Starting"))[1],
        status.note,
        amount(status),
        f"{span(left)} left" if left is not None else "",
    ]
    return " · ".join(part for part in parts if part)


def share(run: Run) -> float:
    """How much of the phase is done, from 0 to 1."""
    step, total = run.status.step or 0, run.status.total_steps
    return min(1.0, step / total) if total else 0.0


def line(run: Run, *, publishing: bool) -> str:
    """The phases in a row, as Markdown: done, at work, ahead.

    Args:
        publishing: whether there is anything to publish.
    """
    names = [name for name in PHASES if publishing or name != "publishing"]
    at = names.index(run.status.phase) if run.status.phase in names else -1
    if run.state == "finished":
        at = len(names)
    return " :gray[→] ".join(_step(PHASES[name][0], n - at, run) for n, name in enumerate(names))


def _step(word: str, ahead: int, run: Run) -> str:
    if ahead < 0:
        return f":green[:material/check_circle:] {word}"
    if ahead > 0:
        return f":gray[:material/radio_button_unchecked: {word}]"
    if run.active:
        return f":blue[:material/play_circle:] **{word}**"
    if run.state == "stopped":
        return f":orange[:material/pause_circle:] **{word}**"
    return f":red[:material/error:] **{word}**"
