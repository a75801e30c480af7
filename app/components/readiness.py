"""What works on this machine: short in the sidebar, with the next step on the home page."""

from __future__ import annotations

from typing import Literal

import streamlit as st
from ghost_engine.doctor import Finding, examine

_ICONS = {
    "ok": ":green[:material/check_circle:]",
    "warn": ":orange[:material/warning:]",
    "missing": ":gray[:material/radio_button_unchecked:]",
}
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
    """One line a finding; the home page says more."""
    with st.sidebar:
        st.caption("On this machine")
        with st.container(gap=None):
            for finding in findings():
                st.caption(f"{_ICONS[finding.status]} {_plain(finding.name)}")


def draw_findings() -> None:
    """Every finding with its state, and what to do about those that are not ready."""
    for finding in findings():
        with st.container(horizontal=True, gap="small", vertical_alignment="top"):
            st.markdown(_ICONS[finding.status], width="content")
            with st.container(gap=None):
                st.markdown(f"**{_plain(finding.name)}** :gray[{_WORDS[finding.status]}]")
                st.text(finding.detail)
                if finding.status != "ok" and finding.hint:
                    st.markdown(f":material/arrow_forward: {_plain(finding.hint)}")


def _plain(text: str) -> str:
    """Markdown's own signs made harmless."""
    return "".join(f"\\{char}" if char in r"\`*_{}[]()#+-.!|<>~$:" else char for char in text)
