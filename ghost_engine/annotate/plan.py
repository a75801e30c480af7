"""What an annotation would take, before anyone is asked: calls, tokens, money and hours.

Tokens and seconds a call are those of earlier runs with the same engine and model, where there are
any; else a guess that says so. Nothing is sent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ghost_engine.annotate.config import GEMINI, AnnotateConfig
from ghost_engine.annotate.runs import annotation_runs, config_of, read_totals
from ghost_engine.annotate.selecting import Selection, select
from ghost_engine.data.store import Store
from ghost_engine.errors import EngineUnavailable
from ghost_engine.inference.protocol import Engine, Readiness
from ghost_engine.inference.registry import engines
from ghost_engine.settings import get_settings

_GUESS_PROMPT, _GUESS_ANSWER = 1_400, 700  # tokens of a call with one screenshot
_GUESS_SECONDS = {GEMINI: 8.0, "baseline": 4.0}
_GUESS_LOCAL_SECONDS = 60.0
_GUESS_CORRECTIONS = 0.05
_DAY_SECONDS = 86_400.0
_ENOUGH = 20  # calls of earlier runs, before they say more than a guess


@dataclass(frozen=True, slots=True)
class Pace:
    """What one call takes. `measured` says how many earlier calls it is the mean of."""

    prompt_tokens: float
    answer_tokens: float
    seconds: float
    calls_each: float  # a screenshot, with corrections
    measured: int = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """`cost_usd` is None where no price is known. `bound_by` names what the hours come from."""

    calls: int
    prompt_tokens: int
    answer_tokens: int
    cost_usd: float | None
    seconds: float
    bound_by: str
    measured_calls: int

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "tokens": self.prompt_tokens + self.answer_tokens}


@dataclass(frozen=True, slots=True)
class Plan:
    """Which screenshots, what they would take, and whether the engine can be asked now."""

    selection: Selection
    estimate: Estimate
    readiness: Readiness
    at_work: str = ""  # the run that asks this engine already

    @property
    def can_start(self) -> bool:
        return self.readiness.ready and bool(self.selection.ids) and not self.at_work


def plan_annotation(store: Store, config: AnnotateConfig, ids: Sequence[int] | None = None) -> Plan:
    """Look at the store, the past and the engine; see `select` for `ids`."""
    selection = select(store, config, ids)
    runs = annotation_runs()
    busy = next(
        (
            run.id
            for run in runs
            if run.active and (other := config_of(run)) and other.provider == config.provider
        ),
        "",
    )
    pace = measured_pace(config)
    engine = find_engine(config.provider)
    return Plan(
        selection,
        estimate(config, len(selection.ids), pace),
        engine.readiness(config.model),
        busy,
    )


def find_engine(name: str) -> Engine:
    """The engine of that name, ready or not.

    Raises:
        EngineUnavailable: there is none.
    """
    for engine in engines():
        if engine.name == name:
            return engine
    known = ", ".join(engine.name for engine in engines())
    raise EngineUnavailable(f'There is no engine "{name}".', f"Choose one of: {known}.")


def measured_pace(config: AnnotateConfig) -> Pace:
    """The mean of earlier runs with this engine and model, or a guess."""
    calls = prompt = answer = examples = 0
    busy = 0.0
    for run in annotation_runs():
        other, seen = config_of(run), read_totals(run)
        if (
            other is None
            or seen is None
            or (other.provider, other.model)
            != (
                config.provider,
                config.model,
            )
        ):
            continue
        ended = seen.totals.done + seen.totals.failed
        calls += seen.totals.calls
        prompt += seen.totals.prompt_tokens
        answer += seen.totals.answer_tokens
        examples += ended * other.samples
        busy += seen.call_seconds
    if calls < _ENOUGH or not examples:
        return _guess(config)
    return Pace(prompt / calls, answer / calls, busy / calls, max(1.0, calls / examples), calls)


def estimate(config: AnnotateConfig, screenshots: int, pace: Pace) -> Estimate:
    """What so many screenshots take at that pace, within the limits."""
    calls = math.ceil(screenshots * config.samples * pace.calls_each)
    prompt, answer = round(calls * pace.prompt_tokens), round(calls * pace.answer_tokens)
    seconds, bound_by = _duration(config, calls, prompt + answer, pace.seconds)
    return Estimate(
        calls, prompt, answer, _cost(config, prompt, answer), seconds, bound_by, pace.measured
    )


def _duration(
    config: AnnotateConfig, calls: int, tokens: int, call_seconds: float
) -> tuple[float, str]:
    """The longest of what the engine and each limit need."""
    found = [(calls * call_seconds / config.concurrency, "the engine's own pace")]
    minute = config.minute_seconds
    for amount, limit, seconds, words in (
        (calls, config.per_minute, minute, "calls a minute"),
        (tokens, config.tokens_per_minute, minute, "tokens a minute"),
        (calls, config.per_day, _DAY_SECONDS, "calls a day"),
        (tokens, config.tokens_per_day, _DAY_SECONDS, "tokens a day"),
    ):
        if limit is not None and amount:
            whole = (math.ceil(amount / limit) - 1) * seconds
            found.append((whole + call_seconds, f"{limit:,} {words}"))
    return max(found)


def _cost(config: AnnotateConfig, prompt: int, answer: int) -> float | None:
    if config.provider != GEMINI:
        return 0.0
    from ghost_engine.inference.gemini import catalog

    model = config.model or get_settings().gemini_model or catalog.DEFAULT
    return catalog.cost_usd(model, prompt, answer)


def _guess(config: AnnotateConfig) -> Pace:
    seconds = _GUESS_SECONDS.get(config.provider, _GUESS_LOCAL_SECONDS)
    if config.provider == "baseline":
        return Pace(0, 0, seconds, 1)
    corrections = _GUESS_CORRECTIONS if config.repairs else 0.0
    return Pace(_GUESS_PROMPT, _GUESS_ANSWER, seconds, 1 + corrections)
