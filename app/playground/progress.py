"""A run at work: phase, progress, text, time, and the way out. Looks at it; never waits for it."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from app.components import screenshot
from app.components.errors import show_error
from app.components.layout import PANE_HEIGHT, heading, two_panes
from app.components.words import plain
from app.playground import engines, picking, writing
from app.playground.attempts import result_line
from app.running import Ask, Running
from app.state import (
    Rival,
    Workspace,
    begin,
    settle,
    settle_beside,
    start_over,
    take_beside,
)
from ghost_engine.errors import GhostError
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
TEXT_HEIGHT = 480  # pixels; of two texts each has half
BUILT_IN = Ask("baseline")


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
        if space.rival:
            _other_answer(space, space.rival)
        picking.draw(space.ask, lambda ask: setattr(space, "ask", ask), place="again")
        _ways_on(space)
        writing.draw_kept(space.heard, [picture.name for picture in space.pictures])


def title(space: Workspace) -> str:
    """What the pictures are called, short."""
    first, *others = [picture.name for picture in space.pictures]
    return f"{first} and {len(others)} more" if others else first


def _ways_on(space: Workspace) -> None:
    with st.container(horizontal=True):
        again = st.button("Try again", type="primary", icon=":material/refresh:")
        built_in = space.ask.engine != BUILT_IN.engine and st.button(
            "Use the built-in engine",
            icon=":material/memory:",
            help="OCR and rules: needs no model and no network",
        )
        if again or built_in:
            if built_in:
                space.ask = BUILT_IN
            _begin_again(space)
        if st.button("Take another screenshot", icon=":material/add_photo_alternate:"):
            start_over(space)
            st.rerun()


def _begin_again(space: Workspace) -> None:
    engines.look_again()
    try:
        begin(space, space.pictures, space.previews, space.address)
    except GhostError as error:
        show_error(error, "the playground")
    else:
        st.rerun()


@st.fragment(run_every=LOOK_EVERY_SECONDS)
def _other_answer(space: Workspace, rival: Rival) -> None:
    """Where one engine failed, what became of the other."""
    if rival.running and rival.running.done:
        settle_beside(space)
    name = engines.label(rival.ask)
    if rival.running:
        st.caption(f"{plain(name)} is still at work: {rival.running.seconds:.0f} s so far")
    elif rival.result:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(engines.result_label(rival.result))}** has an answer.")
            if st.button("Open it", icon=":material/open_in_full:"):
                take_beside(space)
                st.rerun(scope="app")


@st.fragment(run_every=LOOK_EVERY_SECONDS)
def _watch(space: Workspace) -> None:
    running, rival = space.running, space.rival
    if rival and rival.running and rival.running.done:
        settle_beside(space)
    if running is None or running.done:
        settle(space)
        st.rerun()
    height = TEXT_HEIGHT // 2 - 60 if rival else TEXT_HEIGHT
    _show(running, space.ask, "first", height)
    if rival and rival.running:
        _show(rival.running, rival.ask, "beside", height)
    elif rival:
        _ended(rival)
    label = "Stopping" if running.cancelling else "Cancel"
    if st.button(label, icon=":material/close:", key="cancel", disabled=running.cancelling):
        running.cancel()
        if rival and rival.running:
            rival.running.cancel()


def _ended(rival: Rival) -> None:
    """The other engine was quicker."""
    with st.container(border=True):
        st.markdown(f"**{plain(engines.label(rival.ask))}**")
        if rival.error:
            show_error(rival.error, "the playground")
        elif rival.result:
            st.caption(result_line(rival.result))


def _show(running: Running, ask: Ask, key: str, height: int) -> None:
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
