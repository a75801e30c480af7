"""The way from an export into the playground, where an engine is there that can run its files."""

from __future__ import annotations

import streamlit as st

from ghost_engine.inference.registry import engines

RUN_GGUF = ("llamacpp", "ollama")
"""Engines that would run the files, best first."""


def draw_link() -> None:
    """A link where it leads somewhere; nothing otherwise."""
    if name := engine():
        st.page_link(
            "../pages/playground.py",
            label="Try it in the playground",
            icon=":material/schema:",
            query_params={"engine": name},
        )


def engine() -> str:
    """The engine that can run an exported model here; "" while there is none."""
    ready = {each.name for each in engines() if each.readiness().ready}
    return next((name for name in RUN_GGUF if name in ready), "")
