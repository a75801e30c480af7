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
from ghost_engine.jobs.folder import RunFolder, read_rows
from ghost_engine.jobs.records import Attempt, Retry, RunError
from ghost_engine.training import checkpoints
from ghost_engine.training.config import TrainingConfig, load_config
from ghost_engine.training.death import amount, memory_at_death, place
from ghost_engine.training.failures import OUT_OF_MEMORY, classify

CONTEXT_TOKENS = 2048
FIRST_RANK = 32
LAST_RANK = 16
LAST_TARGETS = ("q_proj", "v_proj")


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


# -- the decision ------------------------------------------------------------------------------


def _step_down(
    folder: RunFolder,
    attempt: Attempt,
    config: TrainingConfig,
    error: RunError,
    memory: dict[str, Any],
) -> Retry | RunError:
    lengths = _lengths(folder)
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
    lengths: _Lengths | None,
    skipped: list[dict[str, str]],
) -> Retry:
    saved = checkpoints.newest(folder.checkpoints, attempt.lineage)
    from_step = saved.step if saved and not rung.starts_again else 0
    reason = " ".join(
        part
        for part in (
            f"Out of memory{place(memory)}: {rung.setting} goes from {_shown(rung.old)} to"
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
    message = f"The card's memory ran out{place(memory)}{amount(memory)}. {end}"
    folder.add_event(
        "ladder_ended", attempt.attempt, reason=end, overrides=tried, memory=memory, skipped=skipped
    )
    details = {**error.details, "memory": memory, "overrides": tried}
    return replace(error, message=message, hint=_last_hint(config, memory), details=details)


def _obstacle(rung: Rung, config: TrainingConfig, lengths: _Lengths | None) -> str:
    """Why this rung would end the run instead of saving it; "" if it would not."""
    if rung.name != "context" or lengths is None or lengths.longest <= rung.new:
        return ""
    if config.too_long == "refuse":
        return (
            f"An example has {lengths.longest:,} tokens, and too_long=refuse does not let it be"
            " left out."
        )
    if lengths.middle > rung.new:
        return f"More than half of the {lengths.part} examples are longer than {rung.new:,} tokens."
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


def _continuation(rung: Rung, saved_step: int) -> str:
    if not rung.starts_again:
        return f"It goes on from step {saved_step}." if saved_step else "It begins anew."
    lost = f", and the checkpoint of step {saved_step} does not fit" if saved_step else ""
    return f"The adapter has another shape then{lost}: training starts again from step 0."


def _losses(rung: Rung, lengths: _Lengths | None) -> str:
    """What the shorter context costs in examples; data never goes silently."""
    if rung.name != "context":
        return ""
    if lengths is None:
        return f"Examples longer than {rung.new:,} tokens will be left out and listed."
    if lengths.longest > rung.new:
        return (
            f"Examples longer than {rung.new:,} tokens (the longest has {lengths.longest:,}) will"
            " be left out and listed."
        )
    return f"No example is lost: the longest has {lengths.longest:,} tokens."


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


@dataclass(frozen=True, slots=True)
class _Lengths:
    """The longest example of all, and the middle one of the `part` whose middle is longest."""

    longest: int
    middle: int
    part: str


def _lengths(folder: RunFolder) -> _Lengths | None:
    """What was measured last of the examples; None before that."""
    parts = {row["part"]: row for row in read_rows(folder.events) if row["event"] == "lengths"}
    if not parts:
        return None
    longest = max((row.get("longest") or {}).get("tokens", 0) for row in parts.values())
    middles = {part: row.get("quantiles", {}).get("p50", 0) for part, row in parts.items()}
    part = max(middles, key=lambda name: middles[name])
    return _Lengths(longest, middles[part], "training" if part == "train" else part)
