"""Stop and go on, and why an annotation ended early."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.components.person import person
from app.components.words import plain
from ghost_engine.annotate.runs import Seen
from ghost_engine.errors import JobError
from ghost_engine.jobs import control
from ghost_engine.jobs.reading import read_run
from ghost_engine.jobs.records import Run

_REFUSED = "annotate-refused"


def draw(run: Run) -> None:
    """The buttons that this state allows."""
    if run.active and run.folder.stop.exists():
        st.caption(":orange[:material/hourglass_top:] Stopping: calls under way may end")
    elif run.active:
        st.button(
            "Stop",
            key="annotate-stop",
            icon=":material/stop_circle:",
            help="Calls under way end; what is answered is kept, and it can go on later",
            on_click=_ask,
            args=(run, lambda: control.stop(run), False),
        )
    elif run.state in ("stopped", "failed", "lost"):
        st.button(
            "Go on",
            key="annotate-resume",
            type="primary",
            icon=":material/play_arrow:",
            help="Nothing that was answered is asked again",
            on_click=_ask,
            args=(run, lambda: control.resume(run, by=person()), True),
        )
    if refused := st.session_state.pop(_REFUSED, ""):
        st.caption(f":orange[:material/warning:] {plain(refused)}")


def draw_trouble(run: Run, seen: Seen | None) -> None:
    """Why it failed, is lost, or waits for another day."""
    if run.state == "stopped" and seen is not None and seen.quota_until is not None:
        until = f"{seen.quota_until:%Y-%m-%d %H:%M} UTC"
        st.markdown(f":orange[:material/schedule:] The day's quota is used up until {until}.")
    error = run.status.error
    if error is None or run.state not in ("failed", "lost"):
        return
    hint = "Go on: nothing that was answered is asked again."
    with st.container(border=True, gap="xsmall", key="annotate-trouble"):
        with st.container(horizontal=True, gap="small"):
            icon = ":material/link_off:" if run.state == "lost" else ":material/error:"
            st.markdown(f":red[{icon}]", width="content")
            with st.container(gap=None):
                st.text(error.message)
                st.text(hint if run.state == "lost" else error.hint or hint)


def _ask(run: Run, act: Callable[[], object], wanted_active: bool) -> None:
    """Does it; where somebody was quicker with the same, that is as good."""
    try:
        act()
    except JobError as error:
        if _active(run) != wanted_active:
            st.session_state[_REFUSED] = f"{error.message} {error.hint}".strip()


def _active(run: Run) -> bool | None:
    try:
        return read_run(run.folder).active
    except JobError:
        return None
