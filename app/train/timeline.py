"""What happened to a run, in words: phases, attempts, decisions, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import streamlit as st

from app.components.words import plain
from ghost_engine.training.story import Moment, Phase, Tone, phases, span, tell

HEIGHT = 380
QUIET_SHOWN = 12
LOUD_SHOWN = 120
_LOOKS: dict[Tone, str] = {
    "plain": ":gray[:material/circle:]",
    "good": ":green[:material/check_circle:]",
    "warning": ":orange[:material/warning:]",
    "bad": ":red[:material/error:]",
    "quiet": ":gray[:material/bookmark:]",
}


def draw(events: Sequence[dict[str, Any]]) -> None:
    """Phases of each attempt above, everything that happened below."""
    with st.container(height=HEIGHT, border=False, key="timeline"):
        for words in phase_lines(phases(events)):
            st.markdown(words)
        told = tell(events)
        shown, left_out = choose(told)
        if not shown:
            st.caption("Nothing has happened yet.")
            return
        began = told[0].time
        st.markdown("  \n".join(_line(moment, began) for moment in reversed(shown)))
        if left_out:
            st.caption(f"{left_out:,} more are in its events.jsonl.")
        st.caption(f"Times count from {began.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC.")


def choose(told: Sequence[Moment]) -> tuple[list[Moment], int]:
    """Those worth a line: the last few of the quiet ones; and how many are left out."""
    quiet = [moment for moment in told if moment.tone == "quiet"][-QUIET_SHOWN:]
    loud = [moment for moment in told if moment.tone != "quiet"][-LOUD_SHOWN:]
    kept = {id(moment) for moment in (*quiet, *loud)}
    shown = [moment for moment in told if id(moment) in kept]
    return shown, len(told) - len(shown)


def phase_lines(found: Sequence[Phase], last: int = 6) -> list[str]:
    """A line an attempt: what it did and for how long."""
    by_attempt = [(number, list(group)) for number, group in groupby(found, lambda p: p.attempt)]
    lines = []
    for number, group in by_attempt[-last:]:
        steps = " → ".join(_phase(phase) for phase in group)
        lines.append(f"**{f'Attempt {number}' if number else 'Before'}** · {steps}")
    return lines


def _phase(phase: Phase) -> str:
    return phase.name + (f" {span(phase.seconds)}" if phase.seconds is not None else " …")


def _line(moment: Moment, began: datetime) -> str:
    since = span((moment.time - began).total_seconds())
    return f"{_LOOKS[moment.tone]} :gray[{since}] {plain(moment.words)}"
