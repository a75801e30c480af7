"""While a run is at work, and after it has failed: what it does or did, and the ways on."""

from __future__ import annotations

import streamlit as st

from app.components import screenshot
from app.components.errors import show_error
from app.components.layout import PANE_HEIGHT, heading, two_panes
from app.components.words import plain
from app.playground import at_work, engines, picking, writing
from app.playground.attempts import result_line
from app.running import Ask
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

LOOK_EVERY_SECONDS = 0.4
STOP_SECONDS = 0.3
TEXT_HEIGHT = "clamp(300px, calc(100vh - 300px), 900px)"
HALF_HEIGHT = "clamp(120px, calc(50vh - 230px), 420px)"
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
        _ways_on(space)
        picking.draw(space.ask, lambda ask: setattr(space, "ask", ask), place="again")
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
            help="OCR, rules and a small learned reader: needs no download and no network",
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
    height = HALF_HEIGHT if rival else TEXT_HEIGHT
    at_work.draw(running, space.ask, key="first", height=height)
    if rival and rival.running:
        at_work.draw(rival.running, rival.ask, key="beside", height=height)
    elif rival:
        _ended(rival)
    label = "Stopping" if running.cancelling else "Cancel"
    if st.button(label, icon=":material/close:", key="cancel", disabled=running.cancelling):
        if rival and rival.running:
            rival.running.cancel()
        running.cancel()
        if running.feed.done.wait(STOP_SECONDS):  # as a rule: no need to wait for the next look
            settle(space)
            st.rerun()


def _ended(rival: Rival) -> None:
    """The other engine was quicker."""
    with st.container(border=True):
        st.markdown(f"**{plain(engines.label(rival.ask))}**")
        if rival.error:
            show_error(rival.error, "the playground")
        elif rival.result:
            st.caption(result_line(rival.result))
