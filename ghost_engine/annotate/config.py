"""One flat, typed object says everything about an annotation; it is the job's config.yaml.

Nothing here asks a model or opens the store: what would be asked is `plan`'s question.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ghost_engine.data.records import Filters, Status
from ghost_engine.errors import ConfigError
from ghost_engine.inference.protocol import Form, Options
from ghost_engine.jobs.settings_file import first_problem, read_settings

OPEN: tuple[Status, ...] = ("new", "postponed", "needs_work")
"""The states of an example that has no approved answer, and of which nobody said it needs none."""

GEMINI = "gemini"
FREE_PER_MINUTE = 10
"""What a key without billing is usually allowed; every account is shown its own limits by Google
(https://ai.google.dev/gemini-api/docs/rate-limits), and may say so here."""

GEMINI_AT_ONCE, HERE_AT_ONCE = 4, 1
"""Calls at once: an engine of this machine would only keep the others waiting."""


class AnnotateConfig(BaseModel):
    """Whom to ask about what, how fast and how often. Frozen; contradictions raise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str = Field(GEMINI, min_length=1, description="the engine that is asked")
    model: str = Field("", description="one of the engine's; its own choice if empty")
    form: Form | None = Field(None, description="how it answers; the engine's usual way if empty")
    temperature: float | None = Field(None, ge=0, le=2, description="of sampling")
    limit: int | None = Field(None, ge=1, description="at most so many screenshots")
    statuses: tuple[Status, ...] = Field(OPEN, min_length=1, description="of the examples")
    domains: tuple[str, ...] = Field((), description="only these; all if empty")
    executes: bool | None = Field(None, description="only those whose text runs, or does not")
    text: str = Field("", description="only those whose text or domain holds this")
    again: bool = Field(False, description="also those that this engine has answered already")
    samples: int = Field(1, ge=1, le=8, description="answers to each; the best is taken")
    repairs: int = Field(2, ge=0, le=5, description="how often a script that fails is sent back")
    concurrency: int = Field(GEMINI_AT_ONCE, ge=1, le=64, description="calls under way at once")
    per_minute: int | None = Field(None, ge=1, description="calls in any 60 seconds; no limit")
    per_day: int | None = Field(None, ge=1, description="calls a day; no limit if empty")
    tokens_per_minute: int | None = Field(None, ge=1, description="tokens in any 60 seconds")
    tokens_per_day: int | None = Field(None, ge=1, description="tokens a day")
    minute_seconds: float = Field(60.0, gt=0, le=600, description="how long a minute is, seconds")
    transport_tries: int = Field(
        6, ge=1, le=50, description="tries of one call while the service fails or is not reached"
    )
    answer_tries: int = Field(
        2, ge=1, le=10, description="tries of one call while the answer is no answer"
    )
    backoff_seconds: float = Field(2.0, gt=0, le=600, description="the first wait at most")
    longest_backoff_seconds: float = Field(120.0, gt=0, description="any wait at most, unasked")
    stop_at_quota: bool = Field(
        False, description="stop when the day's quota is used up; else wait for the next day"
    )
    longest_tokens: int = Field(4096, ge=64, description="of an answer")
    silence_seconds: float = Field(120.0, gt=0, description="how long nothing may come")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.provider == "auto":
            raise ValueError("provider has to name one engine, so that a resumed run asks the same")
        if self.backoff_seconds > self.longest_backoff_seconds:
            raise ValueError("backoff_seconds is longer than longest_backoff_seconds")
        return self

    @property
    def filters(self) -> Filters:
        """Which examples, as the store finds them."""
        return Filters(self.statuses, domains=self.domains, executes=self.executes, text=self.text)

    @property
    def options(self) -> Options:
        """What each example is asked with."""
        return Options(
            model=self.model,
            form=self.form,
            temperature=self.temperature,
            repairs=self.repairs,
            samples=self.samples,
            longest_tokens=self.longest_tokens,
            silence_seconds=self.silence_seconds,
        )

    def to_yaml(self) -> str:
        """Every field with its value; `read_annotate_config` gives the same object back."""
        values = self.model_dump(mode="json")
        return str(yaml.safe_dump(values, sort_keys=False, allow_unicode=True))


def make_annotate_config(values: dict[str, Any]) -> AnnotateConfig:
    """The configuration of these values. Unless they say how fast, Gemini is asked as fast as a
    free key usually may, and an engine of this machine one question at a time.

    Raises:
        ConfigError: an unknown key, a bad value or a contradiction; the first one is named.
    """
    try:
        return AnnotateConfig(**{**usual_pace(str(values.get("provider", GEMINI))), **values})
    except ValidationError as error:
        place, said = first_problem(error, "annotation")
        hint = "`ghost annotate --help` lists what there is."
        raise ConfigError(f"{place}: {said}.", hint) from error


def usual_pace(provider: str) -> dict[str, int | None]:
    """How fast an engine is asked where nobody says."""
    if provider == GEMINI:
        return {"concurrency": GEMINI_AT_ONCE, "per_minute": FREE_PER_MINUTE}
    return {"concurrency": HERE_AT_ONCE, "per_minute": None}


def read_annotate_config(path: Path) -> AnnotateConfig:
    """A job's config.yaml.

    Raises:
        ConfigError: it is not one of an annotation.
    """
    return make_annotate_config(read_settings(path, "annotation"))
