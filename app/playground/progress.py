"""A run at work: phase, progress, time, and the way out. Looks at the run; never waits for it."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from app.components import screenshot
from app.components.errors import show_error
from app.components.layout import PANE_HEIGHT, heading, two_panes
from app.state import Running, Workspace, begin, settle, start_over
from ghost_engine.inference.protocol import Phase

PHASES: tuple[Phase, ...] = get_args(Phase)
WORDS: dict[Phase, str] = {
    "waiting": "Wait for a free reader",
    "reading": "Read the text",
    "understanding": "Understand the layout",
    "drafting": "Draft the schema",
    "checking": "Run it on PostgreSQL",
}
LOOK_EVERY_SECONDS = 0.4


def draw(space: Workspace) -> None:
    """Draws the screenshot beside the run's progress until it ends."""
    heading(title(space))
    left, right = two_panes()
    with left:
        screenshot.draw(space.pictures[0], space.previews[0], key="screenshot", height=PANE_HEIGHT)
    with right:
        _watch(space)


def draw_failure(space: Workspace) -> None:
    """Draws the screenshot beside what went wrong, with the ways on."""
    heading(title(space))
    left, right = two_panes()
    with left:
        screenshot.draw(space.pictures[0], space.previews[0], key="screenshot", height=PANE_HEIGHT)
    with right:
        if space.error:
            show_error(space.error, "the playground")
        with st.container(horizontal=True):
            if st.button("Try again", type="primary", icon=":material/refresh:"):
                begin(space, space.pictures, space.previews, space.address)
                st.rerun()
            if st.button("Take another screenshot", icon=":material/add_photo_alternate:"):
                start_over(space)
                st.rerun()


def title(space: Workspace) -> str:
    """What the pictures are called, short."""
    first, *others = [picture.name for picture in space.pictures]
    return f"{first} and {len(others)} more" if others else first


@st.fragment(run_every=LOOK_EVERY_SECONDS)
def _watch(space: Workspace) -> None:
    running = space.running
    if running is None or running.done:
        settle(space)
        st.rerun()
    _show(running)
    label = "Stopping" if running.cancelling else "Cancel"
    if st.button(label, icon=":material/close:", key="cancel", disabled=running.cancelling):
        running.cancel()


def _show(running: Running) -> None:
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
