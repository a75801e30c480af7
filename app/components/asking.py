"""Asking a job to stop or to go on: once, whoever else asked already, and what came of it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.components.words import plain
from ghost_engine.errors import JobError
from ghost_engine.jobs.reading import read_run
from ghost_engine.jobs.records import Run

_REFUSED = "job-refused"


def ask(run: Run, act: Callable[[], object], wanted_active: bool) -> None:
    """Does it; where somebody was quicker with the same, that is as good.

    Args:
        run: the job.
        act: what is asked of it.
        wanted_active: whether it is to be active then.
    """
    try:
        act()
    except JobError as error:
        if _active(run) != wanted_active:
            st.session_state[_REFUSED] = f"{error.message} {error.hint}".strip()


def draw_refusal() -> None:
    """Draws, once, why the last thing that was asked was refused."""
    if refused := st.session_state.pop(_REFUSED, ""):
        st.caption(f":orange[:material/warning:] {plain(refused)}")


def _active(run: Run) -> bool | None:
    try:
        return read_run(run.folder).active
    except JobError:
        return None
