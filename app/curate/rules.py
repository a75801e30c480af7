"""The guidelines beside the editor: what curators agreed on, with examples of how it looks."""

from __future__ import annotations

from pathlib import PurePosixPath

import streamlit as st

from app.components.errors import show_error
from app.components.words import plain
from app.curate import deciding
from app.curate.desk import Desk
from ghost_engine.data.records import Filters, Guidelines
from ghost_engine.data.store import Store
from ghost_engine.errors import GhostError, StaleGuidelines

HEIGHT = 500
SHOWN = 12  # golden examples
BEGINNING = """\
1. One table for each kind of thing on the screen; what repeats gets a table of its own.
2. `snake_case` names, tables in the plural, `id` as the key.
3. Money is `numeric`, moments are `timestamptz`, days are `date`.
4. Foreign keys wherever one thing speaks of another.
5. Nothing that the screen does not show or need.
"""


def draw(store: Store, desk: Desk) -> None:
    """Draws the guidelines, or their editor, and the golden examples."""
    now = store.guidelines()
    with st.container(height=HEIGHT, border=False):
        if st.session_state.get("writing-rules"):
            _write(store, desk, now)
        else:
            _read(now)
        _golden(store, desk)


def _read(now: Guidelines) -> None:
    if not now.version:
        st.caption("Nobody has written any yet. Edit them to begin with these:")
    st.markdown(now.text or BEGINNING)
    with st.container(horizontal=True, vertical_alignment="center"):
        if now.created:
            when = f"{now.created.astimezone():%d %b %H:%M}"
            st.caption(f"Version {now.version}, {plain(now.author)}, {when}", width="stretch")
        st.button("Edit", icon=":material/edit:", key="edit-rules", on_click=_begin, args=(now,))


def _begin(now: Guidelines) -> None:
    st.session_state["writing-rules"] = True
    st.session_state["rules-text"] = now.text or BEGINNING
    st.session_state["rules-base"] = now.version


def _write(store: Store, desk: Desk, now: Guidelines) -> None:
    if stale := st.session_state.get("rules-stale"):
        st.warning(plain(str(stale)))
        st.markdown("**As they are now**")
        st.code(now.text, language="markdown", wrap_lines=True)
    st.text_area("Guidelines, in Markdown", key="rules-text", height=260)
    with st.container(horizontal=True):
        st.button("Save", type="primary", key="save-rules", on_click=_save, args=(store, desk))
        st.button("Cancel", key="leave-rules", on_click=_leave)
    if error := st.session_state.get("rules-error"):
        show_error(error, "the guidelines")


def _save(store: Store, desk: Desk) -> None:
    state = st.session_state
    state["rules-error"] = state["rules-stale"] = None
    try:
        store.save_guidelines(state["rules-text"], desk.reviewer, state["rules-base"])
    except StaleGuidelines as stale:
        state["rules-stale"], state["rules-base"] = stale, stale.version
    except GhostError as error:
        state["rules-error"] = error
    else:
        _leave()


def _leave() -> None:
    st.session_state["writing-rules"] = False
    st.session_state["rules-stale"] = st.session_state["rules-error"] = None


def _golden(store: Store, desk: Desk) -> None:
    page = store.queue(Filters(golden=True), "recent", size=SHOWN)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Golden examples** :gray[{page.total}]", width="stretch")
        golden = desk.example is not None and desk.example.golden
        st.button(
            "Not golden any more" if golden else "Make this one golden",
            icon=":material/star:",
            key="golden",
            on_click=deciding.mark_golden,
            args=(store, desk, not golden),
        )
    small = store.thumbnails([row.screenshot_key for row in page.rows])
    for row in page.rows:
        shot, words = st.columns([1, 2], vertical_alignment="center")
        with shot:
            if row.screenshot_key in small:
                st.image(small[row.screenshot_key])
        with words:
            name = PurePosixPath(row.path).stem or f"#{row.id}"
            st.markdown(f"**{plain(name)}** :gray[{plain(row.domain)}]")
            with st.container(horizontal=True, gap="xsmall"):
                with st.popover("SQL", key=f"golden-sql-{row.id}"):
                    st.code(store.get(row.id).sql, language="sql", wrap_lines=True)
                st.button(
                    f"Open #{row.id}",
                    key=f"golden-{row.id}",
                    on_click=deciding.go_to,
                    args=(store, desk, row.id),
                )
