"""Who is curating: a name in the sidebar, kept in this browser."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.curate.desk import Desk, open_example, os_user, take_typed
from ghost_engine.data.store import Store

MAX_CHARACTERS = 40
_component = st.components.v2.component(
    "ghost_reviewer", js=(Path(__file__).parent / "reviewer.js").read_text(encoding="utf-8")
)


def known() -> str:
    """The name to begin with: this machine's user."""
    return os_user()


def draw(store: Store, desk: Desk) -> None:
    """Draws the name; a new one takes over what that person had begun."""
    st.session_state.setdefault("reviewer", desk.reviewer)
    with st.sidebar:
        st.text_input(
            "Curator",
            key="reviewer",
            max_chars=MAX_CHARACTERS,
            help="Decisions, drafts and who is looking go by this name",
            on_change=_renamed,
            args=(store, desk),
        )
        _component(
            key="reviewer-kept",
            data={"name": desk.reviewer, "given": st.session_state.get("reviewer-given", False)},
            on_remembered_change=lambda: _remembered(store, desk),
        )


def _renamed(store: Store, desk: Desk) -> None:
    st.session_state["reviewer-given"] = True
    _become(store, desk, st.session_state["reviewer"])


def _remembered(store: Store, desk: Desk) -> None:
    """This browser knows who sits before it."""
    name = st.session_state["reviewer-kept"]["remembered"]
    if name:
        _become(store, desk, str(name)[:MAX_CHARACTERS])


def _become(store: Store, desk: Desk, name: str) -> None:
    name = name.strip() or os_user()
    st.session_state["reviewer"] = name
    if name == desk.reviewer:
        return
    take_typed(store, desk)
    store.release(desk.reviewer)
    desk.reviewer = name
    if desk.example is not None:
        open_example(store, desk, desk.example.id)
