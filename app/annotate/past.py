"""Past annotations: what came of each, and the way to it; live while one is at work."""

from __future__ import annotations

import streamlit as st

from app.annotate import address, machine
from app.components.amounts import ago, duration
from app.components.badges import state_text
from app.components.words import plain
from ghost_engine.annotate.runs import annotation_runs, config_of, read_totals
from ghost_engine.jobs.records import Run

TICK_SECONDS = 3.0
SHOWN = 20


def draw() -> None:
    """Draws the list; nothing while there is none."""
    runs = machine.runs()
    if runs:
        live = any(run.active for run in runs)
        st.fragment(_draw_list, run_every=TICK_SECONDS if live else None)(live)


def _draw_list(was_live: bool) -> None:
    runs = annotation_runs()
    if was_live != any(run.active for run in runs) or not runs:
        st.rerun()  # begins to tick, or ends it
    st.subheader("Annotations", anchor=False)
    for run in runs[:SHOWN]:
        _draw_one(run)
    if len(runs) > SHOWN:
        st.caption(f"and {len(runs) - SHOWN} older; `ghost runs list --kind annotate` has them.")


def _draw_one(run: Run) -> None:
    config, seen = config_of(run), read_totals(run)
    whom = " · ".join(filter(None, (config.provider, config.model))) if config else run.id
    with st.container(horizontal=True, vertical_alignment="center", gap="small", border=True):
        st.markdown(f"**{plain(whom)}**", width=260)
        st.markdown(state_text(run), width=130)
        if seen is not None:
            totals = seen.totals
            said = (
                f"{totals.done:,} of {totals.total:,} drafted, {totals.failed:,} failed · "
                f"{duration(seen.seconds)} · \\${totals.cost_usd:.2f}"
            )
            st.markdown(said, width="stretch")
        else:
            st.markdown("", width="stretch")
        st.caption(ago(run.job.created), width="content")
        if st.button("Open", key=f"annotate-open-{run.id}", type="tertiary"):
            address.open_run(run.id)
