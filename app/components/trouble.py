"""Why a job failed or is lost, and what to do: one box for every kind of job."""

from __future__ import annotations

import streamlit as st

from app.components.words import marked
from ghost_engine.jobs.records import Run


def draw_trouble(run: Run, next_step: str, *, key: str) -> None:
    """Draws the error of a run that failed or is lost; nothing for any other.

    Args:
        run: the job.
        next_step: what to do if it is lost, or if its error does not say.
        key: of the box, one a page.
    """
    error = run.status.error
    if error is None or run.state not in ("failed", "lost"):
        return
    lost = run.state == "lost"
    with st.container(border=True, gap="xsmall", key=key):
        with st.container(horizontal=True, gap="small"):
            icon = ":material/link_off:" if lost else ":material/error:"
            st.markdown(f":red[{icon}]", width="content")
            with st.container(gap=None):
                _say(error.message)
                _say(next_step if lost else error.hint or next_step)
        if error.details:
            with st.expander("Details"):
                st.json(error.details, expanded=True)


def _say(text: str) -> None:
    """Words as they are; what stands between backquotes as code."""
    if "`" in text:
        st.markdown(marked(text))
    else:
        st.text(text)
