"""What a session is about to ask: whom, about which screenshots, how fast.

The form writes here and everything beside it reads here, so leaving the page loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from ghost_engine.annotate.config import (
    FREE_PER_MINUTE,
    GEMINI,
    GEMINI_AT_ONCE,
    OPEN,
    AnnotateConfig,
    make_annotate_config,
    usual_pace,
)
from ghost_engine.data.records import Status
from ghost_engine.errors import GhostError


@dataclass
class Order:
    """One session's order. None is no limit, or all."""

    provider: str = GEMINI
    model: str = ""
    statuses: tuple[Status, ...] = OPEN
    domains: tuple[str, ...] = ()
    executes: bool | None = None
    limit: int | None = None
    again: bool = False
    samples: int = 1
    concurrency: int = GEMINI_AT_ONCE
    per_minute: int | None = FREE_PER_MINUTE
    per_day: int | None = None
    tokens_per_minute: int | None = None
    tokens_per_day: int | None = None
    stop_at_quota: bool = False
    error: GhostError | None = field(default=None, repr=False)  # of the last click

    def take(self, name: str, key: str) -> None:
        """Takes what stands in a field now."""
        value = st.session_state.get(key)
        setattr(self, name, tuple(value) if isinstance(value, list) else value)
        self.error = None

    def choose_provider(self, key: str) -> None:
        """Another engine has other models, and limits of its own."""
        self.provider = str(st.session_state[key])
        self.model, self.error = "", None
        for name, value in usual_pace(self.provider).items():
            setattr(self, name, value)
        self.per_day = self.tokens_per_minute = self.tokens_per_day = None

    def config(self) -> AnnotateConfig:
        """The configuration of it.

        Raises:
            ConfigError: a value cannot be used.
        """
        names = set(AnnotateConfig.model_fields) & set(self.__dataclass_fields__)
        values: dict[str, Any] = {name: getattr(self, name) for name in names}
        values["statuses"] = self.statuses or OPEN
        return make_annotate_config(values)


def order_of_session() -> Order:
    """This session's order, made on first use."""
    order: Order = st.session_state.setdefault("annotate-order", Order())
    return order
