"""A run at work, as far as it has come: phase, progress, text and time. Looks; never waits."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from app.components.words import plain
from app.playground import engines, writing
from app.running import Ask, Running
from ghost_engine.inference.protocol import Phase

PHASES: tuple[Phase, ...] = get_args(Phase)
WORDS: dict[Phase, str] = {
    "waiting": "Wait for a free reader",
    "reading": "Read the text",
    "understanding": "Understand the layout",
    "drafting": "Draft the schema",
    "checking": "Run it on PostgreSQL",
}


def draw(running: Running, ask: Ask, *, key: str, height: str) -> None:
    """Of a model its text, `height` in CSS; of rules the steps they take."""
    if running.feed.heard or engines.is_a_model(ask):
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{plain(engines.label(ask))}**")
            writing.draw(running, key=key, height=height)
        return
    progress = running.feed.progress
    phase = progress.phase if progress else "waiting"
    fraction = progress.fraction if progress else None
    with st.container(border=True):
        with st.container(gap="xsmall"):
            for step in PHASES:
                st.markdown(_step(step, phase, progress.queue_position if progress else None))
        st.progress(min(max(fraction or 0.0, 0.0), 1.0))
        said = progress.message if progress else "Starting"
        st.caption(f"{said} · {_timing(running.seconds, fraction)}")


def _step(step: Phase, now: Phase, queue_position: int | None) -> str:
    at, current = PHASES.index(step), PHASES.index(now)
    words = WORDS[step]
    if step == "waiting" and step == now and queue_position:
        words += f", place {queue_position} in the queue"
    if at < current:
        return f":green[:material/check_circle:] {words}"
    if at == current:
        return f":primary[:material/progress_activity:] **{words}**"
    return f":gray[:material/radio_button_unchecked: {words}]"


def _timing(seconds: float, fraction: float | None) -> str:
    spent = f"{seconds:.0f} s so far"
    if not fraction or fraction < 0.1 or seconds < 1:
        return spent
    return f"{spent}, about {max(1, round(seconds / fraction - seconds))} s left"
