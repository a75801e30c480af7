"""Stop and go on, and why an annotation ended early."""

from __future__ import annotations

import streamlit as st

from app.components import trouble
from app.components.asking import ask, draw_refusal
from app.components.person import person
from ghost_engine.annotate.runs import Seen
from ghost_engine.jobs import control
from ghost_engine.jobs.records import Run


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
            on_click=ask,
            args=(run, lambda: control.stop(run), False),
        )
    elif run.state in ("stopped", "failed", "lost"):
        st.button(
            "Go on",
            key="annotate-resume",
            type="primary",
            icon=":material/play_arrow:",
            help="Nothing that was answered is asked again",
            on_click=ask,
            args=(run, lambda: control.resume(run, by=person()), True),
        )
    draw_refusal()


def draw_trouble(run: Run, seen: Seen | None) -> None:
    """Why it failed, is lost, or waits for another day."""
    if run.state == "stopped" and seen is not None and seen.quota_until is not None:
        until = f"{seen.quota_until:%Y-%m-%d %H:%M} UTC"
        st.markdown(f":orange[:material/schedule:] The day's quota is used up until {until}.")
    go_on = "Go on: nothing that was answered is asked again."
    trouble.draw_trouble(run, go_on, key="annotate-trouble")
