"""How a task at work is shown: a bar, what it is at, the time left, and the way out."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.components.words import plain
from app.curate.task import Task

LOOK_EVERY_SECONDS = 0.5


@st.fragment(run_every=LOOK_EVERY_SECONDS)
def wait(task: Task[Any]) -> None:
    """Shows a task until it is done, then draws the page anew."""
    if task.done:
        st.rerun()
    left = task.seconds_left
    words = task.words if left is None else f"{task.words}, about {_span(left)} left"
    st.progress(task.share, plain(words))
    if st.button("Stop", key="stop-task", icon=":material/close:", disabled=task.stopping):
        task.stop()


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
