"""One export: live while it works, then what came of it.

One fragment reads the job's folder every two seconds, and only while it is active. When it ends or
begins, the whole page is drawn once.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.components import logs
from app.components.amounts import ago
from app.components.badges import state_badge
from app.components.errors import error_border
from app.components.words import plain
from app.export import address, controls, phases, result
from app.train.watched import LiveRows
from ghost_engine.errors import JobError
from ghost_engine.export import KIND
from ghost_engine.export.config import ExportConfig
from ghost_engine.export.result import Export, read_export
from ghost_engine.export.start import config_of, read_result
from ghost_engine.jobs.folder import RunFolder
from ghost_engine.jobs.reading import read_run
from ghost_engine.jobs.records import Run
from ghost_engine.training.story import span

TICK = "2s"


def draw(run: Run) -> None:
    """Draws the export; it ticks while there is something to wait for.

    Raises:
        JobError: it is a job of another kind.
    """
    if run.job.kind != KIND:
        raise JobError(f"Run {run.id} is no export.", "The pages of the sidebar have their own.")
    every = TICK if run.active else None
    st.fragment(_head, run_every=every, key=f"export-head-{run.id}")(run, run.active)
    if not run.active:
        with error_border("the result"):
            made = _made(run)
            if made is not None:
                result.draw(run, config_of(run), made)
    if run.state == "finished":
        _draw_log(run)


def _made(run: Run) -> Export | None:
    """What it made; also where it failed after that, in publishing."""
    folder = result.folder_of(run, config_of(run))
    there = read_export(folder) if folder is not None else None
    return read_result(run) or (there if there is not None and there.job == run.id else None)


def took(run: Run) -> str:
    """How long it has been at work, or was."""
    status = run.status
    if status.started is None or status.ended is None:
        return ""
    return f"took {span((status.ended - status.started).total_seconds())}"


def _head(run: Run, ticking: bool) -> None:
    """Name, state, phases, buttons, log."""
    with error_border("the export"):
        run = read_run(run.folder)
        if run.active != ticking:
            st.rerun()
        config = config_of(run)
        _draw_heading(run, config)
        publishing = bool(config and config.ollama)
        events = _events(str(run.path)).refresh()
        st.markdown(phases.line(run, events, publishing=publishing))
        if run.active:
            st.progress(phases.share(run), text=plain(phases.words(run, events)))
        controls.draw_trouble(run)
        if run.state != "finished":
            _draw_log(run)


def _draw_log(run: Run) -> None:
    with st.expander("Log", key="export-log"):
        logs.draw(run)


def _draw_heading(run: Run, config: ExportConfig | None) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="export-heading"
    ):
        if st.button(
            "", key="export-back", icon=":material/arrow_back:", type="tertiary", help="All exports"
        ):
            address.open_form()
        st.subheader(plain(config.name if config else run.id), anchor=False, width="content")
        state_badge(run)
        st.caption(_about(run, config))
        controls.draw(run)


def _about(run: Run, config: ExportConfig | None) -> str:
    """Its id, what it exports, since when and by whom."""
    of = f"of run `{config.run}`" if config and config.run else ""
    by = f" by {plain(run.job.by)}" if run.job.by else ""
    parts = (f"`{run.id}`", of, f"asked for {ago(run.job.created)}{by}", took(run))
    return " · ".join(part for part in parts if part)


@st.cache_resource(max_entries=16, show_spinner=False)
def _events(path: str) -> LiveRows:
    """The events of the job in that folder, each read once."""
    return LiveRows(RunFolder(Path(path)).events)
