"""One annotation: live while it asks, then what came of it.

One fragment reads the run's folder every two seconds, and only while it is active. When it ends or
begins, the whole page is drawn once.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.annotate import address, controls, failed, latest, numbers
from app.components import logs
from app.components.amounts import ago
from app.components.badges import state_badge
from app.components.errors import error_border
from app.components.words import plain
from app.train.watched import LiveRows
from ghost_engine.annotate.ledger import EXAMPLES
from ghost_engine.annotate.runs import config_of, newest_rows, read_totals
from ghost_engine.jobs.folder import RunFolder
from ghost_engine.jobs.reading import read_run
from ghost_engine.jobs.records import Run

TICK = "2s"


def draw(run: Run) -> None:
    """Draws the annotation; it ticks while there is something to wait for."""
    every = TICK if run.active else None
    st.fragment(_head, run_every=every, key=f"annotate-head-{run.id}")(run, run.active)
    if not run.active:
        _draw_log(run)


def _head(run: Run, ticking: bool) -> None:
    with error_border("the annotation"):
        run = read_run(run.folder)
        if run.active != ticking:
            st.rerun()
        seen = read_totals(run)
        _draw_heading(run)
        numbers.draw(run, seen)
        controls.draw_trouble(run, seen)
        rows = newest_rows(_rows(str(run.path)).refresh())
        left, right = st.columns([58, 42], gap="medium")
        with left:
            latest.draw(rows)
        with right:
            failed.draw(run, rows)


def _draw_heading(run: Run) -> None:
    config = config_of(run)
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="annotate-heading"
    ):
        if st.button(
            "",
            key="annotate-back",
            icon=":material/arrow_back:",
            type="tertiary",
            help="All annotations",
        ):
            address.open_form()
        whom = (config.model or config.provider) if config else run.id
        st.subheader(f"Asking {plain(whom)}", anchor=False, width="content")
        state_badge(run)
        by = f" by {plain(run.job.by)}" if run.job.by else ""
        st.caption(f"`{run.id}` · asked for {ago(run.job.created)}{by}")
        controls.draw(run)


def _draw_log(run: Run) -> None:
    with st.expander("Log", key="annotate-log", expanded=run.state in ("failed", "lost")):
        logs.draw(run)


@st.cache_resource(max_entries=16, show_spinner=False)
def _rows(path: str) -> LiveRows:
    """The ends of examples of the run in that folder, each read once."""
    return LiveRows(RunFolder(Path(path)).path / EXAMPLES)
