"""Cancel and resume an export, and what came of it: each asked once, whoever else asked already."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from app.components import trouble
from app.components.asking import ask, draw_refusal
from app.components.person import person
from app.train.controls import GRACE_SECONDS, stopping_for
from ghost_engine.jobs import control
from ghost_engine.jobs.records import Run


def draw(run: Run) -> None:
    """The buttons that this state allows."""
    if run.active:
        _draw_cancel(run)
    elif run.state in ("stopped", "failed", "lost"):
        st.button(
            "Resume",
            key="export-resume",
            type="primary",
            icon=":material/play_arrow:",
            help="Goes on with the parts that are finished",
            on_click=ask,
            args=(run, lambda: control.resume(run, by=person()), True),
        )
    draw_refusal()


def draw_trouble(run: Run) -> None:
    """Why an export failed or is lost, and what to do."""
    resume = "Resume goes on with the parts that are finished."
    trouble.draw_trouble(run, resume, key="export-trouble")


def _draw_cancel(run: Run) -> None:
    asked = stopping_for(run, datetime.now(UTC))
    if asked is None:
        with st.popover("Cancel", icon=":material/stop_circle:", key="export-cancel"):
            st.text("Parts that are finished are kept: it can be resumed.")
            st.button(
                "Cancel the export",
                key="export-cancel-now",
                type="primary",
                on_click=ask,
                args=(run, lambda: control.stop(run), False),
            )
        return
    st.caption(":orange[:material/hourglass_top:] Stopping after this tensor")
    if asked >= GRACE_SECONDS:
        with st.popover("Kill", icon=":material/dangerous:", key="export-kill"):
            st.text("The part at work is begun anew when it is resumed.")
            st.button(
                "Kill it now",
                key="export-kill-now",
                type="primary",
                on_click=ask,
                args=(run, lambda: control.stop(run, grace_seconds=0), False),
            )
