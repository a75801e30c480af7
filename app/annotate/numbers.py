"""How far an annotation is, in numbers."""

from __future__ import annotations

import streamlit as st

from app.components.amounts import NO_NUMBER, duration
from app.components.words import plain
from ghost_engine.annotate.runs import Seen
from ghost_engine.jobs.records import Run


def draw(run: Run, seen: Seen | None) -> None:
    """The bar and a row of numbers."""
    if seen is None:
        if run.active:
            st.progress(0.0, text=plain(run.status.phase or run.state))
        return
    totals = seen.totals
    ended = totals.total - totals.left
    share = ended / totals.total if totals.total else 1.0
    st.progress(min(1.0, share), text=_line(run, seen, ended))
    with st.container(horizontal=True, gap="medium", key="annotate-numbers"):
        for name, value, why in (
            ("Drafted", f"{totals.done:,}", "Have a new draft in the store"),
            ("Do not run", f"{totals.invalid:,}", "Drafts that PostgreSQL refuses"),
            ("Failed", f"{totals.failed:,}", "Got no draft; the reasons are below"),
            ("Skipped", f"{totals.skipped:,}", "Decided or answered meanwhile"),
            ("Left", f"{totals.left:,}", "Not asked about yet"),
            ("Cost", _cost(seen), "At list price; 0 where no price is known"),
            ("A minute", _pace(run, seen), "Screenshots, over the last hundred or so"),
            ("Calls", f"{totals.calls:,}", _calls_words(seen)),
        ):
            st.metric(name, value, help=why, width="content")


def _line(run: Run, seen: Seen, ended: int) -> str:
    parts = [f"{ended:,} of {seen.totals.total:,}"]
    if run.active and seen.quota_until is not None:
        parts.append(f"the day's quota is used up until {seen.quota_until:%Y-%m-%d %H:%M} UTC")
    elif run.active and seen.seconds_left:
        parts.append(f"about {duration(seen.seconds_left)} left")
    parts.append(f"{duration(seen.seconds)} so far" if run.active else duration(seen.seconds))
    return plain(" · ".join(parts))


def _cost(seen: Seen) -> str:
    cost = seen.totals.cost_usd
    return f"${cost:.2f}" if cost >= 1 else f"${cost:.4f}" if cost else "$0"


def _pace(run: Run, seen: Seen) -> str:
    return f"{seen.per_minute:.1f}" if run.active and seen.per_minute else NO_NUMBER


def _calls_words(seen: Seen) -> str:
    totals = seen.totals
    return (
        f"{totals.troubles:,} brought no answer and were made again or given up; "
        f"{totals.repeated:,} were repeated after a kill"
    )
