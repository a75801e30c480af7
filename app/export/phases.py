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


def line(run: Run, events: Iterable[Mapping[str, Any]], *, publishing: bool) -> str:
    """The phases in a row, as Markdown: done and how long each took, at work, ahead.

    Args:
        events: the job's.
        publishing: whether there is anything to publish.
    """
    names = [name for name in PHASES if publishing or name != "publishing"]
    at = names.index(run.status.phase) if run.status.phase in names else -1
    if run.state == "finished":
        at = len(names)
    took = seconds_by_phase(events)
    steps = (_step(name, n - at, run, took.get(name)) for n, name in enumerate(names))
    return " :gray[→] ".join(steps)


def seconds_by_phase(events: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """How long each phase worked so far, over all attempts and files."""
    took: dict[str, float] = {}
    for row in events:
        if row.get("event") == "stage_ended":
            phase = str(row.get("phase"))
            took[phase] = took.get(phase, 0.0) + float(row.get("seconds") or 0.0)
    return took


def _step(name: str, ahead: int, run: Run, seconds: float | None) -> str:
    word = PHASES[name][0]
    if ahead < 0:
        long = f" :gray[{span(seconds)}]" if seconds is not None and seconds >= 1 else ""
        return f":green[:material/check_circle:] {word}{long}"
    if ahead > 0:
        return f":gray[:material/radio_button_unchecked: {word}]"
    if run.active:
        return f":blue[:material/play_circle:] **{word}**"
    if run.state == "stopped":
        return f":orange[:material/pause_circle:] **{word}**"
    return f":red[:material/error:] **{word}**"
