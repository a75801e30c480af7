"""Watch: everything of one run, live while it goes, still when it has ended.

Two fragments read the run's folder every two seconds, and only while the run is active: the head
with its curves, and the open tab below. When the run ends or begins, the whole page is drawn once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from app.components import logs
from app.components.badges import state_badge
from app.components.errors import error_border
from app.components.words import plain
from app.train import (
    address,
    charts,
    controls,
    memory,
    notes,
    rented,
    samples,
    tab_title,
    timeline,
    trial,
)
from app.train.watched import Watched, watched
from ghost_engine.jobs.reading import find_run, list_runs, read_run
from ghost_engine.jobs.records import Run
from ghost_engine.training.curves import Curves
from ghost_engine.training.remote.record import read_remote
from ghost_engine.training.story import span
from ghost_engine.training.summary import seconds_left, waiting_share

TICK = "2s"
_WAITING_SHARE = 0.1
"""From there on it is worth a word that the card waits for its batches."""
_TABS = {
    "Timeline": ":material/timeline:",
    "Screens": ":material/image:",
    "Log": ":material/terminal:",
    "Memory": ":material/memory:",
    "Notes": ":material/sell:",
    "Try it": ":material/science:",
}


def draw(run_id: str) -> None:
    """Draws the run; it ticks while there is something to wait for.

    Raises:
        JobError: there is no such run.
    """
    run = find_run(run_id)
    seen = watched(str(run.path))
    _fragment(head, "watch-head", run)(seen, run.active)
    tabs = st.tabs(
        [f"{icon} {name}" for name, icon in _TABS.items()], key="watch-tabs", on_change="rerun"
    )
    for name, tab in zip(_TABS, tabs, strict=True):
        if tab.open:
            with tab:
                if name == "Try it":
                    trial.draw(run)  # ticks by itself while something is tried
                    continue
                _fragment(below, f"watch-{name}", run, still=name == "Notes")(seen, name)


def head(seen: Watched, ticking: bool) -> None:
    """Name, state, progress, buttons, curves. One tick of it is what `benchmarks/watching.py`
    measures."""
    with error_border("the run"):
        run = _placed(read_run(seen.folder))
        if run.active != ticking:
            st.rerun()
        curves, events = seen.curves.refresh(), seen.events.refresh()
        tab_title.draw(run, events)
        _draw_heading(run)
        _draw_progress(run, curves)
        controls.draw_trouble(run)
        restarts = [
            int(event.get("from_step") or 0)
            for event in events
            if event.get("event") == "started" and event.get("from_step")
        ]
        charts.draw_curves(curves, seen.shown, run.status.total_steps, restarts)
        memory.draw_card(run, seen.card.refresh(), seen.shown)


def below(seen: Watched, name: str) -> None:
    """What the open tab shows."""
    with error_border(name.lower()):
        run = read_run(seen.folder)
        if name == "Timeline":
            timeline.draw(seen.events.refresh())
        elif name == "Screens":
            samples.draw(run, seen.samples.refresh())
        elif name == "Log":
            logs.draw(run)
        elif name == "Memory":
            memory.draw_prediction(run)
        else:
            notes.draw(run)


def progress_words(run: Run, curves: Curves, now: datetime) -> str:
    """Phase, step, speed, time left; of a run that has ended, how long it took."""
    status = run.status
    parts = []
    if run.state == "running":
        parts.append((status.phase or "starting").capitalize())
    if status.note and run.active:
        parts.append(status.note)
    if status.total_steps:
        parts.append(f"step {status.step or 0:,} of {status.total_steps:,}")
    if status.attempt > 1:
        parts.append(f"attempt {status.attempt}")
    if run.state == "running" and (speed := curves["tokens_per_second"].last):
        parts.append(f"{speed:,.0f} tokens/s")
        if (waiting := waiting_share(curves.recent) or 0.0) >= _WAITING_SHARE:
            parts.append(f"waiting for data {waiting:.0%}")
    far = read_remote(run.folder)
    attempt = far.attempt if far else status.attempt  # rows of a rented machine have its own
    left = seconds_left(curves.recent, attempt, status.total_steps, now)
    if left is not None and run.state == "running" and status.phase == "training":
        parts.append(f"{span(left)} left")
    if not run.active and status.started and status.ended:
        parts.append(f"took {span((status.ended - status.started).total_seconds())}")
    return " · ".join(parts) or "Not started yet"


def _draw_heading(run: Run) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="watch-heading"
    ):
        if st.button(
            "", key="watch-back", icon=":material/arrow_back:", type="tertiary", help="All runs"
        ):
            address.open_list()
        st.subheader(plain(run.job.name or run.id), anchor=False, width="content")
        state_badge(run)
        with st.container(gap=None):
            st.caption(_about(run))
        controls.draw(run)


def _draw_progress(run: Run, curves: Curves) -> None:
    status = run.status
    share = (status.step or 0) / status.total_steps if status.total_steps else 0.0
    st.progress(min(1.0, share), text=plain(progress_words(run, curves, datetime.now(UTC))))


def _about(run: Run) -> str:
    """Its id, and since when; by whom."""
    ago = span((datetime.now(UTC) - run.job.created).total_seconds())
    by = f" by {plain(run.job.by)}" if run.job.by else ""
    far = read_remote(run.folder)
    where = f" · {rented.words(run, far)}" if far else ""
    return f"`{run.id}` · asked for {ago} ago{by}{where}"


def _placed(run: Run) -> Run:
    """With its place in line, which only the list of all runs knows."""
    if run.state != "queued" or not run.job.gpu:
        return run
    return next((each for each in list_runs(run.path.parent) if each.id == run.id), run)


def _fragment(
    piece: Callable[..., None], key: str, run: Run, *, still: bool = False
) -> Callable[..., None]:
    """A part that is drawn by itself, again and again only while the run is active."""
    every = TICK if run.active and not still else None
    return st.fragment(piece, run_every=every, key=f"{key}-{run.id}")
