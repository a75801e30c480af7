"""What a run's folder tells of an attempt that died for lack of memory on the card.

The worker's own numbers come with its last word. A native crash leaves none; then what the worker
and the sampler wrote last has to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ghost_engine.jobs.folder import RunFolder, read_json, read_rows
from ghost_engine.jobs.records import Attempt, RunError
from ghost_engine.training.memory import NCCL_GIB

_MEMORY = ("allocated_gib", "reserved_gib", "total_gib", "limit_gib", "step", "phase", "tokens")
_OTHERS_GIB = 0.5
"""What other programs may hold of the card before it is worth a word."""
_CONTEXT_GIB = 1.4
"""The most that CUDA itself takes beside what torch reserved."""


def memory_at_death(folder: RunFolder, attempt: Attempt, error: RunError) -> dict[str, Any]:
    """What the card held when the attempt died, GiB, and what was being done.

    The worker's own numbers; where it left none, what it and the sampler wrote last.
    `others_gib` is what other programs held, where that is known and worth a word.
    """
    progress = _of_attempt(read_json(folder.progress), attempt)
    metric = _last_row(read_rows(folder.metrics), attempt)
    card = _last_row(read_rows(folder.vram), attempt)
    known: dict[str, Any] = {
        "allocated_gib": metric.get("vram_allocated_gib"),
        "reserved_gib": metric.get("vram_reserved_gib"),
        "total_gib": card.get("total_gib"),
        "step": progress.get("step"),
        "phase": progress.get("phase"),
    }
    said = {key: value for key, value in error.details.items() if value is not None}
    memory = {key: said.get(key, known.get(key)) for key in _MEMORY}
    others = _held_by_others(card, memory)
    return {**memory, **({"others_gib": others} if others else {})}


def place(memory: Mapping[str, Any]) -> str:
    """What was being done: " while training (step 7)"."""
    phase, step = memory.get("phase"), memory.get("step")
    return (f" while {phase}" if phase else "") + (f" (step {step})" if step else "")


def amount(memory: Mapping[str, Any]) -> str:
    """How full the card was: " at 14.4 of 14.7 GiB"; "" if nobody knows."""
    reserved, limit = memory.get("reserved_gib"), memory.get("limit_gib") or memory.get("total_gib")
    return f" at {reserved:.1f} of {limit:.1f} GiB" if reserved and limit else ""


def _of_attempt(document: Mapping[str, Any] | None, attempt: Attempt) -> Mapping[str, Any]:
    return document if document and document.get("attempt") == attempt.attempt else {}


def _last_row(rows: list[dict[str, Any]], attempt: Attempt) -> Mapping[str, Any]:
    own = (row for row in reversed(rows) if row.get("attempt") == attempt.attempt)
    return next(own, {})


def _held_by_others(card: Mapping[str, Any], memory: Mapping[str, Any]) -> float | None:
    """GiB of the card that are not this run's. A sample is up to 2 s old, so this is at least."""
    if not card.get("used_gib"):
        return None
    own = card.get("process_gib")
    if own is None:
        several = NCCL_GIB if card.get("cards") else 0.0
        own = (memory.get("reserved_gib") or 0.0) + _CONTEXT_GIB + several
    others = round(card["used_gib"] - own, 1)
    return others if others >= _OTHERS_GIB else None
