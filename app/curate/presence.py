"""Who else has this example open: a courtesy, renewed while the page is, gone a minute after."""

from __future__ import annotations

import streamlit as st

from app.components.errors import error_border
from app.components.words import plain
from app.curate.desk import Desk
from ghost_engine.data.store import Store

RENEW_SECONDS = 15
HOLD_SECONDS = 40.0


@st.fragment(run_every=RENEW_SECONDS)
def draw(store: Store, desk: Desk) -> None:
    """Holds the open example for this desk, and names those who hold it too."""
    with error_border("the curation"):
        if desk.example is None:
            return
        others = [
            each.reviewer for each in store.hold(desk.example.id, desk.reviewer, HOLD_SECONDS)
        ]
        if others:
            names = " and ".join(others)
            verb = "is" if len(others) == 1 else "are"
            st.badge(
                f"{plain(names)} {verb} looking at this",
                icon=":material/visibility:",
                color="orange",
            )
