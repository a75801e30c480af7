"""What to try when the card is too small: the out-of-memory protocol, one rung at a time.

`next_rung` is the protocol as a pure function of the configuration. `recover` is the hook of the
jobs room: it reads the memory at death, decides, writes the decision into the run's events, and
asks for a fresh process. Alpha stays as it is on every rung. Failures of other kinds are told in
the user's words (`failures`) and not tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ghost_engine.errors import GhostError
from ghost_engine.jobs.folder import RunFolder, read_json, read_rows
from ghost_engine.jobs.records import Attempt, Retry, RunError
from ghost_engine.training import checkpoints
from ghost_engine.training.config import TrainingConfig, load_config
from ghost_engine.training.failures import OUT_OF_MEMORY, classify

HOOK = "ghost_engine.training.ladder:recover"
"""As `recover` of `jobs.launch`."""

CONTEXT_TOKENS = 2048
FIRST_RANK = 32
LAST_RANK = 16
LAST_TARGETS = ("q_proj", "v_proj")
_MEMORY = ("allocated_gib", "reserved_gib", "total_gib", "limit_gib", "step", "phase", "tokens")
_OTHERS_GIB = 0.5
"""What other programs may hold of the card before it is worth a word."""
_CONTEXT_GIB = 1.4
"""The most that CUDA itself takes beside what torch reserved."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step down: `setting` goes from `old` to `new`.

    `starts_again`: the adapter has another shape then, so checkpoints do not fit it any more.
    """

    name: str
    setting: str
    old: Any
    new: Any
    starts_again: bool

    @property
    def overrides(self) -> dict[str, Any]:
        return {self.setting: self.new}


def rungs_left(config: TrainingConfig) -> tuple[Rung, ...]:
    """The rungs that this configuration does not satisfy yet, in their order."""
    rank = config.rank
    targets = config.target_modules
    steps = (
        (config.max_seq_length > CONTEXT_TOKENS, "context", "max_seq_length", CONTEXT_TOKENS),
        (rank > FIRST_RANK, "rank", "rank", FIRST_RANK),
        (config.use_dora, "dora", "use_dora", False),
        (rank > LAST_RANK, "lower_rank", "rank", LAST_RANK),
        (not set(targets) <= set(LAST_TARGETS), "targets", "target_modules", list(LAST_TARGETS)),
    )
    rungs: list[Rung] = []
    for needed, name, setting, new in steps:
        if needed:
            old = getattr(config, setting)
            old = list(old) if isinstance(old, tuple) else old
            rungs.append(Rung(name, setting, old, new, starts_again=name != "context"))
    return tuple(rungs)


def next_rung(config: TrainingConfig) -> Rung | None:
    """The next thing to try after the card's memory ran out with this configuration, or None."""
    return next(iter(rungs_left(config)), None)


def recover(folder: RunFolder, attempt: Attempt, error: RunError) -> Retry | RunError | None:
    """The answer to a failed attempt: another one, one rung down, or the error in plain words.

    Args:
        folder: the run's.
        attempt: the one that failed.
        error: what the worker or the supervisor said of it.
    """
    try:
        config = load_config(folder.config).changed(**attempt.overrides)
    except GhostError:  # the worker could not read it either, and has said so
        return classify(error)
    told = classify(error, base_model=config.base_model)
    if told.type != OUT_OF_MEMORY:
        return told
    memory = memory_at_death(folder, attempt, told)
    folder.add_event(OUT_OF_MEMORY, attempt.attempt, **memory)
    return _step_down(folder, attempt, config, told, memory)


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


# -- the decision ------------------------------------------------------------------------------


def _step_down(
    folder: RunFolder,
    attempt: Attempt,
    config: TrainingConfig,
    error: RunError,
    memory: dict[str, Any],
) -> Retry | RunError:
    lengths = _lengths(folder, attempt)
    skipped: list[dict[str, str]] = []
    for rung in rungs_left(config):
        obstacle = _weights_alone(config, memory) or _obstacle(rung, config, lengths)
        if not obstacle:
            return _retry(folder, attempt, rung, memory, lengths, skipped)
        skipped.append({"rung": rung.name, "why": obstacle})
    return _given_up(folder, attempt, config, error, memory, skipped)


def _retry(
    folder: RunFolder,
    attempt: Attempt,
    rung: Rung,
    memory: dict[str, Any],
    lengths: Mapping[str, Any],
    skipped: list[dict[str, str]],
) -> Retry:
    saved = checkpoints.newest(folder.checkpoints, attempt.lineage)
    from_step = saved.step if saved and not rung.starts_again else 0
    reason = " ".join(
        part
        for part in (
            f"Out of memory{_place(memory)}: {rung.setting} goes from {_shown(rung.old)} to"
            f" {_shown(rung.new)}.",
            _continuation(rung, saved.step if saved else 0),
            _losses(rung, lengths),
            *(f"The rung {each['rung']} is left out: {each['why']}" for each in skipped),
        )
        if part
    )
    details = {
        "rung": rung.name,
        "setting": rung.setting,
        "old": rung.old,
        "new": rung.new,
        "starts_again": rung.starts_again,
        "from_step": from_step,
        "skipped": skipped,
        "memory": memory,
    }
    return Retry(rung.overrides, rung.starts_again, reason, details)


def _given_up(
    folder: RunFolder,
    attempt: Attempt,
    config: TrainingConfig,
    error: RunError,
    memory: dict[str, Any],
    skipped: list[dict[str, str]],
) -> RunError:
    tried = {key: value for key, value in attempt.overrides.items()}
    reasons = " ".join(dict.fromkeys(each["why"] for each in skipped))
    end = reasons or "Every rung of the ladder is taken."
    message = f"The card's memory ran out{_place(memory)}{_amount(memory)}. {end}"
    folder.add_event(
        "ladder_ended", attempt.attempt, reason=end, overrides=tried, memory=memory, skipped=skipped
    )
    details = {**error.details, "memory": memory, "overrides": tried}
    return replace(error, message=message, hint=_last_hint(config, memory), details=details)


def _obstacle(rung: Rung, config: TrainingConfig, lengths: Mapping[str, Any]) -> str:
    """Why this rung would end the run instead of saving it; "" if it would not."""
    longest = (lengths.get("longest") or {}).get("tokens", 0)
    if rung.name != "context" or longest <= rung.new:
        return ""
    if config.too_long == "refuse":
        return (
            f"An example has {longest:,} tokens, and too_long=refuse does not let it be left out."
        )
    if lengths.get("quantiles", {}).get("p50", 0) > rung.new:
        return f"More than half of the examples are longer than {rung.new:,} tokens."
    return ""


def _weights_alone(config: TrainingConfig, memory: Mapping[str, Any]) -> str:
    """Whether the frozen weights do not even fit: then no rung helps, and each costs minutes."""
    from ghost_engine.training.memory import estimate_vram
    from ghost_engine.training.shapes import find_shape

    limit = memory.get("limit_gib") or memory.get("total_gib")
    if not limit or memory.get("phase") not in ("loading", "quantizing"):
        return ""
    try:
        weights = estimate_vram(config, find_shape(config.base_model)).parts["weights"]
    except GhostError:  # a model whose sizes are not known: the ladder has to try
        return ""
    if weights <= limit:
        return ""
    return f"The frozen weights alone take about {weights:.1f} GiB of {limit:.1f}: no rung helps."


# -- words -------------------------------------------------------------------------------------


def _place(memory: Mapping[str, Any]) -> str:
    phase, step = memory.get("phase"), memory.get("step")
    return (f" while {phase}" if phase else "") + (f" (step {step})" if step else "")


def _amount(memory: Mapping[str, Any]) -> str:
    reserved, limit = memory.get("reserved_gib"), memory.get("limit_gib") or memory.get("total_gib")
    return f" at {reserved:.1f} of {limit:.1f} GiB" if reserved and limit else ""


def _continuation(rung: Rung, saved_step: int) -> str:
    if not rung.starts_again:
        return f"It goes on from step {saved_step}." if saved_step else "It begins anew."
    lost = f", and the checkpoint of step {saved_step} does not fit" if saved_step else ""
    return f"The adapter has another shape then{lost}: training starts again from step 0."


def _losses(rung: Rung, lengths: Mapping[str, Any]) -> str:
    """What the shorter context costs in examples; data never goes silently."""
    if rung.name != "context":
        return ""
    longest = (lengths.get("longest") or {}).get("tokens")
    if longest is None:
        return f"Examples longer than {rung.new:,} tokens will be left out and listed."
    if longest > rung.new:
        return (
            f"Examples longer than {rung.new:,} tokens (the longest has {longest:,}) will be left"
            " out and listed."
        )
    return f"No example is lost: the longest has {longest:,} tokens."


def _last_hint(config: TrainingConfig, memory: Mapping[str, Any]) -> str:
    """What is left to a person after the last rung, the cheapest first."""
    evaluating = memory.get("phase") == "evaluating"
    ways = (
        ("others_gib" in memory, f"close what else uses the card ({memory.get('others_gib')} GiB)"),
        (config.memory_limit_gib is not None, f"raise memory_limit_gib={config.memory_limit_gib}"),
        (evaluating and config.eval_screens > 0, "set eval_screens=0"),
        (config.batch_size > 1, "set batch_size=1 and raise gradient_accumulation_steps"),
        (config.tune_vision, "set tune_vision=false"),
        (not config.load_in_4bit, "set load_in_4bit=true"),
        (config.loader == "plain", "set loader=unsloth"),
        (True, "take a smaller base_model or a larger card"),
    )
    first, *rest = [said for fits, said in ways if fits]
    return f"{first[0].upper()}{first[1:]}{''.join(f'; or {said}' for said in rest)}."


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return ", ".join(value) if isinstance(value, list) else str(value)


# -- what the folder says ----------------------------------------------------------------------


def _lengths(folder: RunFolder, attempt: Attempt) -> Mapping[str, Any]:
    """The newest measured lengths of the examples to train on; {} before they were measured."""
    rows = (row for row in reversed(read_rows(folder.events)) if row.get("event") == "lengths")
    return next((row for row in rows if row.get("part", "train") == "train"), {})


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
        own = (memory.get("reserved_gib") or 0.0) + _CONTEXT_GIB
    others = round(card["used_gib"] - own, 1)
    return others if others >= _OTHERS_GIB else None
