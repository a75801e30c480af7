"""One decision for all the filters show: counted first, confirmed, undone with one key."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app.components.words import plain
from app.curate.deciding import PAST, guarded
from app.curate.desk import Desk, Done, open_example
from app.curate.filtering import describe
from ghost_engine.data.records import Decision, Filters
from ghost_engine.data.store import Store

ACTIONS: dict[str, Decision] = {
    "Approve all that run": "approved",
    "Reject all": "rejected",
    "Postpone all": "postponed",
    "Mark all as needing work": "needs_work",
}


def meant(filters: Filters, decision: Decision) -> Filters:
    """Approving in bulk reaches only what runs."""
    return replace(filters, executes=True) if decision == "approved" else filters


def draw(store: Store, desk: Desk) -> None:
    """Draws the choice, its count, and the button that does it."""
    st.markdown(f"Everything that the queue shows now: **{plain(describe(desk.filters))}**.")
    action = st.radio("What", list(ACTIONS), key="bulk-action", label_visibility="collapsed")
    decision = ACTIONS[action]
    filters = meant(desk.filters, decision)
    count = store.queue(filters, size=1).total
    if count == 0:
        st.caption("There is none.")
        return
    noun = f"{count:,} example{'' if count == 1 else 's'}"
    st.caption(f"It will be done to {noun}. Undo takes all of it back.")
    if st.button(f"{action}: {noun}", type="primary", key="bulk-go"):
        with st.spinner("Deciding"):
            decide_all(store, desk, filters, decision)
        st.rerun()


@guarded
def decide_all(store: Store, desk: Desk, filters: Filters, decision: Decision) -> None:
    """Decides every example of the filters, as one thing to undo."""
    desk.dialog = ""
    batch = store.decide_many(filters, decision, reviewer=desk.reviewer)
    words = f"{PAST[decision]}: {batch.count:,} examples."
    desk.done.append(Done(words, batch=batch.id))
    desk.notice = f"{words} U takes it back."
    first = store.next_example(None, desk.filters, desk.sort, desk.reviewer)
    open_example(store, desk, first)
    desk.page = 0
