"""What works on this machine: short in the sidebar, with the next step on the home page."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from app.components.words import plain
from ghost_engine.doctor import Finding, examine

_ICONS = {
    "ok": ":green[:material/check_circle:]",
    "warn": ":orange[:material/warning:]",
    "missing": ":gray[:material/radio_button_unchecked:]",
}
_AT_A_GLANCE = ("PostgreSQL", "Built-in engine", "Ollama", "GPU")  # the sidebar has no more room
_WORDS: dict[str, Literal["ready", "look at this", "not set up"]] = {
    "ok": "ready",
    "warn": "look at this",
    "missing": "not set up",
}


@st.cache_data(ttl=30, show_spinner=False)
def findings() -> tuple[Finding, ...]:
    """The doctor's findings, at most 30 seconds old. The same for every session."""
    found: tuple[Finding, ...] = examine()
    return found


def draw_sidebar() -> None:
    """One line for each of the few that matter while working; the home page has them all."""
    with st.sidebar:
        st.caption("On this machine")
        with st.container(gap=None):
            for finding in findings():
                if finding.name in _AT_A_GLANCE:
                    st.caption(f"{_ICONS[finding.status]} {plain(finding.name)}")


def draw_findings() -> None:
    """Every finding in a line, and what to do about those that are not ready."""
    with st.container(border=True, gap="xsmall"):
        for finding in findings():
            with st.container(horizontal=True, gap="small"):
                st.markdown(f"{_ICONS[finding.status]} **{plain(finding.name)}**", width=150)
                st.markdown(f":gray[{_WORDS[finding.status]}]", width=90)
                next_step = finding.hint if finding.status != "ok" else ""
                said = ". ".join(part for part in (finding.detail, next_step) if part)
                st.text(said[:1].upper() + said[1:])
