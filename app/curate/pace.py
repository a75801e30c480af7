"""How the day goes: done, pace, what is left, and how each provider's drafts fare."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from app.curate.desk import Desk
from ghost_engine.data.records import Progress
from ghost_engine.data.store import Store

FRESH_SECONDS = 30.0


@st.cache_data(ttl=FRESH_SECONDS, show_spinner=False, max_entries=64)
def _progress(_store: Store, reviewer: str, decided: int) -> Progress:
    """`decided` is of this session: every decision is counted at once."""
    return _store.progress(reviewer, datetime.now().astimezone())


def draw(store: Store, desk: Desk) -> None:
    """One line, and the providers behind it."""
    progress = _progress(store, desk.reviewer, len(desk.done))
    with st.popover(line(progress), icon=":material/speed:", help="Progress"):
        _details(progress)


def line(progress: Progress) -> str:
    """The short form: `12 today · 108 left`."""
    parts = [f"{progress.decided_today:,} today"]
    if progress.per_hour:
        parts.append(f"{progress.per_hour:,.0f}/h")
    parts.append(f"{progress.left:,} left")
    return " · ".join(parts)


def _details(progress: Progress) -> None:
    if progress.finish and progress.left:
        st.markdown(
            f"At this pace the {progress.left:,} left are done **{_when(progress.finish)}**."
        )
    st.dataframe(
        {
            "Provider": [each.provider for each in progress.providers],
            "Decided": [each.decided for each in progress.providers],
            "Accepted": [each.accept_rate for each in progress.providers],
            "Edited by": [each.distance for each in progress.providers],
        },
        hide_index=True,
        row_height=28,
        column_config={
            "Accepted": st.column_config.NumberColumn(format="percent"),
            "Edited by": st.column_config.NumberColumn(
                format="percent", help="How much of an approved draft was changed, on average"
            ),
        },
    )


def _when(finish: datetime) -> str:
    now = datetime.now().astimezone()
    day = "" if finish.date() == now.date() else f"{finish:%d %b} "
    return f"{day}at {finish:%H:%M}"
