"""Two people saved one example: both texts table by table, and the three ways on. None is lost."""

from __future__ import annotations

import streamlit as st

from app.components.words import plain
from app.curate import deciding
from app.curate.changes import headline, text_difference
from app.curate.desk import Desk, put_text
from ghost_engine.data.store import Store
from ghost_engine.errors import StaleExample
from ghost_engine.sql.difference import table_differences, take


def draw(store: Store, desk: Desk) -> None:
    """Draws both texts and what can be done."""
    stale = desk.stale
    if stale is None:
        desk.dialog = ""
        st.rerun()
    when = f"{stale.saved_at.astimezone():%H:%M:%S}"
    st.markdown(
        f"**{plain(stale.saved_by or 'Somebody')}** saved this example at {when}, after you began. "
        "Nothing was overwritten, and your text is kept as a draft."
    )
    with st.container(horizontal=True):
        if st.button("Take theirs", key="take-theirs", icon=":material/download:"):
            deciding.take_theirs(store, desk)
            st.rerun()
        if st.button("Keep mine, save over theirs", key="keep-mine", icon=":material/upload:"):
            deciding.go_on_with_mine(store, desk)
            st.rerun()
    _tables(store, desk, stale)
    mine, theirs = st.columns(2)
    with mine:
        st.markdown("**Yours**")
        st.code(desk.text, language="sql", wrap_lines=True, height=260)
    with theirs:
        st.markdown(f"**Theirs** :gray[{plain(stale.saved_by)}]")
        st.code(stale.theirs, language="sql", wrap_lines=True, height=260)


def _tables(store: Store, desk: Desk, stale: StaleExample) -> None:
    differing = [
        each for each in table_differences(stale.theirs, desk.text) if each.state != "same"
    ]
    if not differing:
        st.caption("Both texts make the same tables.")
        return
    st.caption("Or take single tables of theirs into yours, then keep yours:")
    for each in differing:
        with st.container(border=True, gap="xsmall"):
            said, button = st.columns([4, 1], vertical_alignment="center")
            said.markdown(headline(each).replace("the suggestion", "theirs"))
            words = "Take theirs" if each.state != "only new" else "Take it out"
            if button.button(words, key=f"theirs-{each.name}", width="stretch"):
                put_text(store, desk, take(desk.text, stale.theirs, each.name))
                st.rerun(scope="fragment")
            for change in each.changes:
                st.caption(plain(change))
            st.code(text_difference(each.old_text, each.new_text), language="diff")
