"""What a session is about to export: which adapter, into which forms, under what name and where.

The form writes here and everything beside it reads here, so leaving the page loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from ghost_engine.errors import GhostError
from ghost_engine.export.config import DEFAULT_NAME, DEFAULT_OUT, QUANTS, ExportConfig, Quant
from ghost_engine.export.subject import config_for_adapter, config_for_run
from ghost_engine.jobs.reading import find_run

Source = Literal["run", "folder"]


@dataclass
class Order:
    """One session's order. `wrong` is why there can be no configuration of it."""

    source: Source = "run"
    run: str = ""
    adapter: str = ""  # a folder on this machine
    base: str = ""  # "" is what the adapter names
    from_nf4: bool = False
    download: bool = False
    quants: tuple[Quant, ...] = ("q4_k_m",)
    name: str = DEFAULT_NAME
    out: str = DEFAULT_OUT
    keep_merged: bool = False
    replace: bool = False
    publish: bool = False
    ollama: str = DEFAULT_NAME
    ollama_url: str = ""
    config: ExportConfig | None = None
    named_base: str = ""  # what the adapter names by itself
    wrong: GhostError | None = None
    error: GhostError | None = field(default=None, repr=False)  # of the last click

    def take(self, name: str, key: str) -> None:
        """Takes what was typed into a field."""
        value = st.session_state.get(key)
        if value is not None:
            setattr(self, name, value.strip() if isinstance(value, str) else value)
        self.error = None

    def choose(self, quant: Quant, key: str) -> None:
        """Takes the box of one form."""
        chosen = set(self.quants) - {quant} | ({quant} if st.session_state.get(key) else set())
        self.quants = tuple(each for each in QUANTS if each in chosen)
        self.error = None

    def settle(self) -> None:
        """Makes a configuration of the order, or keeps why there is none."""
        self.config, self.wrong, self.named_base = None, None, ""
        try:
            self.named_base = self._named_base()
            self.config = self._config(**self.values())
        except GhostError as error:
            self.wrong = error

    def values(self) -> dict[str, Any]:
        """The fields of a configuration that the form has."""
        return {
            "base": self.base or None,
            "from_nf4": self.from_nf4,
            "download": self.download,
            "quants": self.quants,
            "name": self.name or DEFAULT_NAME,
            "out": self.out or DEFAULT_OUT,
            "keep_merged": self.keep_merged,
            "replace": self.replace,
            "ollama": (self.ollama or self.name) if self.publish else "",
            "ollama_url": self.ollama_url if self.publish else "",
        }

    @property
    def subject(self) -> str:
        """The adapter as a command line names it."""
        return self.run if self.source == "run" else self.adapter

    def _named_base(self) -> str:
        """The base that the adapter belongs to, by its own word; "" where it has none."""
        try:
            return self._config(instruction="").base
        except GhostError:
            if self.base:
                return ""
            raise

    def _config(self, **values: Any) -> ExportConfig:
        given = {key: value for key, value in values.items() if value is not None}
        if self.source == "run":
            return config_for_run(find_run(self.run), **given)
        return config_for_adapter(Path(self.adapter), **given)


def order_of_session() -> Order:
    """This session's order, made on first use."""
    order: Order = st.session_state.setdefault("export-order", Order())
    return order
